/**
 * Cases of real data that are no faults, each with one hole, one gap and one open edge that are.
 */
import { describe, expect, it } from "vitest"
import { checkScene } from "../../scenes/check-scene.js"
import { eaves, type Quad, quadsOf } from "../../scenes/house-scene.js"

type Corner = readonly [x: number, y: number, z: number]

const moved = (quads: readonly Quad[], place: (corner: Corner, owner: number) => Corner): Quad[] =>
  quads.map(([owner, ...corners]) => [owner, ...corners.map((one) => place(one, owner))] as const)

/** The quad of an owner with a corner there, left out: millimetres. */
const without = (quads: readonly Quad[], owner: number, ...corners: readonly Corner[]): Quad[] => {
  const has = (quad: Quad): boolean =>
    quad[0] === owner && corners.every((wanted) => quad.slice(1).some((one) => String(one) === String(wanted)))
  expect(quads.filter(has)).toHaveLength(1)
  return quads.filter((quad) => !has(quad))
}

const square = (w: number, s: number, e: number, n: number, z = 0): readonly Corner[] => [
  [w, s, z],
  [e, s, z],
  [e, n, z],
  [w, n, z],
]

describe("data that end within a tile, in a rectangle turned by 1° with a thin building on its edge", () => {
  /** Ground of 35 m by 40 m, and at its east edge a building 0.4 m thick. */
  const straight = (): Quad[] => {
    const quads: Quad[] = []
    for (let row = 1; row < 9; row++)
      for (let column = 1; column < 8; column++)
        quads.push([0, ...square(5000 * column, 5000 * row, 5000 * column + 5000, 5000 * row + 5000)])
    const [w, e] = [40_000, 40_400]
    const wall = (ax: number, ay: number, bx: number, by: number): void => {
      quads.push([1, [ax, ay, 0], [bx, by, 0], [bx, by, eaves], [ax, ay, eaves]])
    }
    for (let s = 15_000; s < 30_000; s += 5000) {
      quads.push([1, ...square(w, s, e, s + 5000, eaves)])
      wall(e, s, e, s + 5000)
      wall(w, s + 5000, w, s)
    }
    wall(w, 15_000, e, 15_000)
    wall(e, 30_000, w, 30_000)
    return quads
  }
  const turned = (quads: readonly Quad[]): Quad[] => {
    const [cos, sin] = [Math.cos(Math.PI / 180), Math.sin(Math.PI / 180)]
    return moved(quads, ([x, y, z]) => [
      Math.round(25_000 + (x - 25_000) * cos - (y - 25_000) * sin),
      Math.round(25_000 + (x - 25_000) * sin + (y - 25_000) * cos),
      z,
    ])
  }
  const check = (change: (quads: Quad[]) => Quad[] = (quads) => quads) =>
    checkScene(() => turned(change(straight())), [0])

  it("is no fault", async () => {
    const { mesh, problems } = await check()
    expect(problems).toEqual([])
    expect(mesh).toMatchObject({ openEdges: 0, outlineEdges: 7 + 8 + 7 + 8 + 2 })
  })

  it("shows a hole, a foot that is 8 mm off the ground, and a wall that is missing", async () => {
    const hole = await check((quads) => without(quads, 0, [20_000, 20_000, 0], [25_000, 25_000, 0]))
    expect(hole.mesh.openEdges).toBe(4)
    const gap = await check((quads) => moved(quads, ([x, y, z], owner) => [x, y, owner === 1 && z === 0 ? 8 : z]))
    expect(gap.mesh.openEdges).toBeGreaterThanOrEqual(3)
    const open = await check((quads) => without(quads, 1, [40_000, 20_000, 0], [40_000, 25_000, 0]))
    expect(open.mesh.openEdges).toBe(4)
    const outer = await check((quads) => without(quads, 1, [40_400, 20_000, 0], [40_400, 25_000, 0]))
    expect(outer.mesh, JSON.stringify(outer)).toMatchObject({ openEdges: 2 })
  })
})

