import { crc32 } from "node:zlib"
import { type ByteSource, openBytes } from "../bytes.js"
import { classFilter, emptyColumns, type MmBox, mmBoxOf, type PointColumns, type PointQuery } from "./columns.js"
import {
  brokenSpool,
  decodeSpoolFooter,
  decodeSpoolIndex,
  type SegmentColumns,
  SPOOL,
  SpoolSegment,
} from "./spool-format.js"
import { tooFar } from "./spool-rows.js"

/** One of the files that a spool is made of. */
export interface SpoolPart {
  readonly path: string
  readonly segments: readonly SpoolSegment[]
  /** The points of one of the segments. @throws EngineError `E_FORMAT` when it is damaged. */
  columns(segment: SpoolSegment): Promise<SegmentColumns>
}

/** A spool that can be read like a point file. */
export interface Spool {
  readonly count: number
  readonly parts: readonly SpoolPart[]
  /** All attributes of kernels, whatever the query names; it knows no parts. */
  read(query: PointQuery): AsyncIterable<PointColumns>
  close(): Promise<void>
}

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
  return {
    count: spools.reduce((sum, { count }) => sum + count, 0),
    parts: spools.flatMap(({ parts }) => parts),
    read: async function* (query) {
      for (const spool of spools) yield* spool.read(query)
    },
    close,
  }
}

const openPart = async (path: string): Promise<Spool> => {
  const source = await openBytes(path)
  try {
    if (source.size < SPOOL.headerBytes + SPOOL.footerBytes) throw brokenSpool(path, `it has ${source.size} bytes`)
    const version = new DataView((await source.read(8, 12)).buffer).getUint32(0, true)
    if (version !== SPOOL.version) throw brokenSpool(path, `it has version ${version}, ${SPOOL.version} is read`)
    const footer = await source.read(source.size - SPOOL.footerBytes, source.size)
    const { indexOffset, points, crc } = decodeSpoolFooter(footer, source.size, path)
    const index = await source.read(indexOffset, source.size - SPOOL.footerBytes)
    const segments = decodeSpoolIndex(index, crc, indexOffset, path)
    const part = { path, segments, columns: (segment: SpoolSegment) => segmentColumns(source, segment) }
    return {
      count: points,
      parts: [part],
      read: (query) => readSegments(source, segments, query),
      close: () => source.close(),
    }
  } catch (error) {
    await source.close()
    throw error
  }
}

const segmentColumns = async (source: ByteSource, { offset, count, crc }: SpoolSegment): Promise<SegmentColumns> => {
  const bytes = await source.read(offset, offset + SpoolSegment.bytes(count))
  if (crc32(bytes) !== crc) throw brokenSpool(source.path, `the segment at byte ${offset} is damaged`)
  return SpoolSegment.columns(bytes as Uint8Array<ArrayBuffer>, count)
}

async function* readSegments(
  source: ByteSource,
  segments: readonly SpoolSegment[],
  query: PointQuery,
): AsyncGenerator<PointColumns> {
  const box = mmBoxOf(query)
  const classes = classFilter(query)
  const origin = query.origin.map((metres) => Math.round(metres * 1000)) as [number, number, number]
  for (const segment of segments) {
    const x = segment.cellX * SPOOL.cellMm - origin[0]
    const y = segment.cellY * SPOOL.cellMm - origin[1]
    if (x >= box.maxX || y >= box.maxY || x + SPOOL.cellMm <= box.minX || y + SPOOL.cellMm <= box.minY) continue
    const stored = await segmentColumns(source, segment)
    if (Math.abs(x) > 2147400000 || Math.abs(y) > 2147400000) throw tooFar(source.path)
    const columns = segmentPoints(stored, x, y, origin[2], box, classes, query.firstReturns ?? 15)
    if (columns.count > 0) yield columns
  }
}

const segmentPoints = (
  stored: SegmentColumns,
  x: number,
  y: number,
  z: number,
  box: MmBox,
  classes: Uint8Array | undefined,
  lastReturn: number,
): PointColumns => {
  const kept = new Uint32Array(stored.x.length)
  let n = 0
  for (let i = 0; i < kept.length; i++) {
    const pointX = stored.x[i]! + x
    const pointY = stored.y[i]! + y
    if (!(pointX >= box.minX && pointX < box.maxX && pointY >= box.minY && pointY < box.maxY)) continue
    if (classes !== undefined && classes[stored.classification[i]!] !== 1) continue
    if (stored.returnNumber[i]! <= lastReturn) kept[n++] = i
  }
  const columns = emptyColumns(n)
  for (let k = 0; k < n; k++) {
    const i = kept[k]!
    columns.x[k] = stored.x[i]! + x
    columns.y[k] = stored.y[i]! + y
    columns.z[k] = stored.z[i]! - z
    columns.classification[k] = stored.classification[i]!
    columns.returnNumber[k] = stored.returnNumber[i]!
    columns.numberOfReturns[k] = stored.numberOfReturns[i]!
    columns.intensity[k] = stored.intensity[i]!
    columns.gpsTime[k] = stored.gpsTime[i]!
  }
  return columns
}
