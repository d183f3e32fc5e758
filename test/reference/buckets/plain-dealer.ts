/**
 * The reference implementation of dealing points to cells, which
 * `engine/formats/buckets/wasm/assembly/deal.ts` is tested against.
 */
import type { SegmentColumns } from "../../../engine/formats/buckets/core-types.js"
import type { DealQuery, DealtPoints, DealtSegment, SpoolDealer } from "../../../engine/formats/buckets/deal-types.js"
import { QUARTERS, SPOOL, SpoolSegment, TIMES } from "../../../engine/formats/buckets/format.js"
import type { Further } from "../../../engine/formats/las/columns.js"

/** Points of one cell that wait to be written. */
interface CellBuffer {
  readonly cellX: number
  readonly cellY: number
  count: number
  capacity: number
  columns: SegmentColumns
  lowZ: number
  highZ: number
  times: Float64Array
  others: Uint32Array
}

/** Room of a cell that has got its first point: where points are scattered over a country most cells get few. */
const FIRST_POINTS = 32

/** What is told of a segment beside its points, of none yet. */
const nothingTold = (): Pick<CellBuffer, "lowZ" | "highZ" | "times" | "others"> => ({
  lowZ: Infinity,
  highZ: -Infinity,
  times: Float64Array.from({ length: TIMES }, (_, k) => (k % 2 === 0 ? Infinity : -Infinity)),
  others: new Uint32Array(QUARTERS),
})

/** A buffer without points. */
const emptyCell = (cellX: number, cellY: number, held: Further): CellBuffer => {
  const columns = SpoolSegment.columns(new Uint8Array(SpoolSegment.bytes(FIRST_POINTS, held)), FIRST_POINTS, held)
  return { cellX, cellY, count: 0, capacity: FIRST_POINTS, columns, ...nothingTold() }
}

/** True where nothing is to be told of a cell: all points that it had are written. */
const isSpent = ({ highZ }: CellBuffer): boolean => highZ === -Infinity

/**
 * Takes points from `begin` on into the buffer of their cell, until one lies outside the quarter of the cell that the first lies in or the buffer is full, and gives where it stops. One
 * walk: the next point's columns lie beside this one's. First and last time are those of points that are no noise.
 *
 * @param corner the cell's south-west corner, in the millimetres of the points
 * @param kept 1 for each class whose points are written, 0 for the others, which are counted
 */
const appendRun = (
  buffer: CellBuffer,
  points: DealtPoints,
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
  { classification, intensity, gpsTime }: DealtPoints,
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

const COLUMN_NAMES = [
  "gpsTime",
  "z",
  "x",
  "y",
  "intensity",
  "classification",
  "returns",
] as const satisfies readonly (keyof SegmentColumns)[]

/** Copies the first `count` points. */
const copyColumns = (from: SegmentColumns, count: number, into: SegmentColumns): void => {
  for (const name of COLUMN_NAMES) if (into[name].length > 0) into[name].set(from[name].subarray(0, count))
}

/** Deals points to cells in plain TypeScript, one buffer a cell. */
export class PlainDealer implements SpoolDealer {
  readonly #query: DealQuery
  readonly #cells = new Map<number, CellBuffer>()
  readonly classes = new Uint32Array(256)
  buffered = 0

  get cells(): number {
    return this.#cells.size
  }

  constructor(query: DealQuery) {
    this.#query = query
  }

  /** Run by run: points come in scan order, so that many follow each other in one cell. */
  deal(points: DealtPoints, emit: (segment: DealtSegment) => void): void {
    const { kept, base, most } = this.#query
    const { count, x, y, classification } = points
    for (let i = 0; i < count; i++) this.classes[classification[i]!]!++
    for (let begin = 0; begin < count; ) {
      const column = Math.floor(x[begin]! / SPOOL.cellMm)
      const row = Math.floor(y[begin]! / SPOOL.cellMm)
      const buffer = this.#cell(base[0] + column, base[1] + row)
      if (buffer.count === buffer.capacity) {
        if (buffer.capacity < most) this.#widen(buffer)
        else this.#emit(buffer, emit)
      }
      const before = buffer.count
      begin = appendRun(buffer, points, begin, [column * SPOOL.cellMm, row * SPOOL.cellMm], kept)
      this.buffered += buffer.count - before
    }
  }

  drain(emit: (segment: DealtSegment) => void): void {
    for (const buffer of this.#cells.values()) if (!isSpent(buffer)) this.#emit(buffer, emit)
    this.#cells.clear()
  }

  release(): void {
    this.#cells.clear()
  }

  #cell(cellX: number, cellY: number): CellBuffer {
    // Cells of 50 m: 32 bits of millimetres reach 86,000 of them.
    const key = cellX * 2 ** 26 + cellY
    let buffer = this.#cells.get(key)
    if (buffer === undefined) {
      buffer = emptyCell(cellX, cellY, this.#query.held)
      this.#cells.set(key, buffer)
    }
    return buffer
  }

  #widen(buffer: CellBuffer): void {
    const { held } = this.#query
    const capacity = buffer.capacity * 2
    const columns = SpoolSegment.columns(new Uint8Array(SpoolSegment.bytes(capacity, held)), capacity, held)
    copyColumns(buffer.columns, buffer.count, columns)
    buffer.columns = columns
    buffer.capacity = capacity
  }

  #emit(buffer: CellBuffer, emit: (segment: DealtSegment) => void): void {
    const { held } = this.#query
    const { count, columns, cellX, cellY, lowZ, highZ, times, others } = buffer
    const bytes = new Uint8Array(SpoolSegment.bytes(count, held))
    copyColumns(columns, count, SpoolSegment.columns(bytes, count, held))
    emit({ cellX, cellY, count, bytes, lowZ, highZ, times, others })
    this.buffered -= buffer.count
    buffer.count = 0
    Object.assign(buffer, nothingTold())
  }
}
