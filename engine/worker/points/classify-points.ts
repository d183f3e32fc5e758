/** Runs the kernels that classify a tile's points, before any other kernel gets them. */
import { Box2 } from "../../core/geometry/box.js"
import { TileKey } from "../../grid/tile-key.js"
import { portNames } from "../../kernel.js"
import { type ChainStep, makeTile } from "../../plan/chains/chain.js"
import type { TaskMessage } from "../../plan/context.js"
import { runKernel } from "../chain-run.js"
import { releaseMemory } from "../process-use.js"
import type { PeakMemory, WorkerState } from "../worker-state.js"
import { type HeldPoints, selectPoints, withClasses } from "./select-points.js"

/** Points with the classes that the chain's classifying kernels give them, in place. */
export const classifyPoints = (
  state: WorkerState,
  steps: readonly ChainStep[],
  { key }: TaskMessage,
  points: HeldPoints,
  memory: PeakMemory,
): HeldPoints => {
  let classified = points
  for (const step of steps) {
    const kernel = state.kernels.get(step.id)
    const [made] = kernel === undefined ? [] : portNames(kernel.outputs, "classes")
    const taken = Object.entries(kernel?.inputs ?? {}).find(([, port]) => port.kind === "points")
    if (kernel === undefined || made === undefined || taken?.[1].kind !== "points") continue
    const own = makeTile(state.context, TileKey.parse(key), step)
    // Its classes also decide on unclassified points, from farther away.
    const tile = { ...own, extent: Box2.grow(own.extent, step.classReach ?? 0) }
    const [name, port] = taken
    const inputs = { [name]: selectPoints(classified, port, tile.extent) }
    const codes = runKernel(kernel, tile, inputs, step, state)[made] as Uint8Array
    memory.sample()
    state.arena.reset()
    classified = withClasses(classified, port, tile.extent, codes)
    releaseMemory()
  }
  return classified
}
