import { Box2 } from "../core/box.js"
import { gatherPoints } from "../formats/las/gather.js"
import { encodeMeshFile } from "../formats/mesh-file.js"
import { encodeCog } from "../formats/raster/cog.js"
import { composeImage } from "../formats/raster/compose-image.js"
import { encodeFlatGeobuf } from "../formats/vector/flatgeobuf.js"
import { TileKey } from "../grid/tile-key.js"
import type { ChainStep } from "../job/chain.js"
import type { TaskMessage } from "../job/context.js"
import { layout } from "../job/layout.js"
import type { Features, Image, ImagePort, Mesh, PointsPort, Port, Raster, Texture, Tile } from "../kernel.js"
import { type ChainResult, type PortReader, runChain, tileOf } from "./chain-run.js"
import { cropRaster } from "./crop-raster.js"
import { meshContent } from "./mesh-content.js"
import { Output } from "./output.js"
import { provenance } from "./provenance.js"
import {
  type FullPoints,
  type HeldPoints,
  hasPoints,
  keepAttributes,
  selectPoints,
  summarisePoints,
} from "./select-points.js"
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
  let gathered: TilePoints | undefined = await readPoints(state, message, cell, memory)
  const inCell = summarisePoints(gathered.points, cell)
  if (inCell.count === 0) return { outcome: "skipped", reason: "no point in the tile", points: 0, files: [] }
  const lacking = missingPoints(state, key, gathered.points)
  if (lacking !== undefined) return { outcome: "skipped", reason: lacking, points: inCell.count, files: [] }
  const read = portReader(state, message, gathered.points, given)
  // Held by the reader alone from here on, until the last kernel has taken its points.
  const { duplicates, noise } = gathered
  const pointsRead = gathered.points.count
  gathered = undefined
  const chain = await runChain(state, state.context.chains.tile, key, read, memory, isProduct(state))
  const output = new Output(state.context.out)
  const content = await writeProducts(state, key, chain, output, inCell.time)
  const metrics = {
    ...chain.metrics,
    "points.read": pointsRead,
    "points.duplicates": duplicates,
    "points.noise": noise,
  }
  return {
    outcome: "done",
    points: inCell.count,
    files: output.files,
    metrics,
    ...(inCell.time === undefined ? {} : { time: inCell.time }),
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

interface TilePoints {
  readonly points: FullPoints
  readonly duplicates: number
  readonly noise: number
}

const readPoints = async (
  state: WorkerState,
  message: TaskMessage,
  cell: Box2,
  memory: PeakMemory,
): Promise<TilePoints> => {
  const reach = Math.max(0, ...state.context.chains.tile.map((step) => step.inputGrowth))
  const sources = await Promise.all(message.sources.map((index) => openSource(state.context, index)))
  try {
    const gathered = await gatherPoints(sources, Box2.grow(cell, reach), [cell[0], cell[1], 0], () => memory.sample())
    return { points: gathered.points as FullPoints, duplicates: gathered.duplicates, noise: gathered.noise }
  } finally {
    await Promise.all(sources.map((source) => source.close()))
  }
}

const portReader = (state: WorkerState, message: TaskMessage, all: FullPoints, given: GivenImages): PortReader => {
  const steps = state.context.chains.tile
  const portsOf = (step: ChainStep): PointsPort[] =>
    Object.values(state.kernels.get(step.id)?.inputs ?? {}).filter((port) => port.kind === "points")
  let points: HeldPoints | undefined = keepAttributes(all, steps.flatMap(portsOf))
  let unread = steps.reduce((sum, step) => sum + portsOf(step).length, 0)
  return (port, _name, tile, step) => {
    if (port.kind === "image") return readImage(state, message, port, tile, step.options, given)
    if (port.kind !== "points" || points === undefined) return undefined
    const selected = selectPoints(points, port, tile.extent)
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
  const { context } = state
  const cell = TileKey.box(context.grid, key)
  for (const [name, { port, value }] of chain.values) {
    const published = context.chains.publish.includes(name)
    if (port.kind === "raster" && isProduct(state)(name, port)) {
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
