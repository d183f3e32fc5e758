import { describe, expect, it } from "vitest"
import { doubledArea, isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import { squareToSegment } from "../../../engine/core/geometry/segments.js"
import { seededRandom } from "../../../engine/core/random.js"
import { type Building, planeHeight, RoofShape, roofHeight, standBuilding } from "../../../fixtures/sample/roofs.js"
import { decodeRoofPlans } from "../../../kernels/building/roof/encoded-plan.js"
import { solidFault, volumeOf } from "../../../kernels/building/solid/polyhedron.js"
import type { Footprint } from "../../../kernels/handover/footprint/footprint.js"
import { encodePointSet } from "../../../kernels/handover/point-set.js"
import {
  footprintOf,
  openEdges,
  type PointsMm,
  polyhedraOf,
  runBuilding,
  scanRoof,
  strictFaults,
} from "../../scenes/building-scene.js"
import { solidFaults } from "../../scenes/footprint-stages.js"
import { cornersOf, distanceTo } from "../../scenes/solid-distance.js"

const [X, Y] = [842000, 6520000]
const cell = [X, Y, X + 100, Y + 100] as const
const ground = (x: number, y: number): number => 170 + 0.04 * (x - X) + 0.02 * (y - Y)

const shapes = {
  flat: RoofShape.flat(16, 12),
  gable: RoofShape.gable(18, 10, 0.6),
  hip: RoofShape.hip(16, 10, 0.5),
  ell: RoofShape.ell(20, 8, 0.55),
  courtyard: RoofShape.courtyard(26, 24, 10, 8),
}
const stand = (shape: RoofShape, degrees: number): Building =>
  standBuilding("b", shape, { x: X + 40, y: Y + 40, degrees, eaves: 181 })
const scan = (building: Building, density: number, seed: number): PointsMm =>
  scanRoof((x, y) => roofHeight(building, x, y), building.box, { density, sigma: 0.03, seed })

/**
 * What must hold of any output: every solid sound; the skin open at its foot only, and there
 * exactly the rings.
 */
const expectSound = (result: ReturnType<typeof runBuilding>, objects: readonly Footprint[]): void => {
  for (const solid of polyhedraOf(result.solid)) expect(solidFault(solid)).toBeUndefined()
  expectVolumes(result)
  expectFlat(result)
  const open = new Set(openEdges(result.skin).map(([a, b]) => `${a}|${b}`))
  const [ox, oy] = [result.skin.origin[0] * 1000, result.skin.origin[1] * 1000]
  let [segments, missing] = [0, 0]
  for (const { xyz } of objects.flatMap((object) => object.rings)) {
    const place = (i: number): string =>
      `${(xyz[i % xyz.length] as number) - ox} ${(xyz[(i + 1) % xyz.length] as number) - oy} ${xyz[(i + 2) % xyz.length]}`
    for (let i = 0; i < xyz.length; i += 3, segments++) if (!open.has(`${place(i)}|${place(i + 3)}`)) missing++
  }
  expect(missing).toBe(0)
  expect(open.size).toBe(segments)
}

/**
 * Each building of LoD2.2 has sound solids of LoD1.2 and LoD1.3, with its area, floor and heights.
 */
const expectFlat = ({ solid, "flat-solid": flat }: ReturnType<typeof runBuilding>): void => {
  const solids = polyhedraOf(flat)
  for (const one of solids) expect(solidFault(one)).toBeUndefined()
  expect(strictFaults(flat)).toEqual([])
  const whole = new Set(solid.ids.filter((_, s) => solid.columns["lod"].values[s] === "2.2"))
  for (const lod of ["1.2", "1.3"]) {
    const own = solids.filter((_, s) => flat.columns["lod"].values[s] === lod)
    const ids = flat.ids.filter((_, s) => flat.columns["lod"].values[s] === lod)
    expect(new Set(ids)).toEqual(whole)
    for (const id of whole) {
      const faces = own.filter((_, s) => ids[s] === id).flatMap((one) => one.faces)
      const row = solid.ids.indexOf(id)
      const mm = (face: (typeof faces)[number], axis: number): number[] =>
        face.rings.flat().map((v) => flat.positions[3 * v + axis])
      const floors = faces.filter(({ kind }) => kind === 0).flatMap((face) => mm(face, 2))
      expect(new Set(floors)).toEqual(
        new Set([Math.round(1000 * (solid.columns["height_ground"].values[row] as number))]),
      )
      const roofs = faces.filter(({ kind }) => kind === 2)
      for (const face of roofs) expect(new Set(mm(face, 2)).size).toBe(1)
      const area = roofs
        .flatMap(({ rings }) => rings)
        .reduce(
          (sum, ring) => sum + doubledArea(ring.flatMap((v) => [flat.positions[3 * v], flat.positions[3 * v + 1]])),
          0,
        )
      expect(area / 2e6).toBeCloseTo(solid.columns["area"].values[row] as number, 2)
    }
  }
}

/** The volume of a building is that of its solids as they are written, and the same in the mesh. */
const expectVolumes = ({ solid, skin }: ReturnType<typeof runBuilding>): void => {
  const enclosed = new Map<string, number>()
  solidFaults(solid).volumes.forEach((volume, s) => {
    enclosed.set(solid.ids[s], (enclosed.get(solid.ids[s]) ?? 0) + volume)
  })
  solid.ids.forEach((id, s) => {
    const stated = solid.columns["volume"].values[s] as number
    expect(Math.abs(stated / (enclosed.get(id) as number) - 1)).toBeLessThan(1e-4)
    expect(skin.objects?.columns["volume"].values[skin.objects.ids.indexOf(id)]).toBe(stated)
  })
}

describe("mesh.building on roofs of known form", () => {
  for (const [name, shape] of Object.entries(shapes)) {
    it(`${name}: LoD2.2, planes within 2° and 0.10 m, volume within 0.5 %`, () => {
      for (const [degrees, density] of [
        [0, 25],
        [17, 10],
        [40, 25],
      ] as const) {
        const truth = stand(shape, degrees)
        const object = footprintOf("b", truth.outline, ground)
        const result = runBuilding(cell, [object], scan(truth, density, degrees + density))
        expectSound(result, [object])
        expect(result.solid.columns["lod"]?.values).toEqual(["2.2"])
        expect(result.solid.columns["reason"]?.values).toEqual([""])
        expectRoof(result, truth)
        const volume = polyhedraOf(result.solid).reduce((sum, solid) => sum + volumeOf(solid), 0) / 1e9
        expect(volume / trueVolume(truth, object.levelMm / 1000)).toBeCloseTo(1, 2)
        expect(Math.abs(volume / trueVolume(truth, object.levelMm / 1000) - 1)).toBeLessThan(0.005)
        expect(result.solid.columns["volume"]?.values[0]).toBeCloseTo(volume, 6)
        expect(result.solid.columns["area"]?.values[0]).toBeCloseTo(truth.area, 0)
        expect(result.solid.columns["height_ridge"]?.values[0]).toBeCloseTo(truth.top, 0)
      }
    })
  }

  it("rmse is the distance to the nearest face, of points on walls too", () => {
    const truth = stand(shapes.gable, 17)
    const object = footprintOf("b", truth.outline, ground)
    const roof = scan(truth, 10, 3)
    // On each long wall at 1 to 3 m above the eaves' foot: 0.1 m outside, where no roof is below or
    // above.
    const [a, b] = [truth.outline[0]!.slice(0, 2), truth.outline[0]!.slice(2, 4)] as const
    const length = Math.hypot(b[0]! - a[0]!, b[1]! - a[1]!)
    const [ux, uy] = [(b[0]! - a[0]!) / length, (b[1]! - a[1]!) / length]
    const walls = Array.from({ length: 400 }, (_, i) => {
      const along = 0.5 + ((length - 1) * (i % 80)) / 80
      const place = [a[0]! + along * ux + 0.1 * uy, a[1]! + along * uy - 0.1 * ux, 177 + Math.floor(i / 80) / 2]
      return place.map((value) => Math.round(1000 * value)) as unknown as PointsMm[number]
    })
    for (const points of [roof, [...roof, ...walls]]) {
      const { solid } = runBuilding(cell, [object], points)
      const corners = cornersOf(polyhedraOf(solid))
      const [ox, oy] = [1000 * solid.origin[0], 1000 * solid.origin[1]]
      const squares = points.reduce((sum, [x, y, z]) => sum + distanceTo(corners, x - ox, y - oy, z) ** 2, 0)
      const rmse = Math.sqrt(squares / points.length) / 1000
      expect(rmse).toBeLessThan(0.07)
      expect(solid.columns["rmse"]?.values[0]).toBeCloseTo(rmse, 6)
    }
  })

  it("a chimney above the detail stands, one below it does not", () => {
    const truth = stand(shapes.gable, 0)
    const onChimney = (x: number, y: number, side: number): boolean =>
      Math.abs(x - X - 44) < side / 2 && Math.abs(y - Y - 42.5) < side / 2
    const tops = [1.2, 0.4].map((side) => {
      const height = (x: number, y: number): number =>
        roofHeight(truth, x, y) && (onChimney(x, y, side) ? 185.5 : roofHeight(truth, x, y))
      const points = scanRoof(height, truth.box, { density: 25, sigma: 0.03, seed: 5 })
      const object = footprintOf("b", truth.outline, ground)
      const result = runBuilding(cell, [object], points)
      expectSound(result, [object])
      return result.solid.columns["height_ridge"]?.values[0] as number
    })
    expect(tops[0]).toBeCloseTo(185.5, 0)
    expect(tops[1]).toBeCloseTo(truth.top, 0)
  })
})

describe("LoD1.2 and LoD1.3 beside LoD2.2", () => {
  const [main, annex] = [
    [X + 10, Y + 10, X + 28, Y + 20],
    [X + 28, Y + 10, X + 36, Y + 20],
  ] as const
  const outline = [X + 10, Y + 10, X + 36, Y + 10, X + 36, Y + 20, X + 10, Y + 20]
  /** A gable of 2 m on a house, and a flat annex. */
  const built = (top: number) => {
    const object = footprintOf("b", [outline], () => 170)
    const gable = scanRoof((_, y) => 178 - 0.4 * Math.abs(y - Y - 15), main, { density: 15, sigma: 0.02, seed: 4 })
    const flat = scanRoof(() => top, annex, { density: 15, sigma: 0.02, seed: 5 })
    const result = runBuilding(cell, [object], [...gable, ...flat])
    expectSound(result, [object])
    const { "flat-solid": solids } = result
    return { result, lods: solids.columns["lod"].values, tops: polyhedraOf(solids).map(topsOf) }
  }
  const topsOf = ({ positions, faces }: ReturnType<typeof polyhedraOf>[number]): number[] =>
    faces.filter(({ kind }) => kind === 2).map(({ rings }) => positions[3 * rings[0][0] + 2] / 1000)

  it("a house and its low annex are one height, and two", () => {
    const { result, lods, tops } = built(173)
    expect(lods).toEqual(["1.2", "1.3"])
    expect(tops[0]).toEqual([result.solid.columns["height_70p"].values[0]])
    const [low, high] = tops[1].sort()
    expect(tops[1]).toHaveLength(2)
    expect(low).toBeCloseTo(173, 1)
    // 70 % of the slopes' width from the eaves.
    expect(high).toBeCloseTo(176 + 0.7 * 2, 1)
  })

  it("a step below 2 m parts nothing", () => {
    const { tops } = built(176.2)
    expect(tops[1]).toEqual(tops[0])
  })
})

describe("parapets", () => {
  /** Corners and height range in metres of each roof face, the lowest first. */
  const roofsOf = ({ solid }: ReturnType<typeof runBuilding>) =>
    polyhedraOf(solid)
      .flatMap(({ positions, faces }) =>
        faces
          .filter(({ kind }) => kind === 2)
          .map(({ rings }) => {
            const z = rings.flat().map((v) => positions[3 * v + 2]! / 1000)
            return { corners: rings.map((ring) => ring.length), low: Math.min(...z), high: Math.max(...z) }
          }),
      )
      .sort((p, q) => p.low - q.low)
  const build = (outlines: readonly ArrayLike<number>[], points: PointsMm, members: Footprint["members"] = []) => {
    const object = footprintOf("b", outlines, ground, members)
    const result = runBuilding(cell, [object], points)
    expectSound(result, [object])
    expect(strictFaults(result.solid)).toEqual([])
    return result
  }

  it.each([
    ["all", [4, 4]],
    ["three", [8]],
    [0.7, [4]],
  ] as const)("along %s: one level step around the roof, with the truth's volume", (along, corners) => {
    for (const [density, thickness, height] of [
      [10, 0.3, 1.2],
      [20, 0.5, 1.2],
      [60, 0.4, 0.6],
    ] as const) {
      const truth = stand(RoofShape.parapet(16, 12, { thickness, height, along }), 17)
      const result = build(truth.outline, scan(truth, density, density))
      const [roof, rim, ...others] = roofsOf(result)
      expect(others).toEqual([])
      expect(rim!.corners).toEqual(corners)
      expect(rim!.high).toBe(rim!.low)
      expect(rim!.high).toBeCloseTo(181 + height, 1)
      expect(roof!.high).toBeCloseTo(181, 1)
      const volume = result.solid.columns["volume"].values[0] as number
      // A parapet along 70 % of an edge stands along all of it.
      const missing = along === 0.7 ? 0.3 * 16 * thickness * height : 0
      const rimVolume = (volume - missing) / trueVolume(truth, footprintOf("b", truth.outline, ground).levelMm / 1000)
      expect(Math.abs(rimVolume - 1)).toBeLessThan(0.002)
      expect(result.solid.columns["height_70p"].values[0]).toBeCloseTo(181, 1)
      expect(result.solid.columns["height_ridge"].values[0]).toBeCloseTo(181, 1)
      for (const { positions, faces } of polyhedraOf(result["flat-solid"]))
        for (const { rings } of faces.filter(({ kind }) => kind === 2))
          expect(positions[3 * rings[0]![0]! + 2]! / 1000).toBeCloseTo(181, 1)
    }
  })

  it("along 40 % of one side there is none", () => {
    for (const density of [10, 20, 60]) {
      const truth = stand(RoofShape.parapet(16, 12, { thickness: 0.3, height: 0.6, along: 0.4 }), 17)
      expect(roofsOf(build(truth.outline, scan(truth, density, density)))).toHaveLength(1)
    }
  })

  /** Points of flat roofs with a rim along their rings (metres), as far as it is wanted. */
  const rimmed = (
    rings: readonly ArrayLike<number>[],
    box: readonly [number, number, number, number],
    at: number,
    seed: number,
  ): PointsMm => {
    const open = rings.map((ring) => Float64Array.from(ring))
    const nearest = (x: number, y: number): number =>
      Math.min(
        ...open.flatMap((ring) =>
          Array.from({ length: ring.length / 2 }, (_, i) => {
            const [j, n] = [2 * i, ring.length]
            return squareToSegment(x, y, ring[j]!, ring[j + 1]!, ring[(j + 2) % n]!, ring[(j + 3) % n]!)
          }),
        ),
      )
    const height = (x: number, y: number): number =>
      isInsideHalfOpen(open, x, y) ? at + (nearest(x, y) < 0.4 ** 2 ? 0.9 : 0) : Number.NaN
    return scanRoof(height, box, { density: 15, sigma: 0.03, seed })
  }

  it("closes around corners that point inwards, and around a courtyard", () => {
    for (const shape of [shapes.ell, shapes.courtyard]) {
      const { outline, box } = stand(shape, 33)
      const rims = roofsOf(build(outline, rimmed(outline, box, 181, 4))).filter(({ low }) => low > 181.5)
      const corners = outline.map((ring) => ring.length / 2 - 1)
      expect(rims.map((rim) => rim.corners)).toEqual(corners.map((count) => [count, count]))
      for (const { high } of rims) expect(high).toBeCloseTo(181.9, 1)
    }
  })

  it("a party wall has the vertices of both parapets, and a higher neighbour makes none", () => {
    const box = (west: number, east: number): number[] =>
      [west, 10, east, 10, east, 22, west, 22].map((value, i) => value + (i % 2 === 0 ? X : Y))
    const [west, east] = [box(10, 22), box(22, 36)]
    const member = (id: string, ring: number[]): Footprint["members"][number] => ({
      id,
      rings: [Float64Array.from(ring, (value) => value * 1000)],
      attributes: {},
    })
    const whole = [box(10, 36)]
    const members = [member("w", west), member("e", east)]
    const left = rimmed([west], [X + 10, Y + 10, X + 22, Y + 22], 181, 7)
    const equal = build(whole, [...left, ...rimmed([east], [X + 22, Y + 10, X + 36, Y + 22], 181, 8)], members)
    expect(roofsOf(equal).map(({ corners }) => corners)).toEqual([[4], [4], [4, 4], [4, 4]])
    // The higher roof reaches 0.3 m over the lower one.
    const over = scanRoof(() => 182, [X + 21.7, Y + 10, X + 36, Y + 22], { density: 15, sigma: 0.03, seed: 9 })
    const flat = scanRoof(() => 181, [X + 10, Y + 10, X + 21.7, Y + 22], { density: 15, sigma: 0.03, seed: 7 })
    expect(roofsOf(build(whole, [...flat, ...over], members)).map(({ corners }) => corners)).toEqual([[4], [4]])
  })
})

describe("mesh.building on anything", () => {
  it("solids are closed, manifold and oriented over 120 random blocks and point clouds", () => {
    const lods = new Map<string, number>()
    const strict: string[] = []
    for (let seed = 1; seed <= 120; seed++) {
      const random = seededRandom(seed)
      const object = randomBlock(random)
      const points = randomPoints(random)
      const rings = object.rings.map(({ xyz }) => xyz)
      if (!points.some(([px, py]) => isInsideHalfOpen(rings, px, py, 3))) continue
      const result = runBuilding(cell, [object], points)
      expect(result["building-model-quality"]["buildingsFailed"]).toBe(0)
      expectSound(result, [object])
      expectInRange(result, points, object)
      strict.push(...strictFaults(result.solid).map((code) => `${seed}: ${code}`))
      const lod = String(result.solid.columns["lod"]?.values[0])
      lods.set(lod, (lods.get(lod) ?? 0) + 1)
    }
    expect(strict).toEqual([])
    // The others have nothing but noise, or lie under the ground.
    expect(lods.get("2.2") ?? 0).toBeGreaterThan(45)
  })

  it("a block without points has neither solid, skin nor roof plan", () => {
    const object = footprintOf("b", [[X + 10, Y + 10, X + 20, Y + 10, X + 20, Y + 18, X + 10, Y + 18]], ground)
    const result = runBuilding(cell, [object], [])
    expect(result.solid.ids).toEqual([])
    expect(result.skin.triangles).toHaveLength(0)
    expect(decodeRoofPlans(result["roof-plan"])).toEqual([])
  })

  it.each([14.72, 14.8, 14.9, 14.95, 15])(
    "an annex whose wall is at %f m, nearly under the ridge at 15 m, has no fin along it",
    (wall) => {
      const [house, annex] = [
        [X + 10, Y + 10, X + 24, Y + 20],
        [X + 24, Y + wall, X + 34, Y + 20],
      ] as const
      const corners = [10, 10, 24, 10, 24, wall, 34, wall, 34, 20, 10, 20]
      const object = footprintOf("b", [corners.map((value, i) => value + (i % 2 === 0 ? X : Y))], () => 170)
      const gable = scanRoof((_, y) => 180 - 0.8 * Math.abs(y - Y - 15), house, { density: 12, sigma: 0.02, seed: 4 })
      const flat = scanRoof(() => 174, annex, { density: 12, sigma: 0.02, seed: 5 })
      const result = runBuilding(cell, [object], [...gable, ...flat])
      expectSound(result, [object])
      const [solid] = polyhedraOf(result.solid)
      const { origin } = result.solid
      const high = solid!.faces
        .filter(({ kind }) => kind === 2)
        .flatMap(({ rings }) => rings.flat())
        .filter((v) => solid!.positions[3 * v + 2]! / 1000 + origin[2] > 175)
      const east = Math.max(...high.map((v) => solid!.positions[3 * v]! / 1000 + origin[0] - X))
      expect(east).toBeLessThan(24.7)
    },
  )

  it("points under the ground lift nothing out of it: LoD1.2 with the reason", () => {
    const object = footprintOf("b", [[X + 10, Y + 10, X + 20, Y + 10, X + 20, Y + 18, X + 10, Y + 18]], ground)
    const points = scanRoof(() => 160, [X + 10, Y + 10, X + 20, Y + 18], { density: 10, sigma: 0.02, seed: 3 })
    const result = runBuilding(cell, [object], points)
    expectSound(result, [object])
    expect(result.solid.columns["reason"]?.values).toEqual(["roof below the ground"])
  })

  it("a part deep under the ground gets a flat roof just over it, the rest keeps its planes", () => {
    const object = footprintOf("b", [[X + 10, Y + 10, X + 30, Y + 10, X + 30, Y + 18, X + 10, Y + 18]], ground)
    const points = scanRoof((x) => (x < X + 22 ? 178 : 162), [X + 10, Y + 10, X + 30, Y + 18], {
      density: 10,
      sigma: 0.02,
      seed: 3,
    })
    const result = runBuilding(cell, [object], points)
    expectSound(result, [object])
    expect(result.solid.columns["lod"]?.values).toEqual(["2.2"])
    expect(result.solid.columns["reason"]?.values).toEqual(["1 roof raised to the ground"])
    expect(result.solid.columns["height_ridge"]?.values[0]).toBeCloseTo(178, 1)
  })

  it("a pit inside a roof does not reach below the floor", () => {
    const object = footprintOf("b", [[X + 10, Y + 10, X + 30, Y + 10, X + 30, Y + 26, X + 10, Y + 26]], ground)
    const inPit = (x: number, y: number): boolean => Math.abs(x - X - 20) < 4 && Math.abs(y - Y - 18) < 3
    const points = scanRoof((x, y) => (inPit(x, y) ? 160 : 178), [X + 10, Y + 10, X + 30, Y + 26], {
      density: 10,
      sigma: 0.02,
      seed: 3,
    })
    const result = runBuilding(cell, [object], points)
    expectSound(result, [object])
    expect(result.solid.columns["height_eaves"]?.values[0]).toBeGreaterThan(object.levelMm / 1000)
    expect(result.solid.columns["height_eaves"]?.values[0]).toBeLessThan(172)
  })

  it("nothing in, nothing out", () => {
    const result = runBuilding(cell, [], [])
    expect(result.skin.objects?.ids).toEqual([""])
    expect(result.solid.solidEnds.length).toBe(0)
  })
})

describe("mesh.building on blocks and tiles", () => {
  it("members of a block have a solid and a row each; the skin has no wall between equal heights", () => {
    const rectangle = (a: number, b: number): Float64Array =>
      Float64Array.of(a, Y + 10, b, Y + 10, b, Y + 20, a, Y + 20)
    const mm = (ring: Float64Array): Float64Array => ring.map((value) => value * 1000)
    const members = [10, 18, 26].map((at, i) => ({
      id: `m${i}`,
      rings: [mm(rectangle(X + at, X + at + 8))],
      attributes: {},
    }))
    const object = footprintOf("block", [rectangle(X + 10, X + 34)], ground, members)
    const height = (x: number): number => (x < X + 26 ? 180 : 184)
    const points = scanRoof(height, [X + 10, Y + 10, X + 34, Y + 20], { density: 20, sigma: 0.02, seed: 8 })
    const result = runBuilding(cell, [object], points)
    expectSound(result, [object])
    expect(result.solid.ids).toEqual(["m0", "m1", "m2"])
    expect(result.skin.objects?.ids).toEqual(["", "m0", "m1", "m2"])
    const volume = polyhedraOf(result.solid).map((solid) => volumeOf(solid) / 1e9)
    const floor = object.levelMm / 1000
    expect(volume[0]).toBeCloseTo(80 * (180 - floor), -1)
    expect(volume[2]).toBeCloseTo(80 * (184 - floor), -1)
    expect(wallArea(result.skin, X + 18)).toBe(0)
    expect(wallArea(result.skin, X + 26)).toBeGreaterThan(30)
  })

  it("members that meet in T-junctions all stand, whatever their roofs", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed)
      const [x, y] = [X + 10 + random(), Y + 10 + random()]
      const members: Footprint["members"][number][] = []
      const rectangle = (x0: number, y0: number, x1: number, y1: number): Float64Array =>
        Float64Array.of(x0, y0, x1, y0, x1, y1, x0, y1)
      for (let column = 0; column < 3; column++) {
        const split = y + 3 + 6 * random()
        for (const [y0, y1] of [
          [y, split],
          [split, y + 12],
        ] as const) {
          const ring = rectangle(x + 7 * column, y0, x + 7 * (column + 1), y1).map((value) => Math.round(value * 1000))
          members.push({ id: `m${members.length}`, rings: [ring], attributes: {} })
        }
      }
      const object = footprintOf("block", [rectangle(x, y, x + 21, y + 12)], ground, members)
      const points = randomPoints(random, [x - 1, y - 1, x + 22, y + 13])
      if (points.length === 0) continue
      const result = runBuilding(cell, [object], points)
      expectSound(result, [object])
      expect(new Set(result.solid.ids)).toEqual(new Set(members.map(({ id }) => id)))
      const plan = Array.from(result.skin.objects?.columns["area"]?.values.slice(1) as Float64Array)
      members.forEach(({ rings }, m) => {
        const [ring] = rings as [Float64Array]
        const area =
          (((ring[2] as number) - (ring[0] as number)) / 1e3) * (((ring[5] as number) - (ring[3] as number)) / 1e3)
        expect(Math.abs((plan[m] as number) - area)).toBeLessThan(0.05 * area)
      })
    }
  })

  it("a block over a border is the same, whichever tile holds which points", () => {
    const truth = standBuilding("b", shapes.ell, { x: X + 90, y: Y + 40, degrees: 5, eaves: 181 })
    const object = footprintOf("b", truth.outline, ground)
    const points = scan(truth, 15, 4)
    const wide = [X, Y, X + 200, Y + 200] as const
    const alone = runBuilding(wide, [object], points)
    const own = points.filter(([x]) => x < (X + 100) * 1000)
    const others = points.filter(([x]) => x >= (X + 100) * 1000)
    const axis = (k: 0 | 1 | 2, by: number): Int32Array => Int32Array.from(others, (p) => p[k] - by)
    const origin = [(X + 100) * 1000, Y * 1000, 0] as const
    const set = encodePointSet({ origin, x: axis(0, origin[0]), y: axis(1, origin[1]), z: axis(2, 0) })
    const shared = runBuilding(cell, [object], points, [set])
    expect(own.length).toBeLessThan(points.length)
    expect(shared.skin).toEqual(alone.skin)
    expect(shared.solid).toEqual(alone.solid)
    expect(runBuilding(wide, [object], [...points].reverse()).skin).toEqual(alone.skin)
    expect(runBuilding([X + 100, Y, X + 200, Y + 100], [object], points).solid.ids).toEqual([])
  })
})

