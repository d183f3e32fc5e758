/** Layout of a bucket file: types of its parts; encoding of header, index and footer. */
import { crc32 } from "node:zlib"
import type { Box2 } from "../../core/geometry/box.js"
import { LOWEST_CELLS, type Presence } from "../../core/presence.js"
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
 * | | among them presences of one cell each, padded to 8 bytes: see {@link BucketPresence} |
 * | index | 112 bytes a segment: cell column, row (i32), offset (f64), count, CRC-32 (u32), |
 * | | lowest, highest z (i32); by quarter: first, last GPS time (8 f64), points omitted (4 u32) |
 * | | then 24 bytes a presence: cell column, row (i32), offset (f64), CRC-32, 0 (u32) |
 * | end − 40 | index offset, points (f64), segments, presences, CRC-32, 0 (u32), `MAILLESP` |
 *
 * See {@link BucketSegment} for quarters and for points omitted. Noise is stored.
 */
export const BUCKET_FILE = {
  magic: "MAILLESP",
  version: 4,
  headerBytes: 16,
  footerBytes: 40,
  /** Side of a cell, mm. */
  cellMm: 50000,
} as const

/** Number of times of a segment: first and last of four quarters. */
const TIMES = 8
/** Number of quarters of a cell. */
export const QUARTERS = 4

/**
 * Index entry of points of one cell.
 *
 * Quarters are 25 m squares (25 m divides every side of a tile): south-west, south-east,
 * north-west, north-east. Their GPS times give the days of acquisition without a column of times.
 * Noise and points without a time do not count; with no others, the times are ∞ and −∞.
 *
 * Points of classes that no kernel requests are omitted and counted by quarter; their times and
 * heights still count.
 */
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

/**
 * Index entry of the presence of one cell: where its points are, also those omitted. Its bytes are
 * bits by cell of 1 m (u8 × 50 × 50), then the lowest return by 5 m (i32 × 10 × 10, absolute mm).
 * A cell may have several; a file that was not asked for any has none.
 */
export interface BucketPresence extends Pick<BucketSegment, "cellX" | "cellY" | "offset" | "crc"> {}

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
  readonly presences: readonly BucketPresence[]
  readonly further: Further
  /**
   * Reads the points of a segment into new memory, or into `into` of exactly the segment's size.
   *
   * @throws EngineError `E_FORMAT` if it is damaged
   */
  columns(segment: BucketSegment, into?: Uint8Array<ArrayBuffer>): Promise<SegmentColumns>
  /** Reads the presence of a cell. */
  presence(entry: BucketPresence): Promise<Presence>
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
const PRESENCE_ENTRY_BYTES = 24

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
  presences: readonly BucketPresence[],
  indexOffset: number,
  points: number,
): Uint8Array => {
  const at = segments.length * INDEX_BYTES + presences.length * PRESENCE_ENTRY_BYTES
  const bytes = new Uint8Array(at + BUCKET_FILE.footerBytes)
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
  presences.forEach(({ cellX, cellY, offset, crc }, i) => {
    const entry = segments.length * INDEX_BYTES + i * PRESENCE_ENTRY_BYTES
    view.setInt32(entry, cellX, true)
    view.setInt32(entry + 4, cellY, true)
    view.setFloat64(entry + 8, offset, true)
    view.setUint32(entry + 16, crc, true)
  })
  view.setFloat64(at, indexOffset, true)
  view.setFloat64(at + 8, points, true)
  view.setUint32(at + 16, segments.length, true)
  view.setUint32(at + 20, presences.length, true)
  view.setUint32(at + 24, crc32(bytes.subarray(0, at)), true)
  bytes.set(new TextEncoder().encode(BUCKET_FILE.magic), at + 32)
  return bytes
}

/** The error for an incomplete or damaged bucket file. */
export const brokenBucketFile = (file: string, found: string): EngineError =>
  damaged(file, found, "Delete this intermediate file and run again.")

/** What the footer says of the index. */
interface BucketFooter {
  readonly indexOffset: number
  readonly points: number
  readonly segments: number
  readonly crc: number
}

/**
 * Reads the footer.
 *
 * @throws EngineError `E_FORMAT` if the file is unfinished
 */
export const decodeBucketFooter = (footer: Uint8Array, size: number, file: string): BucketFooter => {
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength)
  if (new TextDecoder("latin1").decode(footer.subarray(32)) !== BUCKET_FILE.magic)
    throw brokenBucketFile(file, "its end mark is missing")
  const indexOffset = view.getFloat64(0, true)
  const segments = view.getUint32(16, true)
  const entries = segments * INDEX_BYTES + view.getUint32(20, true) * PRESENCE_ENTRY_BYTES
  if (indexOffset + entries + BUCKET_FILE.footerBytes !== size)
    throw brokenBucketFile(file, "its index does not fit its size")
  return { indexOffset, points: view.getFloat64(8, true), segments, crc: view.getUint32(24, true) }
}

/**
 * Reads the index.
 *
 * @throws EngineError `E_FORMAT` if it is damaged
 */
export const decodeBucketIndex = (
  bytes: Uint8Array,
  { crc, indexOffset, segments: count }: BucketFooter,
  further: Further,
  file: string,
): Pick<BucketPart, "segments" | "presences"> => {
  if (crc32(bytes) !== crc) throw brokenBucketFile(file, "the checksum of its index is wrong")
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const segments = Array.from({ length: count }, (_, i) => {
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
  const presences = Array.from({ length: (bytes.length - count * INDEX_BYTES) / PRESENCE_ENTRY_BYTES }, (_, i) => {
    const at = count * INDEX_BYTES + i * PRESENCE_ENTRY_BYTES
    return {
      cellX: view.getInt32(at, true),
      cellY: view.getInt32(at + 4, true),
      offset: view.getFloat64(at + 8, true),
      crc: view.getUint32(at + 16, true),
    }
  })
  return { segments, presences }
}

/** The presence of a cell in the bytes of one, which must start at a multiple of 4. */
export const decodeBucketPresence = ({ cellX, cellY }: BucketPresence, bytes: Uint8Array): Presence => {
  const side = BUCKET_FILE.cellMm / 1000
  const [cells, squares] = [side ** 2, (side / LOWEST_CELLS) ** 2]
  return {
    column: cellX * side,
    row: cellY * side,
    columns: side,
    rows: side,
    cells: bytes.subarray(0, cells),
    lowest: new Int32Array(bytes.buffer, bytes.byteOffset + cells, squares),
  }
}
