/** Layout of a bucket file: types of its parts; encoding of header, index and footer. */
import { crc32 } from "node:zlib"
import type { Box2 } from "../../core/geometry/box.js"
import { damaged, type EngineError } from "../../errors.js"
import type { Further, PointColumns, PointQuery } from "../las/columns.js"
import type { SegmentColumns } from "./wasm/core-types.js"

/**
 * A bucket file: the points of one plain LAS or LAZ file, by 50 m cells of the CRS grid. A tile
 * reads only its cells. Little-endian; an intermediate file, not a product.
 *
 * | offset | content |
 * |---|---|
 * | 0 | `MAILLESP`, u32 version, u32 optional columns: 1 GPS time, 2 intensity, 256 × names size |
 * | 16 | names of extra bytes, if any: a JSON list, padded to 8 bytes |
 * | … | segments of one cell each, padded to 8 bytes: GPS time (f64), z (i32, absolute mm), |
 * | | x, y (u16, mm in the cell), intensity (u16), class (u8), returns (u8: number, count << 4); |
 * | | after the padding, extra bytes (f64 each), in the order of their names |
 * | index | 112 bytes a segment: cell column, row (i32), offset (f64), count, CRC-32 (u32), |
 * | | lowest, highest z (i32); by quarter: first, last GPS time (8 f64), points omitted (4 u32) |
 * | end − 32 | index offset, points (f64), segments, CRC-32 of the index (u32), `MAILLESP` |
 *
 * Quarters are 25 m squares (25 m divides every side of a tile): south-west, south-east,
 * north-west, north-east. Their GPS times give the days of acquisition without a column of times.
 * Noise and points without a time do not count; with no others, the times are ∞ and −∞.
 *
 * Points of classes that no kernel requests are omitted and counted by quarter; their times and
 * heights still count. Noise is stored.
 */
export const BUCKET_FILE = {
  magic: "MAILLESP",
  version: 3,
  headerBytes: 16,
  footerBytes: 32,
  /** Side of a cell, mm. */
  cellMm: 50000,
} as const

/** Number of times of a segment: first and last of four quarters. */
const TIMES = 8
/** Number of quarters of a cell. */
export const QUARTERS = 4

/** Index entry of points of one cell. */
export interface BucketSegment {
  readonly cellX: number
  readonly cellY: number
  readonly offset: number
  readonly count: number
  readonly crc: number
  readonly lowZ: number
  readonly highZ: number
  /** First and last GPS time, by quarter. */
  readonly times: Float64Array
  /** Points omitted for their class, noise excluded, by quarter. */
  readonly others: Uint32Array
}

/** Size and columns of segments. */
export const BucketSegment = {
  /** Size of `count` points. */
  bytes: (count: number, { gpsTime, intensity, extra = [] }: Further): number =>
    Math.ceil((count * (10 + (gpsTime ? 8 : 0) + (intensity ? 2 : 0))) / 8) * 8 + 8 * count * extra.length,
  /** Views of the columns of `count` points; the bytes must start at a multiple of 8. */
  columns: (bytes: Uint8Array<ArrayBuffer>, count: number, further: Further): SegmentColumns => {
    const { buffer } = bytes
    const [times, intensities] = [further.gpsTime ? count : 0, further.intensity ? count : 0]
    let at = bytes.byteOffset
    const next = (size: number): number => {
      const begin = at
      at += size
      return begin
    }
    const extraAt = (k: number): number =>
      bytes.byteOffset + BucketSegment.bytes(count, { ...further, extra: [] }) + 8 * count * k
    const extra = further.extra?.map((name, k) => [name, new Float64Array(buffer, extraAt(k), count)] as const)
    return {
      gpsTime: new Float64Array(buffer, next(8 * times), times),
      z: new Int32Array(buffer, next(4 * count), count),
      x: new Uint16Array(buffer, next(2 * count), count),
      y: new Uint16Array(buffer, next(2 * count), count),
      intensity: new Uint16Array(buffer, next(2 * intensities), intensities),
      classification: new Uint8Array(buffer, next(count), count),
      returns: new Uint8Array(buffer, next(count), count),
      ...(extra === undefined ? {} : { extra: Object.fromEntries(extra) }),
    }
  },
} as const

/** One of the files that form a bucket file. */
export interface BucketPart {
  readonly path: string
  readonly segments: readonly BucketSegment[]
  readonly further: Further
  /**
   * Reads the points of a segment into new memory, or into `into` of exactly the segment's size.
   *
   * @throws EngineError `E_FORMAT` if it is damaged
   */
  columns(segment: BucketSegment, into?: Uint8Array<ArrayBuffer>): Promise<SegmentColumns>
}

