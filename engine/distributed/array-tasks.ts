import { SquareKey } from "../grid/region-key.js"
import type { Phase, ShardPlan } from "../plan/shards/shard-plan.js"

/** How many tasks a phase's array has; undefined where the phase is one task. */
export const arraySizeOf = (
  { shards, squares }: Pick<ShardPlan, "shards" | "squares">,
  phase: Phase,
): number | undefined => {
  if (phase === "tile" || phase === "model") return shards.length
  return phase === "square" ? squares.length : undefined
}

/** Keys of the joins that a task of phase "square" makes. */
export const squareTaskKeys = ({ squares, squareJoins }: ShardPlan, task: number): string[] =>
  (squares[task] ?? []).flatMap(({ square, ringOnly }) =>
    squareJoins.flatMap(({ id, ring }) => (ring || !ringOnly ? [SquareKey.format(id, square)] : [])),
  )
