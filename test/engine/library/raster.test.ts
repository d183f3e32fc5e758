/** `openRaster` and `writeCog`: a round trip, windows, overviews, values at places. */
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import { openRaster, type RasterArray, writeCog } from "../../../engine/library/raster.js"

const [width, height, minX, maxY, cellSize] = [700, 300, 1000, 2000, 0.5]
/** Cell without data: row 100, column 40. */
const HOLE = 100 * width + 40
/** A plane, so that interpolation between centres is exact. */
const plane = (x: number, y: number): number => 2 * (x - 1000) + (y - 1900) / 4
const raster: RasterArray = {
  data: Float64Array.from({ length: width * height }, (_, i) =>
    i === HOLE
      ? Number.NaN
      : plane(minX + ((i % width) + 0.5) * cellSize, maxY - (Math.floor(i / width) + 0.5) * cellSize),
  ),
  ...{ width, height, minX, maxY, cellSize },
}
let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-raster-"))
  path = join(folder, "made", "plane.tif")
  await writeCog(path, raster, { epsg: 2154, metadata: { title: "plane" } })
})
afterAll(() => rm(folder, { recursive: true }))

it("writes a COG that reads back as it was, and leaves no other file", async () => {
  expect(await readdir(join(folder, "made"))).toEqual(["plane.tif"])
  const file = await openRaster(path)
  const { read, valuesAt, close, ...facts } = file
  expect(facts).toEqual({
    width,
    height,
    minX,
    maxY,
    cellSize,
    box: [1000, 1850, 1350, 2000],
    bands: 1,
    levels: 3,
    epsg: 2154,
  })
  expect((await read()).data).toEqual(Float32Array.from(raster.data))
  await close()
})

it("reads the cells of a box, of a window and of an overview", async () => {
  const file = await openRaster(path)
  const boxed = await file.read({ box: [1100.1, 1900, 1102, 1901] })
  expect([boxed.width, boxed.height, boxed.minX, boxed.maxY]).toEqual([4, 2, 1100, 1901])
  expect(boxed).toEqual(await file.read({ window: [200, 198, 4, 2] }))
  const half = await file.read({ level: 1 })
  expect(half).toEqual(await readRaster(path, { cellSize: 1 }))
  await expect(file.read({ level: 3 })).rejects.toThrow(/no level 3\. Give a whole number from 0 to 2/)
  await expect(file.read({ band: 1 })).rejects.toThrow(/no band 1/)
  await expect(file.read({ box: [0, 0, 1, 1] })).rejects.toThrow(/no cell inside the box/)
  await file.close()
})

it("interpolates values at places, NaN outside and beside no data", async () => {
  const file = await openRaster(path)
  const x = [1000.25, 1127.9, 1128.1, 1349.75, 1000.2, 1349.8, 1020.6, 1019.75]
  const y = [1999.75, 1872.3, 1871.9, 1850.25, 1999, 1900, 1949.6, 1949.75]
  const values = await file.valuesAt(x, y)
  for (const i of [0, 1, 2, 3, 7]) expect(values[i]).toBeCloseTo(plane(x[i], y[i]), 3)
  expect([...values.subarray(4, 7)]).toEqual([Number.NaN, Number.NaN, Number.NaN])
  await file.close()
})

it("keeps bytes and the no data of integers apart", async () => {
  const bytes = { data: Uint8Array.from([1, 0, 3, 4]), width: 2, height: 2, minX: 0, maxY: 2, cellSize: 1 }
  await writeCog(join(folder, "bytes.tif"), bytes, { epsg: 2154 })
  const file = await openRaster(join(folder, "bytes.tif"))
  expect(await file.read()).toEqual({ ...bytes, noData: 0 })
  await file.close()
  await writeCog(
    join(folder, "ints.tif"),
    { ...bytes, data: Int16Array.from([1, -1, 3, 4]), noData: -1 },
    { epsg: 2154 },
  )
  const ints = await openRaster(join(folder, "ints.tif"))
  expect([...(await ints.read()).data]).toEqual([1, Number.NaN, 3, 4])
  await ints.close()
  const two = { ...bytes, data: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]) }
  await writeCog(join(folder, "two.tif"), two, { epsg: 2154, bands: ["low", "high"] })
  const bands = await openRaster(join(folder, "two.tif"))
  expect([bands.bands, (await bands.read({ band: 1 })).data]).toEqual([2, two.data.slice(4)])
  await bands.close()
  await expect(writeCog(path, { ...bytes, width: 3 }, { epsg: 2154 })).rejects.toThrow(/4 values do not fill 1 × 3 × 2/)
  await expect(openRaster(join(folder, "none.tif"))).rejects.toThrow(/none\.tif/)
})
