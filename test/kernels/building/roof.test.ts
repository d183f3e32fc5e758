import { describe, expect, it } from "vitest"
import type { Features, Tile } from "../../../engine/kernel.js"
import { createArena } from "../../../engine/worker/thread-use.js"
import { type Building, RoofShape, roofHeight, standBuilding } from "../../../fixtures/sample/roofs.js"
import roof from "../../../kernels/building/roof.js"
import { footprintOf, runBuilding, scanRoof } from "../../scenes/building-scene.js"

const [X, Y] = [842000, 6520000]
const cell = [X, Y, X + 100, Y + 100] as const
const tile: Tile = { key: "0/0/0", cell, core: cell, extent: cell, origin: [X, Y, 0], step: 1, epsg: 2154 }

/**
 * Planes of each form. The gables of the L cross: faces on one plane touch in a point there, and
 * are two.
 */
const shapes: Readonly<Record<string, readonly [shape: RoofShape, planes: number]>> = {
  flat: [RoofShape.flat(16, 12), 1],
  gable: [RoofShape.gable(18, 10, 0.6), 2],
  hip: [RoofShape.hip(16, 10, 0.5), 4],
  ell: [RoofShape.ell(20, 8, 0.55), 8],
  courtyard: [RoofShape.courtyard(26, 24, 10, 8), 1],
}

const layerOf = (truth: Building, density: number): Features => {
  const object = footprintOf("b", truth.outline, () => 170)
  const points = scanRoof((x, y) => roofHeight(truth, x, y), truth.box, { density, sigma: 0.03, seed: density })
  const made = runBuilding(cell, [object], points)
  return roof.run(tile, { "roof-plan": made["roof-plan"] }, { flat: 2 }, createArena()).roof
}

const numbers = (features: Features, name: string): number[] => [...(features.columns[name]?.values ?? [])].map(Number)

/** Signed area of each ring of a feature, m². */
const ringAreas = ({ coordinates, ringEnds, partEnds }: Features, f: number): number[] => {
  const areas: number[] = []
  for (let r = f > 0 ? (partEnds[f - 1] as number) : 0; r < (partEnds[f] as number); r++) {
    const ring = coordinates.subarray(2 * (r > 0 ? (ringEnds[r - 1] as number) : 0), 2 * (ringEnds[r] as number))
    expect([...ring.slice(0, 2)]).toEqual([...ring.slice(-2)])
    let twice = 0
    for (let i = 2; i < ring.length; i += 2) {
      const [ax, ay, bx, by] = [...ring.slice(i - 2, i + 2)] as [number, number, number, number]
      twice += (ax - X) * (by - Y) - (bx - X) * (ay - Y)
    }
    areas.push(twice / 2)
  }
  return areas
}

/** Smallest angle between two directions, degrees. */
const turn = (a: number, b: number): number => Math.abs(((a - b + 540) % 360) - 180)

