/** Encodes and decodes header, index and footer of a bucket file. */
import { crc32 } from "node:zlib"
import { EngineError } from "../../errors.js"
import type { Further } from "../las/columns.js"
import { QUARTERS, SPOOL, SpoolSegment, TIMES } from "./format.js"

const INDEX_BYTES = 112

/** The bytes before the segments. */
export const encodeSpoolHeader = ({ gpsTime, intensity }: Further): Uint8Array => {
  const bytes = new Uint8Array(SPOOL.headerBytes)
  bytes.set(new TextEncoder().encode(SPOOL.magic))
  const view = new DataView(bytes.buffer)
  view.setUint32(8, SPOOL.version, true)
  view.setUint32(12, (gpsTime ? 1 : 0) | (intensity ? 2 : 0), true)
  return bytes
}

/** Which columns a spool holds. @throws EngineError `E_FORMAT` for one of another version. */
export const decodeSpoolHeader = (bytes: Uint8Array, file: string): Further => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = view.getUint32(8, true)
  if (version !== SPOOL.version) throw brokenSpool(file, `it has version ${version}, ${SPOOL.version} is read`)
  const held = view.getUint32(12, true)
  return { gpsTime: (held & 1) !== 0, intensity: (held & 2) !== 0 }
}

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
    view.setInt32(at + 24, segment.lowZ, true)
    view.setInt32(at + 28, segment.highZ, true)
    for (let k = 0; k < TIMES; k++) view.setFloat64(at + 32 + 8 * k, segment.times[k]!, true)
    for (let k = 0; k < QUARTERS; k++) view.setUint32(at + 96 + 4 * k, segment.others[k]!, true)
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
export const decodeSpoolIndex = (
  bytes: Uint8Array,
  crc: number,
  indexOffset: number,
  held: Further,
  file: string,
): SpoolSegment[] => {
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
      lowZ: view.getInt32(at + 24, true),
      highZ: view.getInt32(at + 28, true),
      times: Float64Array.from({ length: TIMES }, (_, k) => view.getFloat64(at + 32 + 8 * k, true)),
      others: Uint32Array.from({ length: QUARTERS }, (_, k) => view.getUint32(at + 96 + 4 * k, true)),
    }
    if (segment.offset + SpoolSegment.bytes(segment.count, held) > indexOffset)
      throw brokenSpool(file, "a segment runs into its index")
    return segment
  })
}
