/**
 * The plan of a country on a small Slurm cluster: the real plan, shards, arrays, journals and gates
 * of all phases (tiles, regions of 10 km, the job's joins, second stages with the parents below the
 * shards, the last one), with tasks that make nothing (`null-shard.mjs`), and the power of a node
 * cut on the way.
 *
 * `MAILLE_NATIONAL_SIDE=742` runs 550,564 tiles; by default there are 20,164.
 * `MAILLE_NATIONAL_PRODUCTS=dsm` is one stage of tiles alone.
 */

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { stageOfId } from "../../engine/core/stages.js"
import { isFinished } from "../../engine/distributed/open-phases.js"
import { eachRecord } from "../../engine/journal/journal.js"
import { listJournals } from "../../engine/journal/shard-journals.js"
import { readShardPlan } from "../../engine/plan/shards/read-shard-plan.js"
import { writeNationalIndex } from "../engine/distributed/national-index.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { sharedData } from "../shared-data.js"
import { Cluster, hasSlurm, waitUntil } from "./cluster.js"

const side = Number(process.env["MAILLE_NATIONAL_SIDE"] ?? 142)
const products = process.env["MAILLE_NATIONAL_PRODUCTS"] ?? "mesh,vector"
const nullShard = fileURLToPath(new URL("./null-shard.mjs", import.meta.url))

describe.skipIf(!hasSlurm || sharedData === undefined)("a country of tiles that make nothing", () => {
  let folder = ""
  let out = ""
  let cluster: Cluster
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-national-"))
    out = join(folder, "out")
    await writeNationalIndex(join(folder, "index.geojson"), side)
    // Few processors claim to be four nodes: a power cut takes one task of four.
    cluster = await Cluster.start({ NODES: 4, CPUS: 1, MEM: 16384 })
    Object.assign(process.env, cluster.env)
  })
  afterAll(async () => {
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it("ends each of them, once in effect, though a node loses its power", { timeout: 2_400_000 }, async () => {
    const index = ["--tile-index", join(folder, "index.geojson"), "--products", products]
    expect((await runMaille(["plan", ...index, "--out", out, "--shards", "4"])).code).toBe(0)
    const plan = await readShardPlan(out)
    const status = async () => jsonOf(await runMaille(["status", out, "--json"], cluster.env))
    const began = Date.now()
    const command = `${process.execPath} ${nullShard}`
    const sizes = ["--mem", "16G", "--single-mem", "16G", "--array-size", "11"]
    const submitted = await runMaille(["submit", "slurm", out, ...sizes, "--command", command, "--json"], cluster.env)
    expect(submitted.code, submitted.stdout).toBe(0)
    const arrays = jsonOf(submitted).jobs.filter(({ tasks }: { tasks?: number }) => tasks !== undefined)
    const arraysOf = { tile: plan.shards, region: plan.regions, model: plan.shards, job: [], finish: [] } as const
    expect(arrays.length).toBe(plan.phases.reduce((sum, phase) => sum + Math.ceil(arraysOf[phase].length / 11), 0))

    // Four tasks run at one time: when five shards were begun one is through.
    await waitUntil("the first shards to be through", 600, async () => (await listJournals(out)).length > 5)
    await cluster.does("node-off", "node1")
    await cluster.waitForNode("node1", /down/, 240)
    await cluster.does("node-on", "node1")
    await waitUntil("the end", 1200, async () => {
      await sleep(1000)
      return isFinished(out, plan)
    })
    const seconds = (Date.now() - began) / 1000

    const hashes = new Map<string, Set<string>>()
    let ends = 0
    for (const { path } of await listJournals(out))
      await eachRecord(join(out, path), (record) => {
        if (record.type !== "end") return
        ends++
        if (record.outcome !== "done") expect(record).toMatchObject({ outcome: "done" })
        const id = `${record.stage} ${record.key}`
        hashes.set(id, (hashes.get(id) ?? new Set()).add(record.hash))
      })
    const counts: Record<string, number> = {}
    for (const id of hashes.keys()) {
      const name = stageOfId(id)
      counts[name] = (counts[name] ?? 0) + 1
    }
    expect(counts["tile"]).toBe(side * side)
    expect(counts["region"] ?? 0).toBe(plan.regions.flat().length * plan.regionKernels.length)
    expect(counts["job"] ?? 0).toBe(plan.jobKernels.length)
    expect(counts["model"] ?? 0).toBe(plan.phases.includes("model") ? side * side : 0)
    if (products === "mesh,vector") {
      expect(plan.phases).toEqual(["tile", "region", "job", "model", "finish"])
      expect(plan.regions.flat().length).toBeGreaterThan((side / 10) ** 2 - 1)
      expect(plan.regionKernels.map(({ id }) => id)).toContain("vector.contour-join")
      // A quarter, a sixteenth … of the tiles, but for what lies over the borders of shards.
      expect(counts["parent"]).toBeGreaterThan(side * side * 0.3)
    }
    // A tile that was run twice was run as the same task.
    expect([...hashes.values()].every(({ size }) => size === 1)).toBe(true)
    const { left, quarantined, failed, moreThanOnce } = await status()
    expect({ left, quarantined, failed }).toEqual({ left: 0, quarantined: 0, failed: 0 })
    expect(moreThanOnce).toBeLessThanOrEqual(ends - hashes.size)
    // The power cut did end a task.
    expect(await cluster.restarts()).toBeGreaterThan(0)
    console.info(
      `${side * side} tiles, tasks ${JSON.stringify(counts)}, in ${plan.shards.length} shards: ${seconds} s, ${moreThanOnce} more than once`,
    )
  })
})
