import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { findGaps } from "../../../engine/spatial/gaps.js"

/** A delivered 1 km tile: its points end 1 cm before its border, or on it. */
const km = (x: number, y: number, short = 0.01): Box2 => [
  x * 1000,
  y * 1000,
  (x + 1) * 1000 - short,
  (y + 1) * 1000 - short,
]

describe("findGaps", () => {
  it("finds the hole of a ring, once", () => {
    const ring = [0, 1, 2].flatMap((x) => [0, 1, 2].flatMap((y) => (x === 1 && y === 1 ? [] : [km(700 + x, 6600 + y)])))
    expect(findGaps(ring)).toEqual([[701_000, 6_601_000, 702_000, 6_602_000]])
  })

  it("finds what is missing between two tiles of a row or a column, not at the end", () => {
    expect(findGaps([km(10, 5), km(13, 5)])).toEqual([
      [11_000, 5000, 12_000, 6000],
      [12_000, 5000, 13_000, 6000],
    ])
    expect(findGaps([km(10, 5), km(10, 7)])).toEqual([[10_000, 6000, 11_000, 7000]])
    expect(findGaps([km(10, 5), km(11, 5), km(11, 6)])).toEqual([])
  })

  it("takes no closed border for a cover of the neighbour", () => {
    expect(findGaps([km(10, 5, 0), km(12, 5, 0)])).toEqual([[11_000, 5000, 12_000, 6000]])
  })

  it("does not fill the way to another area", () => {
    expect(findGaps([km(10, 5), km(21, 5)])).toHaveLength(10)
    expect(findGaps([km(10, 5), km(22, 5)])).toEqual([])
  })

  it("works on the grid that fits the smallest source", () => {
    const tile = (x: number): Box2 => [x, 6_277_500, x + 49.99, 6_277_549.99]
    expect(findGaps([tile(770_500), tile(770_600)])).toEqual([[770_550, 6_277_500, 770_600, 6_277_550]])
    expect(findGaps([])).toEqual([])
  })
})
