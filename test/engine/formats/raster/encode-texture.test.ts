import { describe, expect, it, vi } from "vitest"
import { composeImage } from "../../../../engine/formats/raster/compose-image.js"
import { encodeTexture } from "../../../../engine/formats/raster/encode-texture.js"
import { openImageCatalogue } from "../../../../engine/formats/raster/image-catalogue.js"
import { decodePixels } from "../../../../engine/formats/raster/sheet.js"
import { type TextureFormat, textureFormats } from "../../../../engine/formats/raster/texture-format.js"
import { sharedData } from "../../../shared-data.js"
import { transcodeKtx2 } from "./transcode-ktx2.js"

/** A soft picture whose sides are no multiples of four. */
const soft = () => {
  const [width, height] = [61, 46]
  const data = new Uint8Array(width * height * 4)
  for (let i = 0; i < width * height; i++)
    data.set([2 * (i % width) + 60, 3 * Math.floor(i / width) + 40, 90, i % 256], 4 * i)
  return { width, height, data, uv: new Float32Array([0, 0, 1, 1, 0.5, 0.25]) }
}

const decode = async (format: TextureFormat, image: Uint8Array) =>
  format.startsWith("ktx2") ? await transcodeKtx2(image) : { ...(await decodePixels(image)), levels: 1 }

/** Peak signal to noise of the part that both have, dB. */
const psnr = (
  one: { readonly width: number; readonly height: number; readonly data: ArrayLike<number> },
  other: { readonly width: number; readonly data: ArrayLike<number> },
): number => {
  let sum = 0
  for (let y = 0; y < one.height; y++) {
    for (let x = 0; x < one.width; x++) {
      for (let k = 0; k < 3; k++) {
        const from = one.data[4 * (y * one.width + x) + k] ?? Number.NaN
        sum += (from - (other.data[4 * (y * other.width + x) + k] ?? Number.NaN)) ** 2
      }
    }
  }
  return 10 * Math.log10(255 ** 2 / (sum / (3 * one.width * one.height)))
}

describe("encodeTexture", () => {
  for (const format of textureFormats) {
    it(`${format}: same pixels, same bytes, and the picture comes back`, async () => {
      const picture = soft()
      const first = await encodeTexture(picture, format)
      expect(Buffer.compare((await encodeTexture(soft(), format)).image, first.image)).toBe(0)
      expect(first.mimeType).toBe(`image/${format.replace(/-.*/, "")}`)
      const decoded = await decode(format, first.image)
      expect(psnr(picture, decoded)).toBeGreaterThan(34)
      // The same pixel stands at the same place, whatever was added to the sides.
      for (const [i, value] of picture.uv.entries()) {
        const [before, after] = i % 2 === 0 ? [picture.width, decoded.width] : [picture.height, decoded.height]
        expect(first.uv[i]! * after).toBeCloseTo(value * before, 4)
      }
      if (format.startsWith("ktx2")) expect([decoded.width, decoded.height, decoded.levels]).toEqual([64, 48, 7])
    })
  }

  it("prints nothing on standard output, which belongs to the command's JSON", async () => {
    const log = vi.spyOn(console, "log")
    const write = vi.spyOn(process.stdout, "write")
    await encodeTexture(soft(), "ktx2-uastc")
    expect(log).not.toHaveBeenCalled()
    expect(write.mock.calls.filter(([text]) => /slice|basis/i.test(String(text)))).toEqual([])
    log.mockRestore()
    write.mockRestore()
  })

  const least: Readonly<Record<TextureFormat, number>> = { jpeg: 38, webp: 37.5, "ktx2-etc1s": 29, "ktx2-uastc": 40 }
  for (const format of textureFormats) {
    it.skipIf(sharedData === undefined)(
      `${format}: the orthophoto of Montpellier within ${least[format]} dB`,
      async () => {
        const paths = [`${sharedData ?? ""}/ortho/ign-pdal-tools/test_data_rgb.tif`]
        const [header] = (await openImageCatalogue(paths, { epsg: 2154 })).images
        const { width, height, data } = (await composeImage([header!], header!.box, 0.2))!
        const { image } = await encodeTexture({ width, height, data, uv: new Float32Array(2) }, format)
        const found = psnr({ width, height, data }, await decode(format, image))
        console.info(
          `${format}: ${found.toFixed(1)} dB, ${((8 * image.length) / width / height).toFixed(2)} bits a texel`,
        )
        expect(found).toBeGreaterThan(least[format])
      },
    )
  }
})
