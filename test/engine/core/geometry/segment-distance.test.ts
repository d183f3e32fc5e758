import fc from "fast-check"
import { expect, it } from "vitest"
import { distanceToRings, squareToSegment } from "../../../../engine/core/geometry/segments.js"

const value = fc.integer({ min: -50, max: 50 })

it("is that of the nearest place of the segment, its ends and segments without length too", () => {
  fc.assert(
    fc.property(value, value, value, value, value, value, (x, y, ax, ay, bx, by) => {
      const distance = Math.sqrt(squareToSegment(x, y, ax, ay, bx, by))
      let nearest = Infinity
      for (let k = 0; k <= 1000; k++)
        nearest = Math.min(nearest, Math.hypot(ax + (k / 1000) * (bx - ax) - x, ay + (k / 1000) * (by - ay) - y))
      expect(distance).toBeLessThanOrEqual(nearest + 1e-9)
      // Places looked at are at most 0.15 apart.
      expect(distance).toBeGreaterThanOrEqual(nearest - 0.075)
    }),
  )
  expect(squareToSegment(3, 4, 0, 0, 0, 0)).toBe(25)
  expect(squareToSegment(5, 1, 0, 0, 4, 0)).toBe(2)
})

it("of rings counts the edge that closes them", () => {
  expect(distanceToRings([[0, 0, 10, 0, 10, 10, 0, 10]], 1, 5)).toBe(1)
  expect(
    distanceToRings(
      [
        [0, 0, 10, 0],
        [20, 20, 30, 20],
      ],
      25,
      23,
    ),
  ).toBe(3)
  expect(distanceToRings([], 0, 0)).toBe(Infinity)
})
