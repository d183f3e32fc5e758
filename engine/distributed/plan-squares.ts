import { SquareKey } from "../grid/region-key.js"
import type { Laying } from "../plan/planned-task.js"
import type { PlannedSquare, ShardPlan } from "../plan/shards/shard-plan.js"
import { hasFirstStage } from "../plan/tasks/lay-tasks.js"
import { sharesWith } from "../plan/tasks/lay-tile-tasks.js"
import type { OrderedTiles } from "./tile-columns.js"

/** Kernels that run in squares; those that hand something to tiles of the second stage, and all of them within limits, read the ring too. */
export const joinsOfSquares = (laying: Laying): ShardPlan["squareJoins"] =>
  laying.context.chains.square.map(({ id }) => ({
    id,
    ring: laying.context.limit !== undefined || sharesWith(laying, id),
  }))

/**
 * The squares that tiles lie in, along the curve (each where it first meets its tiles), cut into as many tasks as are expected to run at one time: they cost little, and each task has a journal and a pack of its own. None where all tiles lie in one square, or no
 * kernel runs in any.
 */
export const squaresOf = (laying: Laying, tiles: OrderedTiles, parallel: number): PlannedSquare[][] => {
  const { grid, chains } = laying.context
  if (chains.square.length === 0 || !hasFirstStage(laying.context)) return []
  const found = new Map<string, boolean>()
  for (let i = 0; i < tiles.wanted.length; i++) {
    const square = SquareKey.of(grid, tiles.key(i))
    found.set(square, found.get(square) === true || tiles.wanted[i] === 1)
  }
  if (found.size < 2) return []
  const squares = [...found].map(
    ([square, wanted]): PlannedSquare => (wanted ? { square } : { square, ringOnly: true }),
  )
  const count = Math.max(1, Math.min(parallel, squares.length))
  return Array.from({ length: count }, (_, task) =>
    squares.slice(Math.floor((task * squares.length) / count), Math.floor(((task + 1) * squares.length) / count)),
  )
}
