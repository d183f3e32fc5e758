import type { Box2 } from "../../core/box.js"
import type { AttributeName, PointAttributes } from "../../kernel.js"
import { axesOf, overflow, toMm } from "./axis.js"
import { dimensionOf, type ExtraDimension, extraValueReader } from "./extra-bytes.js"
import type { LasHeader } from "./header.js"
import { astray, statedBox } from "./stated-box.js"

/** Which points of a source are wanted, and relative to what. */
export interface PointQuery {
  /** CRS metres, on whole millimetres. */
  readonly origin: readonly [x: number, y: number, z: number]
  /** Half-open box in CRS metres; all points when absent. */
  readonly box?: Box2
  /** COPC: only the levels needed for this distance between points, metres. Other files give all points. */
  readonly spacing?: number
  /** Names of extra dimensions to read beside the standard fields. */
  readonly extra?: readonly string[]
  /** Attributes that are needed beside x, y, z; all when absent. The columns of others may come empty: they are not decoded. */
  readonly attributes?: readonly AttributeName[]
  /** Only points of these classes; all when absent. */
  readonly classes?: readonly number[]
}

/**
 * Points as columns: x, y, z in millimetres relative to the query's origin. Every array is `count` long (or empty, see `PointQuery.attributes`) and
 * the caller's own.
 */
export interface PointColumns extends PointAttributes {
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  /** The extra dimensions of the query, scaled. */
  readonly extra?: Readonly<Record<string, Float64Array>>
}

/** A box in whole millimetres relative to an origin, half-open. */
export interface MmBox {
  readonly minX: number
  readonly minY: number
  readonly maxX: number
  readonly maxY: number
}

/** Metres to millimetres: the nearest integer where it is one, else the next above, so that `<` and `>=` keep their sense. */
const boundMm = (metres: number): number => {
  const mm = metres * 1000
  const near = Math.round(mm)
  return Math.abs(mm - near) < 1e-3 ? near : Math.ceil(mm)
}

/** The query's box relative to its origin. Infinite when there is none. */
export const mmBoxOf = ({ box, origin }: PointQuery): MmBox => {
  const [x, y] = [Math.round(origin[0] * 1000), Math.round(origin[1] * 1000)]
  if (box === undefined) return { minX: -Infinity, minY: -Infinity, maxX: Infinity, maxY: Infinity }
  return {
    minX: boundMm(box[0]) - x,
    minY: boundMm(box[1]) - y,
    maxX: boundMm(box[2]) - x,
    maxY: boundMm(box[3]) - y,
  }
}

/** Places of the fields in a record of a point format. */
interface Layout {
  readonly extended: boolean
  readonly classification: number
  /** −1: the format has none. */
  readonly gpsTime: number
}

const layoutOf = (pointFormat: number): Layout =>
  pointFormat >= 6
    ? { extended: true, classification: 16, gpsTime: 22 }
    : { extended: false, classification: 15, gpsTime: pointFormat === 0 || pointFormat === 2 ? -1 : 20 }

/** Columns of the records of a block. */
export type RecordReader = (records: Uint8Array, count: number) => PointColumns

const fits = (value: number): boolean => value >= -2147483648 && value <= 2147483647

/**
 * Makes the reader of a file's records for a query: keeps the points in its box and brings them to 1 mm relative to its origin.
 * Legacy formats give 5 bits of class and 3 of return number; synthetic and withheld flags are not looked at. −0 and NaN
 * GPS times become 0 and the one NaN, so that equal points have equal bytes.
 *
 * Record: 0 x, 4 y, 8 z (Int32), 12 intensity, 14 returns; formats 0–5: 15 class, 20 GPS time; 6–10: 16 class, 22 GPS time.
 *
 * @throws EngineError `E_INPUT` from the reader, when a point in the box does not fit 32 bits.
 */
