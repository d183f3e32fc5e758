import { EngineError } from "../../errors.js"
import type { MmBox } from "./columns.js"
import type { Spool, SpoolPart } from "./spool.js"
import { type SegmentColumns, SPOOL, type SpoolSegment } from "./spool-format.js"

/** A segment and the place of its part among those of all spools. */
export interface PlacedSegment {
  readonly part: number
  readonly segment: SpoolSegment
}

/** All segments of one 50 m cell. */
export interface SpoolBlock {
  /** South-west corner, mm from the origin. */
  readonly x: number
  readonly y: number
  readonly count: number
  readonly segments: readonly PlacedSegment[]
}

/**
 * The blocks of spools that meet a box, by rows from the south, from the west in a row.
 *
 * @param box mm from the origin
 * @param origin mm in the CRS
 * @throws EngineError `E_INPUT` for points that 32 bits do not reach from the origin
 */
export const spoolRows = (
  spools: readonly Pick<Spool, "parts">[],
  box: MmBox,
  origin: readonly [number, number, number],
): SpoolBlock[][] => {
  const rows = new Map<number, Map<number, PlacedSegment[]>>()
  const parts = spools.flatMap((spool) => spool.parts)
  for (const [part, { segments, path }] of parts.entries()) {
    for (const segment of segments) {
      const x = segment.cellX * SPOOL.cellMm - origin[0]
      const y = segment.cellY * SPOOL.cellMm - origin[1]
      if (x >= box.maxX || y >= box.maxY || x + SPOOL.cellMm <= box.minX || y + SPOOL.cellMm <= box.minY) continue
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

/** The error for points that are out of reach of 32 bits. */
export const tooFar = (file: string): EngineError =>
  new EngineError("E_INPUT", `${file}: has points more than 2,147 km from the origin. Read it with a box.`, { file })

/** The points of a row of blocks, one block behind the other; x and y in mm from their block's corner. */
export type RowPoints = SegmentColumns

/** Room for the points of a row of blocks. */
const rowPointsOf = (count: number): RowPoints => ({
  gpsTime: new Float64Array(count),
  z: new Int32Array(count),
  x: new Uint16Array(count),
  y: new Uint16Array(count),
  intensity: new Uint16Array(count),
  classification: new Uint8Array(count),
  returnNumber: new Uint8Array(count),
  numberOfReturns: new Uint8Array(count),
})

/**
 * Reads the segments of a row of blocks.
 *
 * @param room of an earlier row, taken where it is large enough: new memory for each row would keep the collector busy
 * @throws EngineError of the spools
 */
export const blockRow = async (
  parts: readonly SpoolPart[],
  blocks: readonly SpoolBlock[],
  room: RowPoints | undefined,
): Promise<RowPoints> => {
  const segments = blocks.flatMap((block) => block.segments)
  const count = segments.reduce((sum, { segment }) => sum + segment.count, 0)
  const row = room !== undefined && room.x.length >= count ? room : rowPointsOf(count)
  let at = 0
  const reads = segments.map(async ({ part, segment }) => {
    const place = at
    at += segment.count
    const columns = await parts[part]!.columns(segment)
    row.gpsTime.set(columns.gpsTime, place)
    row.z.set(columns.z, place)
    row.x.set(columns.x, place)
    row.y.set(columns.y, place)
    row.intensity.set(columns.intensity, place)
    row.classification.set(columns.classification, place)
    row.returnNumber.set(columns.returnNumber, place)
    row.numberOfReturns.set(columns.numberOfReturns, place)
  })
  await Promise.all(reads)
  return row
}
