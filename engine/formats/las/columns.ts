import type { Box2 } from "../../core/box.js"
import { EngineError } from "../../errors.js"
import type { PointAttributes } from "../../kernel.js"
import { type ExtraDimension, extraValueReader } from "./extra-bytes.js"
import type { LasHeader } from "./header.js"

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
}

/** Points as columns: x, y, z in millimetres relative to the query's origin. Every array is `count` long and the caller's own. */
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

/** How a stored integer becomes a millimetre relative to the origin: exactly, where scale and offset are whole millimetres. */
interface Axis {
  readonly exact: boolean
  readonly scale: number
  readonly offset: number
  readonly origin: number
}

const axisOf = (scale: number, offset: number, origin: number): Axis => {
  const [scaleMm, offsetMm] = [Math.round(scale * 1000), Math.round(offset * 1000)]
  const exact = Math.abs(scale * 1000 - scaleMm) < 1e-9 && scaleMm > 0 && Math.abs(offset * 1000 - offsetMm) < 1e-5
  const originMm = Math.round(origin * 1000)
  return exact
    ? { exact, scale: scaleMm, offset: offsetMm - originMm, origin: 0 }
    : { exact, scale, offset, origin: originMm }
}

/** In doubles every integer here is exact: |stored| < 2^31, scale < 2^20 mm. The rounded way goes by absolute place, whatever the origin. */
const toMm = (axis: Axis, stored: number): number =>
  axis.exact ? stored * axis.scale + axis.offset : Math.round((stored * axis.scale + axis.offset) * 1000) - axis.origin

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

const overflow = (file: string, mm: readonly number[], origin: readonly number[]): EngineError =>
  new EngineError(
    "E_INPUT",
    `${file}: a point lies at ${mm.map((value, i) => value / 1000 + (origin[i] ?? 0)).join(", ")}, more than 2,147 km from the origin ${origin.join(", ")}. ` +
      "The file is damaged or its coordinates are not metres of the job's CRS: repair it, or read it with a box.",
    { file },
  )

/** How far a point may lie from the box that the header states: writers round it, and some state that of the file before a crop. Units of the CRS. */
const boxSlack = 10

/** The header's box with its slack, in the records' own integers. */
const statedBox = ({ box, scale, offset }: LasHeader): [number, number, number, number] => {
  const raw = (value: number, axis: 0 | 1): number => (value - offset[axis]) / scale[axis]
  return [raw(box[0] - boxSlack, 0), raw(box[1] - boxSlack, 1), raw(box[2] + boxSlack, 0), raw(box[3] + boxSlack, 1)]
}

// A damaged LAZ body decodes to points all the same: its coder has no check sum.
const astray = (file: string, { box, scale, offset }: LasHeader, rawX: number, rawY: number): EngineError => {
  const [x, y] = [offset[0] + rawX * scale[0], offset[1] + rawY * scale[1]]
  return new EngineError(
    "E_FORMAT",
    `${file}: holds a point at ${x.toFixed(2)}, ${y.toFixed(2)}, far outside the box that its header states (${box.join(", ")}). The file is damaged or its header is wrong: fetch or make it again.`,
    { file },
  )
}

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
  const [ax, ay, az] = [0, 1, 2].map((i) => axisOf(header.scale[i]!, header.offset[i]!, query.origin[i]!)) as [
    Axis,
    Axis,
    Axis,
  ]
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
      if (x >= box.minX && x < box.maxX && y >= box.minY && y < box.maxY) kept[n++] = at
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

type ExtraReader = readonly [name: string, value: (view: DataView, record: number) => number]

const extraReaders = (query: PointQuery, dimensions: readonly ExtraDimension[], file: string): ExtraReader[] =>
  (query.extra ?? []).map((name) => {
    const dimension = dimensions.find((one) => one.name === name)
    if (dimension !== undefined) return [name, extraValueReader(dimension)]
    const known = dimensions.map((one) => one.name).join(", ") || "none"
    throw new EngineError(
      "E_INPUT",
      `${file}: has no extra dimension ${name} (there: ${known}). Ask for one of these.`,
      { file },
    )
  })

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
