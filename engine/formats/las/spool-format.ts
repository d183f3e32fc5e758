import { crc32 } from "node:zlib"
import { EngineError } from "../../errors.js"

/**
 * A spool: the points of one plain LAS or LAZ file, bucketed by 50 m cells of the CRS grid, so that a tile reads only its part.
 * Little-endian, of maille's own and no product.
 *
 * | at | what |
 * |---|---|
 * | 0 | `MAILLESP`, u32 version, u32 0 |
 * | 16 | segments: the points of one cell, as columns: GPS time (f64), z (i32, absolute mm), x, y (u16, mm in the cell), intensity (u16), class, return number, number of returns (u8); padded to 8 bytes |
 * | index | 32 bytes a segment: cell column, row (i32), offset (f64), count, CRC-32 (u32), 8 bytes 0 |
 * | end − 32 | index offset (f64), points (f64), segments (u32), CRC-32 of the index (u32), `MAILLESP` |
 */
export const SPOOL = {
  magic: "MAILLESP",
  version: 1,
  headerBytes: 16,
  footerBytes: 32,
  /** Side of a cell, mm. */
  cellMm: 50000,
} as const

const INDEX_BYTES = 32
const POINT_BYTES = 21

/** One run of points of one cell. */
export interface SpoolSegment {
  readonly cellX: number
  readonly cellY: number
  readonly offset: number
  readonly count: number
  readonly crc: number
}

/** The columns of a segment, views of its bytes. */
export interface SegmentColumns {
  readonly gpsTime: Float64Array
  readonly z: Int32Array
  readonly x: Uint16Array
  readonly y: Uint16Array
  readonly intensity: Uint16Array
  readonly classification: Uint8Array
  readonly returnNumber: Uint8Array
  readonly numberOfReturns: Uint8Array
}

/** Operations on segments. */
export const SpoolSegment = {
  /** Bytes of `count` points. */
  bytes: (count: number): number => Math.ceil((count * POINT_BYTES) / 8) * 8,
  /** Columns over the bytes of `count` points; `bytes` starts at its buffer's start. */
  columns: (bytes: Uint8Array<ArrayBuffer>, count: number): SegmentColumns => {
    const { buffer } = bytes
    return {
      gpsTime: new Float64Array(buffer, 0, count),
      z: new Int32Array(buffer, count * 8, count),
      x: new Uint16Array(buffer, count * 12, count),
      y: new Uint16Array(buffer, count * 14, count),
      intensity: new Uint16Array(buffer, count * 16, count),
      classification: new Uint8Array(buffer, count * 18, count),
      returnNumber: new Uint8Array(buffer, count * 19, count),
      numberOfReturns: new Uint8Array(buffer, count * 20, count),
    }
  },
} as const

/** Index and footer of a spool whose segments end at `indexOffset`. */
export const encodeSpoolIndex = (
  segments: readonly SpoolSegment[],
  indexOffset: number,
  points: number,
): Uint8Array => {
  const bytes = new Uint8Array(segments.length * INDEX_BYTES + SPOOL.footerBytes)
  const view = new DataView(bytes.buffer)
  segments.forEach((segment, i) => {
    const at = i * INDEX_BYTES
    view.setInt32(at, segment.cellX, true)
    view.setInt32(at + 4, segment.cellY, true)
    view.setFloat64(at + 8, segment.offset, true)
    view.setUint32(at + 16, segment.count, true)
    view.setUint32(at + 20, segment.crc, true)
  })
  const at = segments.length * INDEX_BYTES
  view.setFloat64(at, indexOffset, true)
  view.setFloat64(at + 8, points, true)
  view.setUint32(at + 16, segments.length, true)
  view.setUint32(at + 20, crc32(bytes.subarray(0, at)), true)
  bytes.set(new TextEncoder().encode(SPOOL.magic), at + 24)
  return bytes
}

/** The error for a spool that is not whole. */
export const brokenSpool = (file: string, found: string): EngineError =>
  new EngineError("E_FORMAT", `${file}: ${found}; this intermediate file is not whole. Delete it and run again.`, {
    file,
  })

/** Reads the footer: place and number of index entries. @throws EngineError `E_FORMAT` when the file was not finished. */
export const decodeSpoolFooter = (
  footer: Uint8Array,
  size: number,
  file: string,
): { indexOffset: number; points: number; crc: number } => {
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength)
  if (new TextDecoder("latin1").decode(footer.subarray(24)) !== SPOOL.magic)
    throw brokenSpool(file, "its end mark is missing")
  const indexOffset = view.getFloat64(0, true)
  const segments = view.getUint32(16, true)
  if (indexOffset + segments * INDEX_BYTES + SPOOL.footerBytes !== size)
    throw brokenSpool(file, "its index does not fit its size")
  return { indexOffset, points: view.getFloat64(8, true), crc: view.getUint32(20, true) }
}

/** Reads the index. @throws EngineError `E_FORMAT` when it is damaged. */
export const decodeSpoolIndex = (bytes: Uint8Array, crc: number, indexOffset: number, file: string): SpoolSegment[] => {
  if (crc32(bytes) !== crc) throw brokenSpool(file, "its index is damaged")
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / INDEX_BYTES }, (_, i) => {
    const at = i * INDEX_BYTES
    const segment = {
      cellX: view.getInt32(at, true),
      cellY: view.getInt32(at + 4, true),
      offset: view.getFloat64(at + 8, true),
      count: view.getUint32(at + 16, true),
      crc: view.getUint32(at + 20, true),
    }
    if (segment.offset + SpoolSegment.bytes(segment.count) > indexOffset)
      throw brokenSpool(file, "a segment runs into its index")
    return segment
  })
}
