/**
 * What goes wrong in a run, made to happen: it costs the tile that it strikes, or nothing; what is
 * made in the end is what an undisturbed run makes.
 */

import { access, readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { jsonOf, runMaille } from "../../run-maille.js"
import { type FaultyJob, type Line, makeFaultyJob, redone, south, tileAt, west } from "../../scenes/faulty-job.js"
import { until } from "../../until.js"

let job: FaultyJob
let reference = ""
beforeAll(async () => {
  job = await makeFaultyJob(3)
  const ended = await job.again(join(job.folder, "reference"))
  expect(ended.code, ended.stderr).toBe(0)
  reference = await job.hash(join(job.folder, "reference"))
})
afterAll(() => job.remove())

const out = (name: string): string => join(job.folder, name)
const ofTile = (lines: readonly Line[], type: string, key: string): Line[] =>
  lines.filter((line) => line.type === type && line.stage === "tile" && line.key === key)
const appears = async (path: string, text: string): Promise<void> => {
  await until(`${text} in ${path}`, async () => (await readFile(path, "utf8").catch(() => "")).includes(text))
}
const reasonOf = async (folder: string, column: number, row: number) =>
  JSON.parse(
    await readFile(
      join(folder, "quarantine", `tile-${tileAt(column, row).replaceAll("/", "-")}`, "reason.json"),
      "utf8",
    ),
  )

describe("a failure of the system", () => {
  it("that passes is tried again, and told in the journal", async () => {
    await job.fault(1, 1, "eio", 2)
    const ended = await job.run(out("eio"))
    expect(ended.code, ended.stderr).toBe(0)
    expect(ofTile(await job.journal(out("eio")), "end", tileAt(1, 1))).toMatchObject([{ outcome: "done", tries: 3 }])
    expect(await job.hash(out("eio"))).toBe(reference)
  })

  it("that lasts fails its tile alone, as no data does: the next run makes it", async () => {
    await job.fault(1, 1, "eio", 3)
    const ended = await job.run(out("lasting"))
    expect(ended.code, ended.stderr).toBe(1)
    expect(jsonOf(ended)).toMatchObject({ done: 8, failed: 1, quarantined: 0 })
    expect((await reasonOf(out("lasting"), 1, 1)).tries).toBe(3)
    expect((await job.again(out("lasting"))).code).toBe(0)
    expect(await job.hash(out("lasting"))).toBe(reference)
    expect(redone(await job.journal(out("lasting")))).toEqual([])
  })

  it("that takes the output away ends the run before it fails every tile", async () => {
    await job.fault(0, 0, "enospc", 3)
    const ended = await job.run(out("full"), "--workers", "1")
    expect(ended.code, ended.stderr).toBe(4)
    expect(ended.stderr).toMatch(/no more bytes/)
    const summary = jsonOf(ended)
    expect(summary).toMatchObject({ aborted: true, stopped: "output", failed: 1 })
    expect(summary.done).toBeLessThan(8)
    expect((await job.again(out("full"))).code).toBe(0)
    expect(await job.hash(out("full"))).toBe(reference)
    expect(redone(await job.journal(out("full")))).toEqual([])
  })
})

describe("a worker out of memory", () => {
  // One of the first and one of the last; MAILLE_FAULTS=all: five.
  const all = process.env["MAILLE_FAULTS"] === "all"
  const places = [
    [0, 0],
    [2, 2],
    ...(all
      ? [
          [2, 0],
          [1, 1],
          [0, 2],
        ]
      : []),
  ] as [number, number][]

  it.each(places)(
    "at tile %d, %d loses that tile alone, which is made in a process of its own",
    async (column, row) => {
      await job.fault(column, row, "heap", 1)
      const folder = out(`heap-${column}-${row}`)
      const ended = await job.run(folder, "--memory", "400M")
      expect(ended.code, ended.stderr).toBe(0)
      expect(ended.stderr).not.toContain("starting it again")
      const lines = await job.journal(folder)
      expect(ofTile(lines, "end", tileAt(column, row))).toMatchObject([{ outcome: "done", tries: 2 }])
      expect(redone(lines)).toEqual([])
      expect(await job.hash(folder)).toBe(reference)
    },
  )

  it("whose tile fails alone too gives that tile up, with the reason", async () => {
    await job.fault(1, 1, "heap", 9)
    const ended = await job.run(out("heap"), "--memory", "400M")
    expect(ended.code, ended.stderr).toBe(1)
    expect(jsonOf(ended)).toMatchObject({ done: 8, quarantined: 1 })
    expect((await reasonOf(out("heap"), 1, 1)).reason).toMatch(/crashed a process/)
    await job.fault(1, 1, "heap", 0)
    expect((await job.maille("retry", out("heap"), "--json")).code).toBe(0)
    expect(await job.hash(out("heap"))).toBe(reference)
  })
})

describe("a tile that runs away", () => {
  // Its neighbours take a tenth of it, on any machine.
  const limit = ["--task-timeout", "2"]

  it("loses its thread alone, and is made in a process of its own", async () => {
    await job.fault(1, 1, "loop", 1)
    const ended = await job.run(out("loop-once"), ...limit)
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.stderr).not.toContain("starting it again")
    const lines = await job.journal(out("loop-once"))
    expect(ofTile(lines, "end", tileAt(1, 1))).toMatchObject([{ outcome: "done", tries: 2 }])
    expect(redone(lines)).toEqual([])
    expect(await job.hash(out("loop-once"))).toBe(reference)
  })

  it("for ever is quarantined, with its points and the command that meets it again, and made by retry once mended", async () => {
    const folder = out("loop")
    await job.fault(1, 1, "loop", 9)
    const ended = await job.run(folder, ...limit)
    expect(ended.code, ended.stderr).toBe(1)
    expect(ended.stderr).not.toContain("starting it again")
    expect(jsonOf(ended)).toMatchObject({ done: 8, quarantined: 1, failed: 0 })
    const reason = await reasonOf(folder, 1, 1)
    expect(reason.reason).toMatch(/stopped at its limit of 2 s/)
    expect(reason.input.files.length).toBeGreaterThan(0)
    for (const file of reason.input.files) await access(join(folder, file))
    // The limit is the job's: the command on the crop meets the same end.
    const again = await job.maille(...(reason.input.reproduce as string).split(" ").slice(1), "--json")
    expect(again.code).toBe(1)
    expect(jsonOf(again).tiles[0].reason).toMatch(/stopped at its limit/)
    // A second run leaves it alone.
    const starts = async (): Promise<number> => ofTile(await job.journal(folder), "start", tileAt(1, 1)).length
    expect(await starts()).toBe(1)
    expect((await job.again(folder, ...limit)).code).toBe(1)
    expect(await starts()).toBe(1)
    await job.fault(1, 1, "loop", 0)
    expect((await job.maille("retry", folder, "--json")).code).toBe(0)
    expect(await job.hash(folder)).toBe(reference)
    expect(await readdir(join(folder, "quarantine"))).toEqual([])
  })

  it("is none that waits, or whose machine stood still, for longer than the limit", async () => {
    const folder = out("frozen")
    await job.fault(1, 1, "wait", 1, 3500)
    const { child, ended } = job.start(folder, "--workers", "1", ...limit)
    await appears(join(folder, "journal.jsonl"), `"type":"start","key":"${tileAt(1, 1)}"`)
    process.kill(-(child.pid as number), "SIGSTOP")
    await sleep(3000)
    process.kill(-(child.pid as number), "SIGCONT")
    const { code, stderr } = await ended
    expect(code, stderr).toBe(0)
    const [end] = ofTile(await job.journal(folder), "end", tileAt(1, 1))
    expect(end).toMatchObject({ outcome: "done" })
    expect(end?.tries).toBeUndefined()
    expect(await job.hash(folder)).toBe(reference)
  })
})

