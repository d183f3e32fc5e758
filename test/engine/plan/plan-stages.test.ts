/** The tasks of a job with a second tile stage: 4 × 4 tiles of 50 m, small kernels. */

import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { stageOfId, stages } from "../../../engine/core/stages.js"
import type { TileKey } from "../../../engine/grid/tile-key.js"
import { resolveJob } from "../../../engine/job/job.js"
import { type Plan, planJob } from "../../../engine/plan/plan.js"
import type { PlannedTask, TaskBeforeCost } from "../../../engine/plan/planned-task.js"
import { parentTasks } from "../../../engine/plan/tasks/later-tasks.js"
import { boxOf, makeToyJob, type ToyJob, tileAt } from "../../scenes/toy-job.js"

let job: ToyJob
let sources: string[] = []
let whole: Plan

beforeAll(async () => {
  job = await makeToyJob()
  sources = await job.sources("plain")
  whole = await planOf()
})
afterAll(() => job.remove())

const planOf = async (more: Partial<Parameters<typeof resolveJob>[0]> = {}): Promise<Plan> => {
  const { kernels, folder } = job
  return planJob(
    await resolveJob({ inputs: sources, out: `${folder}/out`, tileSize: 50, products: ["dsm"], kernels, ...more }),
  )
}

const keysOf = ({ tasks }: Plan, stage: PlannedTask["stage"], neighbour?: true): string[] =>
  tasks.filter((task) => task.stage === stage && task.neighbour === neighbour).map(({ key }) => key)
const taskOf = ({ tasks }: Plan, id: string): PlannedTask => {
  const task = tasks.find((one) => one.id === id)
  if (task === undefined) throw new Error(`no task ${id}`)
  return task
}

/** The pyramid that would be laid above some tiles. */
const parentsOf = async (leaves: TileKey[]): Promise<TaskBeforeCost[]> => {
  let tasks: TaskBeforeCost[] = []
  const given = { inputs: sources, out: `${job.folder}/out`, tileSize: 50, products: ["mesh"], mesh: "ground" } as const
  await planJob(await resolveJob({ ...given, products: [...given.products] }), {
    buildTasks: (planning) => {
      tasks = parentTasks(planning, leaves)
      return []
    },
  })
  return tasks
}

