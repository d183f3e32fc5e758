import fc from "fast-check"
import { expect, it } from "vitest"
import { segmentsCrossInside, segmentsMeetClosed } from "../../../../engine/core/geometry/segments.js"

const value = fc.integer({ min: 0, max: 5 })

/**
 * Where the lines of two segments meet, in parts of each, by Cramer's rule; of segments along one
 * line whether they overlap.
 */
const meeting = (p: readonly number[]): { closed: boolean; inside: boolean } => {
  const [ax, ay, bx, by, cx, cy, dx, dy] = p as [number, number, number, number, number, number, number, number]
  const cross = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
  if (cross !== 0) {
    const s = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / cross
    const t = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / cross
    return { closed: s >= 0 && s <= 1 && t >= 0 && t <= 1, inside: s > 0 && s < 1 && t > 0 && t < 1 }
  }
  // Parallel, or without length: an end of one lies on the other.
  const lies = (x: number, y: number, ux: number, uy: number, vx: number, vy: number): boolean =>
    Math.abs(Math.hypot(x - ux, y - uy) + Math.hypot(x - vx, y - vy) - Math.hypot(vx - ux, vy - uy)) < 1e-9
  const closed =
    lies(cx, cy, ax, ay, bx, by) ||
    lies(dx, dy, ax, ay, bx, by) ||
    lies(ax, ay, cx, cy, dx, dy) ||
    lies(bx, by, cx, cy, dx, dy)
  return { closed, inside: false }
}

it("tells segments that meet, in ends and along a line, and those that cross between their ends", () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 8, maxLength: 8 }), (p) => {
      const { closed, inside } = meeting(p)
      expect(segmentsMeetClosed(p, 0, 2, p, 4, 6)).toBe(closed)
      expect(segmentsCrossInside(p, 0, 2, p, 4, 6)).toBe(inside)
      expect(segmentsMeetClosed(p, 6, 4, p, 0, 2)).toBe(closed)
      expect(segmentsCrossInside(p, 4, 6, p, 2, 0)).toBe(inside)
    }),
    { numRuns: 3000 },
  )
})