describe("a tile that kills its process", () => {
  it("twice runs alone in a process of its own, behind all others, and comes out", async () => {
    await job.fault(1, 1, "kill", 2)
    const ended = await job.run(out("twice"))
    expect(ended.code, ended.stderr).toBe(0)
    const lines = await job.journal(out("twice"))
    const tiles = lines.filter(({ type, stage }) => type === "end" && stage === "tile")
    expect(tiles.at(-1)?.key).toBe(tileAt(1, 1))
    expect(ofTile(lines, "start", tileAt(1, 1))).toHaveLength(3)
    expect(redone(lines)).toEqual([])
    expect(await job.hash(out("twice"))).toBe(reference)
  })

  it("always is quarantined at the third time, left alone by run, and made by retry once mended", async () => {
    const folder = out("always")
    await job.fault(1, 1, "kill", 9)
    const ended = await job.run(folder)
    expect(ended.code, ended.stderr).toBe(1)
    expect(jsonOf(ended)).toMatchObject({ done: 8, quarantined: 1 })
    const reason = await reasonOf(folder, 1, 1)
    expect(reason.reason).toMatch(/SIGKILL/)
    expect(reason.reproduce).toContain("--bbox 770050,6277050,770100,6277100")
    // The crop holds what the tile saw: its own points and those of its halo.
    expect(reason.input.files.length).toBeGreaterThan(0)
    for (const file of reason.input.files) await access(join(folder, file))
    const crop = reason.input.files.find((file: string) => file.includes("tile-1-1"))
    expect(jsonOf(await runMaille(["inspect", join(folder, crop), "--json"])).sources[0].points).toBe(625)
    // The command on the crop meets the same end.
    const again = await job.maille(...(reason.input.reproduce as string).split(" ").slice(1), "--json")
    expect(again.code).not.toBe(0)
    expect(jsonOf(again).tiles[0].reason).toMatch(/SIGKILL/)
    const starts = async () => ofTile(await job.journal(folder), "start", tileAt(1, 1)).length
    expect(await starts()).toBe(3)
    expect((await job.again(folder)).code).toBe(1)
    expect(await starts()).toBe(3)
    await job.fault(1, 1, "kill", 0)
    const listed = jsonOf(await job.maille("retry", folder, "--dry-run", "--json"))
    expect(listed.redone).toMatchObject([{ stage: "tile", key: tileAt(1, 1) }])
    const mended = await job.maille("retry", folder, "--json")
    expect(mended.code, mended.stderr).toBe(0)
    expect(jsonOf(mended)).toMatchObject({ done: 1, unchanged: 8, quarantined: 0 })
    expect(await job.hash(folder)).toBe(reference)
    expect(await readdir(join(folder, "quarantine"))).toEqual([])
  })
})

