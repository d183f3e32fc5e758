import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { Box2 } from "../../../../../engine/core/geometry/box.js"
import { openPointFile } from "../../../../../engine/formats/points/point-file.js"
import { composeImage } from "../../../../../engine/formats/raster/compose-image.js"
import type { PixelLevel } from "../../../../../engine/formats/raster/image/sample-pixels.js"
import { loadGdal } from "../../../../../engine/formats/raster/load-gdal.js"
import { withTiffSource } from "../../../../../engine/formats/raster/tiff/image.js"
import { closeTiffs } from "../../../../../engine/formats/raster/tiff/source.js"
import { openImageCatalogue } from "../../../../../engine/spatial/image-catalogue.js"
import { processorMs } from "../../../../processor-ms.js"
import { sharedData } from "../../../../shared-data.js"
import { pixelAt, writeTiff } from "../written-images.js"

const gdal = await loadGdal()
const folder = mkdtempSync(join(tmpdir(), "maille-tiff-"))
afterAll(async () => {
  await closeTiffs()
  rmSync(folder, { recursive: true, force: true })
})
const ortho = `${sharedData}/ortho`
const rgb = `${ortho}/ign-pdal-tools/test_data_rgb.tif`
const headers = async (path: string) => (await openImageCatalogue([path], { epsg: 2154 })).images

describe.skipIf(!sharedData)("pixels of real TIFFs", () => {
  it.skipIf(!gdal)("gives the pixels that GDAL reads of the BD ORTHO crop", async () => {
    const images = await headers(rgb)
    const found = (await composeImage(images, [770550, 6277550, 770600, 6277600], 0.2))!
    expect([found.width, found.height]).toEqual([250, 250])
    const dataset = gdal!.open(rgb)
    const bands = [1, 2, 3].map((band) => dataset.bands.get(band).pixels.read(1, 1, 250, 250))
    let different = 0
    for (let i = 0; i < 250 * 250; i++) {
      const isVoid = bands.every((band) => band[i] === 255)
      if (isVoid ? found.data[4 * i + 3] !== 0 : bands.some((band, k) => band[i] !== found.data[4 * i + k])) different++
    }
    dataset.close()
    expect(different).toBe(0)
  })

  it.skipIf(!gdal)("decodes IGN's JPEG pyramid as GDAL does, at full size and from overviews", async () => {
    const path = `${ortho}/PackO/cache_test_RGB/ortho/21/00/00/01/VN/AQ.tif`
    const images = await headers(path)
    const dataset = gdal!.open(path)
    for (const [resolution, level] of [
      [0.05, -1],
      [0.2, 1],
    ] as const) {
      const box: Box2 = [230740, 6759640, 230765, 6759660]
      const found = (await composeImage(images, box, resolution))!
      const left = Math.round((found.box[0] - images[0].box[0]) / resolution)
      const top = Math.round((images[0].box[3] - found.box[3]) / resolution)
      let sum = 0
      let count = 0
      for (const k of [0, 1, 2]) {
        const full = dataset.bands.get(k + 1)
        const band = level < 0 ? full : full.overviews.map((overview) => overview)[level]
        const pixels = band.pixels.read(left, top, found.width, found.height)
        for (let i = 0; i < pixels.length; i++) {
          if (found.data[4 * i + 3] === 0) continue
          sum += Math.abs(pixels[i] - found.data[4 * i + k])
          count++
        }
      }
      expect(count).toBeGreaterThan(1000)
      expect(sum / count).toBeLessThan(2)
    }
    dataset.close()
  })

  it("takes tiles that a sparse file does not hold for no image", async () => {
    const bytes = readFileSync(`${ortho}/PackO/cache_test_RGB/ortho/21/00/00/01/VN/AQ.tif`)
    const directory = bytes.readUInt32LE(4)
    for (let i = 0; i < bytes.readUInt16LE(directory); i++) {
      const entry = directory + 2 + 12 * i
      const tag = bytes.readUInt16LE(entry)
      // The first tile loses its offset (324) and its size (325).
      if (tag === 324 || tag === 325) bytes.writeUInt32LE(0, bytes.readUInt32LE(entry + 8))
    }
    const path = join(folder, "sparse.tif")
    writeFileSync(path, bytes)
    const images = await headers(path)
    expect(await composeImage(images, [230605, 6759670, 230608, 6759673], 0.05)).toBeUndefined()
    const border = (await composeImage(images, [230629, 6759670, 230632, 6759673], 0.05))!
    expect(pixelAt(border, 230630.37, 6759671)[3]).toBe(0)
    expect(pixelAt(border, 230630.43, 6759671)[3]).toBe(255)
    // Nor is it what a window showed that was there before.
    await withTiffSource(images[0]!, async ({ levels }) => {
      const [{ read }] = levels as [PixelLevel]
      const shown = await read(512, 0, 1024, 512)
      expect(shown.includes(255)).toBe(true)
      const again = await read(0, 0, 512, 512, shown)
      expect([again.buffer === shown.buffer, again.every((value) => value === 0)]).toEqual([true, true])
    })
  })

  it("reads 4096 × 4096 pixels for a coarse tile from an overview in a moment", { retry: 2 }, async () => {
    const images = await headers(`${ortho}/PackO/cache_test_RGB/ortho/17/00/00/00/13/YQ.tif`)
    const start = processorMs()
    expect(await composeImage(images, images[0].box, 6.4)).toBeDefined()
    expect(processorMs() - start).toBeLessThan(1500)
  })

  it("finds roof colour under the building points of IGN's tile", async () => {
    const images = await headers(rgb)
    const image = (await composeImage(images, [770550, 6277550, 770600, 6277600], 0.2))!
    const file = await openPointFile(`${sharedData}/lidar-hd/ign-pdal-tools/test_data_77055_627760_LA93_IGN69.laz`)
    const sums = [0, 0, 0]
    let count = 0
    for await (const points of file.read({ origin: [770550, 6277550, 0] })) {
      for (let i = 0; i < points.count; i++) {
        if (points.classification[i] !== 6) continue
        const column = Math.min(249, Math.floor(points.x[i] / 200))
        const row = Math.min(249, Math.floor((50_000 - points.y[i]) / 200))
        const at = 4 * (Math.max(0, row) * 250 + column)
        if (image.data[at + 3] === 0) continue
        for (const k of [0, 1, 2]) sums[k] += image.data[at + k]
        count++
      }
    }
    await file.close()
    expect(count).toBeGreaterThan(10_000)
    expect(sums.map((sum) => Math.round(sum / count))).toEqual([191, 153, 138])
  })
})

