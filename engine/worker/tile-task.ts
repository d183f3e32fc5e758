/** The task of a work tile in one of its two stages: points, kernels, products. */
import { Box2 } from "../core/geometry/box.js"
import { elementAt } from "../core/lists.js"
import { TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import { type ChainStep, neighbourBlobs, revives } from "../plan/chains/chain.js"
import type { TaskMessage } from "../plan/context.js"
import { type ChainResult, type PortReader, runChain } from "./chain-run.js"
import { TilePoints } from "./points/tile-points.js"
import type { MainLaneImages } from "./read-image.js"
import type { TaskWork } from "./task-result.js"
import type { PeakMemory } from "./thread-use.js"
import type { WorkerState } from "./worker-state.js"
import { Output } from "./write/output.js"
import { isWritten, writeProducts } from "./write/write-products.js"

/**
 * Runs one stage of a work tile: reads points with their halo, runs the chain, writes the products.
 */
export const runTileTask = async (
  state: WorkerState,
  message: TaskMessage,
  images: MainLaneImages,
  memory: PeakMemory,
): Promise<TaskWork> => {
  const { context } = state
  const steps = context.chains[message.stage === "model" ? "model" : "tile"]
  const output = new Output(context.out, state.clock, context.pack)
  const points = await TilePoints.read({ state, steps, message, memory }, output)
  const { inCell, classes } = points
  const lacking =
    context.rasters === undefined
      ? points.lacking
      : await (await import("./read-blobs.js")).lackingHeights(state, TileKey.parse(message.key))
  const read = points.read === undefined ? {} : { read: points.read }
  const readPort = readPorts(state, message, points, images)
  const boxes = message.sources.map((index) => elementAt(context.sources, index).box)
  const runOf = (run: readonly ChainStep[], wanted: ReturnType<typeof isWritten>): Promise<ChainResult> =>
    runChain(state, run, TileKey.parse(message.key), readPort, memory, { keep: wanted, about: { sources: boxes } })
  if (lacking !== undefined && !isRevived(state, message)) {
    const run = message.stage === "tile" ? evenSkipped(state, message) : []
    const { values } = await runOf(run, (_name, { kind }) => kind === "blob")
    for (const [name, { port, value }] of values)
      if (port.kind === "blob") await output.write(layout.blob(name, TileKey.parse(message.key)), value as Uint8Array)
    const { files } = output
    return { outcome: "skipped", reason: lacking, points: inCell.count, files, metrics: points.metrics, ...read }
  }
  const run = message.neighbour ? stepsOfBlobs(state, steps) : points.steps
  const chain = await runOf(withoutSome(run, message), isWritten(state, message))
  const content = await writeProducts(state, message, chain, output, inCell.time)
  return {
    outcome: "done",
    points: inCell.count,
    files: output.files,
    metrics: { ...chain.metrics, ...points.metrics },
    ...(classes === undefined ? {} : { classes }),
    ...read,
    ...(inCell.time === undefined ? {} : { time: inCell.time }),
    ...(content === undefined ? {} : { content }),
  }
}

/** Reads what kernels ask for, port by port. Readers are loaded when a port asks for them. */
const readPorts =
  (state: WorkerState, message: TaskMessage, points: TilePoints, images: MainLaneImages): PortReader =>
  (port, name, tile, step) => {
    if (port.kind === "points") return points.select(port, name, tile, step)
    if (port.kind === "presence") return points.presence(tile)
    if (port.kind === "image")
      return import("./read-image.js").then(({ readImage }) =>
        readImage({ state, message, images }, port, tile, step.options),
      )
    if (port.kind === "views")
      return import("./read-image.js").then(({ readTileViews }) =>
        readTileViews({ state, images }, port, tile, step.options),
      )
    if (port.kind === "blob") {
      if (step.withheld?.includes(name) || message.stage !== "model") return undefined
      return import("./read-blobs.js").then(({ readBlobs }) => readBlobs(state, message, name, port))
    }
    const wanted = port.kind === "features" ? port.external?.name : undefined
    if (wanted !== undefined)
      return import("./read-blobs.js").then(({ readExternal }) => readExternal(state, wanted, tile.extent))
    if (port.kind === "raster" && port.external !== undefined) {
      const { name: file } = port.external
      const box = Box2.grow(tile.extent, port.beyond?.(step.options) ?? 0)
      return import("./read-blobs.js").then(({ readExternalRaster }) => readExternalRaster(state, file, box))
    }
    return undefined
  }

/** The steps without those that lack a join. The points are still read for all of them. */
const withoutSome = (steps: readonly ChainStep[], { without = [] }: TaskMessage): readonly ChainStep[] =>
  without.length === 0 ? steps : steps.filter(({ id }) => !without.includes(id))

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
  const wanted = new Set(neighbourBlobs(state.context, (id) => state.kernels.get(id)))
  const chosen: ChainStep[] = []
  for (const step of [...steps].reverse()) {
    const kernel = state.kernels.get(step.id)
    if (!Object.keys(kernel?.outputs ?? {}).some((name) => wanted.has(name))) continue
    chosen.unshift(step)
    for (const name of Object.keys(kernel?.inputs ?? {})) wanted.add(step.takes?.[name] ?? name)
  }
  return chosen
}
