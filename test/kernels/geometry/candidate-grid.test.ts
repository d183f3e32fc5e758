import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { CandidateGrid, type Facet } from "../../../kernels/geometry/candidate-grid.js"

interface Places {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
}

/** The plain way: every candidate, in order. */
const plainWorst = ({ x, y, z }: Places, f: Facet, floor: number): { place: number; distance: number } => {
  const area = (f.ax - f.px) * (f.by - f.py) - (f.ay - f.py) * (f.bx - f.px)
  let [place, distance] = [-1, floor]
  for (let i = 0; i < x.length; i++) {
    const b = (f.ax - f.px) * (y[i] - f.py) - (f.ay - f.py) * (x[i] - f.px)
    const a = (x[i] - f.px) * (f.by - f.py) - (y[i] - f.py) * (f.bx - f.px)
    const p = area - a - b
    if (a < 0 || b < 0 || p < 0 || (b === 0 && f.openPA) || (p === 0 && f.openAB) || (a === 0 && f.openBP)) continue
    const height = (p * f.pz + b * f.bz + a * f.az) / area
    const off = Math.abs(z[i] - height)
    if (off > distance + 1e-9) {
      distance = off
      place = i
    }
  }
  return { place, distance: place < 0 ? 0 : distance }
}

describe("CandidateGrid", () => {
  it.each([
    [1, 400, 10_000],
    [2, 30_000, 200_000],
    [3, 30_000, 200_000],
  ])("finds the worst candidate that looking at all of them finds: seed %i", (seed, count, side) => {
    const random = seededRandom(seed)
    const any = (): number => Math.floor(random() * (side + 1))
    const x = Int32Array.from({ length: count }, any)
    const y = Int32Array.from({ length: count }, any)
    // Hills, and here and there a spike, so that bounds by blocks are put to the test.
    const z = Int32Array.from(x, (value, i) =>
      Math.round(3000 * Math.sin(value / 9000) + 20 * random() + (i % 997 === 0 ? 5000 * random() : 0)),
    )
    const grid = new CandidateGrid(x, y, z, [0, 0, side, side])
    let [found, large] = [0, 0]
    for (let k = 0; k < 400; k++) {
      const reach = k % 4 === 0 ? side : k % 4 === 1 ? side / 4 : side / 30
      const [cx, cy] = [any(), any()]
      const near = (c: number): number => Math.max(0, Math.min(side, Math.round(c + (random() - 0.5) * reach)))
      const facet: Facet = {
        ...{ px: near(cx), py: near(cy), pz: Math.round(3000 * random()) },
        ...{ ax: near(cx), ay: near(cy), az: Math.round(3000 * random()) },
        ...{ bx: near(cx), by: near(cy), bz: Math.round(3000 * random()) },
        ...{ openPA: k % 2 === 0, openAB: k % 3 === 0, openBP: k % 5 === 0 },
      }
      const area = (facet.ax - facet.px) * (facet.by - facet.py) - (facet.ay - facet.py) * (facet.bx - facet.px)
      if (area <= 0) continue
      const floor = k % 7 === 0 ? 1500 : 0
      const plain = plainWorst({ x, y, z }, facet, floor)
      grid.findWorst(facet, floor)
      expect(grid.largest).toBeCloseTo(plain.distance, 6)
      expect(grid.worst < 0 ? -1 : grid.placeOf(grid.worst)).toBe(plain.place)
      if (plain.place >= 0) found++
      if (area > (side * side) / 10) large++
    }
    expect(found).toBeGreaterThan(50)
    expect(large).toBeGreaterThan(5)
  })

  it("counts each candidate once over triangles that share edges", () => {
    // Candidates on a lattice, the square cut into two triangles along a diagonal on which some of
    // them lie.
    const x: number[] = []
    const y: number[] = []
    for (let i = 1; i < 20; i++) for (let j = 1; j < 20; j++) [x[x.length], y[y.length]] = [50 * i, 50 * j]
    const z = Int32Array.from(x, () => 7)
    const grid = new CandidateGrid(Int32Array.from(x), Int32Array.from(y), z, [0, 0, 1000, 1000])
    const sums = { squares: 0, count: 0 }
    const flat = { pz: 0, az: 0, bz: 0, openAB: false }
    const corners = { px: 0, py: 0, ax: 1000, ay: 0, bx: 1000, by: 1000 }
    grid.statistics({ ...flat, ...corners, openPA: false, openBP: false }, sums)
    grid.statistics({ ...flat, px: 0, py: 0, ax: 1000, ay: 1000, bx: 0, by: 1000, openPA: true, openBP: false }, sums)
    expect(sums).toEqual({ squares: 49 * 361, count: 361 })
  })
})
