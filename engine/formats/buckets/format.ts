/** Layout of a bucket file: the types of its parts, and its header, index and footer as bytes. */
import { crc32 } from "node:zlib"
import type { Box2 } from "../../core/geometry/box.js"
import { EngineError } from "../../errors.js"
import type { Further, PointColumns, PointQuery } from "../las/columns.js"
import type { SegmentColumns } from "./core-types.js"

/**
 * A bucket file: the points of one plain LAS or LAZ file, bucketed by 50 m cells of the CRS grid, so that a tile reads only its part.
 * Little-endian, of maille's own and no product.
 *
 * | at | what |
 * |---|---|
 * | 0 | `MAILLESP`, u32 version, u32 columns that are held beside the others: 1 GPS time, 2 intensity |
 * | 16 | segments: the points of one cell, as columns: GPS time (f64), z (i32, absolute mm), x, y (u16, mm in the cell), intensity (u16), class, returns (u8: return number in bits 0–3, number of returns in 4–7); padded to 8 bytes |
 * | index | 112 bytes a segment: cell column, row (i32), offset (f64), count, CRC-32 (u32), lowest, highest z (i32), first and last GPS time of each quarter of the cell (8 f64), points that are left out of each (4 u32) |
 * | end − 32 | index offset (f64), points (f64), segments (u32), CRC-32 of the index (u32), `MAILLESP` |
 *
 * Times are told by quarters (25 m, which divides every side of a tile; south-west, south-east, north-west, north-east), of points that are no noise and have a time: days of
 * acquisition need no column. A quarter without any has ∞ and −∞. Points of classes that nobody will ask for are left out and counted by quarters; their times and heights count as those of others. Noise stays in.
 */
export const BUCKET_FILE = {
  magic: "MAILLESP",
  version: 3,
  headerBytes: 16,
  footerBytes: 32,
  /** Side of a cell, mm. */
  cellMm: 50000,
} as const

/** Values of a segment's times: first and last of four quarters. */
const TIMES = 8
/** Quarters of a cell. */
export const QUARTERS = 4

/** One run of points of one cell. */
export interface BucketSegment {
  readonly cellX: number
  readonly cellY: number
  readonly offset: number
  readonly count: number
  readonly crc: number
  readonly lowZ: number
  readonly highZ: number
  /** First and last GPS time, quarter by quarter. */
  readonly times: Float64Array
  /** Points that are left out, no noise among them, quarter by quarter. */
  readonly others: Uint32Array
}

/** Operations on segments. */
export const BucketSegment = {
  /** Bytes of `count` points. */
  bytes: (count: number, { gpsTime, intensity }: Further): number =>
    Math.ceil((count * (10 + (gpsTime ? 8 : 0) + (intensity ? 2 : 0))) / 8) * 8,
  /** Columns over the bytes of `count` points, which start at a multiple of 8. */
  columns: (bytes: Uint8Array<ArrayBuffer>, count: number, held: Further): SegmentColumns => {
    const { buffer } = bytes
    const [times, intensities] = [held.gpsTime ? count : 0, held.intensity ? count : 0]
    let at = bytes.byteOffset
    const next = (size: number): number => {
      const begin = at
      at += size
      return begin
    }
    return {
      gpsTime: new Float64Array(buffer, next(8 * times), times),
      z: new Int32Array(buffer, next(4 * count), count),
      x: new Uint16Array(buffer, next(2 * count), count),
      y: new Uint16Array(buffer, next(2 * count), count),
      intensity: new Uint16Array(buffer, next(2 * intensities), intensities),
      classification: new Uint8Array(buffer, next(count), count),
      returns: new Uint8Array(buffer, next(count), count),
    }
  },
} as const

/** One of the files that a bucket file is made of. */
export interface BucketPart {
  readonly path: string
  readonly segments: readonly BucketSegment[]
  readonly held: Further
  /** The points of one of the segments, in memory of their own or in `into`, which has as many bytes as they take. @throws EngineError `E_FORMAT` when it is damaged. */
  columns(segment: BucketSegment, into?: Uint8Array<ArrayBuffer>): Promise<SegmentColumns>
}

/** A bucket file that can be read like a point file. */
export interface BucketFile {
  readonly count: number
  readonly parts: readonly BucketPart[]
  /** All attributes of kernels that the bucket file holds, whatever the query names; it knows no parts. */
  read(query: PointQuery): AsyncIterable<PointColumns>
  /** See `PointSource`: the points of all cells that meet the box. */
  expected(query: PointQuery): Promise<number>
  /** See `PointSource`. */
  timesIn(box: Box2): readonly [first: number, last: number] | undefined
  /** See `PointSource`. */
  othersIn(box: Box2): number
  close(): Promise<void>
}

/**
 * True where `gatherBuckets` can be used: a key of the ordering pass holds heights from 4.1 km below the datum to 12.5 km
 * above. Others need `gatherPoints`.
 */
export const areOrderable = (bucketFiles: readonly Pick<BucketFile, "parts">[]): boolean =>
  bucketFiles.every(({ parts }) =>
    parts.every(({ segments }) => segments.every(({ lowZ, highZ }) => lowZ >= -(2 ** 22) && highZ < 2 ** 24 - 2 ** 22)),
  )

const INDEX_BYTES = 112

/** The bytes before the segments. */
export const encodeBucketHeader = ({ gpsTime, intensity }: Further): Uint8Array => {
  const bytes = new Uint8Array(BUCKET_FILE.headerBytes)
  bytes.set(new TextEncoder().encode(BUCKET_FILE.magic))
  const view = new DataView(bytes.buffer)
  view.setUint32(8, BUCKET_FILE.version, true)
  view.setUint32(12, (gpsTime ? 1 : 0) | (intensity ? 2 : 0), true)
  return bytes
}

/** Which columns a bucket file holds. @throws EngineError `E_FORMAT` for one of another version. */
export const decodeBucketHeader = (bytes: Uint8Array, file: string): Further => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = view.getUint32(8, true)
  if (version !== BUCKET_FILE.version)
    throw brokenBucketFile(file, `it has version ${version}, ${BUCKET_FILE.version} is read`)
  const held = view.getUint32(12, true)
  return { gpsTime: (held & 1) !== 0, intensity: (held & 2) !== 0 }
}

/** Index and footer of a bucket file whose segments end at `indexOffset`. */
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

/** The error for a bucket file that is not whole. */
export const brokenBucketFile = (file: string, found: string): EngineError =>
  new EngineError("E_FORMAT", `${file}: ${found}; this intermediate file is not whole. Delete it and run again.`, {
    file,
  })

/** Reads the footer: place and number of index entries. @throws EngineError `E_FORMAT` when the file was not finished. */
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

/** Reads the index. @throws EngineError `E_FORMAT` when it is damaged. */
export const decodeBucketIndex = (
  bytes: Uint8Array,
  crc: number,
  indexOffset: number,
  held: Further,
  file: string,
): BucketSegment[] => {
  if (crc32(bytes) !== crc) throw brokenBucketFile(file, "its index is damaged")
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
    if (segment.offset + BucketSegment.bytes(segment.count, held) > indexOffset)
      throw brokenBucketFile(file, "a segment runs into its index")
    return segment
  })
}