export const recordReader = (
  header: LasHeader,
  query: PointQuery,
  dimensions: readonly ExtraDimension[],
  file: string,
): RecordReader => {
  const box = mmBoxOf(query)
  const [ax, ay, az] = axesOf(header, query.origin)
  const classes = classFilter(query)
  const classMask = header.pointFormat >= 6 ? 255 : 31
  const layout = layoutOf(header.pointFormat)
  const { recordLength } = header
  const [minX, minY, maxX, maxY] = statedBox(header)
  const extras = extraReaders(query, dimensions, file)
  let kept = new Uint32Array(0)
  return (records, count) => {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
    if (kept.length < count) kept = new Uint32Array(count)
    let n = 0
    for (let at = 0, end = count * recordLength; at < end; at += recordLength) {
      const rawX = view.getInt32(at, true)
      const rawY = view.getInt32(at + 4, true)
      if (!(rawX >= minX && rawX <= maxX && rawY >= minY && rawY <= maxY)) throw astray(file, header, rawX, rawY)
      const x = toMm(ax, rawX)
      const y = toMm(ay, rawY)
      if (!(x >= box.minX && x < box.maxX && y >= box.minY && y < box.maxY)) continue
      if (classes === undefined || classes[view.getUint8(at + layout.classification) & classMask] === 1) kept[n++] = at
    }
    const columns = emptyColumns(n)
    for (let i = 0; i < n; i++) {
      const at = kept[i]!
      const x = toMm(ax, view.getInt32(at, true))
      const y = toMm(ay, view.getInt32(at + 4, true))
      const z = toMm(az, view.getInt32(at + 8, true))
      if (!(fits(x) && fits(y) && fits(z))) throw overflow(file, [x, y, z], query.origin)
      columns.x[i] = x
      columns.y[i] = y
      columns.z[i] = z
    }
    readAttributes(view, kept, columns, layout)
    if (extras.length === 0) return columns
    const extra = Object.fromEntries(
      extras.map(([name, value]) => [name, Float64Array.from({ length: n }, (_, i) => value(view, kept[i]!))]),
    )
    return { ...columns, extra }
  }
}

const readAttributes = (view: DataView, kept: Uint32Array, columns: PointColumns, layout: Layout): void => {
  const { count, classification, returnNumber, numberOfReturns, intensity, gpsTime } = columns
  const { extended } = layout
  for (let i = 0; i < count; i++) {
    const at = kept[i]!
    const returns = view.getUint8(at + 14)
    const code = view.getUint8(at + layout.classification)
    intensity[i] = view.getUint16(at + 12, true)
    returnNumber[i] = extended ? returns & 15 : returns & 7
    numberOfReturns[i] = extended ? returns >> 4 : (returns >> 3) & 7
    classification[i] = extended ? code : code & 31
  }
  if (layout.gpsTime < 0) return
  for (let i = 0; i < count; i++) {
    const time = view.getFloat64(kept[i]! + layout.gpsTime, true)
    gpsTime[i] = Number.isNaN(time) ? Number.NaN : time + 0
  }
}

/** 1 for each wanted class code, or undefined when all are wanted. */
export const classFilter = ({ classes }: PointQuery): Uint8Array | undefined => {
  if (classes === undefined) return undefined
  const wanted = new Uint8Array(256)
  for (const code of classes) wanted[code] = 1
  return wanted
}

type ExtraReader = readonly [name: string, value: (view: DataView, record: number) => number]

const extraReaders = (query: PointQuery, dimensions: readonly ExtraDimension[], file: string): ExtraReader[] =>
  (query.extra ?? []).map((name) => [name, extraValueReader(dimensionOf(dimensions, name, file))])

/** Columns for `count` points, zeroed. */
export const emptyColumns = (count: number): PointColumns => ({
  count,
  x: new Int32Array(count),
  y: new Int32Array(count),
  z: new Int32Array(count),
  classification: new Uint8Array(count),
  returnNumber: new Uint8Array(count),
  numberOfReturns: new Uint8Array(count),
  intensity: new Uint16Array(count),
  gpsTime: new Float64Array(count),
})