describe("vector.roof on roofs of known form", () => {
  for (const [name, [shape, planes]] of Object.entries(shapes)) {
    it(`${name}: ${planes} planes; slope and aspect within 1.5°, area within 2 %, at 10 and 25 points a m²`, () => {
      for (const [degrees, density] of [
        [0, 25],
        [17, 10],
        [73, 25],
      ] as const) {
        const truth = standBuilding("b", shape, { x: X + 40, y: Y + 40, degrees, eaves: 181 })
        const layer = layerOf(truth, density)
        expect(layer.ids.length).toBe(planes)
        expect(new Set(layer.ids).size).toBe(planes)
        const [slopes, aspects] = [numbers(layer, "slope"), numbers(layer, "aspect")]
        const [areas, plans] = [numbers(layer, "area"), numbers(layer, "area_plan")]
        let plan = 0
        for (let f = 0; f < planes; f++) {
          const rings = ringAreas(layer, f)
          expect(rings[0]).toBeGreaterThan(0)
          for (const hole of rings.slice(1)) expect(hole).toBeLessThan(0)
          const own = rings.reduce((sum, area) => sum + area, 0)
          expect(plans[f]).toBeCloseTo(own, 3)
          plan += own
          const steepness = Math.hypot(...trueGradient(truth, aspects[f] as number))
          expect(Math.abs((slopes[f] as number) - (Math.atan(steepness) * 180) / Math.PI)).toBeLessThan(1.5)
          expect((areas[f] as number) / (own * Math.hypot(1, steepness))).toBeCloseTo(1, 1)
          if (steepness === 0) expect(aspects[f]).toBeNaN()
          else {
            const [a, b] = trueGradient(truth, aspects[f] as number)
            expect(turn(aspects[f] as number, (Math.atan2(-a, -b) * 180) / Math.PI)).toBeLessThan(1.5)
          }
        }
        expect(plan / truth.area).toBeCloseTo(1, 4)
        const trueArea = truth.faces.reduce((sum, face) => sum + faceArea(face), 0)
        expect(Math.abs(areas.reduce((sum, area) => sum + area, 0) / trueArea - 1)).toBeLessThan(0.02)
        expect(Math.abs(Math.min(...numbers(layer, "height_min")) - truth.eaves)).toBeLessThan(0.15)
        expect(Math.abs(Math.max(...numbers(layer, "height_max")) - truth.top)).toBeLessThan(0.15)
        expect(Math.max(...numbers(layer, "rmse"))).toBeLessThan(0.05)
        expect(layer.columns["building"]?.values).toEqual(new Array(planes).fill("b"))
        expect(layer.columns["lod"]?.values).toEqual(new Array(planes).fill("2.2"))
      }
    })
  }

  it("does not know the tile grid: an outline fitted to its lines gives the roofs of the outline as it is", () => {
    const truth = standBuilding("b", RoofShape.hip(16, 10, 0.5), { x: X + 40, y: Y + 40, degrees: 0, eaves: 181 })
    const points = scanRoof((x, y) => roofHeight(truth, x, y), truth.box, { density: 12, sigma: 0.03, seed: 2 })
    const plain = footprintOf("b", truth.outline, () => 170)
    const [ring] = plain.rings as [(typeof plain.rings)[number]]
    // Two corners moved by 12 mm, as onto a line of the grid, and a crossing between others.
    const xyz = Array.from(ring.xyz, (value, i) => (i === 0 || i === 9 ? value - 12 : value))
    const fitted = {
      ...plain,
      rings: [
        {
          xyz: Float64Array.from([...xyz, X * 1000 + 32_000, Y * 1000 + 37_000, 170_000]),
          corner: Uint8Array.from([...ring.corner, 0]),
        },
      ],
      free: plain.rings,
    }
    const [whole, cut] = [plain, fitted].map((object) => runBuilding(cell, [object], points)["roof-plan"])
    expect(cut).toEqual(whole)
    // It does tell that the fitted outline is another one.
    const { free: _, ...unfree } = fitted
    expect(runBuilding(cell, [unfree], points)["roof-plan"]).not.toEqual(whole)
  })

  it("planes of a block of given outlines are those of its buildings", () => {
    const truth = standBuilding("b", RoofShape.gable(18, 10, 0.6), { x: X + 40, y: Y + 40, degrees: 0, eaves: 181 })
    const points = scanRoof((x, y) => roofHeight(truth, x, y), truth.box, { density: 12, sigma: 0.03, seed: 2 })
    const half = (west: number, east: number) =>
      Float64Array.from([west, 35_000, east, 35_000, east, 45_000, west, 45_000], (v, i) => v + 1000 * (i % 2 ? Y : X))
    const members = [
      { id: "west", rings: [half(31_000, 40_000)], attributes: {} },
      { id: "east", rings: [half(40_000, 49_000)], attributes: {} },
    ]
    const made = runBuilding(cell, [footprintOf("block", truth.outline, () => 170, members)], points)
    const layer = roof.run(tile, { "roof-plan": made["roof-plan"] }, { flat: 2 }, createArena()).roof
    expect([...(layer.columns["building"]?.values ?? [])].sort()).toEqual(["east", "east", "west", "west"])
    expect(numbers(layer, "area_plan").map(Math.round)).toEqual([45, 45, 45, 45])
  })

  it("no roof without a plan", () => {
    const layer = roof.run(tile, { "roof-plan": new Uint8Array(0) }, { flat: 2 }, createArena()).roof
    expect(layer.ids).toEqual([])
  })
})

/**
 * Gradient of the true face that falls most nearly as an aspect says; of the only plane where that
 * is flat.
 */
const trueGradient = ({ faces }: Building, aspect: number): [a: number, b: number] => {
  const best = [...faces].sort((p, q) => {
    const off = ({ plane: { a, b } }: (typeof faces)[number]): number =>
      turn(aspect, (Math.atan2(-a, -b) * 180) / Math.PI)
    return off(p) - off(q)
  })[0] as (typeof faces)[number]
  return [best.plane.a, best.plane.b]
}

const faceArea = ({ rings, plane: { a, b } }: Building["faces"][number]): number => {
  let twice = 0
  for (const ring of rings)
    for (let i = 2; i < ring.length; i += 2)
      twice +=
        ((ring[i - 2] as number) - X) * ((ring[i + 1] as number) - Y) -
        ((ring[i] as number) - X) * ((ring[i - 1] as number) - Y)
  return (twice / 2) * Math.hypot(1, a, b)
}
