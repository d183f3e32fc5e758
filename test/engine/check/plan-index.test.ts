import { describe, expect, it } from "vitest"
import { planIndex } from "../../../engine/check/plan-index.js"
import { seededRandom } from "../../../engine/core/random.js"

/** A grid of squares of 0.5 m, halved, with heights of ±2 m, and one pit of 200 m in the middle. */
const hills = (seed: number): ReturnType<typeof planIndex> => {
  const next = seededRandom(seed)
  const side = 13
  const places: number[] = []
  const triangles: number[] = []
  for (let i = 0; i < side * side; i++) {
    const middle = i === (side * side - 1) / 2
    places.push((i % side) / 2, Math.floor(i / side) / 2, middle ? -200 : 4 * next() - 2)
  }
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const a = row * side + column
      triangles.push(a, a + 1, a + side + 1, a, a + side + 1, a + side)
    }
  }
  return planIndex(Float64Array.from(places), Uint32Array.from(triangles))
}

describe("a surface in plan", () => {
  it("holds every height within a distance in its range, and no more", () => {
    const next = seededRandom(5)
    for (const seed of [1, 2, 3]) {
      const surface = hills(seed)
      for (let k = 0; k < 40; k++) {
        const [x, y, reach] = [0.2 + 5.6 * next(), 0.2 + 5.6 * next(), 0.05 + 0.9 * next()]
        const [low, high] = surface.range(x, y, reach)
        let [least, most] = [Infinity, -Infinity]
        for (let i = 0; i < 1500; i++) {
          // Every second place on the circle itself, where most extremes are.
          const [angle, r] = [2 * Math.PI * next(), i % 2 === 0 ? reach : reach * Math.sqrt(next())]
          const height = surface.height(x + r * Math.cos(angle), y + r * Math.sin(angle))
          if (Number.isNaN(height)) continue
          least = Math.min(least, height)
          most = Math.max(most, height)
        }
        expect(least).toBeGreaterThanOrEqual(low - 1e-6)
        expect(most).toBeLessThanOrEqual(high + 1e-6)
        // Nearest sample to an extreme: some centimetres; the pit falls 400 m a metre.
        const slack = low < -3 ? 60 : 0.6
        expect(least - low).toBeLessThan(slack)
        expect(high - most).toBeLessThan(slack)
      }
    }
  })

  it("finds the tip of a pit that no place around it shows", () => {
    const surface = hills(1)
    expect(surface.height(3.002, 3)).toBeGreaterThan(-199.3)
    expect(surface.range(3.002, 3, 0.003)[0]).toBe(-200)
    expect(surface.range(3.004, 3, 0.003)[0]).toBeGreaterThan(-199.7)
  })

  it("gives the heights of many places as one by one, none outside", () => {
    const surface = hills(2)
    const places = Int32Array.from({ length: 2700 }, (_, i) => {
      const along = 7 * Math.floor(i / 3) - 100
      return [along, (3 * along) % 6500, 0][i % 3]!
    })
    const into = new Float64Array(800)
    surface.heights(places, 50, into)
    for (const [i, height] of into.entries()) {
      const expected = surface.height(places[3 * (50 + i)]! / 1000, places[3 * (50 + i) + 1]! / 1000)
      if (Number.isNaN(expected)) expect(height).toBeNaN()
      else expect(height).toBeCloseTo(expected, 9)
    }
    expect(into.filter(Number.isNaN).length).toBeGreaterThan(10)
    expect(into.filter((height) => height > -3).length).toBeGreaterThan(500)
  })

  it("has no range where there is no surface", () => {
    expect(hills(1).range(-3, -3, 1)).toEqual([Infinity, -Infinity])
    expect(planIndex(new Float64Array(0), new Uint32Array(0)).range(0, 0, 1)).toEqual([Infinity, -Infinity])
  })
})
