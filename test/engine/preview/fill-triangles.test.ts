import { describe, expect, it } from "vitest"
import { fillTriangles, halvePixels } from "../../../engine/preview/fill-triangles.js"

const colour = (code: number): readonly [number, number, number] => (code === 6 ? [200, 0, 0] : [0, 200, 0])

/** A square of 10 pixels at height 0 and, over its right half, one at height 5. */
const mesh = {
  x: Float64Array.from([0, 10, 10, 0, 5, 10, 10, 5]),
  y: Float64Array.from([0, 0, 10, 10, 0, 0, 10, 10]),
  z: Float64Array.from([0, 0, 0, 0, 5, 5, 5, 5]),
  triangles: Uint32Array.from([4, 5, 6, 4, 6, 7, 0, 1, 2, 0, 2, 3]),
}

describe("fillTriangles", () => {
  it("shows the highest surface, whatever the order, and fills the plane without a gap", () => {
    const classes = Uint8Array.from([2, 2, 2, 2, 6, 6, 6, 6])
    const { data } = fillTriangles(mesh, { kind: "class", classes, colour }, 12, 10)
    for (let row = 0; row < 10; row++) {
      for (let column = 0; column < 12; column++) {
        const at = 4 * (12 * row + column)
        const wanted = column >= 10 ? [0, 0, 0, 0] : column >= 5 ? [200, 0, 0, 255] : [0, 200, 0, 255]
        expect([...data.slice(at, at + 4)], `${column} ${row}`).toEqual(wanted)
      }
    }
  })

  it("lays an image by its texture places", () => {
    const image = {
      width: 2,
      height: 2,
      data: Uint8ClampedArray.from([9, 0, 0, 255, 99, 0, 0, 255, 0, 9, 0, 255, 0, 99, 0, 255]),
    }
    const flat = { ...mesh, triangles: mesh.triangles.slice(6) }
    const uv = Float32Array.from([0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    const { data } = fillTriangles(flat, { kind: "texture", uv, image }, 10, 10)
    const at = (column: number, row: number): number[] => [
      ...data.slice(4 * (10 * row + column), 4 * (10 * row + column) + 3),
    ]
    expect([at(0, 0), at(9, 0), at(0, 9), at(9, 9)]).toEqual([
      [9, 0, 0],
      [99, 0, 0],
      [0, 9, 0],
      [0, 99, 0],
    ])
    // Halfway between the two: mixed.
    expect(at(5, 0)[0]).toBeGreaterThan(40)
    expect(at(5, 0)[0]).toBeLessThan(70)
  })
})

describe("halvePixels", () => {
  it("gives means of four pixels", () => {
    const data = Uint8ClampedArray.from([0, 10, 20, 255, 100, 30, 20, 255, 20, 10, 20, 255, 200, 30, 20, 255])
    expect(halvePixels({ width: 2, height: 2, data })).toEqual({
      width: 1,
      height: 1,
      data: Uint8ClampedArray.from([80, 20, 20, 255]),
    })
  })
})
