import type { Box2 } from "../../engine/core/geometry/box.js"
import { seededRandom } from "../../engine/core/random.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/writer.js"
import type { Features, Kernel, Points, Raster, Tile } from "../../engine/kernel.js"
import { mergeFeatures } from "../merge-features.js"
import { expectSameByRegions } from "./by-regions.js"
import { optionsOf, scratch } from "./kernel-run.js"

/** A point in CRS millimetres. */
export type PointMm = readonly [x: number, y: number, z: number]

/** What the world is made of: points of class 6 and heights of the bare earth (NaN = no data). */
export interface World {
  readonly box: Box2
  readonly points: readonly PointMm[]
  ground(x: number, y: number): number
  /** Points of class 2, for outlines that are given. */
  readonly groundPoints?: readonly PointMm[]
  /** Given outlines, of which tiles get those whose box meets their extent. */
  readonly footprints?: Features
}

/** The features whose box meets a box. */
const featuresIn = (features: Features, box: Box2): Features => {
  const kept = features.ids.flatMap((_, f) => {
    const ring = features.partEnds[f - 1] ?? 0
    const xy = features.coordinates.subarray(2 * (features.ringEnds[ring - 1] ?? 0), 2 * features.ringEnds[ring])
    const [x, y] = [xy.filter((_v, i) => i % 2 === 0), xy.filter((_v, i) => i % 2 === 1)]
    const meets =
      Math.min(...x) <= box[2] && Math.max(...x) >= box[0] && Math.min(...y) <= box[3] && Math.max(...y) >= box[1]
    return meets ? [f] : []
  })
  const rings = kept.map((f) => {
    const first = features.partEnds[f - 1] ?? 0
    return Array.from({ length: features.partEnds[f] - first }, (_, r) =>
      features.coordinates.subarray(2 * (features.ringEnds[first + r - 1] ?? 0), 2 * features.ringEnds[first + r]),
    )
  })
  let [vertices, parts] = [0, 0]
  return {
    ...features,
    coordinates: Float64Array.from(rings.flat().flatMap((ring) => Array.from(ring))),
    ringEnds: Uint32Array.from(rings.flat(), (ring) => (vertices += ring.length / 2)),
    partEnds: Uint32Array.from(rings, (own) => (parts += own.length)),
    ids: kept.map((f) => features.ids[f]),
    columns: Object.fromEntries(
      Object.entries(features.columns).map(([name, column]) => [
        name,
        { ...column, values: kept.map((f) => column.values[f]) } as never,
      ]),
    ),
  }
}

const tileAt = (cell: Box2, halo: number): Tile => ({
  key: `9/${Math.round(cell[0] / (cell[2] - cell[0]))}/${Math.round(cell[1] / (cell[3] - cell[1]))}`,
  cell,
  core: cell,
  extent: [cell[0] - halo, cell[1] - halo, cell[2] + halo, cell[3] + halo],
  origin: [cell[0], cell[1], 0],
  step: 1,
  epsg: 2154,
})

const pointsIn = (world: Pick<World, "points">, tile: Tile): Points => {
  const [minX, minY, maxX, maxY] = tile.extent.map((v) => v * 1000)
  const own = world.points.filter(([x, y]) => x >= minX && x < maxX && y >= minY && y < maxY)
  const column = (k: 0 | 1 | 2): Int32Array => Int32Array.from(own, (point) => point[k] - tile.origin[k] * 1000)
  // A second apart, from the morning of 2023-04-05 on, over midnight where there are many.
  const gpsTime = Float64Array.from(own, ([x, y]) => 364_715_521 + ((x + 7 * y) % 100_000))
  return { count: own.length, x: column(0), y: column(1), z: column(2), gpsTime, scale: 0.001, origin: tile.origin }
}

