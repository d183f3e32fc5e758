import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { type Polyhedron, solidFault, volumeOf } from "../../../kernels/building/solid/polyhedron.js"
import {
  footprintOf,
  openEdges,
  type PointsMm,
  polyhedraOf,
  runBuilding,
  scanRoof,
} from "../../scenes/building-scene.js"
import { cornersOf, distanceTo } from "../../scenes/solid-distance.js"

const [X, Y] = [842000, 6520000]
const cell = [X, Y, X + 100, Y + 100] as const
/** A house of 20 × 12 m, 6 m high, on level ground of 170 m. */
const [west, south, east, north, roof] = [X + 40, Y + 40, X + 60, Y + 52, 176]
const object = footprintOf("b", [[west, south, east, south, east, north, west, north, west, south]], () => 170)
const flat = scanRoof(() => roof, [west, south, east, north], { density: 20, sigma: 0.02, seed: 3 })

const mm = (x: number, y: number, z: number) =>
  [x, y, z].map((value) => Math.round(value * 1000)) as [number, number, number]

/** Evenly scattered points in a box, metres. */
const scatter = (
  count: number,
  [x0, y0, z0]: readonly [number, number, number],
  [x1, y1, z1]: readonly [number, number, number],
  seed: number,
): PointsMm => {
  const random = seededRandom(seed)
  const between = (from: number, to: number): number => from + random() * (to - from)
  return Array.from({ length: count }, () => mm(between(x0, x1), between(y0, y1), between(z0, z1)))
}

const rmseOf = (solids: readonly Polyhedron[], points: PointsMm): number => {
  const corners = cornersOf(solids)
  const squares = points.map(([x, y, z]) => (distanceTo(corners, x - X * 1000, y - Y * 1000, z) / 1000) ** 2)
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / points.length)
}

const built = (points: PointsMm, detail: "normal" | "high" = "high") => {
  const result = runBuilding(cell, [object], points, [], detail)
  const solids = polyhedraOf(result.solid)
  for (const solid of solids) expect(solidFault(solid)).toBeUndefined()
  // Open at its foot alone.
  expect(openEdges(result.skin).length).toBe(object.rings[0]!.xyz.length / 3)
  expect(result.solid.columns["lod"]?.values).toEqual(["2.2"])
  expect(result.solid.columns["detail"]?.values).toEqual([detail])
  return { result, solids }
}

const volume = (solids: readonly Polyhedron[]): number => solids.reduce((sum, solid) => sum + volumeOf(solid), 0) / 1e9

describe("what stands on a roof", () => {
  it("with high detail is a box where it is dense: a chimney below the smallest plane, at its place and height", () => {
    const chimney = scatter(14, [X + 50, Y + 45, roof + 1.15], [X + 50.6, Y + 45.6, roof + 1.25], 7)
    const points = [...flat, ...chimney]
    const [bare, own] = [built(points, "normal"), built(points)]
    expect(rmseOf(bare.solids, chimney)).toBeGreaterThan(1)
    expect(rmseOf(own.solids, chimney)).toBeLessThan(0.15)
    expect(volume(own.solids) - volume(bare.solids)).toBeGreaterThan(0.15)
    expect(volume(own.solids) - volume(bare.solids)).toBeLessThan(0.6)
    expect(own.result.solid.columns["height_ridge"]?.values[0]).toBeCloseTo(roof, 1)
  })

  it("is a mast where it is sparse and high: an aerial of four points; three are none", () => {
    const aerial = [0, 0.3, 0.6, 0.9].map((t, i) => mm(X + 45 + t, Y + 46, roof + 2.5 + 0.1 * i))
    const own = built([...flat, ...aerial])
    expect(rmseOf(own.solids, aerial)).toBeLessThan(0.5)
    const three = aerial.slice(0, 3)
    expect(rmseOf(built([...flat, ...three]).solids, three)).toBeGreaterThan(2)
    expect(volume(own.solids) - volume(built(flat).solids)).toBeLessThan(0.2)
  })

  it("is nothing where points are near a roof of their own height: façades and eaves", () => {
    const low = flat.map(([x, y, z]) => (x > (X + 50) * 1000 ? ([x, y, z - 3000] as const) : ([x, y, z] as const)))
    const wall = scatter(60, [X + 50, south, roof - 2.5], [X + 50.05, north, roof - 0.5], 9)
    const [bare, own] = [built([...low, ...wall], "normal"), built([...low, ...wall])]
    expect(own.result.solid.columns["planes"]).toEqual(bare.result.solid.columns["planes"])
  })
})

