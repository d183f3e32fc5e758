import { describe, expect, it } from "vitest"
import type { Image, Mesh } from "../../../../engine/kernel.js"
import { cropImage } from "../../../../kernels/texture/charts/crop-image.js"

/** 0.5 m a pixel at (1000, 2000); red and green tell the column, blue the row. */
const imageOf = (width: number, height: number): Image => {
  const data = new Uint8Array(4 * width * height)
  for (let i = 0; i < width * height; i++)
    data.set([(i % width) & 255, (i % width) >> 8, Math.floor(i / width) & 255, 255], 4 * i)
  return { width, height, box: [1000, 2000, 1000 + width / 2, 2000 + height / 2], data }
}

/** One triangle, metres from the image's south-west corner. */
const meshOf = (...places: readonly (readonly [number, number])[]): Mesh => ({
  origin: [1000, 2000, 0],
  positions: Int32Array.from(places.flatMap(([x, y]) => [1000 * x, 1000 * y, 0])),
  triangles: Uint32Array.of(0, 1, 2),
  classes: new Uint8Array(places.length).fill(2),
  maxError: 0,
})

describe("cropImage", () => {
  it("keeps what lies over the mesh, at its place, with 32 pixels around it", () => {
    const image = imageOf(1100, 900)
    const part = cropImage(image, meshOf([160, 30], [250, 40], [200, 100]))
    // Columns 320 to 500, rows 700 to 840.
    expect([part.width, part.height]).toEqual([768 - 256, 900 - 512])
    expect(part.box).toEqual([1000 + 128, 2000, 1000 + 384, 2000 + 194])
    for (const [column, row] of [
      [0, 0],
      [511, 387],
      [100, 200],
    ] as const) {
      const [at, from] = [4 * (row * part.width + column), 4 * ((row + 512) * image.width + column + 256)]
      expect(part.data.subarray(at, at + 4)).toEqual(image.data.subarray(from, from + 4))
    }
  })

  it("is the image itself where nothing can be cut off", () => {
    const image = imageOf(600, 500)
    expect(cropImage(image, meshOf([10, 10], [290, 10], [10, 240]))).toBe(image)
  })

  it("keeps something of an image that the mesh lies beside", () => {
    const part = cropImage(imageOf(600, 500), meshOf([900, -300], [950, -300], [900, -250]))
    expect(part.width).toBeGreaterThan(0)
    expect(part.height).toBeGreaterThan(0)
    expect(part.data.length).toBe(4 * part.width * part.height)
  })
})
