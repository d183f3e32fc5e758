import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { loadGdal } from "../../../../engine/formats/raster/load-gdal.js"
import { encodeCog } from "../../../../engine/formats/raster/tiff/cog.js"
import { encodeVrt } from "../../../../engine/formats/raster/vrt.js"
import type { Raster } from "../../../../engine/kernel.js"

const gdal = await loadGdal()
const folder = mkdtempSync(join(tmpdir(), "maille-vrt-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

const floatRaster = (width: number, height: number, minX: number, maxY: number): Raster => {
  const data = Float32Array.from({ length: width * height }, (_, i) => (i % 97 === 0 ? Number.NaN : minX + i / 10))
  return { width, height, minX, maxY, cellSize: 0.5, data }
}

const gdalinfo = (path: string): string | undefined => {
  try {
    return execFileSync("gdalinfo", [path], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}

const values = { 1: ["one", [1, 2, 3]], 2: ["two", [250, 200, 100]] } as const
const classes: Raster = {
  ...floatRaster(100, 100, 770500, 6277600),
  data: Uint8Array.from({ length: 1e4 }, (_, i) => i % 3),
}

describe("encodeVrt", () => {
  const tile = (name: string, minX: number, maxY: number) => {
    const raster = floatRaster(100, 100, minX, maxY)
    write(`${name}.tif`, encodeCog(raster, { epsg: 2154, metadata: {} }))
    return { path: `${name}.tif`, minX, maxY, width: 100, height: 100 }
  }
  const options = { cellSize: 0.5, epsg: 2154, noData: -9999, type: "float" } as const

  it("does not depend on the order of its tiles and is empty without any", () => {
    const tiles = [tile("a", 770500, 6277600), tile("b", 770550, 6277550)]
    expect(encodeVrt([...tiles].reverse(), options)).toBe(encodeVrt(tiles, options))
    expect(encodeVrt([], options)).toBe("")
  })

  it.skipIf(!gdal)("has the bands of its tiles", () => {
    const { data, ...place } = floatRaster(100, 100, 770500, 6277600)
    const bands = ["low", "high"]
    const both = { ...place, data: new Float32Array([...data, ...data.map((value) => -value)]) }
    write("two.tif", encodeCog(both, { epsg: 2154, metadata: {}, bands }))
    const tiles = [{ path: "two.tif", minX: 770500, maxY: 6277600, width: 100, height: 100 }]
    const dataset = gdal!.open(write("two.vrt", encodeVrt(tiles, { ...options, bands })))
    const names = [1, 2].map((k) => (dataset.bands.get(k) as unknown as { description: string }).description)
    expect(names).toEqual(bands)
    expect(dataset.bands.get(2).pixels.get(3, 4)).toBe(-data[403]!)
    dataset.close()
  })

  it("tells gdalinfo the vertical CRS, unit, source, overviews and classes", (context) => {
    const tiles = [tile("a", 770500, 6277600), { ...tile("b", 770900, 6277550) }]
    const facts = { ...options, verticalEpsg: 5720, unit: "m", bands: ["dtm"], metadata: { source: "IGN <&>" } }
    const heights = gdalinfo(write("facts.vrt", encodeVrt(tiles, facts)))
    if (heights === undefined) return context.skip("no gdalinfo")
    expect(heights).toContain('VERTCRS["NGF-IGN69 height"')
    expect(heights).toMatch(
      /SOURCE=IGN <&>[\s\S]*Gray\n\s+Description = dtm\n[\s\S]*Overviews: 450x100, 225x50[\s\S]*Unit Type: m/,
    )
    write("k.tif", encodeCog(classes, { epsg: 2154, metadata: {}, values }))
    const classed = [{ path: "k.tif", minX: 770500, maxY: 6277600, width: 100, height: 100 }]
    const mosaic = encodeVrt(classed, { ...options, noData: 0, type: "byte", values })
    for (const text of [gdalinfo(write("k.vrt", mosaic)), gdalinfo(join(folder, "k.tif"))])
      expect(text).toMatch(/ColorInterp=Palette[\s\S]*\n\s+2: 250,200,100,255/)
  })

  it.skipIf(!gdal)("is a mosaic to GDAL", () => {
    const tiles = [tile("a", 770500, 6277600), tile("b", 770550, 6277550)]
    const dataset = gdal!.open(write("mosaic.vrt", encodeVrt(tiles, options)))
    expect(dataset.rasterSize).toEqual({ x: 200, y: 200 })
    expect(dataset.geoTransform).toEqual([770500, 0.5, 0, 6277600, 0, -0.5])
    expect(dataset.srs!.toWKT()).toContain('AUTHORITY["EPSG","2154"]')
    const pixels = dataset.bands.get(1).pixels
    expect(dataset.bands.get(1).noDataValue).toBe(-9999)
    const value = (raster: Raster, i: number) => (Number.isNaN(raster.data[i]) ? -9999 : raster.data[i])
    expect(pixels.get(50, 50)).toBe(value(floatRaster(100, 100, 770500, 6277600), 50 * 100 + 50))
    expect(pixels.get(150, 170)).toBe(value(floatRaster(100, 100, 770550, 6277550), 70 * 100 + 50))
    expect(pixels.get(150, 20)).toBe(-9999)
    dataset.close()
  })
})