describe("walls that stand back", () => {
  const facade = scatter(120, [west + 0.3, south + 0.58, 170.5], [east - 0.3, south + 0.62, roof - 0.4], 11)

  it("under eaves: the façade gets its place, the roof and its edge stay, the solid is closed", () => {
    const points = [...flat, ...facade]
    const [plain, own] = [built(points, "normal"), built(points)]
    expect(rmseOf(plain.solids, facade)).toBeGreaterThan(0.5)
    expect(rmseOf(own.solids, facade)).toBeLessThan(0.1)
    expect(rmseOf(own.solids, flat)).toBeLessThan(0.03)
    // 20 m long, 5.5 m high, 0.6 m deep, but for a rim.
    expect(volume(plain.solids) - volume(own.solids)).toBeGreaterThan(58)
    expect(volume(plain.solids) - volume(own.solids)).toBeLessThan(20 * 5.75 * 0.62)
    expect(own.result.solid.columns["area"]?.values[0]).toBeCloseTo(240, 3)
    // The recess has a floor and a ceiling of its own kinds; no wall is level.
    const level = own.solids.flatMap(({ positions, faces }) =>
      faces.flatMap(({ kind, rings: [ring = []] }) => {
        const heights = ring.map((v) => positions[3 * v + 2] as number)
        return Math.max(...heights) === Math.min(...heights) ? [[kind, (heights[0] as number) / 1000] as const] : []
      }),
    )
    const isRoof = 2
    expect(level.flatMap(([kind]) => (kind === isRoof ? [] : [kind])).sort()).toEqual([0, 3, 4])
    const heightOf = (kind: number): number => level.find(([own]) => own === kind)?.[1] as number
    expect(heightOf(3)).toBeLessThan(171)
    expect(heightOf(4)).toBeGreaterThan(175)
  })

  it("not with a wall in the edge's own place, nor with fewer points than asked for", () => {
    const front = facade.map(([x, y, z]) => [x, y - 600, z] as const)
    for (const points of [
      [...flat, ...front],
      [...flat, ...facade.slice(0, 11)],
    ])
      expect(built(points).result.solid.positions).toEqual(built(points, "normal").result.solid.positions)
  })

  it("around a corner: two recesses that would meet keep apart", () => {
    const side = scatter(90, [west + 0.78, south + 0.3, 170.5], [west + 0.82, north - 0.3, roof - 0.4], 13)
    const own = built([...flat, ...facade, ...side])
    expect(rmseOf(own.solids, [...facade, ...side])).toBeLessThan(0.2)
  })

  it("of a loggia between two parapets: two recesses, one over the other", () => {
    const storeys = [171, 174].flatMap((z, k) => [
      ...scatter(60, [west + 5, south + 0.98, z + 0.05], [west + 15, south + 1.02, z + 1.6], 20 + k),
      ...scatter(60, [west + 5, south, z - 0.9], [west + 15, south + 0.03, z], 30 + k),
    ])
    const own = built([...flat, ...storeys])
    expect(rmseOf(built([...flat, ...storeys], "normal").solids, storeys)).toBeGreaterThan(0.6)
    expect(rmseOf(own.solids, storeys)).toBeLessThan(0.15)
  })
})
