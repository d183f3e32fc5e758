import { encodeMeshFile } from "../formats/mesh-file.js"
import { encodeCog } from "../formats/raster/cog.js"
import { composeImage } from "../formats/raster/compose-image.js"
import { encodeFlatGeobuf } from "../formats/vector/flatgeobuf.js"
import { TileKey } from "../grid/tile-key.js"
import type { TaskMessage } from "../job/context.js"
import { layout } from "../job/layout.js"
import type { Features, Image, ImagePort, Mesh, Metrics, Port, Raster, Texture, Tile } from "../kernel.js"
import { type ChainResult, type PortReader, runChain, tileOf } from "./chain-run.js"
import { cropRaster } from "./crop-raster.js"
import { encodeKeptPoints } from "./kept-points.js"
import { meshContent } from "./mesh-content.js"
import { Output } from "./output.js"
import { provenance } from "./provenance.js"
import { hasPoints, selectPoints, summarisePoints } from "./select-points.js"
import type { TaskWork } from "./task-result.js"
import { pointsPorts, readTilePoints, type ThinnedPoints, thinTilePoints } from "./tile-points.js"
import type { PeakMemory, WorkerState } from "./worker-state.js"

/** Windows of images that only the main thread can read, by image path. */
export type GivenImages = ReadonlyMap<string, Image>

/** One work tile: points read with their halo, the chain of kernels, the products written. */
export const runTileTask = async (
  state: WorkerState,
  message: TaskMessage,
  given: GivenImages,
  memory: PeakMemory,
): Promise<TaskWork> => {
  const key = TileKey.parse(message.key)
  const output = new Output(state.context.out, state.clock)
  const { inCell, reading, lacking, read } = await readTile(state, message, given, memory, output)
  if (lacking !== undefined)
    return { outcome: "skipped", reason: lacking, points: inCell.count, files: [], metrics: reading }
  const chain = await runChain(state, state.context.chains.tile, key, read, memory, isProduct(state))
  const content = await writeProducts(state, key, chain, output, inCell.time)
  const metrics = { ...chain.metrics, ...reading }
  return {
    outcome: "done",
    points: inCell.count,
    files: output.files,
    metrics,
    ...(inCell.time === undefined ? {} : { time: inCell.time }),
    ...(content === undefined ? {} : { content }),
  }
}

interface ReadTile {
  readonly inCell: ReturnType<typeof summarisePoints>
  readonly reading: Metrics
  /** Why the tile is skipped. */
  readonly lacking: string | undefined
  readonly read: PortReader
}

/** Reads the tile's points, which from then on the reader alone holds, until the last kernel has taken its own; writes those that are kept for looking at. */
const readTile = async (
  state: WorkerState,
  message: TaskMessage,
  given: GivenImages,
  memory: PeakMemory,
  output: Output,
): Promise<ReadTile> => {
  const key = TileKey.parse(message.key)
  const cell = TileKey.box(state.context.grid, key)
  const { points, metrics } = await state.clock.during("read", () => readTilePoints(state, message, cell, memory))
  const outer = state.clock.enter("select")
  const inCell = summarisePoints(points, cell)
  const thinned = thinTilePoints(state, points)
  const lacking = inCell.count === 0 ? "no point in the tile" : missingPoints(state, key, thinned)
  const { keepPoints } = state.context
  if (keepPoints !== undefined && lacking === undefined) {
    await output.write(layout.keptPoints(key), encodeKeptPoints(points, cell, keepPoints))
    memory.sample()
  }
  state.clock.enter(outer)
  const reading = thinned.held.count < points.count ? { ...metrics, "points.kept": thinned.held.count } : metrics
  return { inCell, reading, lacking, read: portReader(state, message, thinned, given) }
}

