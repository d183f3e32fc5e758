import { describe, expect, it } from "vitest"
import { surfaceDifference } from "../../../kernels/geometry/surface-difference.js"

describe("surfaceDifference", () => {
  it("finds the largest distance where coarse edges cross fine ones", () => {
    // A ridge across a square, whose diagonal the coarse field has: 40 above it at the crossing.
    const fine = {
      x: Int32Array.of(0, 100, 100, 0, 50),
      y: Int32Array.of(0, 0, 100, 100, 50),
      z: Int32Array.of(0, 0, 0, 0, 40),
      triangles: Uint32Array.of(0, 1, 4, 1, 2, 4, 2, 3, 4, 3, 0, 4),
    }
    const coarse = Uint32Array.of(0, 1, 2, 0, 2, 3)
    expect(surfaceDifference(fine, Int32Array.of(0, 1, 2, 3), coarse).largest).toBe(40)
  })

  it("refuses a fine field that lies over itself, on which a line comes to no end", () => {
    const fine = {
      x: Int32Array.of(0, 100, 20, 20, 30),
      y: Int32Array.of(0, 0, -10, 10, 10),
      z: new Int32Array(5),
      triangles: Uint32Array.of(0, 2, 3, 3, 2, 4, 4, 2, 3),
    }
    expect(() => surfaceDifference(fine, Int32Array.of(0, 1, 4), Uint32Array.of(0, 1, 2))).toThrow(/lies over itself/)
  })
})
