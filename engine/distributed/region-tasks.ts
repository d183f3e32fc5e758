/**
 * Divides the regions of a job among the tasks of the region phase, and finds the tiles of each.
 */
import { Box2 } from "../core/geometry/box.js"
import type { Phase } from "../core/stages.js"
import { RegionKey, TileKey } from "../grid/tile-key.js"
import type { Planning } from "../plan/planned-task.js"
import { shardsAround } from "../plan/shards/read-shard-plan.js"
import type { PlannedRegion, ShardPlan } from "../plan/shards/shard-plan.js"
import { hasFirstStage } from "../plan/tasks/build-tasks.js"
import { joinsRing } from "../plan/tasks/tile-tasks.js"
import type { OrderedTiles } from "./tile-columns.js"

/** Kernels that run in regions, and whether they read the ring too. */
export const joinsOfRegions = (planning: Planning): ShardPlan["regionKernels"] =>
  planning.context.chains.region.map(({ id }) => ({
    id,
    ring: joinsRing(planning, id),
  }))

/**
 * The regions of the tiles in curve order (by first tile), divided into as many tasks as are
 * expected to run at one time. They cost little, and each task has a journal and a pack of its own.
 * Empty where all tiles are in one region, or no kernel runs in regions.
 */
export const divideRegions = (planning: Planning, tiles: OrderedTiles, parallel: number): PlannedRegion[][] => {
  const { grid, chains } = planning.context
  if (chains.region.length === 0 || !hasFirstStage(planning.context)) return []
  const found = new Map<string, boolean>()
  for (let i = 0; i < tiles.wanted.length; i++) {
    const region = RegionKey.of(grid, tiles.key(i))
    found.set(region, found.get(region) === true || tiles.wanted[i] === 1)
  }
  if (found.size < 2) return []
  const regions = [...found].map(
    ([region, wanted]): PlannedRegion => (wanted ? { region } : { region, ringOnly: true }),
  )
  const count = Math.max(1, Math.min(parallel, regions.length))
  return Array.from({ length: count }, (_, task) =>
    regions.slice(Math.floor((task * regions.length) / count), Math.floor(((task + 1) * regions.length) / count)),
  )
}

/** Number of tasks in a phase's array; undefined where the phase is one task. */
export const countTasks = (
  { shards, regions }: Pick<ShardPlan, "shards" | "regions">,
  phase: Phase,
): number | undefined => {
  if (phase === "tile" || phase === "model") return shards.length
  return phase === "region" ? regions.length : undefined
}

/** Keys of the joins that a task of phase "region" makes. */
export const regionTaskKeys = ({ regions, regionKernels }: ShardPlan, task: number): string[] =>
  (regions[task] ?? []).flatMap(({ region, ringOnly }) =>
    regionKernels.flatMap(({ id, ring }) => (ring || !ringOnly ? [RegionKey.format(id, region)] : [])),
  )

/** Numbers of the shards that have tiles in the regions of a task of phase "region". */
export const shardsOfRegions = (shardPlan: ShardPlan, task: number): number[] => {
  const boxes = (shardPlan.regions[task] ?? []).map(({ region }) => RegionKey.box(region))
  return shardsAround(shardPlan, tilesInside(shardPlan, boxes), 0)
}

/** The tiles in boxes whose sides are multiples of the tile side. */
export const tilesInside = ({ grid }: ShardPlan, boxes: readonly Box2[]): TileKey[] =>
  boxes.flatMap((box) => TileKey.covering(grid, grid.leafLevel, Box2.grow(box, -grid.leafSide / 2)))
