import { describe, expect, it } from "vitest"
import type { Image, Mesh } from "../../../engine/kernel.js"
import drape from "../../../kernels/texture/drape.js"
import { scratch, tileOf } from "../mesh/mesh-scene.js"

const options = { texel: 0.5, maxTexture: 4096, minCover: 0.02, reach: 2 }
const tile = tileOf([100, 200, 110, 210], drape.halo(options))
/** Two triangles over the cell: ground in the south-east, building in the north-west; a vertex of each at the other's corner. */
const mesh: Mesh = {
  origin: [100, 200, 0],
  positions: Int32Array.of(0, 0, 0, 10000, 0, 0, 10000, 10000, 0, 0, 0, 5, 10000, 10000, 5, 0, 10000, 5),
  triangles: Uint32Array.of(0, 1, 2, 3, 4, 5),
  classes: Uint8Array.of(2, 2, 2, 6, 6, 6),
  maxError: 0,
}
/** An image whose red is the column and whose green is the row; alpha by `opaque`. */
const imageOf = (opaque: (column: number, row: number) => boolean): Image => {
  const resolution = drape.inputs.ortho.resolution(tile, options)
  const size = Math.round((tile.extent[2] - tile.extent[0]) / resolution)
  const data = new Uint8Array(4 * size * size)
  for (let i = 0; i < size * size; i++) {
    if (opaque(i % size, Math.floor(i / size))) data.set([i % size, Math.floor(i / size), 7, 255], 4 * i)
  }
  return { width: size, height: size, box: tile.extent, data }
}
const run = (ortho: Image) => drape.run(tile, { mesh, ortho }, options, scratch)

describe("texture.drape", () => {
  it("places each vertex where the image shows it, north at the top", () => {
    const image = imageOf(() => true)
    const { texture, "texture-quality": quality } = run(image)
    expect([image.width, quality["coveredShare"]]).toEqual([28, 1])
    for (let v = 0; v < 6; v++) {
      const x = 100 + mesh.positions[3 * v] / 1000
      const y = 200 + mesh.positions[3 * v + 1] / 1000
      expect(image.box[0] + texture!.uv[2 * v] * (image.box[2] - image.box[0])).toBeCloseTo(x, 5)
      expect(image.box[3] - texture!.uv[2 * v + 1] * (image.box[3] - image.box[1])).toBeCloseTo(y, 5)
    }
    expect(texture!.data).toEqual(image.data)
  })

  it("shows class colours where the image has no pixel, and keeps the pixels it has", () => {
    const image = imageOf((column) => column < 14)
    const { texture, "texture-quality": quality } = run(image)
    expect(quality["classColourShare"]).toBe(0.5)
    const at = (column: number, row: number) => [
      ...texture!.data.subarray(4 * (28 * row + column), 4 * (28 * row + column) + 4),
    ]
    expect(at(3, 9)).toEqual([3, 9, 7, 255])
    // South-east: ground; north, right of the middle and left of the diagonal: building; the margin as its nearest pixel.
    expect(at(22, 22)).toEqual([190, 168, 132, 255])
    expect(at(15, 5)).toEqual([190, 102, 82, 255])
    expect(at(27, 27)).toEqual([190, 168, 132, 255])
    for (let i = 3; i < texture!.data.length; i += 4) expect(texture!.data[i]).toBe(255)
  })

  it("gives the margin beyond an image that covers the cell its nearest pixel, and no class colour", () => {
    const { column, end } = { column: 4, end: 24 }
    const inCell = (at: number): boolean => at >= column && at < end
    const { texture } = run(imageOf((x, y) => inCell(x) && inCell(y)))
    const nearest = (at: number): number => Math.min(end - 1, Math.max(column, at))
    for (let i = 0; i < 28 * 28; i++) {
      const [x, y] = [i % 28, Math.floor(i / 28)]
      expect([...texture!.data.subarray(4 * i, 4 * i + 4)], `${x}, ${y}`).toEqual([nearest(x), nearest(y), 7, 255])
    }
  })

  it("makes no texture where the image has no pixel on the cell, whatever its margin holds", () => {
    const { texture, "texture-quality": quality } = run(imageOf((column) => column < 4))
    expect(texture).toBeUndefined()
    expect(quality["coveredShare"]).toBe(0)
  })

  it("makes no texture where the image covers less than its share, as where the neighbour's ends just beyond the border", () => {
    // 4 of 400 texels.
    const corner = imageOf((column, row) => column < 6 && row < 6)
    expect(run(corner).texture).toBeUndefined()
    expect(drape.run(tile, { mesh, ortho: corner }, { ...options, minCover: 0 }, scratch).texture).toBeDefined()
  })

  it("fills small holes with the colours around them, and leaves large ones to the classes", () => {
    const isSmall = (column: number, row: number): boolean => column >= 8 && column < 11 && row >= 20 && row < 23
    const isLarge = (column: number, row: number): boolean => column >= 16 && column < 22 && row >= 6 && row < 12
    const { texture } = run(imageOf((column, row) => !isSmall(column, row) && !isLarge(column, row)))
    const at = (column: number, row: number) => [...texture!.data.subarray(4 * (28 * row + column)).subarray(0, 4)]
    expect(at(9, 21)).toEqual([9, 21, 7, 255])
    expect(at(8, 21)).toEqual([7, 21, 7, 255])
    expect(at(16, 7)).toEqual([190, 102, 82, 255])
  })

  it("makes no texture of no image", () => {
    const none = { width: 0, height: 0, box: tile.extent, data: new Uint8Array(0) }
    expect(run(none)).toMatchObject({ texture: undefined, "texture-quality": { coveredShare: 0, classColourShare: 0 } })
  })

  it("doubles its texels with each level and stays within the largest side", () => {
    const { resolution } = drape.inputs.ortho
    expect(resolution(tileOf([0, 0, 100, 100], 0, 2), options)).toBe(1)
    expect(resolution(tileOf([0, 0, 1000, 1000], 0), { ...options, texel: 0.1, maxTexture: 1010 })).toBe(1)
    // What lies around the tile makes no texel coarser.
    expect(resolution(tileOf([0, 0, 1000, 1000], 32), { ...options, texel: 0.1, maxTexture: 1010 })).toBe(1)
  })

  it("shows a roof that stands out of the tile in the image around, and in its class colour where that ends", () => {
    const positions = Int32Array.from(mesh.positions)
    // The building's north-west corner, 2 m farther west.
    positions[15] = -2000
    const standing = { ...mesh, positions }
    const whole = drape.run(tile, { mesh: standing, ortho: imageOf(() => true) }, options, scratch).texture!
    const { box = tile.cell } = whole
    expect(box[0] + whole.uv[10]! * (box[2] - box[0])).toBeCloseTo(98, 5)
    expect(whole.data).toEqual(imageOf(() => true).data)
    const cut = drape.run(tile, { mesh: standing, ortho: imageOf((column) => column >= 4) }, options, scratch).texture!
    const at = (column: number, row: number) => [...cut.data.subarray(4 * (28 * row + column)).subarray(0, 3)]
    // Row 4 is the northernmost of the cell: the roof reaches one metre, two texels, beyond it there.
    expect(at(2, 4)).toEqual([190, 102, 82])
    expect(at(4, 4)).toEqual([4, 4, 7])
    // The margin where nothing stands takes the nearest pixel.
    expect(at(2, 20)).toEqual([4, 20, 7])
  })
})
