/**
 * Opens bucket files for reading, those of all parts of a source file as one, and looks up a box in
 * their indexes: blocks by rows, GPS times, and points omitted.
 */

import { crc32 } from "node:zlib"
import type { Box2 } from "../../core/geometry/box.js"
import { parseJson } from "../../core/json/parse-json.js"
import { elementAt } from "../../core/lists.js"
import { makePresence, markPresence, PRESENCE_BYTES, type Presence } from "../../core/presence.js"
import { EngineError } from "../../errors.js"
import type { ByteSource } from "../../io/byte-source.js"
import { openBytes } from "../../io/bytes.js"
import {
  classFilter,
  emptyColumns,
  type FieldName,
  type Further,
  furtherOf,
  type MmBox,
  type PointColumns,
  type PointQuery,
  pick,
  toMmBox,
} from "../las/columns.js"
import {
  BUCKET_FILE,
  type BucketFile,
  type BucketPart,
  type BucketPresence,
  BucketSegment,
  brokenBucketFile,
  decodeBucketFooter,
  decodeBucketHeader,
  decodeBucketIndex,
  decodeBucketPresence,
  QUARTERS,
} from "./format.js"
import type { SegmentColumns, SortedRow } from "./wasm/core-types.js"

/**
 * Opens a bucket file, or those of all parts of a source file as one. Reads only their indexes.
 *
 * @throws EngineError `E_FORMAT` if one is unfinished or damaged (delete it and run again),
 * `E_INPUT` if it is missing
 */
export const openBucketFile = async (...paths: readonly string[]): Promise<BucketFile> => {
  const opened = await Promise.allSettled(paths.map(openPart))
  const bucketFiles = opened.flatMap((part) => (part.status === "fulfilled" ? [part.value] : []))
  const close = async (): Promise<void> => {
    await Promise.all(bucketFiles.map((bucketFile) => bucketFile.close()))
  }
  const failed = opened.find((part) => part.status === "rejected")
  if (failed) {
    await close()
    throw failed.reason
  }
  const parts = bucketFiles.flatMap((bucketFile) => bucketFile.parts)
  return {
    count: bucketFiles.reduce((sum, { count }) => sum + count, 0),
    parts,
    expected: (query) => Promise.resolve(parts.reduce((sum, part) => sum + countOf(meeting(part.segments, query)), 0)),
    timesIn: (box) => bucketTimes(parts, box),
    othersIn: (box) => bucketOthers(parts, box),
    read: async function* (query) {
      for (const bucketFile of bucketFiles) yield* bucketFile.read(query)
    },
    close,
  }
}

const openPart = async (path: string): Promise<Omit<BucketFile, "expected" | "timesIn" | "othersIn">> => {
  const source = await openBytes(path)
  try {
    if (source.size < BUCKET_FILE.headerBytes + BUCKET_FILE.footerBytes)
      throw brokenBucketFile(path, `it has ${source.size} bytes`)
    const { namesBytes, ...plain } = decodeBucketHeader(await source.read(0, BUCKET_FILE.headerBytes), path)
    const further: Further = namesBytes === 0 ? plain : { ...plain, extra: await readNames(source, namesBytes) }
    const footer = await source.read(source.size - BUCKET_FILE.footerBytes, source.size)
    const found = decodeBucketFooter(footer, source.size, path)
    const index = await source.read(found.indexOffset, source.size - BUCKET_FILE.footerBytes)
    const part: BucketPart = {
      path,
      further,
      ...decodeBucketIndex(index, found, further, path),
      columns: (segment, into) => segmentColumns(source, further, segment, into),
      presence: (entry) => readPresence(source, entry),
    }
    return {
      count: found.points,
      parts: [part],
      read: (query) => readSegments(part, query),
      close: () => source.close(),
    }
  } catch (error) {
    await source.close()
    throw error
  }
}

/** The names of the extra bytes. */
const readNames = async (source: ByteSource, size: number): Promise<string[]> => {
  const { headerBytes } = BUCKET_FILE
  const text = new TextDecoder().decode(await source.read(headerBytes, headerBytes + size))
  try {
    return parseJson(text) as string[]
  } catch {
    throw brokenBucketFile(source.path, "the names of its extra bytes are damaged")
  }
}

