import { readFile } from "node:fs/promises"
import { EngineError } from "../errors.js"
import { TileKey } from "../grid/tile-key.js"
import type { TaskMessage, TileList } from "../job/context.js"
import type { Plan } from "../job/plan.js"
import type { PlannedTask } from "../job/planned-task.js"

/** The files of tiles that a task over the whole job reads. Throws E_INTERNAL where the message names none. */
export const readTileList = async ({ scope, key, tilesFile }: TaskMessage): Promise<TileList> => {
  if (tilesFile === undefined) throw new EngineError("E_INTERNAL", `${scope} ${key}: no list of tiles`)
  return JSON.parse(await readFile(tilesFile, "utf8")) as TileList
}

const taskMaps = new WeakMap<Plan, ReadonlyMap<string, PlannedTask>>()

/** Of the plan's tasks those that kernels of the job and of squares read. */
const tasksById = (plan: Plan): ReadonlyMap<string, PlannedTask> => {
  const known = taskMaps.get(plan)
  if (known !== undefined) return known
  const tasks = plan.tasks.filter(({ scope }) => scope === "tile" || scope === "join")
  const map = new Map(tasks.map((task) => [task.id, task]))
  taskMaps.set(plan, map)
  return map
}

/** Keys of the tiles below a task over the job or a square, by squares too, that are there for their neighbours' sake alone; ordered. */
export const neighboursBelow = (plan: Plan, task: PlannedTask): string[] => {
  const tasks = tasksById(plan)
  // What a job reads of squares is of their tiles.
  const below = task.dependsOn.flatMap((id) => (id.startsWith("join ") ? (tasks.get(id)?.dependsOn ?? []) : [id]))
  return [...new Set(below)]
    .flatMap((id) => (tasks.get(id)?.neighbour ? [TileKey.parse(tasks.get(id)!.key)] : []))
    .sort(TileKey.compare)
    .map(TileKey.format)
}
