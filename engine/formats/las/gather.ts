import type { Box2 } from "../../core/box.js"
import type { AttributeName, Points } from "../../kernel.js"
import { type OrderedPoints, orderByCells } from "./cell-order.js"
import { classFilter, emptyColumns, type MmBox, mmBoxOf, type PointColumns, type PointQuery } from "./columns.js"
import { type Further, furtherOf } from "./further-columns.js"
import { canonicalOrder, dropDuplicates } from "./order.js"
import { TimeRange } from "./time-range.js"

/** Anything that gives points: a point file or a spool. */
export interface PointSource {
  read(query: PointQuery): AsyncIterable<PointColumns>
  /** Of a source that knows it: first and last GPS time of its points in a box (CRS metres, on lines of 25 m), without noise; undefined where they have none. */
  timesIn?(box: Box2): readonly [first: number, last: number] | undefined
  /** Of a source that leaves points out: how many of them, no noise among them, lie in the squares of 25 m that meet a box (CRS metres). */
  othersIn?(box: Box2): number
}

/** How points are gathered. */
export interface GatherOptions {
  /** Columns beside places, class and returns; all when absent. Those that are not asked for come empty: they are not held. */
  readonly attributes?: readonly AttributeName[]
  /** Classes to hold; all when absent. Points of others are counted. */
  readonly classes?: readonly number[] | undefined
  /** CRS metres, half-open, on lines of 25 m and in the extent: whose points tell the days of acquisition; the extent when absent. */
  readonly cell?: Box2
  /** COPC: the levels needed for this distance between points, metres. */
  readonly spacing?: number | undefined
  /** Called where memory is highest. */
  readonly watch?: () => void
}

/** Points of a region, ready for kernels. */
export interface GatheredPoints {
  /** In canonical order, without noise and duplicates. */
  readonly points: Required<Points>
  /** Points dropped: another one has their place, class, return number and number of returns. */
  readonly duplicates: number
  /** Points of class 7 and 18, dropped. */
  readonly noise: number
  /** Points that are left out for their class, no noise among them, duplicates included: all, and those in the cell. */
  readonly others: { readonly count: number; readonly inCell: number }
  /** First and last GPS time in the cell, duplicates included, where there is any (0 and NaN are none). */
  readonly time?: readonly [first: number, last: number]
}

/**
 * Reads the points of `extent` (half-open, CRS metres) from all sources into one set of columns: millimetres relative to
 * `origin`, canonical order (1 m cell of the CRS grid, row by row from the south-west; then x, y, z, class, return number, number of returns), of duplicates,
 * which are equal in all that, one with the least intensity and GPS time of them; without noise (classes 7, 18). The result does not depend on the
 * order of the sources or of their points, nor on their format, nor a column on which others are asked for.
 *
 * O(n log(points a cell)) time; about 50 bytes a point at the peak (25 of them are the result), less without intensity and GPS time.
 *
 * @throws EngineError of the sources.
 */
export const gatherPoints = async (
  sources: readonly PointSource[],
  extent: Box2,
  origin: readonly [x: number, y: number, z: number],
  { attributes, classes, cell = extent, spacing, watch = () => undefined }: GatherOptions = {},
): Promise<GatheredPoints> => {
  const chunks: PointColumns[] = []
  const further = furtherOf(attributes)
  const times = new TimeRange()
  const timed = mmBoxOf({ box: cell, origin })
  const choice = { wanted: classFilter({ classes }), cell: timed }
  const others = { count: 0, inCell: 0 }
  let noise = 0
  for (const source of sources) {
    others.count += source.othersIn?.(extent) ?? 0
    others.inCell += source.othersIn?.(cell) ?? 0
    const known = source.timesIn?.(cell)
    if (known) times.widen(...known)
    const query = { origin, box: extent, attributes: readAttributes(further, source) }
    for await (const columns of source.read(spacing === undefined ? query : { ...query, spacing })) {
      const clean = withoutNoise(columns)
      noise += columns.count - clean.count
      if (source.timesIn === undefined) times.addPoints(clean, timed)
      const kept = ofClasses(clean, choice, others)
      if (kept.count === 0) continue
      chunks.push(further.gpsTime ? kept : { ...kept, gpsTime: new Float64Array(0) })
    }
  }
  watch()
  const { points, duplicates } = orderByCells(chunks, origin, further) ?? orderPlainly(chunks, origin, further)
  watch()
  const time = times.range
  return {
    points: { ...points, scale: 0.001, origin },
    duplicates,
    noise,
    others,
    ...(time === undefined ? {} : { time }),
  }
}