describe("masks of TIFFs", () => {
  const translate = (options: readonly string[], from: string, to: string): boolean => {
    try {
      execFileSync("gdal_translate", ["-q", ...options, from, to], { stdio: "ignore" })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false
      throw error
    }
  }

  for (const [name, options] of [
    ["internal mask", ["-b", "1", "-b", "2", "-b", "3", "-mask", "1", "--config", "GDAL_TIFF_INTERNAL_MASK", "YES"]],
    ["alpha band", ["-b", "1", "-b", "2", "-b", "3", "-b", "1", "-colorinterp_4", "alpha"]],
    [
      "alpha band, planes apart",
      ["-b", "1", "-b", "2", "-b", "3", "-b", "1", "-colorinterp_4", "alpha", "-co", "INTERLEAVE=BAND"],
    ],
  ] as const) {
    for (const layout of [
      ["-co", "COMPRESS=LZW", "-co", "PREDICTOR=2"],
      ["-co", "COMPRESS=DEFLATE", "-co", "TILED=YES"],
      [],
    ]) {
      it(`hides what the ${name} hides (${layout[1] ?? "plain"})`, async (context) => {
        const source = await writeTiff(join(folder, "shown.tif"), 770500, 6277600, 0.5, 40, (column) => [
          column < 20 ? 0 : 255,
          7,
          9,
        ])
        const path = join(folder, "masked.tif")
        if (!translate([...options, ...layout], source.path, path))
          return context.skip("gdal_translate is not installed")
        const { images } = await openImageCatalogue([path], { epsg: 2154 })
        const found = (await composeImage(images, images[0].box, 0.5))!
        expect(pixelAt(found, 770509.7, 6277590)[3]).toBe(0)
        expect(pixelAt(found, 770510.3, 6277590)).toEqual([255, 7, 9, 255])
      })
    }
  }
})
