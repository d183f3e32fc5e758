/** The task of a work tile in one of its two stages: points, kernels, products. */
import { TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import { type ChainStep, revives } from "../plan/chains/chain.js"
import type { TaskMessage } from "../plan/context.js"
import { type ChainResult, runChain } from "./chain-run.js"
import { readTile } from "./points/read-tile.js"
import { unclassifying } from "./points/tile-points.js"
import type { MainLaneImages } from "./read-image.js"
import type { TaskWork } from "./task-result.js"
import type { PeakMemory, WorkerState } from "./worker-state.js"
import { Output } from "./write/output.js"
import { isWritten, neighbourBlobs, writeProducts } from "./write/write-products.js"

/**
 * Runs one stage of a work tile: reads points with their halo, runs the chain, writes the products.
 */
export const runTileTask = async (
  state: WorkerState,
  message: TaskMessage,
  given: MainLaneImages,
  memory: PeakMemory,
): Promise<TaskWork> => {
  const { context } = state
  const steps = context.chains[message.stage === "model" ? "model" : "tile"]
  const output = new Output(context.out, state.clock, context.pack)
  const tile = { state, message, steps, given }
  const { inCell, reading, lacking, classes, read } = await readTile(tile, memory, output)
  const boxes = message.sources.map((index) => context.sources[index]!.box)
  const runOf = (run: readonly ChainStep[], wanted: ReturnType<typeof isWritten>): Promise<ChainResult> =>
    runChain(state, run, TileKey.parse(message.key), read, memory, wanted, { sources: boxes })
  if (lacking !== undefined && !isRevived(state, message)) {
    const run = message.stage === "tile" ? evenSkipped(state, message) : []
    const { values } = await runOf(run, (_name, { kind }) => kind === "blob")
    for (const [name, { port, value }] of values)
      if (port.kind === "blob") await output.write(layout.blob(name, TileKey.parse(message.key)), value as Uint8Array)
    return { outcome: "skipped", reason: lacking, points: inCell.count, files: output.files, metrics: reading }
  }
  const chain = await runOf(
    message.neighbour ? stepsOfBlobs(state, steps) : unclassifying(state, steps),
    isWritten(state, message),
  )
  const content = await writeProducts(state, message, chain, output, inCell.time)
  return {
    outcome: "done",
    points: inCell.count,
    files: output.files,
    metrics: { ...chain.metrics, ...reading },
    ...(classes === undefined ? {} : { classes }),
    ...(inCell.time === undefined ? {} : { time: inCell.time }),
    ...(content === undefined ? {} : { content }),
  }
}

/** The kernels that run in a skipped tile. */
const evenSkipped = (state: WorkerState, { neighbour }: TaskMessage): ChainStep[] => {
  const steps = state.context.chains.tile
  return (neighbour ? stepsOfBlobs(state, steps) : steps).filter(
    ({ id }) => state.kernels.get(id)?.evenSkipped === true,
  )
}

/** True for the model of a tile without points that got a shard of a port that `revives` it. */
const isRevived = ({ context, kernels }: WorkerState, { stage, shards = {} }: TaskMessage): boolean =>
  stage === "model" && context.chains.model.some(({ id }) => revives(kernels.get(id), shards))

/** The kernels that the blobs of a neighbour need, each with its extent in the whole chain. */
const stepsOfBlobs = (state: WorkerState, steps: readonly ChainStep[]): ChainStep[] => {
  const wanted = new Set(neighbourBlobs(state))
  const chosen: ChainStep[] = []
  for (const step of [...steps].reverse()) {
    const kernel = state.kernels.get(step.id)
    if (!Object.keys(kernel?.outputs ?? {}).some((name) => wanted.has(name))) continue
    chosen.unshift(step)
    for (const name of Object.keys(kernel?.inputs ?? {})) wanted.add(step.takes?.[name] ?? name)
  }
  return chosen
}