/** The DTM of the extent at 0.5 m, void outside the world. */
export const dtmOf = (world: World, extent: Box2): Raster => {
  const cellSize = 0.5
  const minX = Math.floor(extent[0] / cellSize) * cellSize
  const maxY = Math.ceil(extent[3] / cellSize) * cellSize
  const width = Math.ceil((extent[2] - minX) / cellSize)
  const height = Math.ceil((maxY - extent[1]) / cellSize)
  const data = new Float32Array(width * height)
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const x = minX + (c + 0.5) * cellSize
      const y = maxY - (r + 0.5) * cellSize
      const inside = x > world.box[0] && x < world.box[2] && y > world.box[1] && y < world.box[3]
      data[r * width + c] = inside ? world.ground(x, y) : Number.NaN
    }
  }
  return { width, height, minX, maxY, cellSize, data }
}

/** Outputs by tile key, in the order of the tiles. */
type ByTile = Readonly<Record<string, Record<string, unknown>>>
/**
 * What kernels made of a world's tiles: runs that differ only in the order of the join's blobs
 * share it.
 */
const madeOf = new WeakMap<World, Map<string, ByTile>>()

/** Outputs of a tile kernel for every tile of the side, and whether this call made them. */
const runTiles = (
  world: World,
  side: number,
  kernel: Kernel,
  options: never,
): { outputs: ByTile; isFirst: boolean } => {
  const known = madeOf.get(world) ?? new Map<string, ByTile>()
  madeOf.set(world, known)
  const name = JSON.stringify([kernel.id, side, options])
  const before = known.get(name)
  if (before !== undefined) return { outputs: before, isFirst: false }
  const made: Record<string, Record<string, unknown>> = {}
  for (let y = world.box[1]; y < world.box[3]; y += side) {
    for (let x = world.box[0]; x < world.box[2]; x += side) {
      const tile = tileAt([x, y, x + side, y + side], kernel.halo(options))
      const input: Record<string, unknown> = {
        dtm: dtmOf(world, tile.extent),
        "class-6": pointsIn(world, tile),
        ground: world.groundPoints && pointsIn({ points: world.groundPoints }, tile),
        footprints: world.footprints && featuresIn(world.footprints, tile.extent),
      }
      made[tile.key] = kernel.run(tile, input as never, options, scratch) as Record<string, unknown>
    }
  }
  known.set(name, made)
  return { outputs: made, isFirst: true }
}

/**
 * Runs a tile kernel on every tile of the side and its join on the shuffled blobs; gives the merged
 * layer, the figures of all runs added up, and all outputs by tile.
 */
export const runTiled = (
  world: World,
  side: number,
  tileKernel: unknown,
  joinKernel: unknown,
  names: { features: string; blob: string },
  given: Record<string, number> = {},
  seed = 1,
): {
  features: Features
  bytes: Buffer
  figures: Record<string, number>
  parts: Features[]
  outputs: ByTile
  joined: Record<string, unknown>
} => {
  const kernel = tileKernel as Kernel
  const join = joinKernel as Kernel
  const options = optionsOf(kernel, given)
  const { outputs, isFirst } = runTiles(world, side, kernel, options)
  const parts: Features[] = []
  const figures: Record<string, number> = {}
  const take = (made: Record<string, unknown>): void => {
    parts.push(made[names.features] as Features)
    for (const [name, value] of Object.entries(made)) {
      if (!name.endsWith("-quality")) continue
      for (const [figure, n] of Object.entries(value as Record<string, number>))
        figures[figure] = (figures[figure] ?? 0) + n
    }
  }
  for (const made of Object.values(outputs)) take(made)
  const handing = Object.entries(outputs).map(([key, made]) => ({
    key,
    blobs: { [names.blob]: made[names.blob] as Uint8Array },
  }))
  const random = seededRandom(seed)
  const shuffled = handing
    .map(({ blobs }) => ({ blob: blobs[names.blob], at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ blob }) => blob)
  const whole = { ...tileAt(world.box, 0), step: (world.box[2] - world.box[0]) / side }
  const joined = join.run(whole, { [names.blob]: shuffled } as never, optionsOf(join), scratch) as Record<
    string,
    unknown
  >
  if (isFirst) expectSameByRegions(join, whole, handing, optionsOf(join), scratch, joined)
  take(joined)
  const features = mergeFeatures(parts)
  const bytes = Buffer.from(encodeFlatGeobuf(features, { name: "layer", epsg: 2154, metadata: {} }))
  return { features, bytes, figures, parts, outputs, joined }
}
