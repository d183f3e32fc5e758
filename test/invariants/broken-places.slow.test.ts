/**
 * Inputs and output folders that fail in the middle of a run, or from its start: nothing that is
 * done is lost, and the next run completes it.
 */

import { execFileSync } from "node:child_process"
import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../engine/core/random.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { type FaultyJob, makeFaultyJob, redone, tileAt } from "../scenes/faulty-job.js"
import { until } from "../until.js"
import { mount, mounts, unmount } from "./faults/small-disk.js"

let job: FaultyJob
let reference = ""
let productBytes = 0
beforeAll(async () => {
  job = await makeFaultyJob(3)
  const ended = await job.again(join(job.folder, "reference"))
  expect(ended.code, ended.stderr).toBe(0)
  reference = await job.hash(join(job.folder, "reference"))
  productBytes = Number(
    execFileSync("du", ["-sB1", join(job.folder, "reference")], { encoding: "utf8" }).split("\t")[0],
  )
})
afterAll(() => job.remove())

const out = (name: string): string => join(job.folder, name)
const begins = async (folder: string, key: string): Promise<void> => {
  const text = `"type":"start","key":"${key}"`
  const journal = join(folder, "journal.jsonl")
  await until(text, async () => (await readFile(journal, "utf8").catch(() => "")).includes(text))
}

describe.skipIf(!mounts)("a disk", () => {
  const random = seededRandom(75)
  // MAILLE_FAULTS=all: ten.
  const shares = Array.from({ length: process.env["MAILLE_FAULTS"] === "all" ? 10 : 2 }, () => 0.15 + 0.8 * random())

  it.each(shares)(
    "that is full at %d of the products ends the run with 4; with more room the next one completes it",
    async (share) => {
      const disk = out(`disk-${share}`)
      await mkdir(disk)
      mount("-t", "tmpfs", "-o", `size=${Math.ceil((share * productBytes) / 4096) * 4}k`, "tmpfs", disk)
      try {
        const folder = join(disk, "out")
        const full = await job.run(folder)
        expect(full.code, full.stderr).toBe(4)
        expect(full.stderr).toMatch(/disk is full|no more bytes/)
        const before = await job.journal(folder)
        const done = before.flatMap((line) =>
          line.type === "end" && line.stage === "tile" && line.outcome === "done" ? [line.key] : [],
        )
        mount("-o", "remount,size=64m", disk)
        const whole = await job.again(folder)
        expect(whole.code, whole.stderr).toBe(0)
        const lines = await job.journal(folder)
        expect(redone(lines)).toEqual([])
        expect(jsonOf(whole)).toMatchObject({ done: 9 - done.length, unchanged: done.length })
        expect(await job.hash(folder)).toBe(reference)
        expect(await readdir(join(folder, ".work", "tmp"))).toEqual([])
      } finally {
        unmount(disk)
      }
    },
  )

  it("that is read-only is told at once, and read by a second run where all is done", async () => {
    const disk = out("disk-read-only")
    await mkdir(disk)
    mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", disk)
    try {
      mount("-o", "remount,ro", disk)
      const ended = await job.run(join(disk, "out"))
      expect(ended.code, ended.stderr).toBe(4)
      expect(ended.stderr).toMatch(/read-only|EROFS/)
      expect(await readdir(disk)).toEqual([])
      mount("-o", "remount,rw", disk)
      expect((await job.again(join(disk, "out"))).code).toBe(0)
      mount("-o", "remount,ro", disk)
      expect((await job.again(join(disk, "out"))).code).toBe(4)
      expect(await job.hash(join(disk, "out"))).toBe(reference)
    } finally {
      unmount(disk)
    }
  })
})