const segmentColumns = async (
  source: ByteSource,
  further: Further,
  { offset, count, crc }: BucketSegment,
  into?: Uint8Array<ArrayBuffer>,
): Promise<SegmentColumns> => {
  const bytes = await source.read(offset, offset + BucketSegment.bytes(count, further), into)
  if (crc32(bytes) !== crc)
    throw brokenBucketFile(source.path, `the checksum of the segment at byte ${offset} is wrong`)
  return BucketSegment.columns(bytes as Uint8Array<ArrayBuffer>, count, further)
}

const readPresence = async (source: ByteSource, entry: BucketPresence): Promise<Presence> => {
  const { offset, crc } = entry
  const room = new Uint8Array(PRESENCE_BYTES)
  const bytes = await source.read(offset, offset + room.length, room)
  if (crc32(bytes) !== crc)
    throw brokenBucketFile(source.path, `the checksum of the presence at byte ${offset} is wrong`)
  return decodeBucketPresence(entry, bytes)
}

/** Where the points of bucket files are in a box, CRS metres. O(cells). */
export const bucketPresence = async (parts: readonly BucketPart[], box: Box2): Promise<Presence> => {
  const all = makePresence(box)
  const side = BUCKET_FILE.cellMm / 1000
  for (const part of parts) {
    for (const entry of part.presences) {
      const [x, y] = [entry.cellX * side, entry.cellY * side]
      if (x >= box[2] || y >= box[3] || x + side <= box[0] || y + side <= box[1]) continue
      markPresence(all, await part.presence(entry))
    }
  }
  return all
}

async function* readSegments(
  { path, segments, further, columns: columnsOf }: BucketPart,
  query: PointQuery,
): AsyncGenerator<PointColumns> {
  checkColumns([{ path, further }], query.attributes, query.extra)
  const box = toMmBox(query)
  const classes = classFilter(query)
  const origin = originMm(query)
  for (const segment of meeting(segments, query)) {
    const x = segment.cellX * BUCKET_FILE.cellMm - origin[0]
    const y = segment.cellY * BUCKET_FILE.cellMm - origin[1]
    const stored = await columnsOf(segment)
    if (Math.abs(x) > 2147400000 || Math.abs(y) > 2147400000) throw tooFar(path)
    const choice = { box, classes, lastReturn: query.firstReturns ?? 15 }
    const columns = segmentPoints(stored, further, [x, y, origin[2]], choice)
    if (columns.count > 0) yield columns
  }
}

const originMm = ({ origin }: PointQuery): [number, number, number] =>
  origin.map((metres) => Math.round(metres * 1000)) as [number, number, number]

/** Non-empty segments that meet a query's box. */
const meeting = (segments: readonly BucketSegment[], query: PointQuery): BucketSegment[] => {
  const box = toMmBox(query)
  const origin = originMm(query)
  return segments.filter(({ cellX, cellY, count }) => {
    const [x, y] = [cellX * BUCKET_FILE.cellMm - origin[0], cellY * BUCKET_FILE.cellMm - origin[1]]
    const apart =
      x >= box.maxX || y >= box.maxY || x + BUCKET_FILE.cellMm <= box.minX || y + BUCKET_FILE.cellMm <= box.minY
    return count > 0 && !apart
  })
}

const countOf = (segments: readonly BucketSegment[]): number => segments.reduce((sum, { count }) => sum + count, 0)

/** Selects points of a segment. */
interface Choice {
  readonly box: MmBox
  readonly classes: Uint8Array | undefined
  readonly lastReturn: number
}

const segmentPoints = (
  stored: SegmentColumns,
  further: Further,
  [x, y, z]: readonly [number, number, number],
  { box, classes, lastReturn }: Choice,
): PointColumns => {
  const chosen = new Uint32Array(stored.x.length)
  let n = 0
  for (let i = 0; i < chosen.length; i++) {
    const pointX = stored.x[i]! + x
    const pointY = stored.y[i]! + y
    if (!(pointX >= box.minX && pointX < box.maxX && pointY >= box.minY && pointY < box.maxY)) continue
    if (classes !== undefined && classes[stored.classification[i]!] !== 1) continue
    if ((stored.returns[i]! & 15) <= lastReturn) chosen[n++] = i
  }
  const columns = emptyColumns(n, further)
  for (let k = 0; k < n; k++) {
    const i = chosen[k]!
    columns.x[k] = stored.x[i]! + x
    columns.y[k] = stored.y[i]! + y
    columns.z[k] = stored.z[i]! - z
    columns.classification[k] = stored.classification[i]!
    columns.returnNumber[k] = stored.returns[i]! & 15
    columns.numberOfReturns[k] = stored.returns[i]! >> 4
    if (further.intensity) columns.intensity[k] = stored.intensity[i]!
    if (further.gpsTime) columns.gpsTime[k] = stored.gpsTime[i]!
  }
  for (const [name, to] of Object.entries(columns.extra ?? {}))
    pick(stored.extra?.[name] ?? to, chosen.subarray(0, n), to, 0)
  return columns
}

