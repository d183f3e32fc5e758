import { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"
import { SquareKey } from "../grid/region-key.js"
import type { Grid, TileKey } from "../grid/tile-key.js"
import type { Job } from "../job/job.js"
import type { Plan } from "../plan/plan.js"
import type { LaidTask, Laying } from "../plan/planned-task.js"
import { plannedKey } from "../plan/shards/check-plan.js"
import {
  readAllSources,
  readAllTiles,
  readFirstSource,
  readShardSources,
  readShardTiles,
  shardsAround,
} from "../plan/shards/read-shard-plan.js"
import type { PlannedTile, ShardPlan } from "../plan/shards/shard-plan.js"
import { tilesInside } from "../plan/shards/shards-of-squares.js"
import { jobTasks, squareTasks } from "../plan/tasks/lay-later-tasks.js"
import { type CatalogueSource, catalogueOf } from "../spatial/catalogue.js"
import { inOrder, planFrozen, sourcesHere } from "./plan-frozen.js"

/**
 * The kernels over all tiles that the second stage waits for, laid out from the keys of the tiles alone: neither these nor the tasks of squares are laid out, and no source is read but where features tell their names. O(tiles) time and memory, some 100 bytes a tile.
 */
export const planJoins = async (job: Job, shardPlan: ShardPlan): Promise<Plan> => {
  const tiles = new Tiles(shardPlan.grid)
  for await (const tile of readAllTiles(job.out, shardPlan)) tiles.add(tile)
  const sources = job.sourceNames ? await readAllSources(job.out, shardPlan) : []
  const wanted = new Set(shardPlan.joins)
  return planTasks(job, shardPlan, sources, (laying) =>
    jobTasks(laying, { ...tiles, bySquare: shardPlan.squares.length > 0 }).filter(({ key }) => wanted.has(key)),
  )
}

/** The tasks of one task of the phase "square", laid out as {@link planJoins} does. Throws E_USAGE for a number that the plan has not. */
export const planSquares = async (job: Job, shardPlan: ShardPlan, task: number): Promise<Plan> => {
  const squares = new Set(shardPlan.squares[task]?.map(({ square }) => square))
  if (squares.size === 0) {
    const text = `--shard ${task}: the phase has ${shardPlan.squares.length} tasks, 0 to ${shardPlan.squares.length - 1}`
    throw new EngineError("E_USAGE", text, { option: "--shard" })
  }
  const { grid, reach, sourceReach } = shardPlan
  const boxes = [...squares].map(SquareKey.box)
  const inside = tilesInside(shardPlan, boxes)
  const tiles = new Tiles(shardPlan.grid)
  for (const near of shardsAround(shardPlan, inside, 0))
    for (const tile of await readShardTiles(job.out, shardPlan.shards[near]!))
      if (squares.has(SquareKey.of(grid, plannedKey(tile, grid)))) tiles.add(tile)
  const sources: CatalogueSource[] = []
  if (job.sourceNames) {
    for (const near of shardsAround(shardPlan, inside, Math.ceil((reach + sourceReach) / grid.leafSide) + 1))
      for (const source of await readShardSources(job.out, shardPlan.shards[near]!))
        if (boxes.some((box) => Box2.meets(source.box, Box2.grow(box, reach + 1)))) sources.push(source)
  }
  return planTasks(job, shardPlan, sources, (laying) => squareTasks(laying, { ...tiles, bySquare: true }))
}

/** Keys of tiles, of the job and around it. */
class Tiles {
  readonly keys: TileKey[] = []
  readonly ring: TileKey[] = []
  readonly #grid: Grid

  constructor(grid: Grid) {
    this.#grid = grid
  }

  add(tile: PlannedTile): void {
    ;(tile.neighbour ? this.ring : this.keys).push(plannedKey(tile, this.#grid))
  }
}

/** A plan of tasks that read no source; a job has one. */
const planTasks = async (
  job: Job,
  shardPlan: ShardPlan,
  sources: CatalogueSource[],
  lay: (laying: Laying) => LaidTask[],
): Promise<Plan> => {
  const some = sources.length > 0 ? sources : [await readFirstSource(job.out, shardPlan)]
  const catalogue = catalogueOf(inOrder(sourcesHere(job, some)), shardPlan.epsg)
  return { ...(await planFrozen(job, shardPlan, { catalogue, lay })), hash: shardPlan.hash }
}
