/** Opens bucket files for reading: those of all parts of a source file as one. */
import { crc32 } from "node:zlib"
import type { ByteSource } from "../../io/byte-source.js"
import { openBytes } from "../../io/bytes.js"
import {
  classFilter,
  emptyColumns,
  type Further,
  type MmBox,
  mmBoxOf,
  type PointColumns,
  type PointQuery,
} from "../las/columns.js"
import type { SegmentColumns } from "./core-types.js"
import {
  brokenSpool,
  decodeSpoolFooter,
  decodeSpoolHeader,
  decodeSpoolIndex,
  SPOOL,
  type Spool,
  type SpoolPart,
  SpoolSegment,
} from "./format.js"
import { checkHeld, spoolOthers, spoolTimes, tooFar } from "./rows.js"

/**
 * Opens a spool, or those of all parts of a file as one: their indexes only.
 *
 * @throws EngineError `E_FORMAT` when it was not finished or is damaged (delete it and run again), `E_INPUT` when it is absent.
 */
export const openSpool = async (...paths: readonly string[]): Promise<Spool> => {
  const opened = await Promise.allSettled(paths.map(openPart))
  const spools = opened.flatMap((part) => (part.status === "fulfilled" ? [part.value] : []))
  const close = async (): Promise<void> => {
    await Promise.all(spools.map((spool) => spool.close()))
  }
  const failed = opened.find((part) => part.status === "rejected")
  if (failed) {
    await close()
    throw failed.reason
  }
  const parts = spools.flatMap((spool) => spool.parts)
  return {
    count: spools.reduce((sum, { count }) => sum + count, 0),
    parts,
    expected: (query) => Promise.resolve(parts.reduce((sum, part) => sum + countOf(meeting(part.segments, query)), 0)),
    timesIn: (box) => spoolTimes(parts, box),
    othersIn: (box) => spoolOthers(parts, box),
    read: async function* (query) {
      for (const spool of spools) yield* spool.read(query)
    },
    close,
  }
}

const openPart = async (path: string): Promise<Omit<Spool, "expected" | "timesIn" | "othersIn">> => {
  const source = await openBytes(path)
  try {
    if (source.size < SPOOL.headerBytes + SPOOL.footerBytes) throw brokenSpool(path, `it has ${source.size} bytes`)
    const held = decodeSpoolHeader(await source.read(0, SPOOL.headerBytes), path)
    const footer = await source.read(source.size - SPOOL.footerBytes, source.size)
    const { indexOffset, points, crc } = decodeSpoolFooter(footer, source.size, path)
    const index = await source.read(indexOffset, source.size - SPOOL.footerBytes)
    const segments = decodeSpoolIndex(index, crc, indexOffset, held, path)
    const columns: SpoolPart["columns"] = (segment, into) => segmentColumns(source, held, segment, into)
    const part: SpoolPart = { path, segments, held, columns }
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

const segmentColumns = async (
  source: ByteSource,
  held: Further,
  { offset, count, crc }: SpoolSegment,
  into?: Uint8Array<ArrayBuffer>,
): Promise<SegmentColumns> => {
  const bytes = await source.read(offset, offset + SpoolSegment.bytes(count, held), into)
  if (crc32(bytes) !== crc) throw brokenSpool(source.path, `the segment at byte ${offset} is damaged`)
  return SpoolSegment.columns(bytes as Uint8Array<ArrayBuffer>, count, held)
}

async function* readSegments(
  { path, segments, held, columns: columnsOf }: SpoolPart,
  query: PointQuery,
): AsyncGenerator<PointColumns> {
  checkHeld([{ path, held }], query.attributes)
  const box = mmBoxOf(query)
  const classes = classFilter(query)
  const origin = originMm(query)
  for (const segment of meeting(segments, query)) {
    const x = segment.cellX * SPOOL.cellMm - origin[0]
    const y = segment.cellY * SPOOL.cellMm - origin[1]
    const stored = await columnsOf(segment)
    if (Math.abs(x) > 2147400000 || Math.abs(y) > 2147400000) throw tooFar(path)
    const choice = { box, classes, lastReturn: query.firstReturns ?? 15 }
    const columns = segmentPoints(stored, held, [x, y, origin[2]], choice)
    if (columns.count > 0) yield columns
  }
}

const originMm = ({ origin }: PointQuery): [number, number, number] =>
  origin.map((metres) => Math.round(metres * 1000)) as [number, number, number]

/** The segments that meet a query's box and hold points. */
const meeting = (segments: readonly SpoolSegment[], query: PointQuery): SpoolSegment[] => {
  const box = mmBoxOf(query)
  const origin = originMm(query)
  return segments.filter(({ cellX, cellY, count }) => {
    const [x, y] = [cellX * SPOOL.cellMm - origin[0], cellY * SPOOL.cellMm - origin[1]]
    const apart = x >= box.maxX || y >= box.maxY || x + SPOOL.cellMm <= box.minX || y + SPOOL.cellMm <= box.minY
    return count > 0 && !apart
  })
}

const countOf = (segments: readonly SpoolSegment[]): number => segments.reduce((sum, { count }) => sum + count, 0)

/** Which points of a segment are wanted. */
interface Choice {
  readonly box: MmBox
  readonly classes: Uint8Array | undefined
  readonly lastReturn: number
}

const segmentPoints = (
  stored: SegmentColumns,
  held: Further,
  [x, y, z]: readonly [number, number, number],
  { box, classes, lastReturn }: Choice,
): PointColumns => {
  const kept = new Uint32Array(stored.x.length)
  let n = 0
  for (let i = 0; i < kept.length; i++) {
    const pointX = stored.x[i]! + x
    const pointY = stored.y[i]! + y
    if (!(pointX >= box.minX && pointX < box.maxX && pointY >= box.minY && pointY < box.maxY)) continue
    if (classes !== undefined && classes[stored.classification[i]!] !== 1) continue
    if ((stored.returns[i]! & 15) <= lastReturn) kept[n++] = i
  }
  const columns = emptyColumns(n, held)
  for (let k = 0; k < n; k++) {
    const i = kept[k]!
    columns.x[k] = stored.x[i]! + x
    columns.y[k] = stored.y[i]! + y
    columns.z[k] = stored.z[i]! - z
    columns.classification[k] = stored.classification[i]!
    columns.returnNumber[k] = stored.returns[i]! & 15
    columns.numberOfReturns[k] = stored.returns[i]! >> 4
    if (held.intensity) columns.intensity[k] = stored.intensity[i]!
    if (held.gpsTime) columns.gpsTime[k] = stored.gpsTime[i]!
  }
  return columns
}
