/** Picks the point inside an outline whose hash is the id and whose tile owns the object. */
import { isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import { distanceToRings, levelCrossings } from "../../../engine/core/geometry/segments.js"
import type { CellRuns } from "../../grid/cell-runs.js"
import type { Outline } from "./outline.js"

/** Preferred least distance, mm, from the outline. */
const ROOM = 300

/**
 * A place inside an outline, whole millimetres of the CRS. It is the middle of the longest run of
 * its object's cells that is at least 0.3 m inside the outline. Ties: the southernmost, then
 * westernmost. Without one, {@link widestMiddle}. Only the object decides. O(corners) for each run
 * tried; usually the first one succeeds.
 */
export const representativePlace = (
  { origin, rings }: Outline,
  { rows, starts, ends }: CellRuns,
  cellMm: number,
): [xMm: number, yMm: number] => {
  const order = Uint32Array.from({ length: rows.length }, (_, k) => k).sort(
    (a, b) => ends[b] - starts[b] - (ends[a] - starts[a]) || a - b,
  )
  for (const k of order) {
    const place: [number, number] = [
      Math.round(((starts[k] + ends[k]) * cellMm) / 2),
      Math.round((rows[k] + 0.5) * cellMm),
    ]
    const [x, y] = [place[0] - origin[0], place[1] - origin[1]]
    if (isInsideHalfOpen(rings, x, y) && distanceToRings(rings, x, y) >= ROOM) return place
  }
  const [x, y] = widestMiddle(rings)
  return [origin[0] + x, origin[1] + y]
}

/**
 * A place inside rings (x, y in whole numbers): the middle of the widest stretch on the lines
 * midway between heights of their corners. O(n²).
 */
export const widestMiddle = (rings: readonly ArrayLike<number>[]): [number, number] => {
  const heights = [...new Set(rings.flatMap((ring) => Array.from(ring).filter((_, i) => i % 2 === 1)))].sort(
    (a, b) => a - b,
  )
  let best = { width: -1, x: rings[0][0], y: rings[0][1] }
  for (let h = 1; h < heights.length; h++) {
    const y = (heights[h - 1] + heights[h]) / 2
    const crossings = levelCrossings(rings, y)
    for (let c = 0; c + 1 < crossings.length; c += 2) {
      const width = crossings[c + 1] - crossings[c]
      // Prefers tall stretches to flat ones of the same width, so that rounding does not leave the
      // polygon.
      const least = Math.min(width, heights[h] - heights[h - 1])
      if (least > best.width) best = { width: least, x: (crossings[c] + crossings[c + 1]) / 2, y }
    }
  }
  return [Math.round(best.x), Math.round(best.y)]
}
