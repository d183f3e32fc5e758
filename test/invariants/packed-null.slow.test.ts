import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sha256 } from "../../engine/core/hash.js"
import type { Phase } from "../../engine/core/stages.js"
import { runShard } from "../../engine/distributed/run-shard.js"
import { TileKey } from "../../engine/grid/tile-key.js"
import { resolveJob } from "../../engine/job/job.js"
import { layout } from "../../engine/job/layout.js"
import { readJobFile } from "../../engine/plan/job-file.js"
import { readShardPlan } from "../../engine/plan/shards/read-shard-plan.js"
import type { Pool } from "../../engine/pool/pool.js"
import type { StagedFile, TaskResult } from "../../engine/worker/task-result.js"
import type { WorkerInput } from "../../engine/worker/worker.js"
import { writeNationalIndex } from "../engine/distributed/national-index.js"
import { runMaille } from "../run-maille.js"
import { sharedData } from "../shared-data.js"

/** Tiles along a side. */
const side = 14
let out = ""
let staged = 0

/** What a worker would leave of a task, a few bytes each. */
const stage = async (path: string): Promise<StagedFile> => {
  const name = `${layout.temporary}/null-${staged++}`
  await mkdir(join(out, layout.temporary), { recursive: true })
  await writeFile(join(out, name), path)
  return { path, sha256: sha256(path), sizeBytes: path.length, staged: { path: name, crc32: crc32(path) } }
}

/** Tiles that take no time and write the files that a real tile writes. */
const nullTask = async ({ message }: WorkerInput): Promise<TaskResult> => {
  const key = TileKey.parse(["source", "region", "job"].includes(message.stage) ? "0/0/0" : message.key)
  const paths =
    message.stage === "tile"
      ? [
          layout.raster("dtm", key),
          layout.raster("dsm", key),
          layout.blob("building-part", key),
          layout.features("tree", key),
        ]
      : message.stage === "model" || message.stage === "parent"
        ? [layout.mesh(key), layout.handed("ground", "mesh", key), layout.tileSolids(key)]
        : []
  const files: StagedFile[] = []
  for (const path of message.neighbour ? paths.slice(2, 3) : paths) files.push(await stage(path))
  return { outcome: "done", timeMs: 0, points: 0, peakBytes: 0, files, startedAt: Date.now() }
}
const nothing = (): Promise<void> => Promise.resolve()
const pool: Pool = { loaded: nothing, run: nullTask, runApart: nullTask, renew: nothing, close: nothing }

describe.skipIf(sharedData === undefined)("shards of tiles that make nothing", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-packed-null-"))
    out = join(folder, "out")
    await writeNationalIndex(join(folder, "index.geojson"), side)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("are six files each, journals with them, whatever number of tiles", async () => {
    const args = ["plan", "--tile-index", join(folder, "index.geojson"), "--out", out, "--pack", "--shards", "2"]
    const planned = await runMaille(args)
    expect(planned.code, planned.stderr).toBe(0)
    const plan = await readShardPlan(out)
    const job = {
      ...(await resolveJob(await readJobFile(join(out, "plan/job.json")))),
      workers: 16,
      memoryBytes: 2 ** 45,
    }
    const run = async (phase: Phase, shard: number): Promise<number> => {
      let tasks = 0
      for await (const outcome of runShard(job, { phase, shard, attempt: `0a${shard}`, pool })) {
        expect(outcome.outcome).toBe("done")
        tasks++
      }
      return tasks
    }
    let tasks = 0
    for (const shard of plan.shards.keys()) tasks += await run("tile", shard)
    for (const task of plan.regions.keys()) await run("region", task)
    await run("job", 0)
    for (const shard of plan.shards.keys()) tasks += await run("model", shard)
    expect(tasks).toBeGreaterThan(2 * side * side)
    const files = (await readdir(out, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(out.length + 1))
    const ofShards = files.filter((path) => /\/(tile|model)-\d+-/.test(path))
    const ofRegions = files.filter((path) => /\/region-\d+-/.test(path))
    const others = files.filter((path) => !ofShards.includes(path) && !ofRegions.includes(path))
    console.info(
      `${side * side} tiles, ${tasks} tasks, ${staged} files of tiles, ${plan.shards.length} shards: ${ofShards.length} files of shards, ${ofRegions.length} of ${plan.regions.length} tasks of regions, ${others.length} others`,
    )
    expect(ofShards.length).toBe(6 * plan.shards.length)
    expect(plan.regions.length).toBeGreaterThan(1)
    expect(ofRegions.length).toBeLessThanOrEqual(2 * plan.regions.length)
    // Contexts go with the last phase.
    expect(others.filter((path) => !path.startsWith(".work/context/")).length).toBeLessThan(20)
  })
})
