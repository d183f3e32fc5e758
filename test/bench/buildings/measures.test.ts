import { describe, expect, it } from "vitest"
import { pointCells, roofFit } from "../../../bench/buildings/fit.js"
import { partyWalls, roofShape } from "../../../bench/buildings/shape.js"
import { type FaceKind, planeFace, type SolidBuilding } from "../../../bench/buildings/solid-building.js"

type Corner = readonly [x: number, y: number, z: number]

/** A building of faces given by their corners. */
const buildingOf = (id: string, faces: readonly (readonly [FaceKind, ...Corner[]])[]): SolidBuilding => {
  const places = new Map<string, number>()
  const positions: number[] = []
  const rings = faces.map(([, ...corners]) =>
    corners.map((corner) => {
      const known = places.get(corner.join())
      if (known !== undefined) return known
      positions.push(...corner)
      places.set(corner.join(), places.size)
      return places.size - 1
    }),
  )
  const vertices = Float64Array.from(positions)
  return {
    id,
    lod: "2.2",
    vertices,
    solids: [{ vertices, shells: [rings.map((ring) => [ring])] }],
    faces: faces.map(([kind], f) => planeFace(vertices, [rings[f]!], kind)),
  }
}

const outline = [Float64Array.of(0, 0, 10, 0, 10, 8, 0, 8, 0, 0)]

/** Ten by eight metres; the ridge runs along x at the given y and height, eaves at 5 m. */
const gable = (y: number, z: number, x = 0): SolidBuilding => {
  const [w, e] = [x, x + 10]
  return buildingOf(`house-${x}`, [
    ["ground", [w, 0, 0], [w, 8, 0], [e, 8, 0], [e, 0, 0]],
    ["roof", [w, 0, 5], [e, 0, 5], [e, y, z], [w, y, z]],
    ["roof", [w, y, z], [e, y, z], [e, 8, 5], [w, 8, 5]],
    ["wall", [w, 0, 0], [e, 0, 0], [e, 0, 5], [w, 0, 5]],
    ["wall", [e, 8, 0], [w, 8, 0], [w, 8, 5], [e, 8, 5]],
    ["wall", [w, 8, 0], [w, 0, 0], [w, 0, 5], [w, y, z], [w, 8, 5]],
    ["wall", [e, 0, 0], [e, 8, 0], [e, 8, 5], [e, y, z], [e, 0, 5]],
  ])
}

describe("roofShape", () => {
  it("finds nothing to object to in a gable roof", () => {
    expect(roofShape(gable(4, 7), outline)).toMatchObject({
      faces: 7,
      regions: 2,
      creases: 0,
      shards: 0,
      strips: 0,
      innerEdges: 10,
      oddEdges: 0,
    })
  })

  it("measures creases, shards and strips", () => {
    // 4 m up 0.1 m: each slope 1.4 degrees, together 2.9.
    expect(roofShape(gable(4, 5.1), outline).creases).toBeCloseTo(10, 6)
    expect(roofShape(gable(4, 5.01), outline)).toMatchObject({ regions: 1, creases: 0 })
    expect(roofShape(gable(0.1, 5.1), outline)).toMatchObject({ regions: 2, shards: 1, strips: 0 })
    expect(roofShape(gable(0.3, 5.3), outline)).toMatchObject({ regions: 2, shards: 0, strips: 1 })
  })

  it("counts a bent face, and a ridge that follows nothing", () => {
    const bent = buildingOf("bent", [
      ["roof", [0, 0, 5], [10, 0, 5], [10, 8, 5.4], [0, 8, 5]],
      ["roof", [0, 0, 5], [0, 8, 5], [-3, 8, 9], [-3, 0, 9]],
    ])
    const { offPlane, innerEdges, oddEdges } = roofShape(bent, [Float64Array.of(0, 0, 10, 10, 0, 10, 0, 0)])
    expect(offPlane).toBeCloseTo(0.1, 2)
    expect([innerEdges, oddEdges]).toEqual([8, 0])
    const turned = [Float64Array.of(0, 0, 10, 6, 4, 16, 0, 0)]
    expect(roofShape(bent, turned).oddEdges).toBe(8)
  })
})

describe("partyWalls", () => {
  it("tells walls of equal vertices from walls that only lie near", () => {
    expect(partyWalls([gable(4, 7), gable(4, 7, 10)])).toMatchObject({ equal: 8, near: 0, list: [] })
    const apart = partyWalls([gable(4, 7), gable(4, 7, 10.05)])
    expect(apart.equal).toBe(0)
    expect(apart.near).toBeCloseTo(8, 6)
    expect(apart.list).toHaveLength(2)
    expect(partyWalls([gable(4, 7), gable(4, 7, 10.2)]).near).toBe(0)
  })
})

describe("roofFit", () => {
  const places: [number, number][] = []
  for (let y = 0.125; y < 8; y += 0.25) for (let x = 0.125; x < 10; x += 0.25) places.push([x, y])
  const heightOf = (y: number): number => 5 + 2 * (1 - Math.abs(y - 4) / 4)
  const cells = (points: readonly Corner[]) =>
    pointCells(
      ...([0, 1, 2].map((k) => Float64Array.from(points, (p) => p[k]!)) as [Float64Array, Float64Array, Float64Array]),
    )
  const ground = cells([
    [-1, -1, 0],
    [11, 9, 0],
  ])
  const house = gable(4, 7)

  it("gives 0 for points on the roof, and their distance for others", () => {
    const on = roofFit(house, outline, { roof: cells(places.map(([x, y]) => [x, y, heightOf(y)])), ground })
    expect(on).toMatchObject({ points: 1280, roofPoints: 1280, unsupported: 0, lostCells: 0, openGround: 0 })
    expect(on.roofRss).toBeCloseTo(0, 9)
    expect(on.missing + on.tooMuch).toBeCloseTo(0, 9)
    const raised = cells(places.map(([x, y]) => [x, y, heightOf(y) + 0.2]))
    const above = roofFit(house, outline, { roof: raised, ground })
    const normal = 0.2 * Math.cos(Math.atan(0.5))
    expect(Math.sqrt(above.rss / above.points)).toBeCloseTo(normal, 2)
    expect(above.missing).toBeCloseTo(0.2 * 80, 6)
  })

  it("leaves points below others out of the roof's", () => {
    const facade: Corner[] = [3, 4, 5].map((x) => [x, 0.1, 2])
    const { points, roofPoints } = roofFit(house, outline, {
      roof: cells([...places.map(([x, y]): Corner => [x, y, heightOf(y)]), ...facade]),
      ground,
    })
    expect([points, roofPoints]).toEqual([1283, 1280])
  })

  it("finds roofs without points, roofs at a wrong height, and open ground", () => {
    const west = places.filter(([x]) => x < 5).map(([x, y]): Corner => [x, y, heightOf(y)])
    const yard = places.filter(([x]) => x > 7).map(([x, y]): Corner => [x, y, 0])
    const half = roofFit(house, outline, { roof: cells(west), ground: cells(yard) })
    expect(half.unsupported).toBeGreaterThan(30)
    expect(half.unsupported).toBeLessThan(40)
    // 0.4 m inside the outline: 2.5 m × 7 m of whole cells.
    expect(half.openGround).toBe(half.builtGround)
    expect(half.openGround).toBeCloseTo(2.5 * 7, 0)
    expect(roofFit(undefined, outline, { roof: cells(west), ground: cells(yard) }).builtGround).toBe(0)
    const low = cells(places.map(([x, y]) => [x, y, 2]))
    expect(roofFit(house, outline, { roof: low, ground }).wrongHeight).toBeCloseTo(80, 6)
  })
})
