import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { makeCountry } from "../../../bench/country.js"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { isJoin } from "../../../engine/core/stages.js"
import { planJoins, planRegions, planWhole } from "../../../engine/distributed/plan-parts.js"
import { planSources } from "../../../engine/distributed/plan-shards.js"
import { findMissing } from "../../../engine/distributed/shard-progress.js"
import { resolveJob } from "../../../engine/job/job.js"
import type { PlannedTask } from "../../../engine/plan/planned-task.js"

const folder = mkdtempSync(join(tmpdir(), "maille-joins-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const country = makeCountry(1400, 1)
const middle = [0, 1].map((axis) => 10_000 * Math.round((country.box[axis]! + country.box[axis + 2]!) / 20_000))
/** From 3 km inside a region on. */
const around = (side: number): Box2 => {
  const [west, south] = [middle[0]! + 3000, middle[1]! + 3000]
  return [west, south, west + side, south + side]
}

/** A plan of the tiles in a box, those around them as neighbours. */
const planned = async (name: string, box: Box2, more: object = {}) => {
  const told = { inputs: ["https://simulated.invalid/tiles"], out: join(folder, name), crs: "EPSG:2154" }
  const job = await resolveJob({ ...told, products: ["mesh", "vector"], bbox: box, ...more })
  return { job, shardPlan: await planSources(job, country, { parallel: 3 }) }
}

/** In an order of their own: what a task waits for is a set. */
const inOrder = (tasks: readonly PlannedTask[]): PlannedTask[] =>
  tasks.map((task) => ({ ...task, dependsOn: [...task.dependsOn].sort() })).sort((a, b) => (a.id < b.id ? -1 : 1))

describe("the hash of a plan", () => {
  it("differs between folders: a cluster's queue names the jobs of a plan by it", async () => {
    const [here, there] = [await planned("here", around(3000)), await planned("there", around(3000))]
    expect(there.shardPlan.hash).not.toBe(here.shardPlan.hash)
  })
})

describe("joins laid out alone", () => {
  for (const [name, side, more] of [
    ["many regions", 14_000, {}],
    ["one region", 3000, {}],
    ["names of sources", 14_000, { sourceNames: true }],
  ] as const)
    it(`are the tasks that they are in the whole plan: ${name}`, async () => {
      const { job, shardPlan } = await planned(name, around(side), more)
      const whole = await planWhole(job, shardPlan)
      const joins = whole.tasks.filter(({ stage }) => isJoin(stage))
      expect(shardPlan.ring).toBeGreaterThan(0)
      const alone = await planJoins(job, shardPlan)
      expect(alone.tasks.length).toBeGreaterThan(0)
      expect(inOrder(alone.tasks)).toEqual(inOrder(joins.filter(({ key }) => shardPlan.jobKernels.includes(key))))
      const regions = await Promise.all(shardPlan.regions.map((_, task) => planRegions(job, shardPlan, task)))
      const made = regions.flatMap(({ tasks }) => tasks)
      if (side > 10_000) expect(made.some(({ neighbours }) => neighbours !== undefined)).toBe(true)
      expect(inOrder(made)).toEqual(inOrder(side > 10_000 ? joins.filter(({ key }) => key.includes("@")) : []))
    })

  it("of regions wait for the shards with their tiles alone", async () => {
    const { job, shardPlan } = await planned("waiting", around(16_000))
    const whole = await findMissing(job.out, shardPlan, "region")
    const own = await Promise.all(shardPlan.regions.map((_, task) => findMissing(job.out, shardPlan, "region", task)))
    expect(whole.shards.map(({ shard }) => shard)).toEqual([...shardPlan.shards.keys()])
    expect(own.some(({ shards }) => shards.length < whole.shards.length)).toBe(true)
    expect(new Set(own.flatMap(({ shards }) => shards.map(({ shard }) => shard))).size).toBe(whole.shards.length)
    for (const { shards } of own) for (const missing of shards) expect(whole.shards).toContainEqual(missing)
  })
})
