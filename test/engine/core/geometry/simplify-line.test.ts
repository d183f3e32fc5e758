import fc from "fast-check"
import { expect, it } from "vitest"
import { squareToSegment } from "../../../../engine/core/geometry/segments.js"
import { farthestVertex, simplifyLine } from "../../../../engine/core/geometry/simplify-line.js"

const places = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 })), {
  minLength: 2,
  maxLength: 30,
})

it("drops no vertex farther than the tolerance from the segment in its stead, and neither ends nor marked ones", () => {
  fc.assert(
    fc.property(places, fc.integer({ min: 0, max: 10 }), fc.nat(), (line, tolerance, marked) => {
      const xy = line.flat()
      const last = line.length - 1
      const keep = new Uint8Array(line.length)
      keep[marked % line.length] = 1
      simplifyLine(xy, keep, 0, last, tolerance)
      expect([keep[0], keep[last], keep[marked % line.length]]).toEqual([1, 1, 1])
      let from = 0
      for (let to = 1; to <= last; to++) {
        if (keep[to] === 0) continue
        const ends = [xy[2 * from]!, xy[2 * from + 1]!, xy[2 * to]!, xy[2 * to + 1]!] as const
        for (let v = from + 1; v < to; v++)
          expect(Math.sqrt(squareToSegment(xy[2 * v]!, xy[2 * v + 1]!, ...ends))).toBeLessThanOrEqual(tolerance + 1e-9)
        from = to
      }
    }),
  )
})

it("leaves corners out that stand out less, and keeps the first of several that stand out most", () => {
  const keepOf = (xy: readonly number[], tolerance: number): number[] => {
    const keep = new Uint8Array(xy.length / 2)
    simplifyLine(xy, keep, 0, keep.length - 1, tolerance)
    return [...keep]
  }
  expect(keepOf([0, 0, 5, 1, 10, 0], 1)).toEqual([1, 0, 1])
  expect(keepOf([0, 0, 5, 1, 10, 0], 0.9)).toEqual([1, 1, 1])
  expect(keepOf([0, 0, 2, 3, 5, 3, 8, 3, 10, 0], 2.5)).toEqual([1, 1, 0, 0, 1])
})

it("finds the first of the vertices farthest from one", () => {
  expect(farthestVertex([0, 0, 3, 4, 5, 0, 4, -3], 4, 0)).toBe(1)
  expect(farthestVertex([7, 7], 1, 0)).toBe(0)
})
