import { Box2 } from "../../core/geometry/box.js"
import { SquareKey } from "../../grid/region-key.js"
import { TileKey } from "../../grid/tile-key.js"
import { shardsAround } from "./read-shard-plan.js"
import type { ShardPlan } from "./shard-plan.js"

/** Numbers of the shards with tiles of the squares that a task of the phase "square" makes. */
export const shardsOfSquares = (shardPlan: ShardPlan, task: number): number[] => {
  const boxes = (shardPlan.squares[task] ?? []).map(({ square }) => SquareKey.box(square))
  return shardsAround(shardPlan, tilesInside(shardPlan, boxes), 0)
}

/** The tiles in boxes whose sides are multiples of theirs. */
export const tilesInside = ({ grid }: ShardPlan, boxes: readonly Box2[]): TileKey[] =>
  boxes.flatMap((box) => TileKey.covering(grid, grid.leafLevel, Box2.grow(box, -grid.leafSide / 2)))
