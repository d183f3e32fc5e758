import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { ConstrainedTin } from "../../../kernels/geometry/constrained-tin.js"
import { EdgeKind, Forced } from "../../../kernels/geometry/half-edge-mesh.js"

const side = 100_000

const make = (): ConstrainedTin => new ConstrainedTin(side, [0, 0, 0, 0], 16)

const add = (tin: ConstrainedTin, x: number, y: number): number => tin.insert(x, y, 0, tin.locate(x, y, 0))

/**
 * Checks the structure: sound twins, kinds equal on both sides, positive areas that fill the
 * square, Euler.
 */
const expectSound = (tin: ConstrainedTin): void => {
  let doubled = 0
  let border = 0
  for (let e = 0; e < 3 * tin.triangleCount; e++) {
    const twin = tin.twins[e]
    const next = e % 3 === 2 ? e - 2 : e + 1
    if (twin < 0) {
      border++
      expect(tin.kinds[e]).toBe(EdgeKind.wall)
    } else {
      expect(tin.twins[twin]).toBe(e)
      expect(tin.corners[twin]).toBe(tin.corners[next])
      expect(tin.kinds[twin]).toBe(tin.kinds[e])
    }
    if (e % 3 !== 0) continue
    const c = tin.corners[e + 2]
    const area = tin.side(e, tin.x[c], tin.y[c])
    expect(area).toBeGreaterThan(0)
    doubled += area
  }
  expect(doubled).toBe(2 * side * side)
  const edges = (3 * tin.triangleCount + border) / 2
  expect(tin.vertexCount - edges + tin.triangleCount).toBe(1)
  for (let v = 0; v < tin.vertexCount; v++) expect(tin.corners[tin.edgeFrom(v)]).toBe(v)
}

/** Free edges whose opposite vertex lies clearly within the circle of their triangle. */
const wrongEdges = (tin: ConstrainedTin): number => {
  let wrong = 0
  for (let e = 0; e < 3 * tin.triangleCount; e++) {
    const twin = tin.twins[e]
    if (twin < 0 || tin.kinds[e] !== EdgeKind.free) continue
    const corner = (h: number): [number, number] => [tin.x[tin.corners[h]], tin.y[tin.corners[h]]]
    const previous = (h: number): number => (h % 3 === 0 ? h + 2 : h - 1)
    const [ax, ay] = corner(e)
    const [bx, by] = corner(e % 3 === 2 ? e - 2 : e + 1)
    const angle = ([px, py]: [number, number]): number =>
      Math.abs(Math.atan2((ax - px) * (by - py) - (ay - py) * (bx - px), (ax - px) * (bx - px) + (ay - py) * (by - py)))
    if (angle(corner(previous(e))) + angle(corner(previous(twin))) > Math.PI + 1e-9) wrong++
  }
  return wrong
}

describe("ConstrainedTin", () => {
  it.each([1, 2, 3])("stays sound and constrained Delaunay with points and segments in any order (seed %i)", (seed) => {
    const random = seededRandom(seed)
    const place = (): number => Math.floor(random() * 101) * 1000
    const tin = make()
    for (let i = 0; i < 60; i++) add(tin, place(), place())
    expectSound(tin)
    expect(wrongEdges(tin)).toBe(0)
    const walls: [number, number][] = []
    for (let i = 0; i < 300; i++) {
      const a = Math.floor(random() * tin.vertexCount)
      const b = Math.floor(random() * tin.vertexCount)
      if (a !== b && tin.force(a, b, EdgeKind.wall) === Forced.done) walls.push([a, b])
    }
    expect(walls.length).toBeGreaterThan(20)
    tin.restore()
    expectSound(tin)
    expect(wrongEdges(tin)).toBe(0)
    const before = tin.vertexCount
    for (let i = 0; i < 400; i++) add(tin, Math.floor(random() * side), Math.floor(random() * side))
    expect(tin.vertexCount).toBeGreaterThan(before + 380)
    expectSound(tin)
    expect(wrongEdges(tin)).toBe(0)
    for (const [a, b] of walls) {
      const e = Math.max(tin.findEdge(a, b), tin.findEdge(b, a))
      expect(tin.kinds[e]).toBe(EdgeKind.wall)
    }
  })

  it("says what is in the way of a segment and changes nothing", () => {
    const tin = make()
    const [a, b, c, d] = [
      add(tin, 20_000, 50_000),
      add(tin, 80_000, 50_000),
      add(tin, 50_000, 20_000),
      add(tin, 50_000, 80_000),
    ]
    expect(tin.force(a!, b!, EdgeKind.wall)).toBe(Forced.done)
    expect(tin.force(c!, d!, EdgeKind.line)).toBe(Forced.blocked)
    const e = add(tin, 90_000, 50_000)
    expect(tin.force(a!, e, EdgeKind.line)).toBe(b)
    expectSound(tin)
  })

  it("lets a vertex split a line and not a wall, nor a side", () => {
    const tin = make()
    const [a, b] = [add(tin, 20_000, 40_000), add(tin, 80_000, 40_000)]
    const [c, d] = [add(tin, 20_000, 60_000), add(tin, 80_000, 60_000)]
    expect([tin.force(a, b, EdgeKind.wall), tin.force(c, d, EdgeKind.line)]).toEqual([Forced.done, Forced.done])
    expect(add(tin, 50_000, 40_000)).toBe(-1)
    expect(add(tin, 50_000, 0)).toBe(-1)
    const middle = add(tin, 50_000, 60_000)
    for (const [from, to] of [
      [c, middle],
      [middle, d],
    ] as const) {
      expect(tin.kinds[tin.findEdge(from, to)]).toBe(EdgeKind.line)
    }
    expectSound(tin)
  })

  it("refuses sides whose orientations would not be exact", () => {
    expect(() => new ConstrainedTin(2 ** 25, [0, 0, 0, 0])).toThrow("2^25")
  })
})
