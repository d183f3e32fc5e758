import { describe, expect, it } from "vitest"
import { shownClasses } from "../../../engine/core/shown-classes.js"
import type { Mesh } from "../../../engine/kernel.js"

/** A fan of four wide triangles around a vertex in the middle of ground, at a height. */
const fan = (middle: number, height: number, rim = 2): Mesh => ({
  origin: [0, 0, 0],
  positions: Int32Array.of(0, 0, 0, 9000, 0, 0, 9000, 9000, 0, 0, 9000, 0, 4000, 5000, height),
  triangles: Uint32Array.of(0, 1, 4, 1, 2, 4, 2, 3, 4, 3, 0, 4),
  classes: Uint8Array.of(rim, rim, rim, rim, middle),
  maxError: 0,
})

describe("shownClasses", () => {
  it.each([
    ["a tuft of grass on a road", fan(3, 300), 2],
    ["a tuft in a meadow", fan(3, 300, 3), 3],
    ["the top of a roof", fan(6, 12000), 6],
    ["a stone in the water", fan(2, 200, 9), 9],
  ])("%s", (_, mesh, expected) => {
    expect(shownClasses(mesh)[4]).toBe(expected)
    // The corners of the border keep theirs.
    expect([...shownClasses(mesh).subarray(0, 4)]).toEqual([...mesh.classes.subarray(0, 4)])
  })

  it("decides on a straight border by the vertices before and after, so that neighbours agree", () => {
    const half = (inner: number): Mesh => ({
      origin: [0, 0, 0],
      positions: Int32Array.of(0, 0, 0, 4000, 0, 300, 9000, 0, 0, 4000, inner, 0),
      triangles: inner > 0 ? Uint32Array.of(0, 1, 3, 1, 2, 3) : Uint32Array.of(1, 0, 3, 2, 1, 3),
      classes: Uint8Array.of(2, 3, 2, inner > 0 ? 2 : 3),
      maxError: 0,
    })
    expect([shownClasses(half(5000))[1], shownClasses(half(-5000))[1]]).toEqual([2, 2])
  })

  it("leaves the mesh's own classes alone", () => {
    const mesh = fan(3, 0)
    shownClasses(mesh)
    expect(mesh.classes[4]).toBe(3)
  })
})