/** Why the tile is skipped: the reasons of the required points ports that would be empty; undefined where none is. */
const missingPoints = (state: WorkerState, key: TileKey, points: ThinnedPoints): string | undefined => {
  const reasons = new Set<string>()
  for (const step of state.context.chains.tile) {
    const { extent } = tileOf(state, key, step)
    for (const [name, port] of Object.entries(state.kernels.get(step.id)?.inputs ?? {})) {
      if (port.kind !== "points" || port.required !== true) continue
      if (hasPoints(points.held, port, extent, points.kept(step.spacing?.[name]))) continue
      reasons.add(port.skipReason ?? `no point of the classes ${port.classes?.join(", ") ?? "asked for"}`)
    }
  }
  return reasons.size === 0 ? undefined : [...reasons].sort().join("; ")
}

const portReader = (
  state: WorkerState,
  message: TaskMessage,
  thinned: ThinnedPoints,
  given: GivenImages,
): PortReader => {
  let points: ThinnedPoints | undefined = thinned
  let unread = pointsPorts(state).length
  return (port, name, tile, step) => {
    if (port.kind === "image") return readImage(state, message, port, tile, step.options, given)
    if (port.kind !== "points" || points === undefined) return undefined
    const selected = selectPoints(points.held, port, tile.extent, points.kept(step.spacing?.[name]))
    unread--
    if (unread === 0) points = undefined
    return selected
  }
}

/** Tells what of a tile's chain is written; the rest is let go as soon as no later kernel reads it. */
const isProduct =
  ({ context }: WorkerState) =>
  (name: string, port: Port): boolean => {
    if (port.kind === "raster") return port.publish !== false && context.chains.publish.includes(name)
    if (port.kind === "features") return context.chains.publish.includes(name)
    return true
  }

/** The image of a port: composed at the kernel's resolution; empty (all transparent) where no image lies. */
export const readImage = async (
  state: WorkerState,
  message: TaskMessage,
  port: ImagePort,
  tile: Tile,
  options: Parameters<ImagePort["resolution"]>[1],
  given: GivenImages,
): Promise<Image> => {
  const resolution = port.resolution(tile, options)
  const images = message.images.flatMap((index) => state.context.images[index] ?? [])
  if (images.length === 0) return noImage(tile)
  const image = await composeImage(images, tile.extent, resolution, given)
  return image ?? noImage(tile)
}

const noImage = (tile: Tile): Image => ({ width: 0, height: 0, box: tile.extent, data: new Uint8Array(0) })

/** Writes what a tile's chain made; gives what the tileset needs when a mesh was among it. */
const writeProducts = async (
  state: WorkerState,
  key: TileKey,
  chain: ChainResult,
  output: Output,
  time: readonly [number, number] | undefined,
): Promise<TaskWork["content"]> => {
  const { context, clock } = state
  const cell = TileKey.box(context.grid, key)
  for (const [name, { port, value }] of chain.values) {
    const published = context.chains.publish.includes(name)
    if (port.kind === "raster" && isProduct(state)(name, port)) {
      const metadata = provenance(context, `${name} ${TileKey.format(key)}`, time)
      const reference = context.verticalEpsg === undefined ? {} : { verticalEpsg: context.verticalEpsg }
      const raster = clock.during("cog", () => cropRaster(value as Raster, cell))
      const options = { epsg: context.epsg, ...reference, metadata }
      await output.write(
        layout.raster(name, key),
        clock.during("cog", () => encodeCog(raster, options)),
      )
    } else if (port.kind === "features" && published) {
      const facts = { name, epsg: context.epsg, metadata: {} }
      const bytes = clock.during("fgb", () => encodeFlatGeobuf(value as Features, facts))
      await output.write(layout.features(name, key), bytes)
    } else if (port.kind === "blob") await output.write(layout.blob(name, key), value as Uint8Array)
  }
  const mesh = chain.values.get("mesh")?.value as Mesh | undefined
  if (!mesh || mesh.triangles.length === 0 || !context.chains.publish.includes("mesh")) return undefined
  await output.write(
    layout.meshFile(key),
    clock.during("mesh-file", () => encodeMeshFile(mesh)),
  )
  return meshContent(state, key, mesh, chain.values.get("texture")?.value as Texture | undefined, output, time)
}
