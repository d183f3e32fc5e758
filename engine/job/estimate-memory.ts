import { Box2 } from "../core/box.js"
import { TileKey } from "../grid/tile-key.js"
import type { Counts, Tile } from "../kernel.js"
import type { Catalogue } from "../spatial/catalogue.js"
import type { WorkContext } from "./context.js"
import type { LoadedKernel } from "./load-kernels.js"
import { SquareKey } from "./square-key.js"

const mebibyte = 1024 * 1024

/** Bytes that the process holds whatever it does, once for all workers: code, libraries, the main thread (90 to 130 MB seen). */
export const processBytes = 136 * mebibyte

/** Bytes that a task takes beside its tile: the thread, its heap and arena, garbage not yet collected, one worker's share of code. */
export const workerBytes = 112 * mebibyte

/** Bytes a vertex of a mesh, its triangles and its encoded form. */
const bytesPerVertex = 80
const bytesPerPoint = 25
/** Bytes of the encoder of KTX2 at its peak, for the largest texture of a content (1.6 million texels): 215 to 225 MB seen. */
const ktx2Bytes = 256 * mebibyte

interface Estimated {
  readonly job?: { readonly tileSize: number }
  readonly catalogue?: Pick<Catalogue, "sources">
  readonly context: WorkContext
  readonly kernels: readonly LoadedKernel[]
}

/**
 * Upper estimate of the peak bytes of one task, for admission: what a process needs that runs it alone.
 *
 * Points are held twice while they are sorted, all that are read (`pointsRead`), then thinned; then the hungriest kernel works beside one copy and the chain's rasters. A parent reads meshes, which
 * have no more vertices than there are points below the densest four of the finest tiles. Points kept for looking at are written before the kernels work.
 */
export const estimateMemory = (
  laying: Estimated,
  scope: "tile" | "model" | "parent",
  counts: Omit<Counts, "bytes">,
  cell: Box2,
  pointsRead: number = counts.points,
): number => {
  const points = scope === "parent" ? Math.min(counts.points, 4 * mostPointsOfTile(laying)) : counts.points
  const { classes } = counts
  const known = {
    points,
    areaM2: counts.areaM2,
    ...(classes === undefined ? {} : { classes }),
    step: stepOf(laying, cell),
    bytes: 0,
  }
  let hungriest = 0
  let rasters = 0
  for (const step of laying.context.chains[scope]) {
    const kernel = laying.kernels.find((loaded) => loaded.kernel.id === step.id)?.kernel
    if (!kernel) continue
    hungriest = Math.max(hungriest, kernel.memory(known, step.options))
    const side = Number(step.options["cell"] ?? 0.5)
    for (const port of Object.values(kernel.outputs)) {
      if (port.kind === "raster") rasters += (counts.areaM2 / side ** 2) * (port.type === "byte" ? 1 : 4)
    }
  }
  const held = points * (scope === "parent" ? bytesPerVertex : bytesPerPoint)
  const sorting = pointsRead * bytesPerPoint
  const keeping = scope === "tile" ? keptBytes(laying.context.keepPoints, pointsRead, counts.areaM2) : 0
  const work = scope === "parent" ? hungriest : Math.max(2 * sorting - held, hungriest + 13 * points, keeping)
  return Math.ceil(held + work + rasters + imageBytes(laying, scope, cell) + workerBytes + processBytes)
}

/** The estimate of a tile's second stage by the points of each class that its first stage counted; as it was planned where it counted none, and never above that. */
export const memoryOfCounted = (
  laying: Estimated,
  task: { readonly scope: string; readonly key: string; readonly points: number; readonly bytes: number },
  classes: Counts["classes"],
): number => {
  if (task.scope !== "model" || classes === undefined) return task.bytes
  const { chains, grid } = laying.context
  const cell = TileKey.box(grid, TileKey.parse(task.key))
  const reach = Math.max(0, ...chains.model.map((step) => step.inputGrowth))
  const counts = { points: task.points, areaM2: Box2.area(Box2.grow(cell, reach)), classes }
  return Math.min(task.bytes, estimateMemory(laying, "model", counts, cell))
}

/**
 * What the bytes that a task reads of earlier tasks add to its estimate, known when those have ended: of a kernel of the job all that it needs, of a tile's second stage the most that one of its kernels
 * says more for them. The bytes themselves stand beside it; the second stage also holds what it decodes of them for all its kernels.
 */
export const memoryOfRead = (
  { context: { chains }, kernels }: Pick<Estimated, "context" | "kernels">,
  { scope, key }: { readonly scope: string; readonly key: string },
  bytes: number,
): number => {
  if (scope !== "join" && scope !== "model") return 0
  const made = scope === "join" ? SquareKey.parse(key).kernel : ""
  const steps = scope === "join" ? [...chains.square, ...chains.job].filter(({ id }) => id === made) : chains.model
  let most = 0
  for (const step of steps) {
    const kernel = kernels.find((loaded) => loaded.kernel.id === step.id)?.kernel
    const needs = (read: number): number => kernel?.memory({ points: 0, areaM2: 0, bytes: read }, step.options) ?? 0
    most = Math.max(most, needs(bytes) - (scope === "model" ? needs(0) : 0))
  }
  return Math.ceil(most) + (scope === "model" ? decodedCopies + 1 : 1) * bytes
}
/** Copies of blobs and shards that the second stage of a tile holds decoded. */
const decodedCopies = 2

/** Bytes to choose the points that are kept for looking at, to take them out and to write them as LAS. */
const keptBytes = (spacing: number | undefined, points: number, areaM2: number): number => {
  if (spacing === undefined) return 0
  const kept = Math.min(points, (classesPerCell * areaM2) / spacing ** 2)
  return 5 * points + kept * (bytesPerPoint + 30)
}
/** Classes that the points of one cell have, as in lay-tasks. */
const classesPerCell = 3

/** Side of a tile over that of the finest ones. */
const stepOf = ({ context }: Estimated, cell: Box2): number =>
  Math.max(1, Math.round((cell[2] - cell[0]) / context.grid.leafSide))

/** Bytes of the windows of images: as read, as composed, as the kernel makes of them. */
const imageBytes = (laying: Estimated, scope: "tile" | "model" | "parent", cell: Box2): number => {
  const { context, kernels } = laying
  if (context.images.length === 0 && context.oriented === undefined) return 0
  let bytes = 0
  for (const step of context.chains[scope]) {
    const kernel = kernels.find((loaded) => loaded.kernel.id === step.id)?.kernel
    for (const port of Object.values(kernel?.inputs ?? {})) {
      // A window as read and as handed over.
      if (port.kind === "views" && context.oriented !== undefined)
        bytes += 4 * (port.most(step.options) + 1) * port.mostPixels(step.options)
      if (port.kind !== "image" || context.images.length === 0) continue
      const origin = [0, 0, 0] as const
      const tile: Tile = {
        key: "",
        cell,
        core: cell,
        extent: cell,
        origin,
        step: stepOf(laying, cell),
        epsg: context.epsg,
      }
      bytes += 3 * 4 * (Box2.area(cell) / port.resolution(tile, step.options) ** 2)
    }
  }
  const isKtx2 = context.textureFormat.startsWith("ktx2") && bytes > 0
  return isKtx2 ? bytes + ktx2Bytes : bytes
}

const densest = new WeakMap<object, number>()

/** Points of the densest source on one of the finest tiles; looked for once a catalogue. */
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
  // Sources that overlap lie over each other here and there.
  densest.set(catalogue, 2 * most)
  return 2 * most
}
