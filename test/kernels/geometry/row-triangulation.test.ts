import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { canonicalDelaunay } from "../../../kernels/geometry/delaunay.js"
import { type PointRows, triangulateRows } from "../../../kernels/geometry/row-triangulation.js"

const CELL = 500

/** One point in some of the cells; `jitter` mm around the cells' centres, on multiples of `step`. */
const rowsOf = (seed: number, side: number, share: number, jitter: number, step: number): PointRows => {
  const random = seededRandom(seed)
  const coordinates: number[] = []
  const starts = [0]
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      // Every seventh row is empty in part of the cases, and a hole stays in the middle.
      const hole = Math.hypot(row - side / 2, column - side / 2) < side / 6
      if (random() >= share || (share < 0.5 && row % 7 === 3) || hole) continue
      const place = (cell: number): number =>
        Math.floor((cell * CELL + CELL / 2 + (random() - 0.5) * jitter) / step) * step
      coordinates.push(place(column), place(row))
    }
    starts.push(coordinates.length / 2)
  }
  return {
    coordinates: Float64Array.from(coordinates),
    starts: Int32Array.from(starts),
    height: CELL,
    width: side * CELL,
  }
}

/** Triangles with circumcircles up to `reach` across: vertices in order, sorted. */
const small = (coordinates: Float64Array, triangles: Uint32Array, reach: number): string[] => {
  const found: string[] = []
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [...triangles.subarray(t, t + 3)].sort((p, q) => p - q) as [number, number, number]
    const u = [coordinates[2 * b]! - coordinates[2 * a]!, coordinates[2 * b + 1]! - coordinates[2 * a + 1]!] as const
    const v = [coordinates[2 * c]! - coordinates[2 * a]!, coordinates[2 * c + 1]! - coordinates[2 * a + 1]!] as const
    const cross = u[0] * v[1] - u[1] * v[0]
    const sides = Math.hypot(...u) * Math.hypot(...v) * Math.hypot(u[0] - v[0], u[1] - v[1])
    if (sides <= reach * Math.abs(cross)) found.push(`${a} ${b} ${c}`)
  }
  return found.sort()
}

describe("triangulateRows", () => {
  it.each([
    { name: "dense", side: 60, share: 0.95, jitter: 499, step: 1 },
    { name: "half of the cells, many points of one circle", side: 60, share: 0.6, jitter: 400, step: 250 },
    { name: "a lattice", side: 40, share: 1, jitter: 0, step: 1 },
    { name: "scattered, with empty rows", side: 80, share: 0.04, jitter: 499, step: 1 },
    { name: "a handful", side: 9, share: 0.06, jitter: 499, step: 1 },
  ])("gives the Delaunay triangles within reach: $name", ({ side, share, jitter, step }) => {
    for (let seed = 1; seed <= 4; seed++) {
      const rows = rowsOf(seed, side, share, jitter, step)
      for (const reach of [1500, 8000]) {
        const { coordinates, triangles } = triangulateRows(rows, reach)
        const all = small(rows.coordinates, canonicalDelaunay(rows.coordinates), reach)
        expect(small(coordinates, triangles, reach)).toEqual(all)
        if (side > 20 && reach > 2000) expect(all.length).toBeGreaterThan(rows.coordinates.length / 4)
      }
    }
  })

  it("covers the rectangle of its helpers, every triangle clockwise", () => {
    const rows = rowsOf(5, 30, 0.3, 499, 1)
    const { coordinates, triangles } = triangulateRows(rows, 5000)
    let area = 0
    for (let t = 0; t < triangles.length; t += 3) {
      const [ax, ay, bx, by, cx, cy] = [...triangles.subarray(t, t + 3)].flatMap((v) => [
        coordinates[2 * v]!,
        coordinates[2 * v + 1]!,
      ]) as [number, number, number, number, number, number]
      const twice = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
      expect(twice).toBeLessThan(0)
      area -= twice / 2
    }
    expect(area).toBe((30 * CELL + 20000) ** 2)
  })

  it("has helpers alone where there is no point", () => {
    const rows = { coordinates: new Float64Array(0), starts: new Int32Array(4), height: 500, width: 900 }
    expect(triangulateRows(rows, 100).triangles).toHaveLength(6)
  })
})
