import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { ChangedPlaces, RUN } from "../../../kernels/lib/changed-places.js"
import { ConstrainedTin } from "../../../kernels/lib/constrained-tin.js"

/** Points row by row, as in canonical order. */
const pointsOf = (count: number, side: number, random: () => number) => {
  const places = Array.from({ length: count }, () => [
    Math.floor(random() * (side + 1)),
    Math.floor(random() * (side + 1)),
  ])
  places.sort((a, b) => Math.floor(a[1]! / 1000) - Math.floor(b[1]! / 1000) || a[0]! - b[0]!)
  return { count, x: Int32Array.from(places, (p) => p[0]!), y: Int32Array.from(places, (p) => p[1]!) }
}

/** A triangle as its corners, wherever it stands. */
const cornersOf = (tin: ConstrainedTin, t: number): string => tin.corners.slice(3 * t, 3 * t + 3).join(" ")

describe("ChangedPlaces", () => {
  it.each([
    { name: "a tile", side: 50_000 },
    { name: "a parent, with larger cells", side: 16_000_000 },
  ])("is near every point whose triangle an insertion has changed, and far from most: $name", ({ side }) => {
    const random = seededRandom(4)
    const points = pointsOf(3000, side, random)
    const tin = new ConstrainedTin(side, [0, 0, 0, 0])
    const changed = new ChangedPlaces(points, side)
    let near = 0
    for (let round = 1; round <= 120; round++) {
      const triangles = Array.from(points.x, (px, i) => tin.locate(px, points.y[i]!, 0))
      const corners = triangles.map((t) => cornersOf(tin, t))
      const [x, y] = [1 + Math.floor(random() * (side - 1)), 1 + Math.floor(random() * (side - 1))]
      const vertex = tin.insert(x, y, 0, tin.locate(x, y, 0))
      const start = tin.edgeFrom(vertex)
      let e = start
      do {
        changed.mark(tin, (e / 3) | 0, round)
        e = tin.twins[e % 3 === 0 ? e + 2 : e - 1]!
      } while (e !== start)
      for (const [i, t] of triangles.entries()) {
        if (cornersOf(tin, t) !== corners[i])
          expect(changed.isNear(Math.floor(i / RUN), round), `${round}: ${i}`).toBe(true)
      }
      for (let run = 0; run * RUN < points.count; run++) if (round > 60 && changed.isNear(run, round)) near++
    }
    expect(near).toBeGreaterThan(0)
    expect(near).toBeLessThan(0.5 * 60 * Math.ceil(points.count / RUN))
    expect(changed.isNear(0, 121)).toBe(false)
  })
})
