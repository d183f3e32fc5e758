import fc from "fast-check"
import { expect, it } from "vitest"
import { doubledArea, placeToEdges } from "../../../../engine/core/geometry/rings.js"
import { edgesOf } from "./small-rings.js"

const value = fc.integer({ min: 0, max: 8 })

it("is what Pick's theorem says of triangles", () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 6, maxLength: 6 }), (ring) => {
      const area = doubledArea(ring)
      fc.pre(area !== 0)
      let [inside, border] = [0, 0]
      for (let y = 0; y <= 8; y++) {
        for (let x = 0; x <= 8; x++) {
          const place = placeToEdges(edgesOf([ring]), x, y)
          if (place > 0) inside++
          if (place === 0) border++
        }
      }
      expect(Math.abs(area)).toBe(2 * inside + border - 2)
    }),
  )
})

it("adds up over parts, changes sign with the sense, and is the same far away, closed, and with heights", () => {
  expect(doubledArea([0, 0, 1, 0, 0, 1])).toBe(1)
  fc.assert(
    fc.property(fc.array(value, { minLength: 8, maxLength: 8 }), (ring) => {
      const area = doubledArea(ring)
      const [ax, ay, bx, by, cx, cy, dx, dy] = ring as [number, number, number, number, number, number, number, number]
      expect(doubledArea([ax, ay, bx, by, cx, cy]) + doubledArea([ax, ay, cx, cy, dx, dy])).toBe(area)
      expect(doubledArea([dx, dy, cx, cy, bx, by, ax, ay]) + area).toBe(0)
      expect(doubledArea(ring.map((one) => one + 7_000_000_000))).toBe(area)
      expect(doubledArea([...ring, ax, ay])).toBe(area)
      expect(doubledArea([ax, ay, 5, bx, by, 6, cx, cy, 7, dx, dy, 8], 3)).toBe(area)
    }),
  )
})
