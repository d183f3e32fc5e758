import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { composeImage } from "../../../../../engine/formats/raster/compose-image.js"
import { TiffJpegDecoder } from "../../../../../engine/formats/raster/tiff/jpeg.js"
import { closeTiffs } from "../../../../../engine/formats/raster/tiff/source.js"
import { openImageCatalogue } from "../../../../../engine/spatial/image-catalogue.js"
import { writeTiff } from "../written-images.js"

const folder = mkdtempSync(join(tmpdir(), "maille-tiff-jpeg-"))
afterAll(async () => {
  await closeTiffs()
  rmSync(folder, { recursive: true, force: true })
})
const translate = (options: readonly string[], from: string, to: string): boolean => {
  try {
    execFileSync("gdal_translate", ["-q", ...options, from, to], { stdio: "ignore" })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false
    throw error
  }
}
const pixelsOf = async (path: string): Promise<Uint8Array> => {
  const { images } = await openImageCatalogue([path], { epsg: 2154 })
  return (await composeImage(images, images[0].box, 0.5))!.data
}
const SIDE = 200

describe("JPEG blocks of TIFFs", () => {
  for (const [name, options] of [
    ["YCbCr in tiles, colours halved", ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "PHOTOMETRIC=YCBCR"]],
    ["YCbCr in strips", ["PHOTOMETRIC=YCBCR", "BLOCKYSIZE=48"]],
    ["RGB in tiles", ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "PHOTOMETRIC=RGB"]],
    ["RGB in strips", ["PHOTOMETRIC=RGB", "BLOCKYSIZE=16"]],
    ["YCbCr, tables in each block", ["TILED=YES", "PHOTOMETRIC=YCBCR", "JPEGTABLESMODE=0"]],
  ] as const) {
    it(`come out as GDAL decodes them: ${name}`, async (context) => {
      const colour = (column: number, row: number) =>
        [100 + 80 * Math.sin(column / 9), 120 + 60 * Math.cos(row / 7), 90 + ((column + row) % 40)].map(Math.round)
      const source = await writeTiff(join(folder, "source.tif"), 770500, 6277600, 0.5, SIDE, (column, row) => {
        const [red, green, blue] = colour(column, row)
        return [red!, green!, blue!]
      })
      const path = join(folder, `${name}.tif`)
      const jpeg = ["COMPRESS=JPEG", "JPEG_QUALITY=90", ...options].flatMap((option) => ["-co", option])
      if (!translate(jpeg, source.path, path)) return context.skip("gdal_translate is not installed")
      const plain = join(folder, `${name}, plain.tif`)
      translate([], path, plain)
      const [found, expected] = [await pixelsOf(path), await pixelsOf(plain)]
      expect(found.length).toBe(4 * SIDE ** 2)
      let [most, sum] = [0, 0]
      for (let i = 0; i < found.length; i++) {
        const off = Math.abs(found[i]! - expected[i]!)
        most = Math.max(most, off)
        sum += off
      }
      // Two builds of one library round a colour here and there to either side.
      expect(most).toBeLessThanOrEqual(2)
      expect(sum / found.length).toBeLessThan(0.05)
    })
  }

  it("tell the image whose blocks are broken", async (context) => {
    const source = await writeTiff(join(folder, "whole.tif"), 770500, 6277600, 0.5, SIDE, () => [9, 99, 199])
    const path = join(folder, "broken.tif")
    if (!translate(["-co", "COMPRESS=JPEG", "-co", "TILED=YES"], source.path, path))
      return context.skip("gdal_translate is not installed")
    const bytes = readFileSync(path)
    const start = bytes.lastIndexOf(Uint8Array.of(0xff, 0xd8))
    for (let k = 0; k < 40; k++) bytes[start + k] = 0
    writeFileSync(path, bytes)
    await expect(pixelsOf(path)).rejects.toThrow(/broken\.tif: damaged: its pixels cannot be read/)
  })

  it("are refused where they are no JPEG, have no image, or another width", async () => {
    const decoder = new TiffJpegDecoder({} as never, { tables: undefined, ycbcr: true, width: 8, height: 8 })
    for (const bytes of [[], [1, 2, 3, 4], [0xff, 0xd8], [0xff, 0xd8, 0xff, 0xdb, 0, 4, 1, 1]])
      await expect(decoder.decodeBlock(Uint8Array.from(bytes).buffer)).rejects.toThrow(/JPEG/)
    const { encodeImage } = await import("../../../../../engine/formats/raster/encode-image.js")
    const data = new Uint8Array(4 * 16 * 16).fill(255)
    const jpeg = Uint8Array.from(await encodeImage({ width: 16, height: 16, data }, "jpeg", 90))
    await expect(decoder.decodeBlock(jpeg.buffer)).rejects.toThrow("a JPEG block is 16 pixels wide; expected 8")
  })

  it("are refused where they are cut short, also behind a whole one", async () => {
    const decoder = new TiffJpegDecoder({} as never, { tables: undefined, ycbcr: true, width: 256, height: 256 })
    const { encodeImage } = await import("../../../../../engine/formats/raster/encode-image.js")
    const data = Uint8Array.from({ length: 4 * 256 * 256 }, (_, i) => (i % 4 === 3 ? 255 : (i * 37) % 256))
    const jpeg = Uint8Array.from(await encodeImage({ width: 256, height: 256, data }, "jpeg", 90))
    for (const length of [jpeg.length / 2, (9 * jpeg.length) / 10, jpeg.length - 1]) {
      expect((await decoder.decodeBlock(jpeg.slice().buffer)).byteLength).toBe(data.length)
      const short = jpeg.slice(0, Math.floor(length)).buffer
      await expect(decoder.decodeBlock(short), `${length}`).rejects.toThrow("a JPEG block is cut short")
    }
  })
})
