/**
 * Lays out the tasks of one shard in one phase, with the hashes that they have in the whole job.
 */
import { hilbertIndex } from "../grid/hilbert.js"
import type { Grid, TileKey } from "../grid/tile-key.js"
import type { Planning, TaskBeforeCost } from "../plan/planned-task.js"
import { hasFirstStage, taskList } from "../plan/tasks/build-tasks.js"
import { parentTasks } from "../plan/tasks/later-tasks.js"
import { modelTask, sharesWith, tileTask } from "../plan/tasks/tile-tasks.js"

/** The part of a job's tasks that one process makes. */
export interface ShardTiles {
  readonly phase: "tile" | "model"
  /** Its tiles along the curve. */
  readonly tiles: readonly { readonly key: TileKey; readonly neighbour: boolean }[]
  /** Keys of all tiles of the job in and around them. */
  readonly present: ReadonlySet<string>
  /** Its part of the curve: from the first place on, up to the second, exclusive. */
  readonly range: readonly [number, number]
  /** Level of the pyramid's top. */
  readonly topLevel: number
  /** True where the job's tiles are in more than one region. */
  readonly byRegion: boolean
}

/**
 * The tasks of a shard in one of its phases: the first stage of its tiles with the sources, or the
 * second one. Their hashes are those in the whole job. Parents wholly inside the shard belong to
 * the stage that makes its tiles' meshes.
 */
export const buildShardTasks = (planning: Planning, part: ShardTiles): TaskBeforeCost[] => {
  const { context } = planning
  const { tasks, add } = taskList(planning)
  const firstStage = hasFirstStage(context)
  const own = part.tiles.filter(({ neighbour }) => !neighbour).map(({ key }) => key)
  if (part.phase === "tile") {
    for (const { key, neighbour } of part.tiles) add(tileTask(planning, key, neighbour))
  } else {
    const stages = { firstStage, present: part.present, byRegion: part.byRegion }
    for (const key of own) add(modelTask(planning, key, stages))
  }
  const withParents = context.chains.model.length > 0 ? "model" : "tile"
  if (part.phase === withParents && context.chains.parent.length > 0) {
    const inside = (key: TileKey): boolean => key.level >= part.topLevel && isInside(context.grid, key, part.range)
    for (const task of parentTasks(planning, own, inside)) tasks.push(task)
  }
  return tasks
}

/** Kernels over all tiles that the second stage waits for. */
export const awaitedJoins = (planning: Planning): string[] =>
  planning.context.chains.model.length === 0
    ? []
    : planning.context.chains.job.filter(({ id }) => sharesWith(planning, id)).map(({ id }) => id)

/** True for a cell whose leaves are all in the range: a cell is a contiguous part of the curve. */
export const isInside = (grid: Grid, key: TileKey, [from, to]: readonly [number, number]): boolean => {
  const size = 4 ** (grid.leafLevel - key.level)
  const start = hilbertIndex(key.level, key.x, key.y) * size
  return start >= from && start + size <= to
}
