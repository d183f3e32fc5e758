import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { Points } from "../../../../engine/kernel.js"
import { groundFinder } from "../../../../kernels/handover/border/border-profile.js"

describe("groundFinder", () => {
  it("finds what trying every point finds, within reach only and of ground and water only", () => {
    const random = seededRandom(3)
    const count = 400
    const coordinate = (): number => Math.floor(-20_000 + 90_000 * random())
    const points: Points = {
      count,
      x: Int32Array.from({ length: count }, coordinate),
      y: Int32Array.from({ length: count }, coordinate),
      z: Int32Array.from({ length: count }, (_, i) => i),
      scale: 0.001,
      origin: [0, 0, 0],
    }
    const classes = Uint8Array.from({ length: count }, (_, i) => [2, 5, 9, 6, 66][i % 5]!)
    const find = groundFinder(points, classes, 50_000, 6000)
    let found = 0
    for (let k = 0; k < 300; k++) {
      const [x, y] = [Math.floor(50_001 * random()), Math.floor(50_001 * random())]
      let nearest = -1
      let distance = 6000
      for (let i = 0; i < count; i++) {
        const away = Math.hypot(points.x[i] - x, points.y[i] - y)
        if ([5, 6].includes(classes[i]) || away > distance) continue
        nearest = i
        distance = away
      }
      expect(find(x, y)).toBe(nearest)
      if (nearest >= 0) found++
    }
    expect(found).toBeGreaterThan(50)
    expect(found).toBeLessThan(300)
  })

  it("takes the higher of two at one distance", () => {
    const points: Points = {
      count: 2,
      x: Int32Array.of(1000, 3000),
      y: Int32Array.of(0, 0),
      z: Int32Array.of(5, 6),
      scale: 0.001,
      origin: [0, 0, 0],
    }
    expect(groundFinder(points, Uint8Array.of(2, 9), 4000, 16_000)(2000, 0)).toBe(1)
  })
})
