import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { localObjects, placeTo } from "../../../../kernels/handover/footprint/footprint.js"
import { footprintOf, isInside, rectangle, ringOf } from "../../../scenes/terrain-scene.js"

const flat = (): number => 0

describe("placeTo", () => {
  it("agrees with a plain even–odd count over rings with holes, far over the tile's sides", () => {
    const outer = rectangle(30_000, 20_000, 90_000, 40_000, 0.3)
    const hole = [...rectangle(25_000, 25_000, 20_000, 9000, 1)].reverse()
    const object = footprintOf(9, "w", [ringOf(outer, 1e9, flat), ringOf(hole, 1e9, flat)], 0)
    const [local] = localObjects([object], [0, 0, 0], 50_000)
    const random = seededRandom(1)
    let inside = 0
    for (let i = 0; i < 5000; i++) {
      const [x, y] = [Math.floor(random() * 82_000) - 16_000, Math.floor(random() * 82_000) - 16_000]
      // Half a millimetre beside the whole ones: on no vertex.
      const wanted = isInside(outer, x, y + 0.5) && !isInside(hole, x, y + 0.5)
      if (wanted) inside++
      expect(placeTo(local!, x, y + 0.5)).toBe(wanted ? 1 : -1)
    }
    expect(inside).toBeGreaterThan(1000)
  })

  it("knows its own edges and vertices, level ones too", () => {
    const ring = ringOf(rectangle(10_000, 10_000, 8000, 6000, 0), 1e9, flat)
    const [local] = localObjects([footprintOf(6, "b", [ring], 0)], [0, 0, 0], 50_000)
    for (const [x, y] of [
      [6000, 7000],
      [9000, 7000],
      [14_000, 8000],
      [14_000, 13_000],
    ] as const) {
      expect(placeTo(local!, x, y)).toBe(0)
    }
    expect([placeTo(local!, 5999, 7000), placeTo(local!, 14_001, 13_000), placeTo(local!, 6001, 7001)]).toEqual([
      -1, -1, 1,
    ])
  })

  it("leaves out objects apart from the tile", () => {
    const ring = ringOf(rectangle(-10_000, 10_000, 8000, 6000, 0), 1e9, flat)
    expect(localObjects([footprintOf(6, "b", [ring], 0)], [0, 0, 0], 50_000)).toEqual([])
  })
})
