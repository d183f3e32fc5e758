import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { gridOver, labelGrid } from "../../../../kernels/building/block/grid.js"
import {
  joinPlanes,
  labelRegions,
  mergeRegions,
  type RoofCells,
  reachOfCells,
} from "../../../../kernels/building/roof/merge-regions.js"
import type { RoofPlane } from "../../../../kernels/building/roof/raise.js"

const side = 8000

/** A roof of 8 × 8 m: a point every 0.2 m on the plane that `planeAt` names. */
const roofOf = (
  planes: readonly RoofPlane[],
  planeAt: (x: number, y: number) => number,
  members: (x: number, y: number) => number = () => 0,
): RoofCells => {
  const random = seededRandom(1)
  const grid = gridOver(side, side, [Float64Array.of(0, 0, side, 0, side, side, 0, side)])
  const [x, y, z, label]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let px = 100; px < side; px += 200) {
    for (let py = 100; py < side; py += 200) {
      const { a, b, c } = planes[planeAt(px, py)] as RoofPlane
      x.push(px)
      y.push(py)
      z.push(Math.round(c + a * px + b * py + 40 * (random() - 0.5)))
      label.push(planeAt(px, py))
    }
  }
  const points = { x: Int32Array.from(x), y: Int32Array.from(y), z: Int32Array.from(z) }
  const pointLabel = Int32Array.from(label)
  const cells = labelGrid(grid, points.x, points.y, points.z, pointLabel)
  const middle = (i: number): number => (i + 0.5) * grid.side
  const member = Int32Array.from(grid.inside, (value, cell) =>
    value === 1 ? members(middle(cell % grid.columns), middle(Math.floor(cell / grid.columns))) : -1,
  )
  return { cells, planes, pointLabel, points, members: member }
}

const plane = (a: number, c: number): RoofPlane => ({ a, b: 0, c, low: c - 4000, high: c + 4000 })

const shown = (labels: Int32Array, { members }: RoofCells): number[] =>
  [...new Set(labels.filter((_, cell) => (members[cell] as number) >= 0))].sort()

describe("joinPlanes", () => {
  const halves = (second: RoofPlane): RoofCells => roofOf([plane(0, 5000), second], (x) => (x < side / 2 ? 0 : 1))

  it("makes one plane of two that are nearly one; it fits the points of both", () => {
    const { planes, cells, pointLabel } = joinPlanes(halves(plane(0.02, 4920)))
    expect(shown(cells.label, halves(plane(0, 0)))).toEqual([0])
    expect(new Set(pointLabel)).toEqual(new Set([0]))
    expect((planes[0] as RoofPlane).a).toBeGreaterThan(0.002)
    expect((planes[0] as RoofPlane).a).toBeLessThan(0.018)
  })

  it("keeps a step, and a ridge of more than 6°", () => {
    for (const second of [plane(0, 5500), plane(0.12, 4520)]) {
      const roof = halves(second)
      expect(shown(joinPlanes(roof).cells.label, roof)).toEqual([0, 1])
    }
  })
})

describe("mergeRegions", () => {
  const isIn = (x: number, y: number, x0: number, y0: number, width: number, height: number): boolean =>
    x >= x0 && x < x0 + width && y >= y0 && y < y0 + height
  const withBox = (rise: number, width: number, height: number): RoofCells =>
    roofOf([plane(0, 5000), plane(0, 5000 + rise)], (x, y) => (isIn(x, y, 3000, 3000, width, height) ? 1 : 0))

  it("keeps what saves misfit, and drops what is low, small or narrow", () => {
    const labels = (roof: RoofCells): number[] => shown(mergeRegions(roof, 0.06), roof)
    expect(labels(withBox(1000, 2000, 2000))).toEqual([0, 1])
    expect(labels(withBox(400, 3000, 3000))).toEqual([0, 1])
    expect(labels(withBox(100, 2000, 2000))).toEqual([0])
    expect(labels(withBox(300, 500, 500))).toEqual([0])
    expect(labels(withBox(3000, 250, 4000))).toEqual([0])
  })

  it("keeps fewer regions the higher the simplicity, and never crosses members", () => {
    const random = seededRandom(7)
    const planes = Array.from({ length: 12 }, () => plane(0, 4000 + 2000 * random()))
    const blocks = Array.from({ length: 64 }, () => Math.floor(random() * planes.length))
    const roof = roofOf(
      planes,
      (x, y) => blocks[8 * Math.floor(y / 1000) + Math.floor(x / 1000)] as number,
      (x) => (x < side / 2 ? 0 : 1),
    )
    const counts = [0.001, 0.06, 0.5, 100].map((simplicity) => {
      const label = mergeRegions(roof, simplicity)
      for (const member of [0, 1]) {
        const own = (labels: Int32Array): Set<number> =>
          new Set(labels.filter((_, cell) => roof.members[cell] === member))
        const before = own(roof.cells.label)
        for (const value of own(label)) expect(before.has(value)).toBe(true)
      }
      return new Set(labelRegions({ ...roof, cells: { ...roof.cells, label } }).filter((id) => id >= 0)).size
    })
    expect(counts).toEqual([...counts].sort((a, b) => b - a))
    expect(counts[0]).toBeGreaterThan(30)
    expect(counts.at(-1)).toBe(2)
  })
})

describe("reachOfCells", () => {
  it("a plane reaches as far as the points on it in its cells, not to those beside it or elsewhere", () => {
    const found = [{ ...plane(0.5, 3000), low: 4000, high: 5000 }, plane(0, 12000)]
    const roof = roofOf(found, (x) => (x < 6000 ? 0 : 1))
    const far = roof.points.x.indexOf(2100)
    roof.points.z[far] = 1000
    const [own, other] = reachOfCells(roof) as [RoofPlane, RoofPlane]
    expect(own.low).toBeGreaterThan(3000)
    expect(own.low).toBeLessThan(3200)
    expect(own.high).toBeGreaterThan(5800)
    expect(own.high).toBeLessThan(6100)
    expect(other).toEqual(found[1])
  })
})
