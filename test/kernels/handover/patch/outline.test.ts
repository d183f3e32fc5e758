import { describe, expect, it } from "vitest"
import { isInsideHalfOpen } from "../../../../engine/core/geometry/rings.js"
import { objectId } from "../../../../engine/core/hash.js"
import { contourFeatures } from "../../../../kernels/contour/lines/line.js"
import { outlineFeatures, outlinePatch } from "../../../../kernels/handover/patch/outline.js"

describe("outlines of patches", () => {
  it("say where the point lies whose hash their id is: inside, in CRS metres", () => {
    // An L: two rows of 20 cells, then eight of 4, far from the origin.
    const rows = Int32Array.from({ length: 10 }, (_, i) => 13_000_000 + i)
    const starts = new Int32Array(10).fill(1_540_000)
    const ends = Int32Array.from({ length: 10 }, (_, i) => 1_540_000 + (i < 2 ? 20 : 4))
    const rules = { cellMm: 500, minArea: 1, minHole: 1, tolerance: 0, close: 0 }
    const outline = outlinePatch({ rows, starts, ends }, rules, "water")
    if (outline === undefined) throw new Error("no outline")
    const { anchors, ids, coordinates } = outlineFeatures([outline], {})
    const [x = Number.NaN, y = Number.NaN] = anchors ?? []
    expect([x, y]).toEqual([770005, 6500000.25])
    expect(ids).toEqual([objectId("water", x, y)])
    expect(isInsideHalfOpen([coordinates], x, y)).toBe(true)
    // The centre of its box lies outside of an L.
    expect(isInsideHalfOpen([coordinates], 770005, 6500002.5)).toBe(false)
  })
})

describe("contour lines", () => {
  it("have the middle vertex before simplification for a representative point", () => {
    const xy = Float64Array.of(0, 0, 10, 1, 20, 0, 30, 0, 40, 0)
    const rules = { interval: 1, index: 5, minLength: 1, tolerance: 5, smooth: 0 }
    const { features } = contourFeatures([{ level: 3, xy }], rules)
    expect(features.coordinates).toEqual(Float64Array.of(0, 0, 40, 0))
    expect(features.anchors).toEqual(Float64Array.of(20, 0))
  })
})
