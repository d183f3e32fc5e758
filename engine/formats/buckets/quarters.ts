/**
 * Answers from the index of bucket files only: times in a box, and points that were left out there.
 */
import type { Box2 } from "../../core/geometry/box.js"
import { TimeRange } from "../las/time-range.js"
import { QUARTERS, SPOOL, type SpoolPart, type SpoolSegment } from "./format.js"

/** First and last GPS time in a box (CRS metres, on lines of 25 m), of points that are no noise: from the indexes alone. */
export const spoolTimes = (
  parts: readonly Pick<SpoolPart, "segments">[],
  box: Box2,
): readonly [first: number, last: number] | undefined => {
  const range = new TimeRange()
  for (const { quarter, segment } of quartersIn(parts, box))
    range.widen(segment.times[2 * quarter]!, segment.times[2 * quarter + 1]!)
  return range.range
}

/** The quarters of segments that meet a box, CRS metres. */
function* quartersIn(
  parts: readonly Pick<SpoolPart, "segments">[],
  [minX, minY, maxX, maxY]: Box2,
): Generator<{ readonly quarter: number; readonly segment: SpoolSegment }> {
  const side = SPOOL.cellMm / 1000
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

/** How many points that spools left out, no noise among them, lie in the squares of 25 m that meet a box (CRS metres): from the indexes alone. */
export const spoolOthers = (parts: readonly Pick<SpoolPart, "segments">[], box: Box2): number => {
  let count = 0
  for (const { quarter, segment } of quartersIn(parts, box)) count += segment.others[quarter]!
  return count
}
