import fc from "fast-check"
import { expect, it } from "vitest"
import { isInsideHalfOpen } from "../../../../engine/core/geometry/rings.js"
import { levelCrossings } from "../../../../engine/core/geometry/segments.js"
import { smallRings } from "./small-rings.js"

it("gives the ends of the stretches inside, at heights of vertices and between them", () => {
  fc.assert(
    fc.property(smallRings, fc.integer({ min: -1, max: 18 }), (rings, doubled) => {
      const y = doubled / 2
      const crossings = levelCrossings(rings, y)
      expect(crossings.length % 2).toBe(0)
      expect([...crossings].sort((a, b) => a - b)).toEqual(crossings)
      const ends = [-1, ...crossings, 9]
      for (let k = 0; k + 1 < ends.length; k++) {
        if (ends[k + 1]! - ends[k]! < 1e-9) continue
        expect(isInsideHalfOpen(rings, (ends[k]! + ends[k + 1]!) / 2, y)).toBe(k % 2 === 1)
      }
    }),
  )
  expect(levelCrossings([[0, 0, 4, 0, 4, 4, 0, 4]], 0)).toEqual([0, 4])
  expect(levelCrossings([[0, 0, 4, 0, 4, 4, 0, 4]], 4)).toEqual([])
})
