import { describe, expect, it } from "vitest"
import { classColour } from "../../../../engine/core/colours.js"
import type { Mesh } from "../../../../engine/kernel.js"
import { emptyRuns } from "../../../../kernels/texture/charts/fill-image-holes.js"
import { paintClasses } from "../../../../kernels/texture/charts/paint-classes.js"

const SIDE = 8

/** What becomes of an image of 8 × 8 pixels of a metre that shows nothing. */
const painted = (positions: number[], uppermost = new Uint32Array(SIDE ** 2)): Uint8Array => {
  const data = new Uint8Array(4 * SIDE ** 2)
  const count = positions.length / 3
  const mesh: Mesh = {
    origin: [0, 0, 0],
    positions: Int32Array.from(positions),
    triangles: Uint32Array.from({ length: count }, (_, v) => v),
    classes: new Uint8Array(count).fill(6),
    maxError: 0,
  }
  const image = { width: SIDE, height: SIDE, box: [0, 0, SIDE, SIDE] as const, data }
  const cell = { column: 0, endColumn: SIDE, row: 0, endRow: SIDE }
  paintClasses(data, image, mesh, cell, emptyRuns(data, SIDE, SIDE), uppermost)
  return data
}
const pixel = (data: Uint8Array, column: number, row: number): number[] => [
  ...data.subarray(4 * (SIDE * row + column), 4 * (SIDE * row + column) + 4),
]

describe("paintClasses", () => {
  it("paints what a face touches though it is nowhere uppermost, and the rest as unclassified", () => {
    const data = painted([0, 0, 0, 4000, 0, 0, 0, 4000, 0])
    expect(pixel(data, 0, 7)).toEqual([...classColour(6), 255])
    expect(pixel(data, 7, 0)).toEqual([...classColour(0), 255])
  })

  it("paints by another face what the uppermost one leaves, its middle being beside it by a rounding", () => {
    const data = painted(
      [0, 0, 0, 8000, 0, 0, 0, 8000, 0, 6000, 6000, 0, 8000, 6000, 0, 8000, 8000, 0],
      new Uint32Array(SIDE ** 2).fill(2),
    )
    expect(pixel(data, 0, 7)).toEqual([...classColour(6), 255])
  })

  it("paints nothing by a wall, which from above has no area, though it runs through the middles of pixels", () => {
    const data = painted([3500, 1500, 0, 3500, 6500, 0, 3500, 6500, 9000])
    for (let row = 0; row < SIDE; row++) expect(pixel(data, 3, row)).toEqual([...classColour(0), 255])
  })
})