describe("the tasks of a job with models", () => {
  it("come in the order of their stages, each behind what it depends on", () => {
    const places = new Map(whole.tasks.map(({ id }, place) => [id, place]))
    for (const { id, stage, dependsOn } of whole.tasks)
      for (const other of dependsOn) {
        expect(places.get(other), `${other} before ${id}`).toBeLessThan(places.get(id) ?? 0)
        expect(stages[stage].reads, id).toContain(stageOfId(other))
      }
    const order = whole.tasks.map(({ stage }) => stage).filter((stage) => stage !== "source")
    expect(order.filter((stage, i) => stage !== order[i - 1])).toEqual(["tile", "job", "model", "parent", "layer"])
    expect(keysOf(whole, "model")).toEqual(keysOf(whole, "tile"))
    expect(keysOf(whole, "tile", true)).toEqual([])
  })

  it("wait for the tiles around them and for the join, parents for models", () => {
    const { dependsOn, sources: read } = taskOf(whole, `model ${tileAt(0, 0)}`)
    const tiles = [tileAt(0, 0), tileAt(1, 0), tileAt(0, 1), tileAt(1, 1)].map((key) => `tile ${key}`)
    expect(dependsOn.filter((id) => !id.startsWith("source ")).sort()).toEqual(["job toy.join", ...tiles].sort())
    // Its own reach, not that of the first stage.
    expect(read.length).toBe(1)
    expect(taskOf(whole, `tile ${tileAt(0, 0)}`).sources.length).toBe(4)
    expect(taskOf(whole, "job toy.join").dependsOn.length).toBe(16)
    const [parent] = whole.tasks.filter(({ stage }) => stage === "parent")
    expect(parent?.dependsOn.every((id) => id.startsWith("model "))).toBe(true)
    expect(taskOf(whole, "layer link").dependsOn).toContain("job toy.join")
  })

  it("parents wait for the stage that makes the mesh, layers of roofs for the second one", async () => {
    for (const [mesh, stage] of [
      ["surface", "tile "],
      ["ground", "model "],
    ] as const) {
      const plan = await planOf({ kernels: [], products: ["mesh", "vector"], layers: ["roof"], mesh })
      const [parent] = plan.tasks.filter(({ stage }) => stage === "parent")
      expect(parent?.dependsOn.length).toBeGreaterThan(0)
      expect(
        parent?.dependsOn.every((id) => id.startsWith(stage)),
        mesh,
      ).toBe(true)
      expect(keysOf(plan, "layer")).toEqual(["roof"])
      expect(taskOf(plan, "layer roof").dependsOn).toContain(`model ${tileAt(0, 0)}`)
    }
    const plain = await planOf({ kernels: [], products: ["vector"], layers: ["tree", "building"] })
    expect(keysOf(plain, "layer")).toEqual(["building", "tree"])
    expect([...keysOf(plain, "model"), ...keysOf(plain, "tile", true)]).toEqual([])
  })

  it("take the tiles around an area along, for their neighbours' sake", async () => {
    const corner = await planOf({ bbox: boxOf(0, 0) })
    expect(keysOf(corner, "tile")).toEqual([tileAt(0, 0)])
    expect(keysOf(corner, "tile", true).sort()).toEqual([tileAt(0, 1), tileAt(1, 0), tileAt(1, 1)].sort())
    expect(keysOf(corner, "model")).toEqual([tileAt(0, 0)])
    expect(keysOf(corner, "parent").length).toBe(1)
    expect(taskOf(corner, "job toy.join").dependsOn.length).toBe(4)
    expect(taskOf(corner, "layer dot").dependsOn).toEqual([`tile ${tileAt(0, 0)}`])
    // A task is the same in any job that holds it; a neighbour is done where the whole tile is.
    for (const id of [`tile ${tileAt(0, 0)}`, `model ${tileAt(0, 0)}`])
      expect(taskOf(corner, id).hash).toBe(taskOf(whole, id).hash)
    const neighbour = taskOf(corner, `tile ${tileAt(1, 1)}`)
    const same = taskOf(whole, `tile ${tileAt(1, 1)}`)
    expect(neighbour.wholeHash).toBe(same.hash)
    expect(neighbour.hash).not.toBe(same.hash)
    const middle = await planOf({ bbox: boxOf(1, 2) })
    expect(keysOf(middle, "tile", true).length).toBe(8)
  })

  it("join the requested tiles only where a kernel says so", async () => {
    const corner = await planOf({ kernels: ["simulation.flow"], products: ["dtm"], bbox: boxOf(0, 0) })
    expect(keysOf(corner, "tile", true).length).toBe(3)
    expect(taskOf(corner, "job terrain.voids-join").dependsOn.length).toBe(4)
    expect(taskOf(corner, "job simulation.flow-join").dependsOn).toEqual([`tile ${tileAt(0, 0)}`])
  })

  it("have memory and cost of their own", () => {
    const model = taskOf(whole, `model ${tileAt(1, 1)}`)
    const tile = taskOf(whole, `tile ${tileAt(1, 1)}`)
    expect(model.points).toBeGreaterThan(0)
    expect(model.points).toBeLessThan(tile.points)
    expect(model.bytes).toBeGreaterThan(0)
    expect(whole.costCoreSeconds).toBeGreaterThan(model.costCoreSeconds + tile.costCoreSeconds)
  })

  it("are those of one stage where the other has nothing to do", async () => {
    const surface = await planOf({ kernels: [], products: ["mesh"], mesh: "surface", bbox: boxOf(1, 1) })
    expect([keysOf(surface, "tile").length, keysOf(surface, "tile", true).length]).toEqual([1, 0])
    expect(keysOf(surface, "model")).toEqual([])
    // The terrain model is finished, and ground made, once the voids of all tiles are joined.
    for (const product of [{ products: ["dtm"] }, { products: ["mesh"], mesh: "ground" }]) {
      const terrain = await planOf({ kernels: [], ...product })
      expect([keysOf(terrain, "tile").length, keysOf(terrain, "model").length]).toEqual([16, 16])
    }
  })

  it("end below the parents in which positions cannot be told", async () => {
    const grid = whole.context.grid
    const far = await parentsOf([
      { level: grid.leafLevel, x: 60_000, y: 125_500 },
      { level: grid.leafLevel, x: 60_000, y: 136_000 },
    ])
    const top = far.map(({ key }) => Number(key.split("/")[0])).reduce((a, b) => Math.min(a, b))
    expect(grid.leafSide * 2 ** (grid.leafLevel - top)).toBe(1_638_400)
    expect(far.filter(({ key }) => key.startsWith(`${top}/`))).toHaveLength(2)
  })
})
