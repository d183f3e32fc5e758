/** Opens bucket files for reading; those of all parts of a source file act as one. */
import { crc32 } from "node:zlib"
import { parseJson } from "../../core/json/parse-json.js"
import type { ByteSource } from "../../io/byte-source.js"
import { openBytes } from "../../io/bytes.js"
import {
  classFilter,
  emptyColumns,
  type Further,
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
  BucketSegment,
  brokenBucketFile,
  decodeBucketFooter,
  decodeBucketHeader,
  decodeBucketIndex,
} from "./format.js"
import { bucketOthers, bucketTimes, checkColumns, tooFar } from "./rows.js"
import type { SegmentColumns } from "./wasm/core-types.js"

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
    const { indexOffset, points, crc } = decodeBucketFooter(footer, source.size, path)
    const index = await source.read(indexOffset, source.size - BUCKET_FILE.footerBytes)
    const segments = decodeBucketIndex(index, crc, indexOffset, further, path)
    const columns: BucketPart["columns"] = (segment, into) => segmentColumns(source, further, segment, into)
    const part: BucketPart = { path, segments, further, columns }
    return {
      count: points,
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