/**
 * Every true face has a roof triangle over its middle within 0.10 m of it and 2° of its plane, and
 * no vertex of the roof leaves the truth by 0.3 m.
 */
const expectRoof = (result: ReturnType<typeof runBuilding>, truth: Building): void => {
  for (const face of truth.faces) {
    const ring = face.rings[0] as Float64Array
    const n = ring.length / 2 - 1
    let [x, y] = [0, 0]
    for (let i = 0; i < n; i++) [x, y] = [x + (ring[2 * i] as number) / n, y + (ring[2 * i + 1] as number) / n]
    if (face.rings.length > 1) [x, y] = [(ring[0] as number) * 0.97 + x * 0.03, (ring[1] as number) * 0.97 + y * 0.03]
    const hit = roofAt(result.skin, x, y)
    expect(hit).toBeDefined()
    expect(Math.abs((hit?.z ?? 0) - planeHeight(face, x, y))).toBeLessThan(0.1)
    const { a, b } = face.plane
    const cos = ((hit?.normal[0] ?? 0) * -a + (hit?.normal[1] ?? 0) * -b + (hit?.normal[2] ?? 0)) / Math.hypot(a, b, 1)
    expect((Math.acos(Math.min(1, cos)) * 180) / Math.PI).toBeLessThan(2)
  }
}

