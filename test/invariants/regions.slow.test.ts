/**
 * Joins in regions of 10 km: over a corner of the grid, the products that one join of all tiles
 * gives, in one process and in shards, packed too.
 */

import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import type { TileOutcome } from "../../engine/report/tile-outcome.js"

/** Workers are files of the build. */
const built = <T>(path: string): Promise<T> => import(new URL(`../../dist/${path}`, import.meta.url).href)
const { resolveJob } = await built<typeof import("../../engine/job/job.js")>("engine/job/job.js")
const { buildTasks } = await built<typeof import("../../engine/plan/tasks/build-tasks.js")>(
  "engine/plan/tasks/build-tasks.js",
)
const { planShards } = await built<typeof import("../../engine/distributed/plan-shards.js")>(
  "engine/distributed/plan-shards.js",
)
const { planJob } = await built<typeof import("../../engine/plan/plan.js")>("engine/plan/plan.js")
const { countTasks } = await built<typeof import("../../engine/distributed/region-tasks.js")>(
  "engine/distributed/region-tasks.js",
)
const { openPool } = await built<typeof import("../../engine/pool/pool.js")>("engine/pool/pool.js")
const { hashOutput } = await built<typeof import("../../engine/report/hash-output.js")>("engine/report/hash-output.js")
const { runJob } = await built<typeof import("../../engine/run/run.js")>("engine/run/run.js")
const { runShard } = await built<typeof import("../../engine/distributed/run-shard.js")>(
  "engine/distributed/run-shard.js",
)
const { writeSample } = await built<typeof import("../../fixtures/sample/write-sample.js")>(
  "fixtures/sample/write-sample.js",
)

describe("a job over four regions", () => {
  let folder = ""
  let whole: unknown
  // The thread of all shards, which takes longer to start than to run one.
  const threads = openPool({ workers: 1, memoryBytes: 2 ** 31 })
  const pool = { ...threads, close: () => Promise.resolve() }
  const jobAt = (name: string, more: object = {}) =>
    resolveJob({
      inputs: [join(folder, "lidar")],
      out: join(folder, name),
      products: ["mesh", "vector"],
      tileSize: 100,
      workers: 1,
      ...more,
    })
  /** The joins that were made; all tasks must come out well. */
  const all = async (outcomes: AsyncIterable<TileOutcome>): Promise<string[]> => {
    const joins: string[] = []
    for await (const { key, outcome } of outcomes) {
      expect(["done", "skipped", "unchanged"], key).toContain(outcome)
      if (key.includes("-join") && outcome === "done") joins.push(key)
    }
    return joins
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-regions-"))
    await writeSample(folder, { place: [770_000 - 100, 6_280_000 - 100], pulsesPerM2: 2 })
    const job = await jobAt("whole")
    const plan = await planJob(job, { buildTasks: (planning) => buildTasks(planning, { whole: true }) })
    const joins = await all(runJob(job, { plan }))
    // Contours are cut at the regions' lines, whatever joins what is not.
    expect(joins.filter((key) => key.includes("@") && !key.startsWith("vector.contour-join@"))).toEqual([])
    whole = await hashOutput(job.out, { list: true })
  })
  afterAll(async () => {
    await threads.close()
    await rm(folder, { recursive: true, force: true })
  })

  it("has the bytes of one join of all", async () => {
    const job = await jobAt("regions")
    const joins = await all(runJob(job))
    for (const name of ["building", "water", "bridge", "artificial", "contour"])
      expect(joins.filter((key) => key.startsWith(`vector.${name}-join@`))).toHaveLength(4)
    expect(await hashOutput(job.out, { list: true })).toEqual(whole)
  })

  it("has contours that meet on the lines of the regions, in tiles of any size", async () => {
    const { features } = await readFlatGeobuf(join(folder, "whole/vector/contour.fgb"))
    const { ids, ringEnds, coordinates, columns } = features
    const ends = new Map<string, string[]>()
    ids.forEach((_, f) => {
      const [first, last] = [f > 0 ? ringEnds[f - 1]! : 0, ringEnds[f]! - 1]
      for (const [v, end] of [
        [first, "begins"],
        [last, "ends"],
      ] as const) {
        const [x, y] = coordinates.subarray(2 * v, 2 * v + 2) as unknown as [number, number]
        if (x % 10_000 !== 0 && y % 10_000 !== 0) continue
        const place = `${x} ${y} ${columns["elevation"]!.values[f]}`
        ends.set(place, [...(ends.get(place) ?? []), end])
      }
    })
    expect(ends.size).toBeGreaterThan(5)
    for (const [place, both] of ends) expect(both.sort(), place).toEqual(["begins", "ends"])
    const more = { tileSize: 50, products: ["dtm", "vector"], layers: ["contour"] }
    await all(runJob(await jobAt("tiles-50", more)))
    expect((await readFlatGeobuf(join(folder, "tiles-50/vector/contour.fgb"))).features).toEqual(features)
  })

  it.each([2, 5])("has at most four tasks of regions in shards for %s tasks at one time", async (parallel) => {
    const { shardPlan } = await planShards(await jobAt(`planned-${parallel}`), { parallel })
    expect(countTasks(shardPlan, "region")).toBe(Math.min(4, parallel))
  })

  // Plain files in shards: `slurm/faults.alone.slow.test.ts`.
  it("has them in shards and packed, one task with two of the regions", async () => {
    const job = await jobAt("shards", { pack: true })
    const { shardPlan } = await planShards(job, { parallel: 3 })
    expect(shardPlan.phases).toEqual(["tile", "region", "job", "model", "finish"])
    expect(countTasks(shardPlan, "region")).toBe(3)
    for (const phase of shardPlan.phases)
      for (let shard = 0; shard < (countTasks(shardPlan, phase) ?? 1); shard++) {
        const made = await all(runShard(job, { phase, shard, attempt: randomUUID(), pool }))
        // The last phase finds what the regions made.
        if (phase === "finish") expect(made.filter((key) => key.includes("@"))).toEqual([])
      }
    expect(await hashOutput(job.out, { list: true })).toEqual(whole)
  })
})
