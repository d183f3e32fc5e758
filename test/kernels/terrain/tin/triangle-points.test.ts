import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { ConstrainedTin } from "../../../../kernels/geometry/constrained-tin.js"
import { heightIn } from "../../../../kernels/terrain/tin/refine.js"
import { type RowPoints, TrianglePoints } from "../../../../kernels/terrain/tin/triangle-points.js"

/**
 * A triangulation of random vertices on a grid of `step` mm, and points on the same grid: many of
 * them lie on edges and at vertices.
 */
const scene = (seed: number, side: number, step: number, vertices: number, count: number) => {
  const random = seededRandom(seed)
  const place = (): number => step * (1 + Math.floor(random() * (side / step - 1)))
  const height = (): number => Math.floor(random() * 400)
  const tin = new ConstrainedTin(side, [0, 100, 200, 300])
  for (let v = 0; v < vertices; v++) {
    const [x, y] = [place(), place()]
    tin.insert(x, y, height(), tin.locate(x, y, 0))
  }
  const shots = Array.from({ length: count }, () => [place(), place(), height()] as const)
  shots.sort((a, b) => Math.floor(a[1] / 1000) - Math.floor(b[1] / 1000) || a[0] - b[0] || a[1] - b[1])
  const column = (k: 0 | 1 | 2): Int32Array => Int32Array.from(shots, (shot) => shot[k])
  return { tin, points: { count, x: column(0), y: column(1), z: column(2) } satisfies RowPoints }
}

/**
 * The triangle of a point moved a little to the east and far less to the north: asked with numbers
 * of any length.
 */
const holderOf = (tin: ConstrainedTin, px: number, py: number): number => {
  for (let t = 0; t < tin.triangleCount; t++) {
    if ([0, 1, 2].some((k) => tin.side(3 * t + k, px, py) < 0)) continue
    const inside = [0, 1, 2].every((k) => {
      const [a, b] = [tin.corners[3 * t + k]!, tin.corners[3 * t + ((k + 1) % 3)]!]
      const [dx, dy] = [BigInt(tin.x[b]! - tin.x[a]!), BigInt(tin.y[b]! - tin.y[a]!)]
      const scale = 10n ** 20n
      const x = BigInt(px - tin.x[a]!) * scale + 10n ** 10n
      const y = BigInt(py - tin.y[a]!) * scale + 1n
      return dx * y - dy * x > 0n
    })
    if (inside) return t
  }
  return -1
}

const scenes = [
  { name: "large triangles", args: [1, 20_000, 1, 12, 3000] },
  { name: "small triangles", args: [2, 20_000, 1, 1500, 3000] },
  { name: "points on edges and vertices", args: [3, 8000, 250, 150, 3000] },
  { name: "a square that ends inside a row and a bin", args: [4, 3333, 1, 40, 800] },
] as const

describe("TrianglePoints", () => {
  it.each(scenes)("gives each point to one triangle, the farthest first: $name", ({ args }) => {
    const [seed, side, step, vertices, shots] = args
    const { tin, points } = scene(seed, side, step, vertices, shots)
    const lookup = new TrianglePoints(points, side)
    const { x, y, z, count } = points
    const holders = Array.from({ length: count }, (_, i) => holderOf(tin, x[i]!, y[i]!))
    for (const stride of [1, 3, 8]) {
      for (const bound of [50, 200]) {
        const wanted = Array.from({ length: tin.triangleCount }, () => ({ first: -1, worst: -1, error: bound }))
        for (let i = 0; i < count; i += stride) {
          const distance = Math.abs(z[i]! - heightIn(tin, holders[i]!, x[i]!, y[i]!))
          const entry = wanted[holders[i]!]!
          if (distance <= entry.error + 1e-9) continue
          if (entry.first < 0) entry.first = i
          entry.worst = i
          entry.error = distance
        }
        for (let t = 0; t < tin.triangleCount; t++) {
          expect(lookup.findWorst(tin, t, stride, bound)).toBe(wanted[t]!.worst >= 0)
          expect([lookup.first, lookup.worst]).toEqual([wanted[t]!.first, wanted[t]!.worst])
        }
      }
    }
    for (let t = 0; t < tin.triangleCount; t++) lookup.addErrors(tin, t)
    const sums = lookup.sums()
    const distances = holders.map((t, i) => Math.abs(z[i]! - heightIn(tin, t, x[i]!, y[i]!)))
    expect(sums.points).toBe(count)
    expect(sums.max).toBeCloseTo(Math.max(...distances), 6)
    expect(sums.squaredSum).toBeCloseTo(
      distances.reduce((sum, distance) => sum + distance * distance, 0),
      2,
    )
    expect(sums.histogram.reduce((sum, n) => sum + n, 0)).toBe(count)
  })

  it("has no triangle hold a point that was given up", () => {
    const { tin, points } = scene(5, 5000, 1, 10, 500)
    const lookup = new TrianglePoints(points, 5000)
    const dropped = new Set<number>()
    for (let t = 0; t < tin.triangleCount; t++) {
      while (lookup.findWorst(tin, t, 1, 100)) {
        expect(dropped.has(lookup.worst)).toBe(false)
        dropped.add(lookup.worst)
        lookup.drop(lookup.worst)
      }
    }
    for (let t = 0; t < tin.triangleCount; t++) lookup.addErrors(tin, t)
    const sums = lookup.sums()
    expect(dropped.size).toBeGreaterThan(100)
    expect(sums.points).toBe(500 - dropped.size)
    expect(sums.max).toBeLessThanOrEqual(100)
  })

  it("refuses points in another order, or outside", () => {
    const points = (x: number[], y: number[]): RowPoints => ({
      count: x.length,
      ...{ x: Int32Array.from(x), y: Int32Array.from(y), z: new Int32Array(x.length) },
    })
    expect(() => new TrianglePoints(points([10, 20], [1500, 500]), 2000)).toThrow("rows of 1 m")
    expect(() => new TrianglePoints(points([1500, 20], [10, 20]), 2000)).toThrow("rows of 1 m")
    expect(() => new TrianglePoints(points([10], [3500]), 2000)).toThrow("rows of 1 m")
    expect(() => new TrianglePoints(points([3500], [10]), 2000)).toThrow("rows of 1 m")
    expect(() => new TrianglePoints(points([-1], [10]), 2000)).toThrow("rows of 1 m")
  })
})