const roofAt = ({ positions, triangles, origin }: ReturnType<typeof runBuilding>["skin"], x: number, y: number) => {
  const vertex = (v: number): number[] =>
    [0, 1, 2].map((k) => (positions[3 * v + k] as number) / 1000 + (origin[k] as number))
  for (let t = 0; t < triangles.length; t += 3) {
    const [p, q, r] = [0, 1, 2].map((k) => vertex(triangles[t + k] as number)) as [number[], number[], number[]]
    const [ax, ay, az] = p as [number, number, number]
    const [u, v] = [q, r].map((c) => [(c[0] as number) - ax, (c[1] as number) - ay, (c[2] as number) - az]) as [
      number[],
      number[],
    ]
    const [ux, uy, uz] = u as [number, number, number]
    const [vx, vy, vz] = v as [number, number, number]
    const area = ux * vy - uy * vx
    if (area < 1e-9) continue
    const s = ((x - ax) * vy - (y - ay) * vx) / area
    const w = (ux * (y - ay) - uy * (x - ax)) / area
    if (s < 0 || w < 0 || s + w > 1) continue
    const normal = [uy * vz - uz * vy, uz * vx - ux * vz, area]
    const length = Math.hypot(...normal)
    return { z: az + s * uz + w * vz, normal: normal.map((value) => value / length) }
  }
  return undefined
}

