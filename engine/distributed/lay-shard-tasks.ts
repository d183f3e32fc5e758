/**
 * Lays out the tasks of one shard in one phase, with the hashes that they have in the whole job.
 */
import { hilbertIndex } from "../grid/hilbert.js"
import type { Grid, TileKey } from "../grid/tile-key.js"
import type { LaidTask, Laying } from "../plan/planned-task.js"
import { parentTasks } from "../plan/tasks/lay-later-tasks.js"
import { hasFirstStage, taskList } from "../plan/tasks/lay-tasks.js"
import { modelTask, sharesWith, tileTask } from "../plan/tasks/lay-tile-tasks.js"

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
export const layShardTasks = (laying: Laying, part: ShardTiles): LaidTask[] => {
  const { context } = laying
  const { tasks, lay } = taskList(laying)
  const firstStage = hasFirstStage(context)
  const own = part.tiles.filter(({ neighbour }) => !neighbour).map(({ key }) => key)
  if (part.phase === "tile") {
    for (const { key, neighbour } of part.tiles) lay(tileTask(laying, key, neighbour))
  } else {
    const stages = { firstStage, present: part.present, byRegion: part.byRegion }
    for (const key of own) lay(modelTask(laying, key, stages))
  }
  const withParents = context.chains.model.length > 0 ? "model" : "tile"
  if (part.phase === withParents && context.chains.parent.length > 0) {
    const inside = (key: TileKey): boolean => key.level >= part.topLevel && isInside(context.grid, key, part.range)
    for (const task of parentTasks(laying, own, inside)) tasks.push(task)
  }
  return tasks
}

/** Kernels over all tiles that the second stage waits for. */
export const awaitedJoins = (laying: Laying): string[] =>
  laying.context.chains.model.length === 0
    ? []
    : laying.context.chains.job.filter(({ id }) => sharesWith(laying, id)).map(({ id }) => id)

/** True for a cell whose leaves are all in the range: a cell is a contiguous part of the curve. */
export const isInside = (grid: Grid, key: TileKey, [from, to]: readonly [number, number]): boolean => {
  const size = 4 ** (grid.leafLevel - key.level)
  const start = hilbertIndex(key.level, key.x, key.y) * size
  return start >= from && start + size <= to
}