/** A bucket file as a point source. */
export interface BucketFile {
  readonly count: number
  readonly parts: readonly BucketPart[]
  /**
   * Reads all attributes that the file stores, whatever the query names; ignores the query's part.
   */
  read(query: PointQuery): AsyncIterable<PointColumns>
  /** See `PointSource`: counts the points of all cells that meet the box. */
  expected(query: PointQuery): Promise<number>
  /** See `PointSource`. */
  timesIn(box: Box2): readonly [first: number, last: number] | undefined
  /** See `PointSource`. */
  othersIn(box: Box2): number
  close(): Promise<void>
}

/**
 * True if `gatherBuckets` can order these points: its sort keys have room for heights from 4.1 km
 * below the datum to 12.5 km above. Other files need `gatherPoints`.
 */
export const areOrderable = (bucketFiles: readonly Pick<BucketFile, "parts">[]): boolean =>
  bucketFiles.every(({ parts }) =>
    parts.every(({ segments }) => segments.every(({ lowZ, highZ }) => lowZ >= -(2 ** 22) && highZ < 2 ** 24 - 2 ** 22)),
  )

const INDEX_BYTES = 112

/** The bytes before the segments. */
export const encodeBucketHeader = ({ gpsTime, intensity, extra = [] }: Further): Uint8Array => {
  const text = extra.length === 0 ? new Uint8Array(0) : new TextEncoder().encode(JSON.stringify(extra))
  const namesBytes = Math.ceil(text.length / 8) * 8
  // Spaces after the list are JSON too.
  const bytes = new Uint8Array(BUCKET_FILE.headerBytes + namesBytes).fill(32, BUCKET_FILE.headerBytes)
  bytes.set(new TextEncoder().encode(BUCKET_FILE.magic))
  bytes.set(text, BUCKET_FILE.headerBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(8, BUCKET_FILE.version, true)
  view.setUint32(12, (gpsTime ? 1 : 0) | (intensity ? 2 : 0) | (namesBytes << 8), true)
  return bytes
}

/**
 * Returns the optional columns of a bucket file, and the size of the names of extra bytes after its
 * header.
 *
 * @throws EngineError `E_FORMAT` for another version
 */
export const decodeBucketHeader = (bytes: Uint8Array, file: string): Further & { readonly namesBytes: number } => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = view.getUint32(8, true)
  if (version !== BUCKET_FILE.version)
    throw brokenBucketFile(file, `version ${version}; expected ${BUCKET_FILE.version}`)
  const announced = view.getUint32(12, true)
  return { gpsTime: (announced & 1) !== 0, intensity: (announced & 2) !== 0, namesBytes: announced >>> 8 }
}

/** Index and footer of a bucket file; its segments end at `indexOffset`. */
export const encodeBucketIndex = (
  segments: readonly BucketSegment[],
  indexOffset: number,
  points: number,
): Uint8Array => {
  const bytes = new Uint8Array(segments.length * INDEX_BYTES + BUCKET_FILE.footerBytes)
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
  bytes.set(new TextEncoder().encode(BUCKET_FILE.magic), at + 24)
  return bytes
}

/** The error for an incomplete or damaged bucket file. */
export const brokenBucketFile = (file: string, found: string): EngineError =>
  damaged(file, found, "Delete this intermediate file and run again.")

/**
 * Reads the footer: offset and CRC of the index, and number of points.
 *
 * @throws EngineError `E_FORMAT` if the file is unfinished
 */
export const decodeBucketFooter = (
  footer: Uint8Array,
  size: number,
  file: string,
): { indexOffset: number; points: number; crc: number } => {
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength)
  if (new TextDecoder("latin1").decode(footer.subarray(24)) !== BUCKET_FILE.magic)
    throw brokenBucketFile(file, "its end mark is missing")
  const indexOffset = view.getFloat64(0, true)
  const segments = view.getUint32(16, true)
  if (indexOffset + segments * INDEX_BYTES + BUCKET_FILE.footerBytes !== size)
    throw brokenBucketFile(file, "its index does not fit its size")
  return { indexOffset, points: view.getFloat64(8, true), crc: view.getUint32(20, true) }
}

/**
 * Reads the index.
 *
 * @throws EngineError `E_FORMAT` if it is damaged
 */
export const decodeBucketIndex = (
  bytes: Uint8Array,
  crc: number,
  indexOffset: number,
  further: Further,
  file: string,
): BucketSegment[] => {
  if (crc32(bytes) !== crc) throw brokenBucketFile(file, "the checksum of its index is wrong")
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
    if (segment.offset + BucketSegment.bytes(segment.count, further) > indexOffset)
      throw brokenBucketFile(file, "a segment overlaps its index")
    return segment
  })
}