/** What orders points, what is asked for, and the times, unless the source tells their range without them. */
const readAttributes = ({ intensity, gpsTime }: Further, { timesIn }: PointSource): AttributeName[] => [
  "classification",
  "returnNumber",
  "numberOfReturns",
  ...(intensity ? (["intensity"] as const) : []),
  ...(gpsTime || timesIn === undefined ? (["gpsTime"] as const) : []),
]

const isNoise = (code: number): boolean => code === 7 || code === 18

/** A chunk without its noise: itself where there is none. */
const withoutNoise = (columns: PointColumns): PointColumns => {
  const { classification, count } = columns
  let n = 0
  for (let i = 0; i < count; i++) if (!isNoise(classification[i]!)) n++
  if (n === count) return columns
  const kept = new Uint32Array(n)
  n = 0
  for (let i = 0; i < count; i++) if (!isNoise(classification[i]!)) kept[n++] = i
  return pickPoints(columns, kept)
}

/** The points of a chunk of the classes that are wanted, itself where all are; others are counted. */
const ofClasses = (
  columns: PointColumns,
  { wanted, cell: { minX, minY, maxX, maxY } }: { readonly wanted: Uint8Array | undefined; readonly cell: MmBox },
  others: { count: number; inCell: number },
): PointColumns => {
  if (wanted === undefined) return columns
  const { classification, count, x, y } = columns
  const kept = new Uint32Array(count)
  let n = 0
  for (let i = 0; i < count; i++) {
    if (wanted[classification[i]!] === 1) {
      kept[n++] = i
      continue
    }
    others.count++
    if (x[i]! >= minX && x[i]! < maxX && y[i]! >= minY && y[i]! < maxY) others.inCell++
  }
  return n === count ? columns : pickPoints(columns, kept.subarray(0, n))
}

/** Arrays that hold one column. */
interface Numbers {
  readonly length: number
  [index: number]: number
}

const pick = <A extends Numbers>(from: A, indices: Uint32Array, into: A): A => {
  for (let i = 0; i < into.length; i++) into[i] = from[indices[i]!]!
  return into
}

const pickPoints = (columns: PointColumns, indices: Uint32Array): PointColumns => {
  const { intensity, gpsTime } = columns
  const into = emptyColumns(indices.length, { intensity: intensity.length > 0, gpsTime: gpsTime.length > 0 })
  for (const name of columnNames) pick<Numbers>(columns[name], indices, into[name])
  return into
}

const columnNames = [
  "x",
  "y",
  "z",
  "classification",
  "returnNumber",
  "numberOfReturns",
  "intensity",
  "gpsTime",
] as const

/** Any points in canonical order by one sort of all their indices. Plain twin of {@link orderByCells}, for points that lie too far apart for it. */
export const orderPlainly = (
  chunks: readonly PointColumns[],
  origin: readonly [x: number, y: number, z: number],
  further: Further = { intensity: true, gpsTime: true },
): OrderedPoints => {
  const all = emptyColumns(
    chunks.reduce((sum, { count }) => sum + count, 0),
    further,
  )
  let at = 0
  for (const chunk of chunks) {
    for (const name of columnNames) {
      const [from, to]: [Numbers, Numbers] = [chunk[name], all[name]]
      for (let i = 0; i < from.length; i++) to[at + i] = from[i]!
    }
    at += chunk.count
  }
  const order = canonicalOrder(all, origin)
  const kept = dropDuplicates(all, order)
  return { points: pickPoints(all, order.subarray(0, kept)), duplicates: all.count - kept }
}