const trueVolume = (truth: Building, floor: number): number => {
  let sum = 0
  for (let x = truth.box[0] + 0.05; x < truth.box[2]; x += 0.1) {
    for (let y = truth.box[1] + 0.05; y < truth.box[3]; y += 0.1) {
      const z = roofHeight(truth, x, y)
      if (!Number.isNaN(z)) sum += (z - floor) * 0.01
    }
  }
  return sum
}

/**
 * A star-shaped outline of 3 to 14 corners, from half a metre to 30 m, now and then with a
 * courtyard.
 */
const randomBlock = (random: () => number): Footprint => {
  const [cx, cy] = [X + 50 + random(), Y + 50 + random()]
  const size = random() < 0.2 ? 0.5 + random() : 2 + random() * 14
  const n = 3 + Math.floor(random() * 12)
  const spin = random() * 6.28
  const star = (scale: number, sign: number): number[] => {
    const ring: number[] = []
    for (let i = 0; i < n; i++) {
      const angle = spin + (sign * (i + 0.6 * random()) * 2 * Math.PI) / n
      const radius = scale * (0.55 + 0.45 * random())
      ring.push(cx + radius * Math.cos(angle), cy + radius * Math.sin(angle))
    }
    return ring
  }
  const rings = [star(size, 1)]
  if (n > 5 && random() < 0.3) rings.push(star(size * 0.3, -1))
  return footprintOf("r", rings, ground)
}

