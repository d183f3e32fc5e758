import { Box2 } from "../core/box.js"
import { gatherPoints } from "../formats/las/gather.js"
import { encodeMeshFile } from "../formats/mesh-file.js"
import { encodeCog } from "../formats/raster/cog.js"
import { composeImage } from "../formats/raster/compose-image.js"
import { encodeFlatGeobuf } from "../formats/vector/flatgeobuf.js"
import { TileKey } from "../grid/tile-key.js"
import type { TaskMessage } from "../job/context.js"
import { layout } from "../job/layout.js"
import type { Features, Image, ImagePort, Mesh, PointsPort, Raster, Texture, Tile } from "../kernel.js"
import { type ChainResult, type PortReader, runChain, tileOf } from "./chain-run.js"
import { cropRaster } from "./crop-raster.js"
import { meshContent } from "./mesh-content.js"
import { Output } from "./output.js"
import { provenance } from "./provenance.js"
import { type FullPoints, hasPoints, selectPoints, summarisePoints } from "./select-points.js"
import type { TaskWork } from "./task-result.js"
import { openSource, type PeakMemory, type WorkerState } from "./worker-state.js"

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
  const cell = TileKey.box(state.context.grid, key)
  const gathered = await readPoints(state, message, cell)
  memory.sample()
  const inCell = summarisePoints(gathered.points, cell)
  if (inCell.count === 0) return { outcome: "skipped", reason: "no point in the tile", points: 0, files: [] }
  const lacking = missingPoints(state, key, gathered.points)
  if (lacking !== undefined) return { outcome: "skipped", reason: lacking, points: inCell.count, files: [] }
  const read = portReader(state, message, gathered.points, given)
  const chain = await runChain(state, state.context.chains.tile, key, read, memory)
  const output = new Output(state.context.out)
  const content = await writeProducts(state, key, chain, output, inCell.time)
  const metrics = {
    ...chain.metrics,
    "points.read": gathered.points.count,
    "points.duplicates": gathered.duplicates,
    "points.noise": gathered.noise,
  }
  return {
    outcome: "done",
    points: inCell.count,
    files: output.files,
    metrics,
    ...(content === undefined ? {} : { content }),
  }
}

/** Why the tile is skipped: the reasons of the required points ports that would be empty; undefined where none is. */
const missingPoints = (state: WorkerState, key: TileKey, points: FullPoints): string | undefined => {
  const reasons = new Set<string>()
  for (const step of state.context.chains.tile) {
    const { extent } = tileOf(state, key, step)
    for (const port of Object.values(state.kernels.get(step.id)?.inputs ?? {})) {
      if (port.kind !== "points" || port.required !== true || hasPoints(points, port, extent)) continue
      reasons.add(port.skipReason ?? `no point of the classes ${port.classes?.join(", ") ?? "asked for"}`)
    }
  }
  return reasons.size === 0 ? undefined : [...reasons].sort().join("; ")
}

const readPoints = async (
  state: WorkerState,
  message: TaskMessage,
  cell: Box2,
): Promise<{ points: FullPoints; duplicates: number; noise: number }> => {
  const reach = Math.max(0, ...state.context.chains.tile.map((step) => step.inputGrowth))
  const sources = await Promise.all(message.sources.map((index) => openSource(state.context, index)))
  try {
    const gathered = await gatherPoints(sources, Box2.grow(cell, reach), [cell[0], cell[1], 0])
    return { points: gathered.points as FullPoints, duplicates: gathered.duplicates, noise: gathered.noise }
  } finally {
    await Promise.all(sources.map((source) => source.close()))
  }
}

const portReader =
  (state: WorkerState, message: TaskMessage, points: FullPoints, given: GivenImages): PortReader =>
  (port, _name, tile, step) => {
    if (port.kind === "points") return selectPoints(points, port as PointsPort, tile.extent)
    if (port.kind === "image") return readImage(state, message, port, tile, step.options, given)
    return undefined
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
  const image = await composeImage(images, tile.extent, resolution, given)
  return image ?? { width: 0, height: 0, box: tile.extent, data: new Uint8Array(0) }
}

/** Writes what a tile's chain made; gives what the tileset needs when a mesh was among it. */
const writeProducts = async (
  state: WorkerState,
  key: TileKey,
  chain: ChainResult,
  output: Output,
  time: readonly [number, number] | undefined,
): Promise<TaskWork["content"]> => {
  const { context } = state
  const cell = TileKey.box(context.grid, key)
  for (const [name, { port, value }] of chain.values) {
    const published = context.chains.publish.includes(name)
    if (port.kind === "raster" && published && port.publish !== false) {
      const metadata = provenance(context, `${name} ${TileKey.format(key)}`, time)
      const reference = context.verticalEpsg === undefined ? {} : { verticalEpsg: context.verticalEpsg }
      const raster = cropRaster(value as Raster, cell)
      await output.write(layout.raster(name, key), encodeCog(raster, { epsg: context.epsg, ...reference, metadata }))
    } else if (port.kind === "features" && published) {
      const bytes = encodeFlatGeobuf(value as Features, { name, epsg: context.epsg, metadata: {} })
      await output.write(layout.features(name, key), bytes)
    } else if (port.kind === "blob") await output.write(layout.blob(name, key), value as Uint8Array)
  }
  const mesh = chain.values.get("mesh")?.value as Mesh | undefined
  if (!mesh || mesh.triangles.length === 0 || !context.chains.publish.includes("mesh")) return undefined
  await output.write(layout.meshFile(key), encodeMeshFile(mesh))
  return meshContent(state, key, mesh, chain.values.get("texture")?.value as Texture | undefined, output, time)
}
