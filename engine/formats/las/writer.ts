import { EngineError } from "../../errors.js"
import type { Points } from "../../kernel.js"
import { wktOf } from "./wkt.js"

/** Points to write: those of a kernel, and the fields of a LAS record that no kernel reads. Absent columns are zero. */
export interface LasPoints extends Points {
  readonly userData?: Uint8Array
  readonly pointSourceId?: Uint16Array
  /** Multiples of 0.006 degree. */
  readonly scanAngle?: Int16Array
  /** Bits 0–3 synthetic, key-point, withheld, overlap; 4–5 scanner channel; 6 scan direction; 7 edge of flight line. */
  readonly flags?: Uint8Array
  /** Red, green, blue per point, 16 bits each (format 7). */
  readonly color?: Uint16Array
}

/** How {@link encodeLas} writes. */
export interface LasOptions {
  /** 6 (30 bytes a point) or 7 (with colour, 36 bytes). */
  readonly pointFormat: 6 | 7
  /** CRS as WKT; wins over `epsg`. */
  readonly wkt?: string
  /** CRS as a code that `wktOf` knows. With neither, the file states no CRS. */
  readonly epsg?: number
  /** Step of the stored coordinates, metres; default 0.01 as in LiDAR HD. Coordinates are rounded to it. */
  readonly scale?: number
  /** Default 0, 0, 0 where 32-bit integers allow it, else the points' origin in whole metres. */
  readonly offset?: readonly [number, number, number]
}

const HEADER_BYTES = 375
const VLR_HEADER_BYTES = 54

/**
 * Encodes points as an uncompressed LAS 1.4 file (ASPRS LAS 1.4 R15) with a WKT VLR; fields as in LiDAR HD deliveries
 * (adjusted standard GPS time flagged). No date or clock goes in: equal points give equal bytes. O(n).
 *
 * Offsets of the record (format 6): 0 x, 4 y, 8 z (Int32), 12 intensity (u16), 14 return number (low 4 bits) and number of
 * returns (high 4), 15 flags, 16 classification, 17 user data, 18 scan angle (i16), 20 source id (u16), 22 GPS time (f64), 30 red, green, blue (u16).
 *
 * @throws EngineError `E_USAGE` when a coordinate does not fit 32 bits at this scale and offset.
 */
export const encodeLas = (points: LasPoints, options: LasOptions): Uint8Array => {
  const scale = options.scale ?? 0.01
  const grid = gridOf(points, scale, options.offset)
  const text = options.wkt ?? (options.epsg === undefined ? "" : wktOf(options.epsg))
  const wkt = text === "" ? new Uint8Array(0) : new TextEncoder().encode(`${text}\0`)
  const recordLength = options.pointFormat === 6 ? 30 : 36
  const start = HEADER_BYTES + (wkt.length > 0 ? VLR_HEADER_BYTES + wkt.length : 0)
  const bytes = new Uint8Array(start + points.count * recordLength)
  const view = new DataView(bytes.buffer)
  if (wkt.length > 0) writeVlr(bytes, HEADER_BYTES, wkt)
  const bounds = writeRecords(view, start, recordLength, points, grid)
  writeHeader(view, {
    start,
    recordLength,
    options,
    points,
    offset: grid.offset,
    scale,
    bounds,
    vlrs: wkt.length > 0 ? 1 : 0,
  })
  return bytes
}

interface Grid {
  readonly offset: readonly [number, number, number]
  /** Stored integer = round(column · factor + shift). */
  readonly factor: number
  readonly shift: readonly [number, number, number]
}

const gridOf = (points: LasPoints, scale: number, wanted: LasOptions["offset"]): Grid => {
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
    throw new EngineError(
      "E_USAGE",
      `Coordinates do not fit 32-bit integers at scale ${scale} and offset ${choices.at(-1)?.join(", ")}: use a coarser scale or another offset.`,
    )
  }
  const shift = offset.map((value, axis) => ((points.origin[axis] ?? 0) - value) / scale) as [number, number, number]
  return { offset, factor: points.scale / scale, shift }
}

interface Bounds {
  readonly min: number[]
  readonly max: number[]
  /** Points by return number 1–15. */
  readonly returns: number[]
}

const writeRecords = (
  view: DataView,
  start: number,
  recordLength: number,
  points: LasPoints,
  { factor, shift }: Grid,
): Bounds => {
  const min = [2147483647, 2147483647, 2147483647]
  const max = [-2147483648, -2147483648, -2147483648]
  const returns = new Array<number>(15).fill(0)
  const columns = [points.x, points.y, points.z]
  for (let i = 0, at = start; i < points.count; i++, at += recordLength) {
    for (let axis = 0; axis < 3; axis++) {
      const value = Math.round((columns[axis]?.[i] ?? 0) * factor + (shift[axis] ?? 0))
      view.setInt32(at + axis * 4, value, true)
      if (value < (min[axis] ?? 0)) min[axis] = value
      if (value > (max[axis] ?? 0)) max[axis] = value
    }
    const number = (points.returnNumber?.[i] ?? 0) & 15
    if (number > 0) returns[number - 1] = (returns[number - 1] ?? 0) + 1
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
  return { min, max, returns }
}

const writeText = (view: DataView, at: number, text: string): void => {
  for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i))
}

/** VLR: 2 user id (16), 18 record id (u16), 20 length (u16), 22 description (32), 54 payload. */
const writeVlr = (bytes: Uint8Array, at: number, wkt: Uint8Array): void => {
  const view = new DataView(bytes.buffer)
  writeText(view, at + 2, "LASF_Projection")
  view.setUint16(at + 18, 2112, true)
  view.setUint16(at + 20, wkt.length, true)
  writeText(view, at + 22, "OGC coordinate system WKT")
  bytes.set(wkt, at + VLR_HEADER_BYTES)
}

interface HeaderFacts {
  readonly start: number
  readonly recordLength: number
  readonly options: LasOptions
  readonly points: LasPoints
  readonly offset: readonly [number, number, number]
  readonly scale: number
  readonly bounds: Bounds
  readonly vlrs: number
}

const writeHeader = (view: DataView, facts: HeaderFacts): void => {
  const { points, bounds, offset, scale } = facts
  writeText(view, 0, "LASF")
  // Bit 0: GPS time is adjusted standard time; bit 4: the CRS is WKT, as point formats above 5 demand.
  view.setUint16(6, 17, true)
  view.setUint8(24, 1)
  view.setUint8(25, 4)
  writeText(view, 26, "OTHER")
  writeText(view, 58, "maille")
  view.setUint16(94, HEADER_BYTES, true)
  view.setUint32(96, facts.start, true)
  view.setUint32(100, facts.vlrs, true)
  view.setUint8(104, facts.options.pointFormat)
  view.setUint16(105, facts.recordLength, true)
  for (let axis = 0; axis < 3; axis++) {
    view.setFloat64(131 + axis * 8, scale, true)
    view.setFloat64(155 + axis * 8, offset[axis] ?? 0, true)
    const max = points.count > 0 ? (bounds.max[axis] ?? 0) * scale + (offset[axis] ?? 0) : 0
    const min = points.count > 0 ? (bounds.min[axis] ?? 0) * scale + (offset[axis] ?? 0) : 0
    view.setFloat64(179 + axis * 16, max, true)
    view.setFloat64(187 + axis * 16, min, true)
  }
  view.setBigUint64(247, BigInt(points.count), true)
  for (let i = 0; i < 15; i++) view.setBigUint64(255 + i * 8, BigInt(bounds.returns[i] ?? 0), true)
}
