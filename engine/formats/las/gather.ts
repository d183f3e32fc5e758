import type { Box2 } from "../../core/box.js"
import type { Points } from "../../kernel.js"
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

/** A column as the chunks that came. */
type Parts<A> = A[]

/** Columns in the order of arrival, as lists of chunks, so that each can be let go as soon as it is sorted. */
interface Arrived {
  count: number
  x: Parts<Int32Array>
  y: Parts<Int32Array>
  z: Parts<Int32Array>
  classification: Parts<Uint8Array>
  returnNumber: Parts<Uint8Array>
  numberOfReturns: Parts<Uint8Array>
  intensity: Parts<Uint16Array>
  gpsTime: Parts<Float64Array>
}

/**
 * Reads the points of `extent` (half-open, CRS metres) from all sources into one set of columns: millimetres relative to
 * `origin`, canonical order (1 m cell of the CRS grid, row by row from the south-west; then x, y, z, GPS time, return number, and the
 * other attributes so that the order is total), exact duplicates and noise (classes 7, 18) dropped. The result does not depend on the
 * order of the sources or of their points, nor on their format.
 *
 * O(n log(points a cell)) time, about 0.2 µs a point beside the reading; about 45 bytes a point at the peak (25 of them are the result).
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
  const arrived: Arrived = {
    count: 0,
    x: [],
    y: [],
    z: [],
    classification: [],
    returnNumber: [],
    numberOfReturns: [],
    intensity: [],
    gpsTime: [],
  }
  let noise = 0
  const query = { origin, box: extent, ...(spacing === undefined ? {} : { spacing }) }
  for (const source of sources) {
    for await (const columns of source.read(query)) noise += append(arrived, columns)
  }
  return { ...sortArrived(arrived, origin, watch), noise }
}

/** Adds a chunk without its noise; returns how many points were noise. */
const append = (arrived: Arrived, columns: PointColumns): number => {
  const { classification, count } = columns
  const kept = new Uint32Array(count)
  let n = 0
  for (let i = 0; i < count; i++) {
    const code = classification[i]!
    if (code !== 7 && code !== 18) kept[n++] = i
  }
  const all = n === count
  arrived.x.push(all ? columns.x : pick(columns.x, kept, new Int32Array(n)))
  arrived.y.push(all ? columns.y : pick(columns.y, kept, new Int32Array(n)))
  arrived.z.push(all ? columns.z : pick(columns.z, kept, new Int32Array(n)))
  arrived.classification.push(all ? classification : pick(classification, kept, new Uint8Array(n)))
  arrived.returnNumber.push(all ? columns.returnNumber : pick(columns.returnNumber, kept, new Uint8Array(n)))
  arrived.numberOfReturns.push(all ? columns.numberOfReturns : pick(columns.numberOfReturns, kept, new Uint8Array(n)))
  arrived.intensity.push(all ? columns.intensity : pick(columns.intensity, kept, new Uint16Array(n)))
  arrived.gpsTime.push(all ? columns.gpsTime : pick(columns.gpsTime, kept, new Float64Array(n)))
  arrived.count += n
  return count - n
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

/** One array of the chunks; the list is emptied, so that they can be freed. */
const join = <A extends Numbers & { set(from: A, at: number): void }>(parts: A[], into: A): A => {
  let at = 0
  for (const part of parts) {
    into.set(part, at)
    at += part.length
  }
  parts.length = 0
  return into
}

/** Columns that are let go one by one. */
type Held = Omit<PointColumns, "count" | "extra"> & { -readonly [K in "x" | "y" | "z"]: PointColumns[K] }

const sortArrived = (
  arrived: Arrived,
  origin: readonly [x: number, y: number, z: number],
  watch: () => void,
): Omit<GatheredPoints, "noise"> => {
  const n = arrived.count
  const held: Held = {
    x: join(arrived.x, new Int32Array(n)),
    y: join(arrived.y, new Int32Array(n)),
    z: join(arrived.z, new Int32Array(n)),
    classification: join(arrived.classification, new Uint8Array(n)),
    returnNumber: join(arrived.returnNumber, new Uint8Array(n)),
    numberOfReturns: join(arrived.numberOfReturns, new Uint8Array(n)),
    intensity: join(arrived.intensity, new Uint16Array(n)),
    gpsTime: join(arrived.gpsTime, new Float64Array(n)),
  }
  watch()
  const sorted = canonicalOrder({ count: n, ...held }, origin)
  const kept = dropDuplicates({ count: n, ...held }, sorted)
  const order = sorted.subarray(0, kept)
  const none = emptyColumns(0)
  const take = <K extends keyof Held>(name: K): Held[K] => {
    const column = held[name]
    held[name] = none[name]
    return column
  }
  const points: Required<Points> = {
    count: kept,
    scale: 0.001,
    origin,
    gpsTime: pick(take("gpsTime"), order, new Float64Array(kept)),
    x: pick(take("x"), order, new Int32Array(kept)),
    y: pick(take("y"), order, new Int32Array(kept)),
    z: pick(take("z"), order, new Int32Array(kept)),
    intensity: pick(take("intensity"), order, new Uint16Array(kept)),
    classification: pick(take("classification"), order, new Uint8Array(kept)),
    returnNumber: pick(take("returnNumber"), order, new Uint8Array(kept)),
    numberOfReturns: pick(take("numberOfReturns"), order, new Uint8Array(kept)),
  }
  watch()
  const time = timeRange(points.gpsTime)
  return { points, duplicates: n - kept, ...(time === undefined ? {} : { time }) }
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
