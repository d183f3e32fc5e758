/** Encodes LAS 1.4 files in memory, for the points of a tile and for synthetic data. */
import { EngineError } from "../../../errors.js"
import type { Points } from "../../../kernel.js"
import { addToTotals, emptyTotals, type RecordSpec } from "./record-spec.js"
import { wktVlr, writeWkt } from "./wkt.js"
import { encodeVlr, HEADER_BYTES, writeLasHeader } from "./write-header.js"

/**
 * Points to write: a kernel's columns, and LAS fields that no kernel reads. Absent columns are
 * zero.
 */
export interface LasPoints extends Points {
  readonly userData?: Uint8Array
  readonly pointSourceId?: Uint16Array
  /** Units of 0.006 degrees. */
  readonly scanAngle?: Int16Array
  /**
   * Bits 0–3 synthetic, key point, withheld, overlap; 4–5 scanner channel; 6 scan direction; 7 edge
   * of flight line.
   */
  readonly flags?: Uint8Array
  /** Red, green, blue per point, 16 bits each (format 7). */
  readonly color?: Uint16Array
}

/** Options of {@link encodeLas}. */
export interface LasOptions {
  /** 6 (30 bytes a point) or 7 (with colour, 36 bytes). */
  readonly pointFormat: 6 | 7
  /** CRS as WKT; takes precedence over `epsg`. */
  readonly wkt?: string
  /** CRS as a code that `writeWkt` knows. Without this and `wkt`, the file states no CRS. */
  readonly epsg?: number
  /** Step of the stored coordinates, metres; default 0.01, as in LiDAR HD. */
  readonly scale?: number
  /** Default: 0, 0, 0 if coordinates then fit 32 bits, else the points' origin in whole metres. */
  readonly offset?: readonly [number, number, number]
  /** System identifier of the header; default "OTHER". */
  readonly systemId?: string
}

/**
 * Encodes points as an uncompressed LAS 1.4 file (ASPRS LAS 1.4 R15) with a WKT VLR. Fields are as
 * in LiDAR HD deliveries, with adjusted standard GPS time. The file states no date: equal points
 * give equal bytes. O(n).
 *
 * Record of format 6: 0 x, 4 y, 8 z (Int32), 12 intensity (u16), 14 return number (low 4 bits) and
 * number of returns (high 4). Then 15 flags, 16 classification, 17 user data, 18 scan angle (i16),
 * 20 source id (u16), 22 GPS time (f64). Format 7 adds 30 red, green, blue (u16).
 *
 * @throws EngineError `E_USAGE` if a coordinate does not fit 32 bits at this scale and offset
 */
export const encodeLas = (points: LasPoints, options: LasOptions): Uint8Array => {
  const scale = options.scale ?? 0.01
  const grid = chooseGrid(points, scale, options.offset)
  const text = options.wkt ?? (options.epsg === undefined ? "" : writeWkt(options.epsg))
  const recordLength = options.pointFormat === 6 ? 30 : 36
  const spec: RecordSpec = {
    pointFormat: options.pointFormat,
    recordLength,
    scale: [scale, scale, scale],
    offset: grid.offset,
    vlrs: text === "" ? [] : [wktVlr(text)],
    evlrs: [],
    // Bit 0: GPS time is adjusted standard time. Bit 4: the CRS is WKT, as formats above 5 require.
    globalEncoding: 17,
    ...(options.systemId === undefined ? {} : { systemId: options.systemId }),
  }
  const vlrs = spec.vlrs.map(encodeVlr)
  const start = vlrs.reduce((sum, { length }) => sum + length, HEADER_BYTES)
  const bytes = new Uint8Array(start + points.count * recordLength)
  vlrs.reduce((at, data) => {
    bytes.set(data, at)
    return at + data.length
  }, HEADER_BYTES)
  writeRecords(new DataView(bytes.buffer), start, recordLength, points, grid)
  const totals = emptyTotals()
  addToTotals(totals, bytes.subarray(start), points.count, recordLength)
  const layout = { totals, compressed: false, pointOffset: start, vlrCount: vlrs.length, evlrOffset: 0, evlrCount: 0 }
  bytes.set(writeLasHeader(spec, layout))
  return bytes
}

interface Grid {
  readonly offset: readonly [number, number, number]
  /** Stored integer = round(column · factor + shift). */
  readonly factor: number
  readonly shift: readonly [number, number, number]
}

const chooseGrid = (points: LasPoints, scale: number, wanted: LasOptions["offset"]): Grid => {
  const columns = [points.x, points.y, points.z]
  const fits = (offset: readonly number[]): boolean =>
    columns.every((column, axis) => {
      const shift = ((points.origin[axis] ?? 0) - (offset[axis] ?? 0)) / scale
      for (let i = 0; i < points.count; i++) {
        if (Math.abs(((column[i] ?? 0) * points.scale) / scale + shift) > 2147483646) return false
      }
      return true
    })
  const floored = points.origin.map(Math.floor) as [number, number, number]
  const choices: readonly (readonly [number, number, number])[] = wanted === undefined ? [[0, 0, 0], floored] : [wanted]
  const offset = choices.find(fits)
  if (offset === undefined) {
    const found = `scale ${scale} and offset ${choices.at(-1)?.join(", ")}`
    const text = `coordinates do not fit 32-bit integers at ${found}. Use a coarser scale or another offset.`
    throw new EngineError("E_USAGE", text)
  }
  const shift = offset.map((value, axis) => ((points.origin[axis] ?? 0) - value) / scale) as [number, number, number]
  return { offset, factor: points.scale / scale, shift }
}

const writeRecords = (
  view: DataView,
  start: number,
  recordLength: number,
  points: LasPoints,
  { factor, shift }: Grid,
): void => {
  const columns = [points.x, points.y, points.z]
  for (let i = 0, at = start; i < points.count; i++, at += recordLength) {
    for (let axis = 0; axis < 3; axis++) {
      view.setInt32(at + axis * 4, Math.round((columns[axis]?.[i] ?? 0) * factor + (shift[axis] ?? 0)), true)
    }
    const number = (points.returnNumber?.[i] ?? 0) & 15
    view.setUint16(at + 12, points.intensity?.[i] ?? 0, true)
    view.setUint8(at + 14, number | (((points.numberOfReturns?.[i] ?? 0) & 15) << 4))
    view.setUint8(at + 15, points.flags?.[i] ?? 0)
    view.setUint8(at + 16, points.classification?.[i] ?? 0)
    view.setUint8(at + 17, points.userData?.[i] ?? 0)
    view.setInt16(at + 18, points.scanAngle?.[i] ?? 0, true)
    view.setUint16(at + 20, points.pointSourceId?.[i] ?? 0, true)
    view.setFloat64(at + 22, points.gpsTime?.[i] ?? 0, true)
    if (recordLength < 36) continue
    for (let band = 0; band < 3; band++) view.setUint16(at + 30 + band * 2, points.color?.[i * 3 + band] ?? 0, true)
  }
}
