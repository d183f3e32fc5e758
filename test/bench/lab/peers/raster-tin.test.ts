import { describe, expect, it } from "vitest"
import { meshError } from "../../../../bench/lab/peers/raster-tin.js"

describe("meshError", () => {
  // Heights of 3 × 3 cells; two triangles over its corners, flat at 0.
  const flat = { column: [0, 2, 0, 2], row: [0, 0, 2, 2], z: [0, 0, 0, 0], triangles: [0, 1, 2, 1, 3, 2] }

  it("looks at every cell once, those on edges and corners too", () => {
    const heights = [0, 3, 0, 0, 4, 0, 0, 0, 0]
    expect(meshError(heights, 3, flat)).toEqual({ max: 4, rms: Math.sqrt(25 / 9), uncovered: 0 })
  })

  it("interpolates linearly, whichever way a triangle turns", () => {
    const tilted = { ...flat, z: [0, 2, 4, 6] }
    const heights = [0, 1, 2, 2, 3, 4, 4, 5, 6]
    for (const triangles of [flat.triangles, [0, 2, 1, 1, 2, 3]]) {
      expect(meshError(heights, 3, { ...tilted, triangles })).toEqual({ max: 0, rms: 0, uncovered: 0 })
    }
  })

  it("counts the cells that no triangle covers, and leaves them out of the errors", () => {
    const heights = [0, 0, 0, 0, 0, 9, 0, 9, 9]
    expect(meshError(heights, 3, { ...flat, triangles: [0, 1, 2] })).toEqual({ max: 0, rms: 0, uncovered: 3 })
  })
})
