import type { PointColumns } from "./columns.js"
import type { Further } from "./further-columns.js"
import { QUARTERS, type SegmentColumns, SPOOL, SpoolSegment, TIMES } from "./spool-format.js"

/** Points of one cell that wait to be written. */
export interface CellBuffer {
  readonly cellX: number
  readonly cellY: number
  count: number
  capacity: number
  /** Those of a segment where the buffer is full. */
  bytes: Uint8Array<ArrayBuffer>
  columns: SegmentColumns
  lowZ: number
  highZ: number
  times: Float64Array
  others: Uint32Array
}

const FIRST_POINTS = 256

/** What is told of a segment beside its points, of none yet. */
export const nothingTold = (): Pick<CellBuffer, "lowZ" | "highZ" | "times" | "others"> => ({
  lowZ: Infinity,
  highZ: -Infinity,
  times: Float64Array.from({ length: TIMES }, (_, k) => (k % 2 === 0 ? Infinity : -Infinity)),
  others: new Uint32Array(QUARTERS),
})

/** A buffer without points. */
export const emptyCell = (cellX: number, cellY: number, held: Further): CellBuffer => {
  const bytes = new Uint8Array(SpoolSegment.bytes(FIRST_POINTS, held))
  const columns = SpoolSegment.columns(bytes, FIRST_POINTS, held)
  return { cellX, cellY, count: 0, capacity: FIRST_POINTS, bytes, columns, ...nothingTold() }
}

/** True where nothing is to be told of a cell: all points that it had are written. */
export const isSpent = ({ highZ }: CellBuffer): boolean => highZ === -Infinity

/**
 * Takes points from `begin` on into the buffer of their cell, until one lies outside the quarter of the cell that the first lies in or the buffer is full, and gives where it stops. One
 * walk: the next point's columns lie beside this one's. First and last time are those of points that are no noise.
 *
 * @param corner the cell's south-west corner, in the millimetres of the points
 * @param kept 1 for each class whose points are written, 0 for the others, which are counted
 */
export const appendRun = (
  buffer: CellBuffer,
  points: PointColumns,
  begin: number,
  [west, south]: readonly [number, number],
  kept: Uint8Array,
): number => {
  const { columns } = buffer
  const { x, y, z, classification, gpsTime } = points
  const returns = points.returns!
  const [toX, toY, toZ, toClass, toReturns] = [columns.x, columns.y, columns.z, columns.classification, columns.returns]
  const half = SPOOL.cellMm / 2
  const [east, north] = [x[begin]! - west >= half ? half : 0, y[begin]! - south >= half ? half : 0]
  const most = Math.min(points.count, begin + buffer.capacity - buffer.count)
  let { count, lowZ, highZ } = buffer
  let [first, last] = [Infinity, -Infinity]
  let i = begin
  for (; i < most; i++) {
    const inX = (x[i]! - west) | 0
    const inY = (y[i]! - south) | 0
    if ((inX - east) >>> 0 >= half || (inY - north) >>> 0 >= half) break
    const height = z[i]!
    const code = classification[i]!
    toX[count] = inX
    toY[count] = inY
    toZ[count] = height
    toClass[count] = code
    toReturns[count] = returns[i]!
    // What is left out is written over: less than a branch that nothing foretells.
    count += kept[code]!
    if (height < lowZ) lowZ = height
    if (height > highZ) highZ = height
    const time = gpsTime[i]!
    // 0 is the time of virtual points, and NaN is none.
    if (!(time > 0) || code === 7 || code === 18) continue
    if (time < first) first = time
    if (time > last) last = time
  }
  buffer.lowZ = lowZ
  buffer.highZ = highZ
  const quarter = (east > 0 ? 1 : 0) + (north > 0 ? 2 : 0)
  const { times, others } = buffer
  if (first < times[2 * quarter]!) times[2 * quarter] = first
  if (last > times[2 * quarter + 1]!) times[2 * quarter + 1] = last
  others[quarter]! += i - begin - (count - buffer.count)
  appendFurther(buffer, points, begin, i, kept)
  buffer.count = count
  return i
}

/** Intensities and times, where they are held. */
const appendFurther = (
  { columns, count }: CellBuffer,
  { classification, intensity, gpsTime }: PointColumns,
  begin: number,
  end: number,
  kept: Uint8Array,
): void => {
  const [intensities, times] = [columns.intensity.length > 0, columns.gpsTime.length > 0]
  if (!intensities && !times) return
  for (let i = begin, at = count; i < end; i++) {
    if (intensities) columns.intensity[at] = intensity[i]!
    if (times) columns.gpsTime[at] = gpsTime[i]!
    at += kept[classification[i]!]!
  }
}