/** A segment, and the index of its file among all parts of the bucket files. */
interface PlacedSegment {
  readonly part: number
  readonly segment: BucketSegment
}

/** All segments of one 50 m cell. */
export interface BucketBlock {
  /** South-west corner, mm from the origin. */
  readonly x: number
  readonly y: number
  readonly count: number
  readonly segments: readonly PlacedSegment[]
}

/**
 * The blocks of bucket files that meet a box: rows from the south, each from the west.
 *
 * @param box mm from the origin
 * @param origin mm in the CRS
 * @throws EngineError `E_INPUT` if points are too far from the origin for 32 bits
 */
export const bucketRows = (
  bucketFiles: readonly Pick<BucketFile, "parts">[],
  box: MmBox,
  origin: readonly [number, number, number],
): BucketBlock[][] => {
  const rows = new Map<number, Map<number, PlacedSegment[]>>()
  const parts = bucketFiles.flatMap((bucketFile) => bucketFile.parts)
  for (const [part, { segments, path }] of parts.entries()) {
    for (const segment of segments) {
      if (segment.count === 0) continue
      const x = segment.cellX * BUCKET_FILE.cellMm - origin[0]
      const y = segment.cellY * BUCKET_FILE.cellMm - origin[1]
      if (x >= box.maxX || y >= box.maxY || x + BUCKET_FILE.cellMm <= box.minX || y + BUCKET_FILE.cellMm <= box.minY)
        continue
      if (Math.abs(x) > 2147400000 || Math.abs(y) > 2147400000) throw tooFar(path)
      const row = rows.get(y) ?? new Map<number, PlacedSegment[]>()
      rows.set(y, row)
      const block = row.get(x)
      if (block) block.push({ part, segment })
      else row.set(x, [{ part, segment }])
    }
  }
  return sortedByKey(rows).map(([y, row]) =>
    sortedByKey(row).map(([x, segments]) => ({
      x,
      y,
      segments,
      count: segments.reduce((sum, { segment }) => sum + segment.count, 0),
    })),
  )
}

const sortedByKey = <T>(map: ReadonlyMap<number, T>): [number, T][] => [...map].sort((a, b) => a[0] - b[0])

/** The error for points too far from the origin for 32 bits. */
const tooFar = (file: string): EngineError =>
  new EngineError("E_INPUT", `${file}: points more than 2,147 km from the origin. Give a box (--bbox).`, { file })

/**
 * Checks that bucket files store the requested columns.
 *
 * @throws EngineError `E_INTERNAL` if one is missing
 */
export const checkColumns = (
  parts: readonly Pick<BucketPart, "further" | "path">[],
  attributes: readonly FieldName[] | undefined = [],
  extra: readonly string[] = [],
): void => {
  const asked = furtherOf(attributes)
  const lacking = parts.find(
    ({ further }) =>
      (asked.gpsTime && !further.gpsTime) ||
      (asked.intensity && !further.intensity) ||
      extra.some((name) => !further.extra?.includes(name)),
  )
  if (lacking)
    throw new EngineError("E_INTERNAL", `${lacking.path}: lacks a column of ${[...attributes, ...extra].join(", ")}`)
}

/**
 * The points of a row of blocks: the segments of each block, with x and y in mm from its corner.
 */
