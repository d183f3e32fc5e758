import fc from "fast-check"
import { expect, it } from "vitest"
import { triangleNormal } from "../../../../engine/core/geometry/triangles.js"

const places = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 9, maxLength: 9 })

it("stands upright on both sides, is twice the area long, and turns round with the triangle", () => {
  fc.assert(
    fc.property(places, (p) => {
      const n = triangleNormal(p, 0, 1, 2)
      const side = (to: number): number[] => [0, 1, 2].map((k) => p[3 * to + k]! - p[k]!)
      const dot = (a: readonly number[], b: readonly number[]): number =>
        a.reduce((sum, value, k) => sum + value * b[k]!, 0)
      const [u, v] = [side(1), side(2)]
      expect(dot(n, u)).toBe(0)
      expect(dot(n, v)).toBe(0)
      // Lagrange: |u × v|² = |u|² |v|² − (u · v)².
      expect(dot(n, n)).toBe(dot(u, u) * dot(v, v) - dot(u, v) ** 2)
      expect(triangleNormal(p, 0, 2, 1).map((part, k) => part + n[k]!)).toEqual([0, 0, 0])
      // Without the sign of zeros.
      expect(triangleNormal(p, 1, 2, 0).map((part) => part + 0)).toEqual(n.map((part) => part + 0))
    }),
  )
  expect(triangleNormal([9, 9, 9, 0, 0, 5, 2, 0, 5, 0, 3, 5], 1, 2, 3)).toEqual([0, 0, 6])
})
