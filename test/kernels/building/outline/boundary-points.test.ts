import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { boundaryPoints } from "../../../../kernels/building/outline/boundary-points.js"
import { sortIntoBuckets } from "../../../../kernels/geometry/buckets.js"

const grid = { columns: 40, rows: 40, cell: 500 }
const boundaryOf = (places: readonly (readonly [number, number])[]): number[] => {
  const [x, y] = [0, 1].map((axis) => Int32Array.from(places, (place) => place[axis]))
  const cells = Int32Array.from(places, ([px, py]) => Math.floor(py / 500) * grid.columns + Math.floor(px / 500))
  const byCell = sortIntoBuckets(cells, grid.columns * grid.rows)
  return Array.from(boundaryPoints(x, y, byCell, new Uint8Array(grid.columns * grid.rows).fill(1), grid)).sort(
    (a, b) => a - b,
  )
}

describe("boundaryPoints", () => {
  it("finds the outermost points of a scattered square, all along it, and none deep inside", () => {
    const random = seededRandom(3)
    const places = Array.from(
      { length: 2000 },
      () => [5000 + 10_000 * random(), 5000 + 10_000 * random()].map(Math.round) as [number, number],
    )
    const found = boundaryOf(places)
    const depth = ([x, y]: readonly [number, number]): number => Math.min(x - 5000, 15_000 - x, y - 5000, 15_000 - y)
    for (const i of found) expect(depth(places[i])).toBeLessThan(500)
    for (let side = 5500; side < 14_500; side += 500) {
      const near = found.filter((i) => Math.abs(places[i][0] - side) < 500 && places[i][1] < 5600)
      expect(near.length, `along the south side at ${side}`).toBeGreaterThan(0)
    }
  })

  it("finds every point of a dense straight wall, whichever way it runs", () => {
    for (const turn of [0, 0.13, 0.4, 0.7]) {
      const places: [number, number][] = []
      for (let t = -4000; t <= 4000; t += 50)
        for (let d = 0; d < 3000; d += d === 0 ? 400 : 250)
          places.push([
            Math.round(10_000 + t * Math.cos(turn) - d * Math.sin(turn)),
            Math.round(10_000 + t * Math.sin(turn) + d * Math.cos(turn)),
          ])
      const found = new Set(boundaryOf(places))
      const wall = places.flatMap((_, i) => (i % 12 === 0 ? [i] : []))
      expect(wall.filter((i) => !found.has(i))).toEqual([])
    }
  })

  it("takes a lone point, and both of two in one place", () => {
    expect(boundaryOf([[7000, 7000]])).toEqual([0])
    expect(
      boundaryOf([
        [7000, 7000],
        [7000, 7000],
      ]),
    ).toEqual([0, 1])
  })
})
