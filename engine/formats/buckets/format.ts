/** Layout of a bucket file, and the types of its parts. */
import type { Box2 } from "../../core/geometry/box.js"
import type { Further, PointColumns, PointQuery } from "../las/columns.js"
import type { SegmentColumns } from "./core-types.js"

/**
 * A spool: the points of one plain LAS or LAZ file, bucketed by 50 m cells of the CRS grid, so that a tile reads only its part.
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
export const SPOOL = {
  magic: "MAILLESP",
  version: 3,
  headerBytes: 16,
  footerBytes: 32,
  /** Side of a cell, mm. */
  cellMm: 50000,
} as const

/** Values of a segment's times: first and last of four quarters. */
export const TIMES = 8
/** Quarters of a cell. */
export const QUARTERS = 4

/** One run of points of one cell. */
export interface SpoolSegment {
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
export const SpoolSegment = {
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

/** One of the files that a spool is made of. */
export interface SpoolPart {
  readonly path: string
  readonly segments: readonly SpoolSegment[]
  readonly held: Further
  /** The points of one of the segments, in memory of their own or in `into`, which has as many bytes as they take. @throws EngineError `E_FORMAT` when it is damaged. */
  columns(segment: SpoolSegment, into?: Uint8Array<ArrayBuffer>): Promise<SegmentColumns>
}

/** A spool that can be read like a point file. */
export interface Spool {
  readonly count: number
  readonly parts: readonly SpoolPart[]
  /** All attributes of kernels that the spool holds, whatever the query names; it knows no parts. */
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
 * True where `gatherSpools` can be used: a key of the ordering pass holds heights from 4.1 km below the datum to 12.5 km
 * above. Others need `gatherPoints`.
 */
export const areOrderable = (spools: readonly Pick<Spool, "parts">[]): boolean =>
  spools.every(({ parts }) =>
    parts.every(({ segments }) => segments.every(({ lowZ, highZ }) => lowZ >= -(2 ** 22) && highZ < 2 ** 24 - 2 ** 22)),
  )
