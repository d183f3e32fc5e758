import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createCanvas } from "@napi-rs/canvas"
import { writeArrayBuffer } from "geotiff"
import { afterAll, describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/box.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { openPointFile } from "../../../../engine/formats/las/point-file.js"
import { composeImage } from "../../../../engine/formats/raster/compose-image.js"
import { readGdalWindow } from "../../../../engine/formats/raster/gdal.js"
import { openImageCatalogue } from "../../../../engine/formats/raster/image-catalogue.js"
import type { ImageHeader } from "../../../../engine/formats/raster/image-header.js"
import { loadGdal } from "../../../../engine/formats/raster/load-gdal.js"
import { closeTiffs } from "../../../../engine/formats/raster/tiff-source.js"
import type { Image } from "../../../../engine/kernel.js"
import { sharedData } from "../../../shared-data.js"

const gdal = await loadGdal()
const folder = mkdtempSync(join(tmpdir(), "maille-compose-"))
afterAll(async () => {
  await closeTiffs()
  rmSync(folder, { recursive: true, force: true })
})
const ortho = `${sharedData}/ortho`
const rgb = `${ortho}/ign-pdal-tools/test_data_rgb.tif`

/** RGB GeoTIFF of `size` × `size` pixels of `pixel` metres with its upper left corner at (minX, maxY). */
const writeTiff = async (
  name: string,
  minX: number,
  maxY: number,
  pixel: number,
  size: number,
  colour: (column: number, row: number) => readonly [number, number, number],
  noData?: number,
): Promise<ImageHeader> => {
  const values = new Uint8Array(size * size * 3)
  for (let i = 0; i < size * size; i++) values.set(colour(i % size, Math.floor(i / size)), 3 * i)
  const bytes = writeArrayBuffer(values, {
    width: size,
    height: size,
    SamplesPerPixel: 3,
    BitsPerSample: [8, 8, 8],
    SampleFormat: [1, 1, 1],
    PhotometricInterpretation: 2,
    ModelPixelScale: [pixel, pixel, 0],
    ModelTiepoint: [0, 0, 0, minX, maxY, 0],
    GTModelTypeGeoKey: 1,
    GTRasterTypeGeoKey: 1,
    ProjectedCSTypeGeoKey: 2154,
    ...(noData === undefined ? {} : { GDAL_NODATA: String(noData) }),
  } as never)
  const path = join(folder, name)
  writeFileSync(path, new Uint8Array(bytes))
  const found = await openImageCatalogue([path], { epsg: 2154 })
  expect(found.warnings).toEqual([])
  return found.images[0]
}

const pixelAt = (image: Image, x: number, y: number): number[] => {
  const resolution = (image.box[2] - image.box[0]) / image.width
  const column = Math.floor((x - image.box[0]) / resolution)
  const row = Math.floor((image.box[3] - y) / resolution)
  return [...image.data.subarray(4 * (row * image.width + column), 4 * (row * image.width + column) + 4)]
}

const noise = (seed: number) => {
  const random = seededRandom(seed)
  const values = Array.from({ length: 64 * 64 }, () => Math.floor(random() * 256))
  return (column: number, row: number) =>
    [values[row * 64 + column], column * 4, row * 4] as readonly [number, number, number]
}

describe("composeImage", () => {
  it("copies an image that lies on the grid", async () => {
    const colour = noise(1)
    const image = await writeTiff("aligned.tif", 770500, 6277600, 0.2, 64, colour)
    const found = (await composeImage([image], image.box, 0.2))!
    expect([found.width, found.height]).toEqual([64, 64])
    for (let row = 0; row < 64; row++) {
      for (let column = 0; column < 64; column++) {
        const at = 4 * (row * 64 + column)
        expect([...found.data.subarray(at, at + 4)]).toEqual([...colour(column, row), 255])
      }
    }
  })

  it("averages when it makes smaller, over the footprint alone", async () => {
    const image = await writeTiff("mean.tif", 770500, 6277600, 0.25, 8, (column, row) =>
      column < 2 && row < 2 ? [column * 100, row * 50, 7] : [200, 200, 200],
    )
    const found = (await composeImage([image], [770500, 6277598, 770502, 6277600], 0.5))!
    expect([...found.data.subarray(0, 8)]).toEqual([50, 25, 7, 255, 200, 200, 200, 255])
  })

  it("interpolates a linear ramp exactly when it makes larger", async () => {
    const image = await writeTiff("ramp.tif", 770500, 6277600, 1, 16, (column, row) => [column * 16, row * 16, 0])
    const found = (await composeImage([image], image.box, 0.25))!
    for (let i = 8; i < 48; i++) {
      const wanted = Math.round(((i + 0.5) / 4 - 0.5) * 16)
      expect(found.data[4 * (20 * found.width + i)]).toBe(wanted)
      expect(found.data[4 * (i * found.width + 20) + 1]).toBe(wanted)
    }
  })

  it("gives a pixel the same value whatever box is asked", async () => {
    const image = await writeTiff("boxes.tif", 770500.07, 6277600.03, 0.2, 64, noise(2))
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
      "first.tif",
      770500,
      6277600,
      0.5,
      20,
      (column, row) => (column < 4 && row < 4 ? [255, 255, 255] : [255, 0, 0]),
      255,
    )
    const second = await writeTiff("second.tif", 770495, 6277605, 0.5, 16, () => [0, 0, 255])
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
      images.push(await writeTiff(`many-${i}.tif`, 770500 + 8 * i, 6277600, 0.5, 16, () => [i, i, i]))
    }
    const box: Box2 = [770500, 6277592, 770820, 6277600]
    const found = (await composeImage(images, box, 0.5))!
    for (const i of [0, 17, 39]) expect(pixelAt(found, 770504 + 8 * i, 6277596)).toEqual([i, i, i, 255])
    truncateSync(images[3].path, 400)
    await closeTiffs()
    await expect(composeImage(images, box, 0.5)).rejects.toThrow(/many-3\.tif: its pixels cannot be read/)
  })

  it("is undefined where no image lies", async () => {
    const image = await writeTiff("far.tif", 770500, 6277600, 0.5, 16, () => [1, 2, 3])
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
})

describe.skipIf(!sharedData)("composeImage on real images", () => {
  const headers = async (path: string) => (await openImageCatalogue([path], { epsg: 2154 })).images

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
  })

  it("reads 4096 × 4096 pixels for a coarse tile from an overview in a moment", async () => {
    const images = await headers(`${ortho}/PackO/cache_test_RGB/ortho/17/00/00/00/13/YQ.tif`)
    const start = performance.now()
    expect(await composeImage(images, images[0].box, 6.4)).toBeDefined()
    expect(performance.now() - start).toBeLessThan(1500)
  })

  it.skipIf(!gdal)("agrees between the lanes: a VRT through GDAL, the TIFF itself through geotiff.js", async () => {
    const vrt = join(folder, "lane.vrt")
    const bands = [1, 2, 3].map(
      (band) => `<VRTRasterBand dataType="Byte" band="${band}"><NoDataValue>255</NoDataValue>
        <SimpleSource><SourceFilename relativeToVRT="0">${rgb}</SourceFilename><SourceBand>${band}</SourceBand>
        <SrcRect xOff="0" yOff="0" xSize="252" ySize="252"/><DstRect xOff="0" yOff="0" xSize="252" ySize="252"/></SimpleSource>
      </VRTRasterBand>`,
    )
    writeFileSync(
      vrt,
      `<VRTDataset rasterXSize="252" rasterYSize="252"><SRS>EPSG:2154</SRS>
        <GeoTransform>770549.8, 0.2, 0, 6277600.2, 0, -0.2</GeoTransform>${bands.join("")}</VRTDataset>`,
    )
    const [image] = await headers(vrt)
    expect(image).toMatchObject({ lane: "main", width: 252, pixel: expect.closeTo(0.2, 9) })
    for (const resolution of [0.1, 0.2, 0.33, 1]) {
      const box: Box2 = [770560, 6277560, 770590, 6277585]
      const given = new Map([[image.path, await readGdalWindow(image, box, resolution)]])
      const byGdal = (await composeImage([image], box, resolution, given))!
      const byTiff = (await composeImage(await headers(rgb), box, resolution))!
      expect(byGdal.box).toEqual(byTiff.box)
      expect(Buffer.compare(byGdal.data, byTiff.data)).toBe(0)
    }
    await expect(composeImage([image], [770560, 6277560, 770590, 6277585], 1)).rejects.toThrow(/only GDAL reads it/)
  })

  it.skipIf(!gdal)("reads a lossless JP2 through GDAL", async (context) => {
    const path = join(folder, "95-2024-0770-6278-LA93-0M20-E080.jp2")
    const options = ["-q", "-of", "JP2OpenJPEG", "-co", "QUALITY=100", "-co", "REVERSIBLE=YES", "-a_srs", "EPSG:2154"]
    try {
      execFileSync("gdal_translate", [...options, "-a_nodata", "none", rgb, path], { stdio: "ignore" })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return context.skip("gdal_translate is not installed")
      throw error
    }
    const [image] = await headers(path)
    expect(image).toMatchObject({ lane: "main", date: "2024", bands: 3 })
    const box: Box2 = [770560, 6277560, 770590, 6277585]
    const given = new Map([[image.path, await readGdalWindow(image, box, 0.2)]])
    const byGdal = (await composeImage([image], box, 0.2, given))!
    const byTiff = (await composeImage(await headers(rgb), box, 0.2))!
    let different = 0
    for (let i = 0; i < byTiff.data.length; i += 4) {
      if (byTiff.data[i + 3] === 0) continue
      for (const k of [0, 1, 2]) if (byTiff.data[i + k] !== byGdal.data[i + k]) different++
    }
    expect(different).toBe(0)
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
        const source = await writeTiff("shown.tif", 770500, 6277600, 0.5, 40, (column) => [column < 20 ? 0 : 255, 7, 9])
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
