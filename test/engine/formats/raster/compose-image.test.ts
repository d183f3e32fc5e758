import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createCanvas } from "@napi-rs/canvas"
import { afterAll, describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { composeImage } from "../../../../engine/formats/raster/compose-image.js"
import type { ImageHeader } from "../../../../engine/formats/raster/image/image-header.js"
import { closeTiffs } from "../../../../engine/formats/raster/tiff/source.js"
import { openImageCatalogue } from "../../../../engine/spatial/image-catalogue.js"
import { pixelAt, writeTiff } from "./written-images.js"

const folder = mkdtempSync(join(tmpdir(), "maille-compose-"))
afterAll(async () => {
  await closeTiffs()
  rmSync(folder, { recursive: true, force: true })
})

const noise = (seed: number) => {
  const random = seededRandom(seed)
  const values = Array.from({ length: 64 * 64 }, () => Math.floor(random() * 256))
  return (column: number, row: number) =>
    [values[row * 64 + column], column * 4, row * 4] as readonly [number, number, number]
}

describe("composeImage", () => {
  it("copies an image that lies on the grid", async () => {
    const colour = noise(1)
    const image = await writeTiff(join(folder, "aligned.tif"), 770500, 6277600, 0.2, 64, colour)
    const found = (await composeImage([image], image.box, 0.2))!
    expect([found.width, found.height]).toEqual([64, 64])
    for (let row = 0; row < 64; row++) {
      for (let column = 0; column < 64; column++) {
        const at = 4 * (row * 64 + column)
        expect([...found.data.subarray(at, at + 4)]).toEqual([...colour(column, row), 255])
      }
    }
  })

  it("brings what an image fills to the job's colours by its correction, and nothing else", async () => {
    const below = await writeTiff(join(folder, "ortho-below.tif"), 770500, 6277600, 0.2, 64, () => [90, 100, 110])
    const above = await writeTiff(join(folder, "ortho-above.tif"), 770500, 6277600, 0.2, 32, () => [50, 60, 200])
    const correction = { gain: [0.8, 1.25, 1], bias: [10, -15, 250] } as const
    const found = (await composeImage([above, { ...below, correction }], below.box, 0.2))!
    // (90 − 10) / 0.8, (100 + 15) / 1.25, and what would be below zero.
    expect([...found.data.subarray(4 * 63, 4 * 63 + 4)]).toEqual([100, 92, 0, 255])
    expect([...found.data.subarray(0, 4)]).toEqual([50, 60, 200, 255])
    const first = (await composeImage([{ ...above, correction }, below], below.box, 0.2))!
    expect([...first.data.subarray(0, 4)]).toEqual([50, 60, 0, 255])
    expect([...first.data.subarray(4 * 63, 4 * 63 + 4)]).toEqual([90, 100, 110, 255])
  })

  it("averages when it makes smaller, over the footprint alone", async () => {
    const image = await writeTiff(join(folder, "mean.tif"), 770500, 6277600, 0.25, 8, (column, row) =>
      column < 2 && row < 2 ? [column * 100, row * 50, 7] : [200, 200, 200],
    )
    const found = (await composeImage([image], [770500, 6277598, 770502, 6277600], 0.5))!
    expect([...found.data.subarray(0, 8)]).toEqual([50, 25, 7, 255, 200, 200, 200, 255])
  })

  it("interpolates a linear ramp exactly when it makes larger", async () => {
    const image = await writeTiff(join(folder, "ramp.tif"), 770500, 6277600, 1, 16, (column, row) => [
      column * 16,
      row * 16,
      0,
    ])
    const found = (await composeImage([image], image.box, 0.25))!
    for (let i = 8; i < 48; i++) {
      const wanted = Math.round(((i + 0.5) / 4 - 0.5) * 16)
      expect(found.data[4 * (20 * found.width + i)]).toBe(wanted)
      expect(found.data[4 * (i * found.width + 20) + 1]).toBe(wanted)
    }
  })

  it("gives a pixel the same value whatever box is asked", async () => {
    const image = await writeTiff(join(folder, "boxes.tif"), 770500.07, 6277600.03, 0.2, 64, noise(2))
    for (const resolution of [0.1, 0.2, 0.3, 0.75]) {
      const all = (await composeImage([image], [770498, 6277585, 770515, 6277602], resolution))!
      const part = (await composeImage([image], [770503.3, 6277590.1, 770509, 6277595.7], resolution))!
      for (let row = 0; row < part.height; row++) {
        for (let column = 0; column < part.width; column++) {
          const x = part.box[0] + (column + 0.5) * resolution
          const y = part.box[3] - (row + 0.5) * resolution
          const at = 4 * (row * part.width + column)
          expect([...part.data.subarray(at, at + 4)]).toEqual(pixelAt(all, x, y))
        }
      }
    }
  })

  it("puts the first choice first, fills the rest, and leaves holes transparent", async () => {
    const first = await writeTiff(
      join(folder, "first.tif"),
      770500,
      6277600,
      0.5,
      20,
      (column, row) => (column < 4 && row < 4 ? [255, 255, 255] : [255, 0, 0]),
      255,
    )
    const second = await writeTiff(join(folder, "second.tif"), 770495, 6277605, 0.5, 16, () => [0, 0, 255])
    const found = (await composeImage([first, second], [770490, 6277585, 770515, 6277610], 0.5))!
    expect(pixelAt(found, 770502.3, 6277599.8)).toEqual([255, 0, 0, 255])
    expect(pixelAt(found, 770509.7, 6277590.2)).toEqual([255, 0, 0, 255])
    expect(pixelAt(found, 770500.3, 6277599.8)).toEqual([0, 0, 255, 255])
    expect(pixelAt(found, 770495.3, 6277604.8)).toEqual([0, 0, 255, 255])
    expect(pixelAt(found, 770491, 6277608)[3]).toBe(0)
    expect(pixelAt(found, 770505, 6277604)[3]).toBe(0)
  })

  it("keeps few files open, whatever the number of images, and names one whose pixels are broken", async () => {
    const images: ImageHeader[] = []
    for (let i = 0; i < 40; i++) {
      images.push(await writeTiff(join(folder, `many-${i}.tif`), 770500 + 8 * i, 6277600, 0.5, 16, () => [i, i, i]))
    }
    const box: Box2 = [770500, 6277592, 770820, 6277600]
    const found = (await composeImage(images, box, 0.5))!
    for (const i of [0, 17, 39]) expect(pixelAt(found, 770504 + 8 * i, 6277596)).toEqual([i, i, i, 255])
    truncateSync(images[3].path, 400)
    await closeTiffs()
    await expect(composeImage(images, box, 0.5)).rejects.toThrow(/many-3\.tif: damaged: its pixels cannot be read/)
  })

  it("is undefined where no image lies", async () => {
    const image = await writeTiff(join(folder, "far.tif"), 770500, 6277600, 0.5, 16, () => [1, 2, 3])
    expect(await composeImage([image], [770600, 6277500, 770650, 6277550], 0.5)).toBeUndefined()
    expect(await composeImage([], [770600, 6277500, 770650, 6277550], 0.5)).toBeUndefined()
  })

  it("reads a plain PNG with a world file", async () => {
    const canvas = createCanvas(32, 32)
    const context = canvas.getContext("2d")
    context.fillStyle = "rgb(10, 200, 30)"
    context.fillRect(0, 0, 32, 32)
    context.fillStyle = "rgb(250, 0, 0)"
    context.fillRect(8, 4, 1, 1)
    writeFileSync(join(folder, "plain.png"), canvas.toBuffer("image/png"))
    writeFileSync(join(folder, "plain.pgw"), "0.5\n0\n0\n-0.5\n770500.25\n6277599.75\n")
    const { images } = await openImageCatalogue([join(folder, "plain.png")], { epsg: 2154 })
    const found = (await composeImage(images, images[0].box, 0.5))!
    expect(pixelAt(found, 770504.25, 6277597.75)).toEqual([250, 0, 0, 255])
    expect(pixelAt(found, 770504.75, 6277597.75)).toEqual([10, 200, 30, 255])
  })

  it("names a plain image that is cut short, whose rest the canvas would leave empty", async () => {
    const canvas = createCanvas(256, 256)
    const pixels = canvas.getContext("2d").getImageData(0, 0, 256, 256)
    const draw = noise(7)
    for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = i % 4 === 3 ? 255 : draw(i, i >> 10)[0]!
    canvas.getContext("2d").putImageData(pixels, 0, 0)
    for (const [name, type] of [
      ["short.png", "image/png"],
      ["short.jpg", "image/jpeg"],
    ] as const) {
      const bytes = type === "image/png" ? canvas.toBuffer(type) : canvas.toBuffer(type, 90)
      const path = join(folder, name)
      writeFileSync(join(folder, name.replace(/(.).(.)$/, "$1$2w")), "0.5\n0\n0\n-0.5\n770500.25\n6277599.75\n")
      for (const share of [1, 0.95, 0.5]) {
        writeFileSync(path, bytes.subarray(0, Math.floor(share * bytes.length)))
        const { images } = await openImageCatalogue([path], { epsg: 2154 })
        const composed = composeImage(images, images[0].box, 0.5)
        if (share === 1) expect((await composed)!.data.length).toBe(4 * 256 * 256)
        else
          await expect(composed, `${name} ${share}`).rejects.toThrow(
            /short\.(png|jpg): damaged: its pixels cannot be read/,
          )
      }
    }
  })
})
