import { describe, expect, it } from "vitest"
import { doubledArea, isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import { type Building, RoofShape, roofHeight, standRow } from "../../../fixtures/sample/roofs.js"
import { faceKind } from "../../../kernels/building/solid/polyhedron.js"
import {
  footprintOf,
  type PointsMm,
  polyhedraOf,
  runBuilding,
  scanLines,
  scanRoof,
  strictFaults,
} from "../../scenes/building-scene.js"

const [X, Y] = [842000, 6520000]
const cell = [X, Y, X + 100, Y + 100] as const
const around = [X + 25, Y + 20, X + 90, Y + 80] as const
const [COUNT, LENGTH, WIDTH] = [8, 5.4, 9]

const roofs = [
  ["flat", RoofShape.flat(LENGTH, WIDTH), 1],
  ["a low gable", RoofShape.gable(LENGTH, WIDTH, 0.5), 2],
  ["a gable", RoofShape.gable(LENGTH, WIDTH, 0.8), 2],
  ["a steep gable", RoofShape.gable(LENGTH, WIDTH, 1.2), 2],
] as const

/** Eaves of the houses: up a slope, or every other one higher. */
const steps = [
  ["up a slope, 0.5 m", (i: number) => 0.5 * i],
  ["up a slope, 0.7 m", (i: number) => 0.7 * i],
  ["up and down, 0.5 m", (i: number) => 0.5 * (i % 2)],
  ["up and down, 1 m", (i: number) => i % 2],
] as const

describe.each(roofs)("row houses with %s roof", (_, shape, planes) => {
  it.each(steps)("that step %s are divided", (_step, rise) => {
    const eaves = Array.from({ length: COUNT }, (_, i) => 176 + rise(i))
    const facesOf = (degrees: number, scan: (height: Height, box: typeof around) => PointsMm): number[][] => {
      const houses = standRow(shape, LENGTH, eaves, { x: X + 35, y: Y + 30, degrees })
      const object = footprintOf("row", [outlineOf(houses)], () => 170)
      const height: Height = (x, y) =>
        houses.reduce((z, house) => (Number.isNaN(z) ? roofHeight(house, x, y) : z), Number.NaN)
      const { solid } = runBuilding(cell, [object], scan(height, around))
      expect(strictFaults(solid)).toEqual([])
      const areas = areasOver(solid, houses)
      for (const area of areas.flat()) expect(area).toBeGreaterThan(1)
      return areas
    }
    for (const degrees of [0, 27]) {
      for (const density of [10, 40]) {
        const areas = facesOf(degrees, (height, box) =>
          scanRoof(height, box, { density, sigma: 0.03, seed: density + degrees }),
        )
        expect(areas.map((own) => own.length)).toEqual(eaves.map(() => planes))
        // Party walls are within 0.6 m of their places.
        const mean = (LENGTH * WIDTH) / planes
        for (const area of areas.flat()) expect(Math.abs(area - mean)).toBeLessThan((0.6 * WIDTH) / planes)
      }
      const lined = facesOf(degrees, (height, box) =>
        scanLines(height, box, { along: 0.05, angle: 0.6, sigma: 0.03, seed: 7 }),
      )
      // One face of two houses only where scan lines 1 m apart run along the ridge.
      expect(lined.flat().length).toBeGreaterThanOrEqual(planes * COUNT - 1)
    }
  })
})

type Height = (x: number, y: number) => number

/** The outline around the row: one object of class 6. */
const outlineOf = (houses: readonly Building[]): number[] => {
  const [first, last] = [houses[0]!.outline[0]!, houses[COUNT - 1]!.outline[0]!]
  return [...first.slice(0, 2), ...last.slice(2, 6), ...first.slice(6, 8)]
}

/** Areas in plan, m², of the roof faces over each house, by their middles. */
const areasOver = (solid: Parameters<typeof polyhedraOf>[0], houses: readonly Building[]): number[][] => {
  const areas: number[][] = houses.map(() => [])
  for (const { positions, faces } of polyhedraOf(solid))
    for (const { kind, rings } of faces) {
      if (kind !== faceKind.roof) continue
      const places = rings[0]!.map((v) => [0, 1].map((k) => positions[3 * v + k]! / 1000))
      const mean = [0, 1].map((k) => places.reduce((sum, place) => sum + place[k]!, 0) / places.length)
      const at = houses.findIndex(({ outline }) => isInsideHalfOpen(outline, X + mean[0]!, Y + mean[1]!))
      areas[at]?.push(doubledArea(places.flat()) / 2)
    }
  return areas
}