export interface RowPoints {
  readonly blocks: readonly (readonly SegmentColumns[])[]
  /** The memory of all segments. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Size of the segments of a row of blocks. */
export const rowBytes = (parts: readonly BucketPart[], blocks: readonly BucketBlock[]): number =>
  blocks.flatMap(({ segments }) => segments).reduce((sum, placed) => sum + bytesOf(parts, placed), 0)

const bytesOf = (parts: readonly BucketPart[], { part, segment: { count } }: PlacedSegment): number =>
  BucketSegment.bytes(count, elementAt(parts, part).further)

/**
 * Reads the segments of a row of blocks.
 *
 * @param bytes memory for the segments, at least {@link rowBytes}
 * @throws EngineError of the bucket files
 */
export const blockRow = async (
  parts: readonly BucketPart[],
  blocks: readonly BucketBlock[],
  bytes: Uint8Array<ArrayBuffer>,
): Promise<RowPoints> => {
  let at = 0
  const read = (placed: PlacedSegment): Promise<SegmentColumns> => {
    const begin = at
    at += bytesOf(parts, placed)
    return elementAt(parts, placed.part).columns(placed.segment, bytes.subarray(begin, at))
  }
  return { blocks: await Promise.all(blocks.map(({ segments }) => Promise.all(segments.map(read)))), bytes }
}

/** Allocates columns for `count` points. */
export const createSortedRow = (count: number, attributes: readonly string[]): SortedRow => ({
  x: new Int32Array(count),
  y: new Int32Array(count),
  z: new Int32Array(count),
  classification: new Uint8Array(count),
  ...(attributes.includes("returnNumber") ? { returnNumber: new Uint8Array(count) } : {}),
  ...(attributes.includes("numberOfReturns") ? { numberOfReturns: new Uint8Array(count) } : {}),
  ...(attributes.includes("intensity") ? { intensity: new Uint16Array(count) } : {}),
  ...(attributes.includes("gpsTime") ? { gpsTime: new Float64Array(count) } : {}),
})

/** Views of the first `count` points. */
export const firstOfRow = (row: SortedRow, count: number): SortedRow => {
  const { x, y, z, classification, returnNumber, numberOfReturns, intensity, gpsTime } = row
  return {
    x: x.subarray(0, count),
    y: y.subarray(0, count),
    z: z.subarray(0, count),
    classification: classification.subarray(0, count),
    ...(returnNumber ? { returnNumber: returnNumber.subarray(0, count) } : {}),
    ...(numberOfReturns ? { numberOfReturns: numberOfReturns.subarray(0, count) } : {}),
    ...(intensity ? { intensity: intensity.subarray(0, count) } : {}),
    ...(gpsTime ? { gpsTime: gpsTime.subarray(0, count) } : {}),
  }
}

/**
 * First and last GPS time of points in a box (CRS metres, aligned to 25 m), noise excluded. Reads
 * only the indexes.
 */
export const bucketTimes = (
  parts: readonly Pick<BucketPart, "segments">[],
  box: Box2,
): readonly [first: number, last: number] | undefined => {
  let [first, last] = [Infinity, -Infinity]
  for (const { quarter, segment } of quartersIn(parts, box)) {
    first = Math.min(first, segment.times[2 * quarter]!)
    last = Math.max(last, segment.times[2 * quarter + 1]!)
  }
  return first <= last ? [first, last] : undefined
}

/** The quarters of segments that meet a box, CRS metres. */
function* quartersIn(
  parts: readonly Pick<BucketPart, "segments">[],
  [minX, minY, maxX, maxY]: Box2,
): Generator<{ readonly quarter: number; readonly segment: BucketSegment }> {
  const side = BUCKET_FILE.cellMm / 1000
  for (const { segments } of parts) {
    for (const segment of segments) {
      for (let quarter = 0; quarter < QUARTERS; quarter++) {
        const x = (segment.cellX + (quarter % 2) / 2) * side
        const y = (segment.cellY + (quarter >> 1) / 2) * side
        if (x >= maxX || y >= maxY || x + side / 2 <= minX || y + side / 2 <= minY) continue
        yield { quarter, segment }
      }
    }
  }
}

/**
 * Number of points that bucket files omitted, noise excluded, in the 25 m squares that meet a box
 * (CRS metres). Reads only the indexes.
 */
export const bucketOthers = (parts: readonly Pick<BucketPart, "segments">[], box: Box2): number => {
  let count = 0
  for (const { quarter, segment } of quartersIn(parts, box)) count += segment.others[quarter]!
  return count
}
