/**
 * The model of a task's peak memory: points, running kernels, rasters, images, process and thread.
 */
import { Box2 } from "../../core/geometry/box.js"
import { remember } from "../../core/remember.js"
import { kernelOf, type LoadedKernel } from "../../job/kernels/load-kernels.js"
import {
  type Counts,
  type ImagePort,
  type Kernel,
  makesClasses,
  type Options,
  type PointsPort,
  type Tile,
  type Values,
} from "../../kernel.js"
import type { Catalogue } from "../../spatial/catalogue.js"
import { viewWindows, windowBytes } from "../../spatial/view-windows.js"
import { isReadPort } from "../chains/chain.js"
import type { WorkContext } from "../context.js"
import {
  everyByte,
  holdingBytes,
  portBytes,
  portPoints,
  readingBytes,
  storedBytes,
  thinnedPoints,
} from "./points-memory.js"

const mebibyte = 1024 * 1024

/**
 * Bytes that the process always uses, once for all workers: code, libraries, the main thread
 * (measured: 90 to 130 MB).
 */
export const processBytes = 136 * mebibyte

/**
 * Bytes that a task uses beside its tile: the thread, its heap and arena, uncollected garbage, one
 * worker's share of code.
 */
export const workerBytes = 112 * mebibyte

/** Bytes per vertex of a mesh, including its triangles and its encoded form. */
const bytesPerVertex = 80
/**
 * Peak of the KTX2 encoder for the largest texture of a content (1.6 million texels), bytes.
 * Measured: 215 to 225 MB.
 */
const ktx2Bytes = 256 * mebibyte

/** The parts of a plan that estimates need. */
export interface Estimated {
  readonly job?: { readonly tileSize: number }
  readonly catalogue?: Pick<Catalogue, "sources">
  readonly context: WorkContext
  readonly kernels: readonly LoadedKernel[]
}

/** Points that a stage of a tile reads from bucket files, counted by block. */
export interface ReadCounts {
  /** Points in its extent; a block on the border counts as evenly spread, plus a margin. */
  readonly points: number
  /** Points of all blocks that meet its extent: buffers are allocated for this many. */
  readonly allocated: number
  /** Points of the densest row of blocks. */
  readonly row: number
}

/** Upper estimates of the points in the extent of a stage of a tile. */
export interface StageCounts extends Pick<ReadCounts, "points">, Partial<Pick<ReadCounts, "allocated" | "row">> {
  /** True if all its sources are decoded into bucket files first. */
  readonly bucketed: boolean
  readonly classes?: Counts["classes"]
}

/**
 * Upper estimate of the peak bytes of a stage of a tile, for admission: the need of a process that
 * runs only this task.
 *
 * Points are read and ordered, then stored with the requested columns until the last kernel has its
 * own. Only classes that need times have them. Each kernel runs beside the points of later kernels,
 * its own points, and the chain's rasters. Unreferenced memory is collected between kernels
 * (`releaseMemory`). Kept points are written before the kernels run.
 */
export const estimateMemory = (
  planning: Estimated,
  stage: "tile" | "model",
  found: StageCounts,
  cell: Box2,
): number => {
  const classifies = planning.context.chains[stage].some(({ id }) => {
    const kernel = kernelOf(planning.kernels, id)
    return kernel !== undefined && makesClasses(kernel)
  })
  // The classes of the sources say nothing of those that kernels get.
  const { classes: _, ...plain } = found
  const counts: StageCounts = classifies ? plain : found
  const { points, allocated = points, row, bucketed } = counts
  const { keepPoints } = planning.context
  const everything = stage === "tile" && keepPoints !== undefined
  const steps = estimateSteps(planning, stage, cell)
  const areaM2 = Math.max(Box2.area(cell), ...steps.map((step) => step.areaM2))
  const ports = steps.flatMap((step) => step.ports.map(({ port }) => port))
  const reading = readingBytes(
    { points: allocated, bucketed, everything, ...(row === undefined ? {} : { row }) },
    ports,
    areaM2,
    counts.classes,
  )
  const keeping = everything ? everyByte * allocated + keepingBytes(keepPoints, allocated, areaM2) : 0
  const own = Math.max(reading, keeping, workBytes(steps, { ...counts, areaM2 }, stepOf(planning, cell)))
  return Math.ceil(own + windowsBytes(planning, stage, cell) + workerBytes + processBytes)
}

/** A kernel of a stage, its points ports and their spacings. */
interface EstimatedStep {
  readonly kernel: Kernel
  readonly options: Values<Options>
  readonly cells: Readonly<Record<string, number>>
  /** Areas of its extent and of its output. */
  readonly areaM2: number
  readonly outputM2: number
  readonly ports: readonly { readonly port: PointsPort; readonly spacing: number | undefined }[]
  /** Bytes of the images and of the rasters of the user that it reads. */
  readonly imageBytes: number
}