/** From nothing to a storm: planes, steps, noise. */
const randomPoints = (
  random: () => number,
  box: readonly [number, number, number, number] = [X + 33, Y + 33, X + 67, Y + 67],
): PointsMm => {
  const kind = Math.floor(random() * 4)
  const density = [0, 0.3, 4, 20][Math.floor(random() * 4)] as number
  const planes = Array.from(
    { length: 1 + Math.floor(random() * 6) },
    () => [random() - 0.5, random() - 0.5, 176 + random() * 14] as const,
  )
  const height = (x: number, y: number): number => {
    const heights = planes.map(([a, b, c]) => c + a * (x - X - 50) + b * (y - Y - 50))
    if (kind === 0) return Math.min(...heights)
    if (kind === 1) return heights[(Math.floor((x - X) / 5) + 2 * Math.floor((y - Y) / 4)) % heights.length] as number
    if (kind === 2) return 172 + random() * 20
    return random() < 0.15 ? 165 + random() * 60 : Math.max(...heights)
  }
  return scanRoof(height, box, {
    density,
    sigma: 0.04,
    seed: 1 + Math.floor(random() * 1e6),
  })
}

/**
 * No roof vertex leaves the heights of the points by more than half a metre, unless the ground
 * lifts it.
 */
const expectInRange = (result: ReturnType<typeof runBuilding>, points: PointsMm, object: Footprint): void => {
  const heights = points.map(([, , z]) => z)
  const feet = object.rings.flatMap(({ xyz }) => Array.from(xyz).filter((_, i) => i % 3 === 2))
  const [low, high] = [Math.min(...heights) - 500, Math.max(Math.max(...heights) + 500, Math.max(...feet) + 3100)]
  for (const { positions, faces } of polyhedraOf(result.solid)) {
    for (const { kind, rings } of faces) {
      if (kind !== 2) continue
      for (const v of rings.flat()) {
        expect(positions[3 * v + 2]).toBeGreaterThanOrEqual(low)
        expect(positions[3 * v + 2]).toBeLessThanOrEqual(high)
      }
    }
  }
}

/** Area of the triangles that lie in the plane of one x. */
const wallArea = ({ positions, triangles, origin }: ReturnType<typeof runBuilding>["skin"], x: number): number => {
  let area = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [0, 1, 2].map((k) => triangles[t + k] as number)
    if (!corners.every((v) => Math.abs((positions[3 * v] as number) / 1000 + origin[0] - x) < 0.1)) continue
    const [a, b, c] = corners.map((v) => [
      (positions[3 * v + 1] as number) / 1000,
      (positions[3 * v + 2] as number) / 1000,
    ]) as [number[], number[], number[]]
    const [ay, az] = a as [number, number]
    area +=
      Math.abs(((b[0] as number) - ay) * ((c[1] as number) - az) - ((c[0] as number) - ay) * ((b[1] as number) - az)) /
      2
  }
  return area
}
