import fc from "fast-check"
import { expect, it } from "vitest"
import { turn } from "../../../../engine/core/geometry/segments.js"

const mm = fc.integer({ min: -(2 ** 25), max: 2 ** 25 - 1 })

it("is twice the area of a triangle, exact for whole millimetres, and changes sign with two of its corners", () => {
  fc.assert(
    fc.property(mm, mm, mm, mm, mm, mm, (ax, ay, bx, by, cx, cy) => {
      const [aX, aY, bX, bY, cX, cY] = [ax, ay, bx, by, cx, cy].map(BigInt) as [
        bigint,
        bigint,
        bigint,
        bigint,
        bigint,
        bigint,
      ]
      const exact = (bX - aX) * (cY - aY) - (bY - aY) * (cX - aX)
      // −0 + 0 is 0.
      expect(Math.sign(turn(ax, ay, bx, by, cx, cy)) + 0).toBe(exact > 0n ? 1 : exact < 0n ? -1 : 0)
      expect(turn(ax, ay, cx, cy, bx, by) + turn(ax, ay, bx, by, cx, cy)).toBe(0)
    }),
  )
  expect(turn(0, 0, 2, 0, 0, 3)).toBe(6)
  expect(turn(1e7, 0, 0, 1e7, 1, 1e7 - 1)).toBe(0)
})