const estimateSteps = (planning: Estimated, stage: "tile" | "model", cell: Box2): EstimatedStep[] => {
  const { context, kernels } = planning
  return context.chains[stage].flatMap(({ id, options, spacing, cells = {}, inputGrowth, outputGrowth }) => {
    const kernel = kernelOf(kernels, id)
    if (!kernel) return []
    const ports = Object.entries(kernel.inputs).flatMap(([name, port]) =>
      port.kind === "points" && isReadPort(port, context.external) ? [{ port, spacing: spacing?.[name] }] : [],
    )
    const [areaM2, outputM2] = [Box2.area(Box2.grow(cell, inputGrowth)), Box2.area(Box2.grow(cell, outputGrowth))]
    const imageBytes =
      takenImageBytes(planning, kernel, options, cell) +
      externalBytes(context, kernel, options, Box2.grow(cell, inputGrowth))
    return [{ kernel, options, ports, cells, areaM2, outputM2, imageBytes }]
  })
}

/** Bytes of the user's rasters that a kernel reads around an extent, and of a copy to decode. */
const externalBytes = (context: WorkContext, { inputs }: Kernel, options: Values<Options>, extent: Box2): number =>
  Object.values(inputs).reduce((sum, port) => {
    if (port.kind !== "raster" || !port.external || context.external?.[port.external.name] === undefined) return sum
    const { name, cell } = port.external
    const side = cell === "file" ? (context.rasters?.[name]?.cellSize ?? 1) : cell
    return sum + (8 * Box2.area(Box2.grow(extent, port.beyond?.(options) ?? 0))) / side ** 2
  }, 0)

/** Peak bytes while points are thinned and kernels run. */
const workBytes = (
  steps: readonly EstimatedStep[],
  counts: StageCounts & { readonly areaM2: number },
  step: number,
): number => {
  const { points, allocated = points, areaM2, classes } = counts
  const ports = steps.flatMap((one) => one.ports)
  const kinds = ports.map(({ port }) => port)
  const spacings = [...new Set(ports.map(({ spacing }) => spacing))]
  const bytesOf = (spacing: number): number => {
    const own = ports.flatMap((one) => (one.spacing === spacing ? [one.port] : []))
    return holdingBytes(own, thinnedPoints(points, areaM2, spacing), classes)
  }
  // With one spacing for all ports, only the thinned points are stored; else all points until the
  // last port without a spacing, beside the thinned ones.
  const shared = spacings.length === 1 ? spacings[0] : undefined
  const holding = shared === undefined ? holdingBytes(kinds, allocated, classes) : bytesOf(shared)
  const thinned = spacings.reduce(
    (sum: number, one) => sum + (one === undefined || one === shared ? 0 : bytesOf(one)),
    0,
  )
  const last = steps.findLastIndex((one) => one.ports.some(({ spacing }) => spacing === shared))
  // Thinning marks each point with a byte.
  const all = shared === undefined ? 0 : storedBytes(kinds) * allocated
  let most = spacings.every((one) => one === undefined) ? 0 : holding + thinned + all + allocated
  let rasters = 0
  for (const [index, { kernel, options, ports: own, cells, imageBytes: images, ...area }] of steps.entries()) {
    let [taken, passed, room] = [0, 0, 0]
    for (const { port, spacing } of own) {
      const count = portPoints(port, thinnedPoints(points, area.areaM2, spacing), classes)
      passed += count
      taken += portBytes(port) * count
      // The last port may reuse the buffer of all points, with up to a third of unused room.
      room =
        index === last && spacing === undefined
          ? portBytes(port) * Math.max(0, Math.min(allocated, (4 / 3) * count) - count)
          : 0
    }
    const known = {
      points: own.length === 0 ? points : Math.min(points, passed),
      areaM2: area.areaM2,
      step,
      bytes: 0,
      ...(classes === undefined ? {} : { classes }),
    }
    for (const port of Object.values(kernel.outputs)) {
      // One that finishes another is counted by its kernel: most tiles have none.
      if (port.kind !== "raster" || port.finishes !== undefined) continue
      const cell = port.cell?.(options) ?? Number(options["cell"] ?? finestOf(cells))
      const cellBytes = (port.type === "byte" ? 1 : 4) * (port.bands?.(options).length ?? 1)
      rasters += (area.outputM2 / cell ** 2) * cellBytes
    }
    const [before, during] = [thinned + (index <= last ? holding : 0), thinned + (index < last ? holding : 0)]
    // Ports are filled one after the other: images may be read while the points to select from are
    // still in memory.
    const filling = before + (own.length > 0 ? images : 0)
    most = Math.max(most, taken + Math.max(filling, room + during + images + kernel.memory(known, options, cells)))
  }
  return most + rasters
}

/** Side of the cells of a raster that follows those of a kernel's inputs, metres. */
const finestOf = (cells: Readonly<Record<string, number>>): number => {
  const sides = Object.values(cells)
  return sides.length === 0 ? 0.5 : Math.min(...sides)
}

/**
 * Upper estimate of the peak bytes of a parent. It reads meshes: their vertices are at most as many
 * as the points of four of the densest leaf tiles.
 */
