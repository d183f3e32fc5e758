import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { encodeVrt, type VrtTile } from "../../../../engine/formats/raster/vrt.js"
import { openRaster, writeCog } from "../../../../engine/library/raster.js"

const [west, south, side, cell] = [842_000, 6_520_000, 64, 0.5]
/** Three tiles of four; the north-eastern one is missing. */
const cells = [
  [0, 0],
  [1, 0],
  [0, 1],
] as const
const heightAt = (x: number, y: number): number => 20 + (x - west) / 10 + (y - south) / 50

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-mosaic-"))
  await mkdir(join(folder, "dtm"))
  const tiles: VrtTile[] = []
  for (const [column, row] of cells) {
    const [minX, maxY] = [west + column * side * cell, south + (row + 1) * side * cell]
    const data = Float32Array.from({ length: side * side }, (_, i) =>
      heightAt(minX + ((i % side) + 0.5) * cell, maxY - (Math.floor(i / side) + 0.5) * cell),
    )
    const place = { width: side, height: side, minX, maxY }
    await writeCog(join(folder, "dtm", `${column}-${row}.tif`), { ...place, cellSize: cell, data }, { epsg: 2154 })
    tiles.push({ path: `dtm/${column}-${row}.tif`, ...place })
  }
  const text = encodeVrt(tiles, { cellSize: cell, noData: -9999, type: "float", epsg: 2154 } as never)
  await writeFile(join(folder, "dtm.vrt"), text)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it.each(["dtm.vrt", "dtm", "dtm/"])("%s is one raster, whose missing tile has no data", async (name) => {
  const raster = await openRaster(join(folder, name))
  expect([raster.width, raster.height, raster.minX, raster.maxY]).toEqual([2 * side, 2 * side, west, south + side])
  expect([raster.epsg, raster.bands, raster.box]).toEqual([2154, 1, [west, south, west + side, south + side]])
  // Over the corner of all four tiles.
  const middle = side / 2
  const box = [west + middle - 2, south + middle - 2, west + middle + 2, south + middle + 2]
  const { data, width, height, minX, maxY } = await raster.read({ box })
  expect([width, height]).toEqual([8, 8])
  for (const [i, value] of data.entries()) {
    const [x, y] = [minX + ((i % width) + 0.5) * cell, maxY - (Math.floor(i / width) + 0.5) * cell]
    if (x > west + middle && y > south + middle) expect(value).toBeNaN()
    else expect(value).toBeCloseTo(heightAt(x, y), 4)
  }
  const places = [west + middle, west + 3.25, west + middle + 9]
  const [across, inside, missing] = await raster.valuesAt(places, [south + 8, south + 7.1, south + middle + 9])
  expect(across).toBeCloseTo(heightAt(west + middle, south + 8), 3)
  expect(inside).toBeCloseTo(heightAt(west + 3.25, south + 7.1), 3)
  expect(missing).toBeNaN()
  const whole = await raster.read()
  expect(whole.data.filter((value) => Number.isNaN(value))).toHaveLength(side * side)
  await expect(raster.read({ level: raster.levels })).rejects.toThrow(/there is no level/)
  await expect(raster.read({ box: [0, 0, 1, 1] })).rejects.toThrow(/no cell is inside/)
  await raster.close()
})

it("a VRT that scales or leaves its folder is refused", async () => {
  const path = join(folder, "other.vrt")
  const source = (name: string, size: number): string =>
    `<VRTDataset rasterXSize="64" rasterYSize="64"><GeoTransform>0,1,0,64,0,-1</GeoTransform><VRTRasterBand band="1">
    <ComplexSource><SourceFilename relativeToVRT="1">${name}</SourceFilename><SrcRect xOff="0" yOff="0" xSize="64" ySize="64"/>
    <DstRect xOff="0" yOff="0" xSize="${size}" ySize="64"/></ComplexSource></VRTRasterBand></VRTDataset>`
  await writeFile(path, source("dtm/0-0.tif", 32))
  await expect(openRaster(path)).rejects.toThrow(/it cuts or scales/)
  for (const name of ["../dtm.tif", "/etc/x.tif", "http://a/b.tif"]) {
    await writeFile(path, source(name, 64))
    await expect(openRaster(path)).rejects.toThrow(/not a raster beside it/)
  }
  await mkdir(join(folder, "empty"), { recursive: true })
  await expect(openRaster(join(folder, "empty"))).rejects.toThrow(/no GeoTIFF in it/)
})
