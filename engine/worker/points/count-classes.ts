import type { ChainStep } from "../../plan/chains/chain.js"
import type { WorkerState } from "../worker-state.js"
import type { HeldPoints } from "./held-points.js"
import { pointsPorts } from "./tile-points.js"

/**
 * Points of the classes that the ports of the second stage take, counted where the first stage has read them: what that stage will need of memory is known then. Undefined where the first stage reads
 * less than the second one: not as far around the tile, thinned, or none of a class.
 */
export const countClasses = (
  state: WorkerState,
  steps: readonly ChainStep[],
  { classification, count, known }: HeldPoints,
): Readonly<Record<number, number>> | undefined => {
  const { model } = state.context.chains
  const reach = (chain: readonly ChainStep[]): number => Math.max(0, ...chain.map((step) => step.inputGrowth))
  const ports = pointsPorts(state, steps)
  const isWhole = steps.some((step) =>
    Object.entries(state.kernels.get(step.id)?.inputs ?? {}).some(
      ([name, port]) => port.kind === "points" && step.spacing?.[name] === undefined,
    ),
  )
  if (!isWhole || reach(steps) < reach(model)) return undefined
  const taken = new Set(pointsPorts(state, model).flatMap(({ classes = [] }) => classes))
  const readAll = ports.some(({ classes }) => classes === undefined)
  const counted = [...taken].filter((code) => readAll || ports.some(({ classes }) => classes?.includes(code)))
  if (counted.length === 0) return undefined
  const counts = known?.counts ?? new Uint32Array(256)
  if (known === undefined) for (let i = 0; i < count; i++) counts[classification[i]!]!++
  return Object.fromEntries(counted.sort((a, b) => a - b).map((code) => [code, counts[code]!]))
}
