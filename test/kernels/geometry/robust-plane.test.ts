import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { binPoints, robustHeight } from "../../../kernels/geometry/robust-plane.js"

/** A sloping deck of 8 m by 40 m with noise; `on` gives what stands on it at a place, mm above. */
const deckOf = (
  seed: number,
  density: number,
  on: (x: number, y: number, random: () => number) => number,
): [Float64Array, Float64Array, Float64Array] => {
  const random = seededRandom(seed)
  const rows = Array.from({ length: Math.round(8 * 40 * density) }, () => {
    const [x, y] = [Math.round(8000 * random()), Math.round(40000 * random())]
    const noise = 60 * (random() + random() - 1)
    return [x, y, Math.round(truth(x, y) + noise + on(x, y, random))]
  })
  return [0, 1, 2].map((k) => Float64Array.from(rows, (row) => row[k])) as [Float64Array, Float64Array, Float64Array]
}
const truth = (x: number, y: number): number => 30_000 + 0.04 * y - 0.02 * x

/** Railings on both sides, a lorry, lamps. */
const furniture = (x: number, y: number, random: () => number): number => {
  if (x < 300 || x > 7700) return random() < 0.7 ? 1100 * random() : 0
  if (x > 2500 && x < 5000 && y > 20000 && y < 24000) return 3500
  return random() < 0.02 ? 6000 * random() : 0
}

describe("robustHeight", () => {
  it.each([
    [20, 10, 20],
    [1, 20, 260],
    [0.4, 20, 160],
  ])("railings, a lorry and lamps do not lift a deck of %f points a m²", (density, rms, most) => {
    for (let seed = 1; seed <= (density > 1 ? 2 : 6); seed++) {
      const points = binPoints(...deckOf(seed, density, furniture), 2000)
      let [worst, squares, far, count] = [0, 0, 0, 0]
      for (let x = 0; x <= 8000; x += 500) {
        for (let y = 0; y <= 40000; y += 1000) {
          // Under the lorry nothing is seen of the deck.
          if (x > 1500 && x < 6000 && y > 19000 && y < 25000) continue
          const z = [4000, 8000, 16000]
            .map((radius) => robustHeight(points, x, y, radius))
            .find((h) => !Number.isNaN(h))
          const error = Math.abs(z! - truth(x, y))
          worst = Math.max(worst, error)
          squares += error * error
          if (error > 100) far++
          count++
        }
      }
      expect(Math.sqrt(squares / count), `seed ${seed}`).toBeLessThan(rms)
      expect(worst, `seed ${seed}`).toBeLessThan(most)
      expect(far / count, `seed ${seed}`).toBeLessThan(0.01)
    }
  })

  it("does not depend on the points' order; few points, or points in a line, tell nothing", () => {
    const [x, y, z] = deckOf(5, 4, () => 0)
    const order = [...x.keys()].reverse()
    const turned = [x, y, z].map((axis) => Float64Array.from(order, (i) => axis[i])) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    const [a, b] = [binPoints(x, y, z, 2000), binPoints(...turned, 2000)]
    for (let v = 0; v < 40000; v += 1300) expect(robustHeight(b, 4000, v, 4000)).toBe(robustHeight(a, 4000, v, 4000))
    const line = Float64Array.from({ length: 50 }, (_, i) => 100 * i)
    expect(robustHeight(binPoints(line, line, line, 2000), 2000, 2000, 4000)).toBeNaN()
    const none = new Float64Array(0)
    expect(robustHeight(binPoints(none, none, none, 2000), 0, 0, 4000)).toBeNaN()
  })
})
