import fc from "fast-check"
import { expect, it } from "vitest"
import { boxOfRings } from "../../../../engine/core/geometry/rings.js"

it("holds every vertex and touches one on each side; without any it is empty", () => {
  const places = fc.array(fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true })), { minLength: 1 })
  fc.assert(
    fc.property(fc.array(places, { minLength: 1, maxLength: 3 }), (rings) => {
      const all = rings.flat()
      const [x, y] = [all.map((place) => place[0]), all.map((place) => place[1])]
      const box = [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)]
      expect(boxOfRings(rings.map((ring) => ring.flat()))).toEqual(box)
      expect(
        boxOfRings(
          rings.map((ring) => ring.flatMap((place) => [...place, -1e300])),
          3,
        ),
      ).toEqual(box)
    }),
  )
  expect(boxOfRings([[]])).toEqual([Infinity, Infinity, -Infinity, -Infinity])
})