describe("a building whose wall is 40 mm beyond the border of its tile", () => {
  const near = (quads: readonly Quad[]): Quad[] =>
    moved(quads, ([x, y, z]) => [x > 50_000 && x <= 60_000 ? 50_000 + (x - 50_000) / 250 : x, y, z])
  const check = (change: (quads: Quad[], column: number) => Quad[] = (quads) => quads) =>
    checkScene((column) => near(change(quadsOf(10 * column, column === 0), column)))

  it("is no difference of the borders", async () => {
    const { mesh, seams, problems } = await check()
    expect(problems).toEqual([])
    expect(mesh).toMatchObject({ openEdges: 0, outlineEdges: 0 })
    expect(seams).toMatchObject({ pairs: 1, maxGapMm: 0, unequalVertices: 0, oneSidedSegments: 0 })
  })

  it("shows a hole beside it, ground 8 mm below its foot, and a wall that is missing", async () => {
    const hole = await check((quads, column) =>
      column === 0 ? quads : without(quads, 0, [60_000, 20_000, 0], [65_000, 25_000, 0]),
    )
    expect(hole.mesh.openEdges).toBe(4)
    const gap = await check((quads, column) =>
      column === 0 ? quads : moved(quads, ([x, y, z]) => [x, y, x === 60_000 && y === 20_000 ? -8 : z]),
    )
    expect(gap.mesh.openEdges).toBeGreaterThanOrEqual(4)
    const open = await check((quads, column) =>
      column === 1 ? quads : without(quads, 1, [60_000, 20_000, 0], [60_000, 25_000, 0]),
    )
    expect(open.mesh.openEdges).toBe(4)
    const border = await check((quads, column) =>
      column === 0 ? quads : moved(quads, ([x, y, z]) => [x, y, x === 50_000 && y === 5000 ? 4 : z]),
    )
    expect(border.seams.maxGapMm).toBeGreaterThan(1)
  })
})

describe("sparse data, whose outline leaves the border at a sharp angle", () => {
  /** Ground without a building; north of 20 m the data leave a wedge open, 0.1 m wide at 20.5 m. */
  const wedge = (column: number): Quad[] => {
    const quads: Quad[] = []
    for (let c = 10 * column; c < 10 * column + 10; c++) {
      for (let row = 0; row < 10; row++) {
        if (row > 3 && (c === 9 || c === 10)) continue
        quads.push([0, ...square(5000 * c, 5000 * row, 5000 * c + 5000, 5000 * row + 5000)])
      }
    }
    if (column === 0)
      quads.push([0, [45_000, 20_000, 0], [50_000, 20_000, 0], [49_952, 20_167, 0], [45_000, 25_000, 0]])
    else quads.push([0, [50_000, 20_000, 0], [55_000, 20_000, 0], [55_000, 25_000, 0], [50_048, 20_167, 0]])
    return quads
  }
  const check = (change: (quads: Quad[], column: number) => Quad[] = (quads) => quads) =>
    checkScene((column) => change(wedge(column), column))

  it("is no difference of the borders", async () => {
    const { mesh, seams, problems } = await check()
    expect(problems).toEqual([])
    expect(mesh.openEdges).toBe(0)
    expect(seams).toMatchObject({ maxGapMm: 0, unequalVertices: 0, oneSidedSegments: 0 })
  })

  it("shows a hole at the border, one over the border, a gap, and an edge that is split on one side", async () => {
    const hole = await check((quads, column) =>
      column === 0 ? quads : without(quads, 0, [50_000, 5000, 0], [55_000, 10_000, 0]),
    )
    expect([hole.mesh.openEdges, hole.seams.oneSidedSegments]).toEqual([3, 1])
    const both = await check((quads, column) =>
      column === 0
        ? without(quads, 0, [45_000, 5000, 0], [50_000, 10_000, 0])
        : without(quads, 0, [50_000, 5000, 0], [55_000, 10_000, 0]),
    )
    expect(both.mesh.openEdges).toBe(6)
    const gap = await check((quads, column) =>
      column === 0 ? quads : moved(quads, ([x, y, z]) => [x, y, x === 50_000 && y === 10_000 ? 4 : z]),
    )
    expect(gap.seams.maxGapMm).toBeGreaterThan(1)
    const far = await check((quads, column) => (column === 0 ? quads : moved(quads, ([x, y, z]) => [x + 80, y, z])))
    expect(far.seams.oneSidedSegments).toBeGreaterThan(0)
  })
})