describe("an input", () => {
  // Tiles wider than the reach of any kernel: those far from an input do without it.
  const [side, metres] = [4, 100] as const
  let wide: FaultyJob
  beforeAll(async () => {
    wide = await makeFaultyJob(side, "dsm", metres)
  })
  afterAll(() => wide.remove())

  /** The tile that a run begins with, and the corner far from it. */
  const places = async (): Promise<{ first: [number, number]; far: [number, number] }> => {
    const plan = await wide.maille("plan", ...wide.args(join(wide.folder, "none")).slice(1))
    const [{ key = "" } = {}] = jsonOf(plan).tasks as { key: string }[]
    for (let i = 0; i < side * side; i++) {
      const [x, y] = [i % side, Math.floor(i / side)]
      if (tileAt(x, y, metres) === key) return { first: [x, y], far: [x < 2 ? 3 : 0, y < 2 ? 3 : 0] }
    }
    throw new Error(`the plan begins with ${key}`)
  }
  /** Runs with one worker, and does `harm` while the first tile waits. */
  const during = async (folder: string, harm: () => Promise<void>) => {
    const { first } = await places()
    await wide.release(false)
    await wide.fault(...first, "wait", 1, 200_000)
    const { ended } = wide.start(folder, "--workers", "1")
    await begins(folder, tileAt(...first, metres))
    await sleep(1000)
    await harm()
    await wide.release(true)
    return ended
  }
  const quarantined = (ended: Awaited<ReturnType<typeof during>>): { stage: string; reason: string }[] =>
    jsonOf(ended).tiles.filter(({ outcome }: { outcome: string }) => outcome === "quarantined")

  it("that vanishes costs the tiles that need it; once it is back the next run completes them", async () => {
    const whole = join(wide.folder, "whole")
    expect((await wide.again(whole)).code).toBe(0)
    const { far } = await places()
    const [input, away] = [wide.input(...far), join(wide.folder, "away")]
    const folder = join(wide.folder, "vanish")
    const ended = await during(folder, () => rename(input, away))
    expect(ended.code, ended.stderr).toBe(1)
    const bad = quarantined(ended)
    expect(bad.filter(({ stage }) => stage === "tile")).toHaveLength(4)
    for (const { reason } of bad) expect(reason).toMatch(/\.las: no such file/)
    expect(jsonOf(ended).done).toBe(12)
    await rename(away, input)
    expect(jsonOf(await wide.again(folder))).toMatchObject({ done: 4, unchanged: 12, quarantined: 0 })
    expect(redone(await wide.journal(folder))).toEqual([])
    expect(await wide.hash(folder)).toBe(await wide.hash(whole))
  })

  it("that is changed is noticed, and made as it is now by an update", async () => {
    const { far } = await places()
    const folder = join(wide.folder, "changed")
    const ended = await during(folder, () => wide.write(...far, 55))
    expect(ended.code, ended.stderr).toBe(1)
    const bad = quarantined(ended)
    expect(bad.filter(({ stage }) => stage === "tile")).toHaveLength(4)
    for (const { reason } of bad) expect(reason).toMatch(/\.las: changed during the run/)
    expect(jsonOf(await wide.maille("update", folder, "--json"))).toMatchObject({
      done: 4,
      unchanged: 12,
      quarantined: 0,
    })
    const anew = join(wide.folder, "anew")
    expect((await wide.again(anew)).code).toBe(0)
    expect(await wide.hash(folder)).toBe(await wide.hash(anew))
  })
})

describe("one corrupt, one truncated, one empty file and one with a huge header", () => {
  it("among 20 good ones leave these done; retry after mending completes the set", async () => {
    const many = await makeFaultyJob(5)
    try {
      // Of 25 the last is left out: 20 good ones, four to be broken.
      await rm(many.input(4, 4))
      const whole = join(many.folder, "whole")
      expect((await many.run(whole)).code).toBe(0)
      const places = [0, 1, 2, 3].map((column) => [column, 4] as const)
      const sound = await Promise.all(places.map(([x, y]) => readFile(many.input(x, y))))
      const [corrupt, truncated, empty, huge] = places.map(([x, y]) => many.input(x, y)) as [
        string,
        string,
        string,
        string,
      ]
      const header = Buffer.from(sound[0] as Buffer)
      header.write("FSAL", 0)
      await writeFile(corrupt, header)
      await truncate(truncated, 5000)
      await truncate(empty, 0)
      const hugeHeader = Buffer.from(sound[3] as Buffer)
      hugeHeader.writeUInt32LE(0xfffffff0, 100)
      hugeHeader.writeBigUInt64LE(2n ** 60n, 247)
      await writeFile(huge, hugeHeader)
      const folder = join(many.folder, "broken")
      const ended = await many.run(folder)
      expect(ended.code, ended.stderr).toBe(1)
      const summary = jsonOf(ended)
      expect(summary).toMatchObject({ done: 20, quarantined: 4, failed: 0 })
      const told = summary.tiles.filter(({ outcome }: { outcome: string }) => outcome === "quarantined")
      expect(told.map(({ key }: { key: string }) => key).sort()).toEqual([corrupt, truncated, empty, huge].sort())
      for (const { reason, reproduce } of told) {
        expect(reason.length).toBeGreaterThan(20)
        expect((await runMaille((reproduce as string).split(" ").slice(1))).code).toBe(3)
      }
      const listed = jsonOf(await many.maille("retry", folder, "--dry-run", "--json"))
      expect(listed.rejected).toHaveLength(4)
      await Promise.all(places.map(([x, y], i) => writeFile(many.input(x, y), sound[i] as Buffer)))
      const mended = await many.maille("retry", folder, "--json")
      expect(mended.code, mended.stderr).toBe(0)
      expect(jsonOf(mended)).toMatchObject({ failed: 0, quarantined: 0 })
      const [first] = jsonOf(mended).tiles.filter(({ outcome }: { outcome: string }) => outcome === "unchanged")
      expect(first).toBeDefined()
      expect(await many.hash(folder)).toBe(await many.hash(whole))
      expect((await many.journal(folder)).some(({ key }) => key === tileAt(0, 4))).toBe(true)
    } finally {
      await many.remove()
    }
  })
})
