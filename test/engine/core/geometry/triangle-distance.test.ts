import { describe, expect, it } from "vitest"
import { triangleIndex } from "../../../../engine/core/geometry/triangle-distance.js"
import { seededRandom } from "../../../../engine/core/random.js"

/**
 * Distance by sampling the triangle finely: never smaller than the truth, larger by at most the
 * sampling step.
 */
const sampled = (p: Float64Array, t: readonly number[], at: readonly number[]): number => {
  let best = Number.POSITIVE_INFINITY
  const n = 60
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j + i <= n; j++) {
      const place = [0, 1, 2].map(
        (k) => (p[3 * t[0]! + k]! * (n - i - j) + p[3 * t[1]! + k]! * i + p[3 * t[2]! + k]! * j) / n,
      )
      best = Math.min(best, Math.hypot(...place.map((value, k) => value - at[k]!)))
    }
  }
  return best
}

describe("triangleIndex", () => {
  it("gives the distance to face, edge and corner of a triangle", () => {
    const index = triangleIndex(Float64Array.of(0, 0, 0, 4, 0, 0, 0, 3, 0), Uint32Array.of(0, 1, 2))
    expect(index.distance(1, 1, 2)).toBe(2)
    expect(index.distance(1, 1, -2)).toBe(2)
    expect(index.distance(2, -3, 4)).toBe(5)
    expect(index.distance(-3, -4, 0)).toBe(5)
    expect(index.distance(7, 0, 4)).toBe(5)
    expect(index.distance(0, 9, 8)).toBe(10)
    // Beyond the slanted edge 3x + 4y = 12.
    expect(index.distance(2 + 3, 1.5 + 4, 0)).toBeCloseTo(5, 12)
    expect(index.distance(1, 1, 0.5)).toBe(0.5)
    expect(index.triangle).toBe(0)
  })

  it("finds nothing beyond the bound, and copes with triangles without area", () => {
    const index = triangleIndex(Float64Array.of(0, 0, 0, 2, 0, 0, 4, 0, 0), Uint32Array.of(0, 1, 2, 1, 1, 1))
    expect(index.distance(3, 4, 0)).toBe(4)
    expect(index.distance(3, 4, 0, 3.5)).toBe(3.5)
    expect(index.triangle).toBe(-1)
    expect(index.distance(7, 4, 0)).toBe(5)
  })

  it("agrees with every triangle looked at by itself, in any order of questions", () => {
    const random = seededRandom(7)
    const count = 300
    const positions = new Float64Array(9 * count)
    for (let t = 0; t < count; t++) {
      const middle = [random() * 50, random() * 50, random() * 10]
      for (let k = 0; k < 9; k++) positions[9 * t + k] = middle[k % 3]! + (random() - 0.5) * (t % 10 === 0 ? 20 : 3)
    }
    const triangles = Uint32Array.from({ length: 3 * count }, (_, i) => i)
    const index = triangleIndex(positions, triangles)
    const alone = Array.from({ length: count }, (_, t) =>
      triangleIndex(positions, triangles.subarray(3 * t, 3 * t + 3)),
    )
    for (let i = 0; i < 300; i++) {
      const [x, y, z] = [random() * 60 - 5, random() * 60 - 5, random() * 30 - 10]
      const each = alone.map((one) => one.distance(x, y, z))
      const least = Math.min(...each)
      expect(index.distance(x, y, z)).toBe(least)
      expect(each[index.triangle]).toBe(least)
      const near = [3 * index.triangle, 3 * index.triangle + 1, 3 * index.triangle + 2]
      const coarse = sampled(positions, near, [x, y, z])
      expect(coarse).toBeGreaterThanOrEqual(least - 1e-9)
      expect(coarse - least).toBeLessThan(0.6)
    }
  })
})
