import { describe, expect, it } from "vitest"
import { RoofShape, roofHeight, standBuilding } from "../../../fixtures/sample/roofs.js"
import {
  footprintOf,
  type PointsMm,
  runBuilding,
  scanLines,
  scanRoof,
  strictFaults,
} from "../../scenes/building-scene.js"

const [X, Y] = [842000, 6520000]
const cell = [X, Y, X + 100, Y + 100] as const

/** Plain roofs, and how many planes they have. */
const plain = [
  ["a gable", RoofShape.gable(12, 8, 0.8), 2],
  ["a steep gable", RoofShape.gable(15, 9, 1.2), 2],
  ["a hip", RoofShape.hip(13, 9, 0.7), 4],
  ["a long hip", RoofShape.hip(18, 8, 0.5), 4],
] as const

describe.each(plain)("%s", (_, shape, planes) => {
  const stand = (degrees: number) => standBuilding("b", shape, { x: X + 40, y: Y + 40, degrees, eaves: 176 })
  const modelOf = (degrees: number, scan: (height: (x: number, y: number) => number) => PointsMm) => {
    const house = stand(degrees)
    const object = footprintOf("b", house.outline, () => 170)
    const { solid } = runBuilding(
      cell,
      [object],
      scan((x, y) => roofHeight(house, x, y)),
    )
    expect(strictFaults(solid)).toEqual([])
    return [solid.columns["planes"]?.values[0], solid.columns["rmse"]?.values[0] as number] as const
  }

  it.each([10, 20, 40, 60])("has its planes at %i points/m²", (density) => {
    for (const degrees of [0, 27, 61]) {
      const [found, rmse] = modelOf(degrees, (height) =>
        scanRoof(height, stand(degrees).box, { density, sigma: 0.03, seed: density + degrees }),
      )
      expect(found).toBe(planes)
      expect(rmse).toBeLessThan(0.05)
    }
  })

  it.each([0.1, 0.05, 0.03, 0.02])("has its planes with scan lines 1 m apart, a point each %f m", (along) => {
    const found = [0, 27, 61].flatMap((degrees) =>
      [0, 0.6, 1.4].map((angle) => {
        const [count, rmse] = modelOf(degrees, (height) =>
          scanLines(height, stand(degrees).box, { along, angle, sigma: 0.03, seed: 7 }),
        )
        expect(rmse).toBeLessThan(0.08)
        return count as number
      }),
    )
    // One more only where a scan line runs along the ridge.
    expect(Math.max(...found)).toBeLessThanOrEqual(planes + 1)
    expect(found.filter((count) => count === planes).length).toBeGreaterThanOrEqual(8)
  })
})
