import type { Box2 } from "../../core/box.js"
import type { Points } from "../../kernel.js"
import { type OrderedPoints, orderByCells } from "./cell-order.js"
import { emptyColumns, type PointColumns, type PointQuery } from "./columns.js"
import { canonicalOrder, dropDuplicates } from "./order.js"

/** Anything that gives points: a point file or a spool. */
export interface PointSource {
  read(query: PointQuery): AsyncIterable<PointColumns>
}

/** Points of a region, ready for kernels. */
export interface GatheredPoints {
  /** All attributes, in canonical order, without noise and duplicates. */
  readonly points: Required<Points>
  /** Points equal to another in every attribute, dropped. */
  readonly duplicates: number
  /** Points of class 7 and 18, dropped. */
  readonly noise: number
  /** First and last GPS time, where there is any (0 and NaN are none). */
  readonly time?: readonly [first: number, last: number]
}

/**
 * Reads the points of `extent` (half-open, CRS metres) from all sources into one set of columns: millimetres relative to
 * `origin`, canonical order (1 m cell of the CRS grid, row by row from the south-west; then x, y, z, GPS time, return number, and the
 * other attributes so that the order is total), exact duplicates and noise (classes 7, 18) dropped. The result does not depend on the
 * order of the sources or of their points, nor on their format.
 *
 * O(n log(points a cell)) time; about 50 bytes a point at the peak (25 of them are the result).
 *
 * @param spacing COPC: the levels needed for this distance between points, metres
 * @param watch called where memory is highest
 * @throws EngineError of the sources.
 */
export const gatherPoints = async (
  sources: readonly PointSource[],
  extent: Box2,
  origin: readonly [x: number, y: number, z: number],
  watch: () => void = () => undefined,
  spacing?: number,
): Promise<GatheredPoints> => {
  const chunks: PointColumns[] = []
  let noise = 0
  const query = { origin, box: extent, ...(spacing === undefined ? {} : { spacing }) }
  for (const source of sources) {
    for await (const columns of source.read(query)) {
      const kept = withoutNoise(columns)
      noise += columns.count - kept.count
      if (kept.count > 0) chunks.push(kept)
    }
  }
  watch()
  const { points, duplicates } = orderByCells(chunks, origin) ?? orderPlainly(chunks, origin)
  watch()
  const time = timeRange(points.gpsTime)
  return {
    points: { ...points, scale: 0.001, origin },
    duplicates,
    noise,
    ...(time === undefined ? {} : { time }),
  }
}

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
  const into = emptyColumns(indices.length)
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
): OrderedPoints => {
  const all = emptyColumns(chunks.reduce((sum, { count }) => sum + count, 0))
  let at = 0
  for (const chunk of chunks) {
    for (const name of columnNames) {
      const [from, to]: [Numbers, Numbers] = [chunk[name], all[name]]
      for (let i = 0; i < chunk.count; i++) to[at + i] = from[i]!
    }
    at += chunk.count
  }
  const order = canonicalOrder(all, origin)
  const kept = dropDuplicates(all, order)
  return { points: pickPoints(all, order.subarray(0, kept)), duplicates: all.count - kept }
}

const timeRange = (times: Float64Array): readonly [number, number] | undefined => {
  let [first, last] = [Infinity, -Infinity]
  for (let i = 0; i < times.length; i++) {
    const time = times[i]!
    if (time === 0) continue
    if (time < first) first = time
    if (time > last) last = time
  }
  return first <= last ? [first, last] : undefined
}
