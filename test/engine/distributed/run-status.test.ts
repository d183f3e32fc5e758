import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { sealJson } from "../../../engine/core/json/sealed-json.js"
import { isFinished, openPhases } from "../../../engine/distributed/open-phases.js"
import { readStatus } from "../../../engine/distributed/run-status.js"
import { readLedger } from "../../../engine/distributed/shard-progress.js"
import { readShardState } from "../../../engine/distributed/shard-state.js"
import { journalName, planLayout } from "../../../engine/job/layout.js"
import type { Attempts } from "../../../engine/journal/attempts.js"
import { readJournal } from "../../../engine/journal/journal.js"
import type { JournalRecord } from "../../../engine/journal/journal-record.js"
import { journalFile, journalFolder, withShardEnds } from "../../../engine/journal/shard-journals.js"
import type { ShardPlan } from "../../../engine/plan/shards/shard-plan.js"
import { shardPlanOf } from "./shard-plan.js"

let out = ""
let plan: ShardPlan
const began = "2026-01-01T00:00:00.000Z"
const later = Date.parse(began) + 100_000

const tile = (key: string, outcome: "done" | "failed" | "quarantined", more = {}): JournalRecord => ({
  ...{ type: "end", key, stage: "tile", hash: "h", outcome, timeMs: 10_000, points: 1, peakBytes: 1, files: [] },
  ...{ startedAt: Date.parse(began) },
  ...more,
})
const start = (key: string): JournalRecord => ({ type: "start", key, stage: "tile", hash: "h" })
const run: JournalRecord = { type: "run", version: "0", tasks: 2, planHash: "p", at: began }

const write = async (folder: string, name: string, records: readonly JournalRecord[], tail = ""): Promise<void> => {
  await mkdir(join(out, folder), { recursive: true })
  await writeFile(
    join(out, folder, name),
    records.map((record) => `${sealJson(JSON.stringify(record))}\n`).join("") + tail,
  )
}

/** Two shards of two tiles, a phase over tiles and the last one. */
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "maille-status-"))
  const lines = ["a", "b", "c", "d"].map((key) => `${JSON.stringify({ key, points: 1, cost: 5 })}\n`)
  const [length, base] = [lines[0]!.length * 2, shardPlanOf([1, 1])]
  const sums = [0, 1].map((index) => crc32(lines.slice(2 * index, 2 * index + 2).join("")))
  const shards = base.shards.map((shard, index) => ({
    ...shard,
    tiles: 2,
    offset: index * length,
    length,
    crc32: sums[index]!,
  }))
  plan = { ...base, phases: ["tile", "finish"], jobKernels: [], tiles: 4, shards }
  await mkdir(join(out, planLayout.folder), { recursive: true })
  await writeFile(join(out, planLayout.tiles), lines.join(""))
})
afterEach(() => rm(out, { recursive: true, force: true }))

const open = async (retry = false) => openPhases(out, plan, await readLedger(out, plan), { retry })

describe("the status of a plan", () => {
  it("is nothing before it begins", async () => {
    expect(await readStatus(out, plan, later)).toMatchObject({
      finished: false,
      done: 0,
      left: 5,
      attempts: 0,
      share: 0,
    })
    expect(await open()).toEqual([{ phase: "tile", shards: [0, 1] }, { phase: "finish" }])
  })

  it("sums what all attempts ended, once each, and tells how long the rest takes", async () => {
    const own = journalFolder(plan.hash)
    await write(
      own,
      journalFile("tile", 0, "0a"),
      [run, start("a"), tile("a", "done"), start("b")],
      '{"type":"end","key":"b"',
    )
    await write(own, journalFile("tile", 0, "0b"), [run, tile("a", "done"), tile("b", "failed")])
    // Of a former plan: what still stands of it, shards of this one write down again.
    await write(`${planLayout.journals}/ffffffffffff`, journalFile("tile", 0, "0c"), [run, tile("c", "done")])
    const status = await readStatus(out, plan, later)
    expect(status).toMatchObject({
      done: 1,
      failed: 1,
      quarantined: 0,
      left: 3,
      moreThanOnce: 1,
      attempts: 2,
      share: 0.5,
    })
    expect(status.faults).toEqual(["tile b"])
    expect(status.phases[0]).toMatchObject({ tasks: 4, shards: 2, shardsThrough: 1 })
    // Ten core-seconds in a hundred seconds, ten are left.
    expect(status.rate).toBe(0.1)
    expect(status.end).toBe(new Date(later + 100_000).toISOString())
    expect(await open()).toEqual([{ phase: "tile", shards: [1] }, { phase: "finish" }])
    expect(await open(true)).toEqual([{ phase: "tile", shards: [0, 1] }, { phase: "finish" }])
    // A whole run in the same folder mends what failed.
    await write(".", journalName, [run, tile("b", "done"), tile("d", "done")])
    expect(await readStatus(out, plan, later)).toMatchObject({ done: 2, failed: 0, left: 3 })
  })

  it("is finished when the last phase of this very plan came to its end", async () => {
    await write(
      journalFolder(plan.hash),
      journalFile("tile", 0, "0a"),
      ["a", "b", "c", "d"].map((key) => tile(key, "done")),
    )
    expect(await open()).toEqual([{ phase: "finish" }])
    await writeFile(join(out, planLayout.finished), JSON.stringify({ planHash: "another" }))
    expect(await isFinished(out, plan)).toBe(false)
    await writeFile(join(out, planLayout.finished), JSON.stringify({ planHash: plan.hash }))
    expect(await open()).toEqual([])
    expect(await readStatus(out, plan, later)).toMatchObject({ finished: true, done: 5, left: 0, share: 1 })
  })
})

describe("the last phase", () => {
  it("knows what shards gave up and did not end, and a retry of the folder forgives what began before it", async () => {
    const own = journalFolder(plan.hash)
    const stop: JournalRecord = { type: "stop", at: began }
    const error = { code: "E_KERNEL", message: "died alone", context: {} } as const
    await write(own, journalFile("tile", 0, "0a"), [run, start("a"), run, start("a"), start("b"), stop])
    await write(own, journalFile("tile", 0, "0b"), [
      run,
      start("b"),
      run,
      start("b"),
      tile("a", "quarantined", { fatal: true, error }),
    ])
    const told = ({ begun, abandoned }: Attempts): unknown => [[...begun], [...abandoned.keys()]]
    const attempts = async (retry: boolean): Promise<unknown> =>
      told((await withShardEnds(out, await readJournal(out), retry)).attempts)
    const ofShard = async (): Promise<unknown> =>
      told((await readShardState(out, plan, { phase: "tile", shard: 0 })).attempts)
    const nothing = [[], []]
    const found = [[["tile b h", 2]], ["tile a h"]]
    expect([await attempts(false), await ofShard()]).toEqual([found, found])
    expect(await attempts(true)).toEqual(nothing)
    const retry = (at: number): JournalRecord => ({ type: "retry", at: new Date(at).toISOString() })
    await write(".", journalName, [retry(Date.parse(began) - 1)])
    expect(await attempts(false)).toEqual(found)
    await write(".", journalName, [retry(Date.parse(began) + 1)])
    expect([await attempts(false), await ofShard()]).toEqual([nothing, nothing])
  })
})