describe("a run that is killed from outside, supervisor and all", () => {
  // MAILLE_KILLS=10: ten.
  const times = Number(process.env["MAILLE_KILLS"] ?? 4)

  it(`${times} times during one tile blames no tile; from the fourth time on that tile comes last, in its own process`, async () => {
    const folder = out("innocent")
    const key = JSON.parse((await job.maille("plan", ...job.args(folder).slice(1))).stdout).tasks[0].key as string
    const [, x = 0, y = 0] = key.split("/").map(Number)
    await job.fault(x - west / 50, y - south / 50, "wait", 99, 200_000)
    const others = async (): Promise<number> =>
      (await job.journal(folder)).filter(({ type, stage, key: of }) => type === "end" && stage === "tile" && of !== key)
        .length
    for (let kills = 1; kills <= times; kills++) {
      const { child, ended } = job.start(folder, "--workers", "1")
      const starts = async (): Promise<number> => ofTile(await job.journal(folder), "start", key).length
      await until(`start ${kills} of ${key}`, async () => (await starts()) === kills)
      expect(await others()).toBe(kills <= 3 ? 0 : 8)
      process.kill(-(child.pid as number), "SIGKILL")
      await ended
    }
    await job.release(true)
    const whole = await job.again(folder)
    await job.release(false)
    // The tests behind have this tile too.
    await job.fault(x - west / 50, y - south / 50, "wait", 0)
    expect(whole.code, whole.stderr).toBe(0)
    expect(jsonOf(whole)).toMatchObject({ done: 1, unchanged: 8, failed: 0, quarantined: 0 })
    expect(redone(await job.journal(folder))).toEqual([])
    expect(await job.hash(folder)).toBe(reference)
  })
})

describe("SIGTERM or SIGUSR1, as batch systems send them", () => {
  it.each(["SIGTERM", "SIGUSR1"] as const)(
    "%s lets the running tile end, takes no new one, and exits with 75",
    async (signal) => {
      const folder = out(signal)
      await job.fault(1, 1, "wait", 2, 6000)
      /** Sends a signal to every process of a run, when its tile waits. */
      const during = async (sent: NodeJS.Signals, left: number) => {
        const { child, ended } = job.start(folder, "--workers", "1")
        await appears(job.faultFile(1, 1), `"times":${left},`)
        process.kill(-(child.pid as number), sent)
        return ended
      }
      // Begun once and killed, the tile has a process of its own, which gets the signal too.
      await during("SIGKILL", 1)
      const { code, stdout, stderr } = await during(signal, 0)
      expect(code, stderr).toBe(75)
      expect(JSON.parse(stdout)).toMatchObject({ aborted: true, stopped: "early" })
      const lines = await job.journal(folder)
      const last = lines.filter(({ stage }) => stage === "tile").at(-1)
      expect(last).toMatchObject({ type: "end", key: tileAt(1, 1), outcome: "done" })
      expect(last?.tries).toBeUndefined()
      expect(lines.at(-1)?.type).toBe("stop")
      expect((await job.again(folder)).code).toBe(0)
      expect(redone(await job.journal(folder))).toEqual([])
      expect(await job.hash(folder)).toBe(reference)
    },
  )

  it("gives a tile up that is not done within the grace, and blames it for nothing", async () => {
    const folder = out("grace")
    await job.fault(1, 1, "wait", 1, 600_000)
    const { child, ended } = job.start(folder, "--workers", "1", "--grace", "1")
    await appears(join(folder, "journal.jsonl"), `"type":"start","key":"${tileAt(1, 1)}"`)
    // To every process, as a batch system does that ends a job.
    process.kill(-(child.pid as number), "SIGTERM")
    const started = performance.now()
    const { code, stderr } = await ended
    expect(code, stderr).toBe(75)
    expect(performance.now() - started).toBeLessThan(300_000)
    expect(ofTile(await job.journal(folder), "end", tileAt(1, 1))).toEqual([])
    expect((await job.again(folder)).code).toBe(0)
    expect(redone(await job.journal(folder))).toEqual([])
    expect(await job.hash(folder)).toBe(reference)
  })
})
