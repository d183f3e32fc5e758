import { expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { nearPoints } from "../../../kernels/geometry/near-points.js"

/** Points of a roof of 8 m, a wall below its edge, and a few far away. */
const roofAndWall = (seed: number): { x: Int32Array; y: Int32Array; z: Int32Array } => {
  const random = seededRandom(seed)
  const points = Array.from({ length: 60 + Math.floor(random() * 300) }, (_, i): [number, number, number] => {
    const [u, v] = [8000 * random(), 8000 * random()]
    if (i % 40 === 0) return [30000 * random(), 30000 * random(), 500 * random()]
    return i % 5 === 0 ? [8000, u, v] : [u, v, 8000 + u / 2 + 60 * random()]
  })
  const [x, y, z] = [0, 1, 2].map((axis) => Int32Array.from(points, (point) => point[axis]))
  return { x, y, z }
}

it("finds the same distances as a search of all points, in 20 roofs with walls", () => {
  const [k, reach] = [12, 2500]
  for (let seed = 1; seed <= 20; seed++) {
    const { x, y, z } = roofAndWall(seed)
    const { index, radius } = nearPoints(x, y, z, k, reach)
    const plan = (i: number, j: number): number => (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2
    const space = (i: number, j: number): number => plan(i, j) + (z[i] - z[j]) ** 2
    for (let i = 0; i < x.length; i++) {
      const within = [...x.keys()].filter((j) => j !== i && plan(i, j) <= reach * reach)
      const nearest = within.map((j) => space(i, j)).sort((p, q) => p - q)
      const found = [...index.subarray(i * k, (i + 1) * k)].filter((j) => j >= 0)
      expect(found.map((j) => space(i, j))).toEqual(nearest.slice(0, k))
      expect(new Set(found).size).toBe(found.length)
      const farthest = found.length < k ? reach : Math.sqrt(Math.max(...found.map((j) => plan(i, j))))
      expect(radius[i]).toBeCloseTo(farthest, 2)
    }
  }
})
