import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fromArrayBuffer } from "geotiff"
import { afterAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../../../../engine/core/random.js"
import { loadGdal } from "../../../../../engine/formats/raster/load-gdal.js"
import { encodeCog } from "../../../../../engine/formats/raster/tiff/cog.js"
import { readRaster } from "../../../../../engine/formats/raster/tiff/read-raster.js"
import { verifyRaster } from "../../../../../engine/formats/raster/tiff/verify-raster.js"
import type { Raster } from "../../../../../engine/kernel.js"

const gdal = await loadGdal()
const folder = mkdtempSync(join(tmpdir(), "maille-cog-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const metadata = {
  title: "DTM of a test",
  source: "IGN LiDAR HD & BD ORTHO",
  date: "2023-05-02",
  licence: "Licence Ouverte 2.0",
  software: "maille 0.1.0",
  options: "abc",
}

/** Relief by formula with seeded noise; every 97th cell and a corner are void. */
const floatRaster = (width: number, height: number, minX = 770500, maxY = 6277600): Raster => {
  const random = seededRandom(width * 7 + height)
  const data = new Float32Array(width * height)
  for (let i = 0; i < data.length; i++) {
    const x = i % width
    const y = Math.floor(i / width)
    data[i] = i % 97 === 0 || x + y < 20 ? Number.NaN : 40 + 10 * Math.sin(x / 31) + random()
  }
  return { width, height, minX, maxY, cellSize: 0.5, data }
}

const byteRaster = (width: number, height: number): Raster => {
  const random = seededRandom(3)
  const data = Uint8Array.from({ length: width * height }, () => Math.floor(random() * 4))
  return { width, height, minX: 770500, maxY: 6277600, cellSize: 0.5, data }
}

/** Equality of cells, NaN written as −9999; far quicker on large arrays than a deep comparison. */
const sameCells = (found: Float32Array | Uint8Array, wanted: Float32Array | Uint8Array): boolean => {
  const filled = wanted.map((value) => (Number.isNaN(value) ? -9999 : value))
  return found.length === filled.length && found.every((value, i) => value === filled[i])
}

const write = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

const gdalinfo = (path: string): string | undefined => {
  try {
    return execFileSync("gdalinfo", [path], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}

describe("encodeCog", () => {
  it("is deterministic", () => {
    const raster = floatRaster(300, 280)
    const reversed = Object.fromEntries(Object.entries(metadata).reverse())
    const bytes = encodeCog(raster, { epsg: 2154, metadata })
    const again = encodeCog(raster, { epsg: 2154, metadata: reversed })
    expect(Buffer.compare(again, bytes)).toBe(0)
  })

  it("refuses a raster whose size disagrees with its data", () => {
    const raster = { ...floatRaster(4, 4), width: 5 }
    expect(() => encodeCog(raster, { epsg: 2154, metadata })).toThrow(/5 × 4/)
  })

  for (const [width, height] of [
    [1, 1],
    [100, 100],
    [256, 256],
    [257, 40],
    [700, 530],
  ] as const) {
    it(`is read back by geotiff.js: ${width} × ${height} floats`, async () => {
      const raster = floatRaster(width, height)
      const bytes = encodeCog(raster, { epsg: 2154, verticalEpsg: 5720, metadata })
      const tiff = await fromArrayBuffer(bytes.buffer as ArrayBuffer)
      const image = await tiff.getImage()
      expect([image.getWidth(), image.getHeight()]).toEqual([width, height])
      expect(image.getOrigin().slice(0, 2)).toEqual([770500, 6277600])
      expect(image.getResolution().slice(0, 2)).toEqual([0.5, -0.5])
      expect(image.getGDALNoData()).toBe(-9999)
      const [band] = (await image.readRasters()) as unknown as Float32Array[]
      expect(sameCells(band, raster.data)).toBe(true)
      const last = await tiff.getImage((await tiff.getImageCount()) - 1)
      expect(Math.max(last.getWidth(), last.getHeight())).toBeLessThanOrEqual(256)
    })
  }

  it("has the tiles of each band one after another, and their names", async () => {
    const [first, second] = [floatRaster(300, 280), floatRaster(300, 280)]
    const data = new Float32Array([...first.data, ...second.data.map((value) => 2 * value)])
    const options = { epsg: 2154, metadata, bands: ["0 to 1 m", "1 to 2 m & more"] }
    const bytes = encodeCog({ ...first, data }, options)
    const image = await (await fromArrayBuffer(bytes.buffer as ArrayBuffer)).getImage()
    const bands = (await image.readRasters()) as unknown as Float32Array[]
    expect(bands).toHaveLength(2)
    expect(sameCells(bands[0]!, data.subarray(0, 84000))).toBe(true)
    expect(sameCells(bands[1]!, data.subarray(84000))).toBe(true)
    const path = write("bands.tif", bytes)
    await verifyRaster(path)
    expect((await readRaster(path)).data).toEqual(first.data)
    const found = gdalinfo(path)
    if (found !== undefined) {
      expect(found.match(/Description = .*/g)).toEqual(["Description = 0 to 1 m", "Description = 1 to 2 m & more"])
      expect(found.match(/Overviews: 150x140/g)).toHaveLength(2)
    }
    expect(() => encodeCog(first, options)).toThrow(/2 bands/)
  })

  it("averages floats without voids and keeps classes in overviews", async () => {
    const data = new Float32Array(300 * 2).fill(Number.NaN)
    data.set([1, 3, 5, Number.NaN, Number.NaN, Number.NaN])
    const float = encodeCog({ ...floatRaster(300, 2), data }, { epsg: 2154, metadata })
    const half = await (await fromArrayBuffer(float.buffer as ArrayBuffer)).getImage(1)
    const [band] = (await half.readRasters()) as unknown as Float32Array[]
    expect([...band.subarray(0, 3)]).toEqual([2, 5, -9999])
    const classes = new Uint8Array(300 * 2)
    classes.set([6, 2, 0, 0, 9, 5])
    classes.set([6, 2, 0, 17, 0, 5], 300)
    for (const at of [8, 9, 308, 309]) classes[at] = 6
    const byte = encodeCog({ ...byteRaster(300, 2), data: classes }, { epsg: 2154, metadata })
    const [map] = (await (
      await fromArrayBuffer(byte.buffer as ArrayBuffer)
    )
      .getImage(1)
      .then((image) => image.readRasters())) as unknown as Uint8Array[]
    expect([...map.subarray(0, 6)]).toEqual([2, 17, 5, 0, 6, 0])
  })

  it.skipIf(!gdal)("is read by GDAL as written: values, place, CRS, nodata, overviews, tags", () => {
    const raster = floatRaster(700, 530)
    const path = write("float.tif", encodeCog(raster, { epsg: 2154, verticalEpsg: 5720, metadata }))
    const dataset = gdal!.open(path)
    const band = dataset.bands.get(1)
    expect(dataset.geoTransform).toEqual([770500, 0.5, 0, 6277600, 0, -0.5])
    expect(band.noDataValue).toBe(-9999)
    expect(band.overviews.map((overview) => [overview.size.x, overview.size.y])).toEqual([
      [350, 265],
      [175, 133],
    ])
    const values = band.pixels.read(0, 0, 700, 530) as Float32Array
    expect(sameCells(values, raster.data)).toBe(true)
    const wkt = dataset.srs!.toWKT()
    expect(wkt).toContain('AUTHORITY["EPSG","2154"]')
    expect(wkt).toContain('AUTHORITY["EPSG","5720"]')
    const tags = dataset.getMetadata() as Record<string, string>
    expect(tags["TIFFTAG_SOFTWARE"]).toBe("maille 0.1.0")
    expect(tags["TIFFTAG_IMAGEDESCRIPTION"]).toBe("DTM of a test")
    expect(tags["TIFFTAG_COPYRIGHT"]).toBe("IGN LiDAR HD & BD ORTHO, Licence Ouverte 2.0")
    expect(tags["SOURCE"]).toBe("IGN LiDAR HD & BD ORTHO")
    expect((dataset.getMetadata("IMAGE_STRUCTURE") as Record<string, string>)["LAYOUT"]).toBe("COG")
    dataset.close()
  })

  it.skipIf(!gdal)("writes bytes that GDAL reads", () => {
    const raster = byteRaster(513, 300)
    const dataset = gdal!.open(write("byte.tif", encodeCog(raster, { epsg: 2154, metadata })))
    expect(dataset.bands.get(1).noDataValue).toBe(0)
    expect(sameCells(dataset.bands.get(1).pixels.read(0, 0, 513, 300) as Uint8Array, raster.data)).toBe(true)
    dataset.close()
  })

  it("has the statistics of each band's cells with data, and the unit", async () => {
    const raster = { ...floatRaster(3, 2), data: Float32Array.of(1, 2, Number.NaN, 5, 1, 1) }
    const image = await (
      await fromArrayBuffer(encodeCog(raster, { epsg: 2154, metadata, unit: "m" }).slice().buffer)
    ).getImage()
    const facts = await image.getGDALMetadata(0)
    expect(facts).toMatchObject({ STATISTICS_MINIMUM: "1", STATISTICS_MAXIMUM: "5", STATISTICS_MEAN: "2" })
    expect(facts).toMatchObject({ STATISTICS_STDDEV: String(Number(Math.sqrt(2.4).toPrecision(9))), UNITTYPE: "m" })
    const empty = { ...raster, data: new Float32Array(6).fill(Number.NaN) }
    expect(new TextDecoder("latin1").decode(encodeCog(empty, { epsg: 2154, metadata }))).not.toContain("STATISTICS")
  })

  it("is a COG to gdalinfo", (context) => {
    const text = gdalinfo(write("info.tif", encodeCog(floatRaster(700, 530), { epsg: 2154, metadata })))
    if (text === undefined) return context.skip("gdalinfo is not installed")
    expect(text).toContain("LAYOUT=COG")
    expect(text).toContain("Overviews: 350x265, 175x133")
    expect(text).not.toMatch(/warning/i)
  })

  it("keeps the ghost header's promises: leader, trailer, order of the tiles", async () => {
    const bytes = encodeCog(floatRaster(700, 530), { epsg: 2154, metadata })
    const text = Buffer.from(bytes.subarray(8, 400)).toString("latin1")
    const [, size] = /^GDAL_STRUCTURAL_METADATA_SIZE=(\d{6}) bytes\n/.exec(text)!
    expect(text.slice(43, 43 + Number(size)).endsWith("KNOWN_INCOMPATIBLE_EDITION=NO\n ")).toBe(true)
    const tiff = await fromArrayBuffer(bytes.buffer as ArrayBuffer)
    const view = new DataView(bytes.buffer)
    let next = bytes.length
    for (let level = 0; level < 3; level++) {
      const directory = (await tiff.getImage(level)).getFileDirectory()
      const offsets = [...((await directory.loadValue("TileOffsets")) as ArrayLike<number> & Iterable<number>)]
      const counts = [...((await directory.loadValue("TileByteCounts")) as ArrayLike<number> & Iterable<number>)]
      for (let i = offsets.length - 1; i >= 0; i--) {
        const end = offsets[i] + counts[i]
        expect(end + 4).toBe(next)
        expect(view.getUint32(offsets[i] - 4, true)).toBe(counts[i])
        expect(view.getUint32(end)).toBe(view.getUint32(end - 4))
        next = offsets[i] - 4
      }
    }
  })
})
