/**
 * Divides the regions of a job among the tasks of the region phase, and finds the tiles that each
 * reads.
 */
import { Box2 } from "../core/geometry/box.js"
import type { Phase } from "../core/stages.js"
import { RegionKey } from "../grid/region-key.js"
import { TileKey } from "../grid/tile-key.js"
import type { Laying } from "../plan/planned-task.js"
import { shardsAround } from "../plan/shards/read-shard-plan.js"
import type { PlannedRegion, ShardPlan } from "../plan/shards/shard-plan.js"
import { hasFirstStage } from "../plan/tasks/lay-tasks.js"
import { sharesWith } from "../plan/tasks/lay-tile-tasks.js"
import type { OrderedTiles } from "./tile-columns.js"

/** Kernels that run in regions; those that hand something to tiles of the second stage, and all of them within limits, read the ring too. */
export const joinsOfRegions = (laying: Laying): ShardPlan["regionKernels"] =>
  laying.context.chains.region.map(({ id }) => ({
    id,
    ring: laying.context.limit !== undefined || sharesWith(laying, id),
  }))

/**
 * The regions that tiles lie in, along the curve (each where it first meets its tiles), cut into as many tasks as are expected to run at one time: they cost little, and each task has a journal and a pack of its own. None where all tiles lie in one region, or no
 * kernel runs in any.
 */
export const regionsOf = (laying: Laying, tiles: OrderedTiles, parallel: number): PlannedRegion[][] => {
  const { grid, chains } = laying.context
  if (chains.region.length === 0 || !hasFirstStage(laying.context)) return []
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

/** How many tasks a phase's array has; undefined where the phase is one task. */
export const arraySizeOf = (
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

/** Numbers of the shards with tiles of the regions that a task of the phase "region" makes. */
export const shardsOfRegions = (shardPlan: ShardPlan, task: number): number[] => {
  const boxes = (shardPlan.regions[task] ?? []).map(({ region }) => RegionKey.box(region))
  return shardsAround(shardPlan, tilesInside(shardPlan, boxes), 0)
}

/** The tiles in boxes whose sides are multiples of theirs. */
export const tilesInside = ({ grid }: ShardPlan, boxes: readonly Box2[]): TileKey[] =>
  boxes.flatMap((box) => TileKey.covering(grid, grid.leafLevel, Box2.grow(box, -grid.leafSide / 2)))