export const estimateParent = (planning: Estimated, counts: Pick<Counts, "points" | "areaM2">, cell: Box2): number => {
  const points = Math.min(counts.points, 4 * mostPointsOfTile(planning))
  const known = { points, areaM2: counts.areaM2, step: stepOf(planning, cell), bytes: 0 }
  let hungriest = 0
  for (const { id, options } of planning.context.chains.parent) {
    const kernel = kernelOf(planning.kernels, id)
    if (!kernel) continue
    const images = takenImageBytes(planning, kernel, options, cell)
    hungriest = Math.max(hungriest, images + kernel.memory(known, options))
  }
  const own = bytesPerVertex * points + hungriest
  return Math.ceil(own + windowsBytes(planning, "parent", cell) + workerBytes + processBytes)
}

/** Bytes to select the kept points, extract them and write them as LAS. */
const keepingBytes = (spacing: number | undefined, points: number, areaM2: number): number => {
  if (spacing === undefined) return 0
  const thinned = thinnedPoints(points, areaM2, spacing)
  return 5 * points + thinned * (everyByte + 30)
}
/** Side of a tile relative to the leaf tiles. */
const stepOf = ({ context }: Estimated, cell: Box2): number =>
  Math.max(1, Math.round((cell[2] - cell[0]) / context.grid.leafSide))

/**
 * Bytes per pixel of an image that a kernel reads: the composed image and a copy. Infrared also has
 * data derived from it, which `memory` cannot know.
 */
const [perPixel, perInfrared] = [8, 12]
/** Bytes per pixel of windows that GDAL has read, in memory for the whole task. */
const perCached = 4

/** Bytes of the images that a kernel reads: they are read before it runs and freed after it. */
const takenImageBytes = (planning: Estimated, kernel: Kernel, options: Values<Options>, cell: Box2): number => {
  let bytes = 0
  for (const port of imagePorts(planning.context, kernel))
    bytes += (port.infrared ? perInfrared : perPixel) * pixelsOf(planning, port, options, cell)
  return bytes
}

const imagePorts = ({ images }: WorkContext, kernel: Kernel | undefined): ImagePort[] =>
  Object.values(kernel?.inputs ?? {}).filter(
    (port) => port.kind === "image" && images.some(({ infrared }) => infrared === port.infrared),
  ) as ImagePort[]

const pixelsOf = (planning: Estimated, port: ImagePort, options: Values<Options>, cell: Box2): number =>
  Box2.area(cell) / port.resolution(wholeTile(planning, cell, 0), options) ** 2

const wholeTile = (planning: Estimated, cell: Box2, growth: number): Tile => ({
  key: "",
  cell,
  core: cell,
  extent: Box2.grow(cell, growth),
  origin: [0, 0, 0],
  step: stepOf(planning, cell),
  epsg: planning.context.epsg,
})

/**
 * Bytes of images beside those of single kernels: windows of oriented images, and windows that GDAL
 * has read.
 */
const windowsBytes = (planning: Estimated, stage: "tile" | "model" | "parent", cell: Box2): number => {
  const { context, kernels } = planning
  if (context.images.length === 0 && context.oriented === undefined) return 0
  const isCached = context.images.some(({ lane }) => lane === "main")
  let [bytes, hasImages] = [0, false]
  for (const { id, options, inputGrowth } of context.chains[stage]) {
    const kernel = kernelOf(kernels, id)
    for (const port of imagePorts(context, kernel)) {
      hasImages = true
      if (isCached) bytes += perCached * pixelsOf(planning, port, options, cell)
    }
    for (const port of Object.values(kernel?.inputs ?? {})) {
      if (port.kind !== "views" || context.oriented === undefined) continue
      const tile = wholeTile(planning, cell, inputGrowth)
      bytes += windowBytes(viewWindows(context.oriented, port, tile, options))
      hasImages = true
    }
  }
  if (hasImages) bytes += mostDecoded(context)
  return context.textureFormat.startsWith("ktx2") && hasImages ? bytes + ktx2Bytes : bytes
}

/** Bytes to decode the largest image of a job, on any tile; computed once. */
const mostDecoded = remember((context: WorkContext): number => {
  const headers = [...context.images, ...(context.oriented?.images ?? []).map(({ header }) => header)]
  return headers.reduce((largest, { decodedBytes = 0 }) => Math.max(largest, decodedBytes), 0)
})

const densest = new WeakMap<object, number>()

/** Points of the densest source on a leaf tile; computed once per catalogue. */
const mostPointsOfTile = ({ job, catalogue }: Estimated): number => {
  if (!job || !catalogue) return Number.POSITIVE_INFINITY
  const known = densest.get(catalogue)
  if (known !== undefined) return known
  let most = 0
  for (const { box, count } of catalogue.sources) {
    const area = Box2.area(box)
    const share = area > 0 ? Math.min(1, (1.2 * job.tileSize ** 2) / area) : 1
    most = Math.max(most, share * count)
  }
  // Overlapping sources double the density in places.
  densest.set(catalogue, 2 * most)
  return 2 * most
}
