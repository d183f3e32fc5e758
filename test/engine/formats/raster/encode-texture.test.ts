import { describe, expect, it, vi } from "vitest"
import { composeImage } from "../../../../engine/formats/raster/compose-image.js"
import { encodeTexture } from "../../../../engine/formats/raster/encode-texture.js"
import { decodePixels } from "../../../../engine/formats/raster/sheet.js"
import { type TextureFormat, textureFormats } from "../../../../engine/formats/raster/texture-format.js"
import { openImageCatalogue } from "../../../../engine/spatial/image-catalogue.js"
import { sharedData } from "../../../shared-data.js"
import { transcodeKtx2 } from "./transcode-ktx2.js"

/** A soft picture. */
const soft = () => {
  const [width, height] = [64, 48]
  const data = new Uint8Array(width * height * 4)
  for (let i = 0; i < width * height; i++)
    data.set([2 * (i % width) + 60, 3 * Math.floor(i / width) + 40, 90, i % 256], 4 * i)
  return { width, height, data }
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
      expect(Buffer.compare((await encodeTexture(soft(), format)).bytes, first.bytes)).toBe(0)
      expect(first.mimeType).toBe(`image/${format.replace(/-.*/, "")}`)
      const decoded = await decode(format, first.bytes)
      expect(psnr(picture, decoded)).toBeGreaterThan(34)
      if (format.startsWith("ktx2")) expect([decoded.width, decoded.height, decoded.levels]).toEqual([64, 48, 7])
    })
  }

  it("refuses sides that are no multiples of a block as KTX2", async () => {
    const odd = { width: 6, height: 4, data: new Uint8Array(96) }
    await expect(encodeTexture(odd, "ktx2-uastc")).rejects.toThrow(/6 × 4/)
  })

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
        const { bytes } = await encodeTexture({ width, height, data }, format)
        const found = psnr({ width, height, data }, await decode(format, bytes))
        console.info(
          `${format}: ${found.toFixed(1)} dB, ${((8 * bytes.length) / width / height).toFixed(2)} bits a texel`,
        )
        expect(found).toBeGreaterThan(least[format])
      },
    )
  }
})
