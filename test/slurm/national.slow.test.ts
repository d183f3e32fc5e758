/**
 * The plan of a country on a small Slurm cluster: the real plan, shards, arrays, journals and gates, with tiles that make nothing (`null-shard.mjs`), and the power of a node cut on the way.
 * `MAILLE_NATIONAL_SIDE=742` runs 550,564 tiles; by default there are 20,164.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isFinished } from "../../engine/cluster/open-phases.js"
import { readShardPlan } from "../../engine/job/read-shard-plan.js"
import { listJournals, readRecords } from "../../engine/job/shard-journals.js"
import { writeNationalIndex } from "../engine/job/national-index.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { sharedData } from "../shared-data.js"
import { Cluster, hasSlurm, waitUntil } from "./cluster.js"

const side = Number(process.env["MAILLE_NATIONAL_SIDE"] ?? 142)
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
    cluster = await Cluster.start({ NODES: 4, CPUS: 1, MEM: 4096 })
    Object.assign(process.env, cluster.env)
  })
  afterAll(async () => {
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it("ends each of them, once in effect, though a node loses its power", async () => {
    const index = ["--tile-index", join(folder, "index.geojson"), "--products", "dtm"]
    expect((await runMaille(["plan", ...index, "--out", out, "--shards", "4"])).code).toBe(0)
    const plan = await readShardPlan(out)
    const status = async () => jsonOf(await runMaille(["status", out, "--json"], cluster.env))
    const began = Date.now()
    const command = `${process.execPath} ${nullShard}`
    const sizes = ["--mem", "4G", "--single-mem", "4G", "--array-size", "11"]
    const submitted = await runMaille(["submit", "slurm", out, ...sizes, "--command", command, "--json"], cluster.env)
    expect(submitted.code, submitted.stdout).toBe(0)
    const arrays = jsonOf(submitted).jobs.filter(({ tasks }: { tasks?: number }) => tasks !== undefined)
    expect(arrays.length).toBe(Math.ceil(plan.shards.length / 11))

    // Four tasks run at one time: when five shards were begun one is through.
    await waitUntil("the first shards to be through", 300, async () => (await listJournals(out)).length > 5)
    await cluster.does("node-off", "node1")
    await cluster.waitForNode("node1", /down/, 60)
    await cluster.does("node-on", "node1")
    await waitUntil("the end", 600, async () => {
      await sleep(1000)
      return isFinished(out, plan)
    })
    const seconds = (Date.now() - began) / 1000

    const hashes = new Map<string, Set<string>>()
    let ends = 0
    for (const { path } of await listJournals(out))
      for await (const record of readRecords(join(out, path)))
        if (record.type === "end" && record.scope === "tile") {
          ends++
          expect(record.outcome).toBe("done")
          hashes.set(record.key, (hashes.get(record.key) ?? new Set()).add(record.hash))
        }
    expect(hashes.size).toBe(side * side)
    // A tile that was run twice was run as the same task.
    expect([...hashes.values()].every(({ size }) => size === 1)).toBe(true)
    const { left, quarantined, failed, moreThanOnce } = await status()
    expect({ left, quarantined, failed }).toEqual({ left: 0, quarantined: 0, failed: 0 })
    expect(moreThanOnce).toBeLessThanOrEqual(ends - hashes.size)
    // The power cut did end a task.
    expect(await cluster.restarts()).toBeGreaterThan(0)
    console.info(`${hashes.size} tiles in ${plan.shards.length} shards: ${seconds} s, ${moreThanOnce} more than once`)
  })
})
