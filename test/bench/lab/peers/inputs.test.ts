import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  chooseInputs,
  cropRaster,
  pointInputs,
  rasterInputs,
  readClasses,
  writeTiff,
} from "../../../../bench/lab/peers/inputs.js"
import { makeMask } from "../../../../bench/lab/peers/polygon.js"
import { readRaster } from "../../../../engine/formats/raster/tiff/read-raster.js"

const options = (files: readonly string[], quick: boolean) => ({ files, quick, passes: 1, onProgress: () => {} })
let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-inputs-"))
})
afterAll(() => rm(folder, { recursive: true }))

describe("inputsOf", () => {
  it("takes the files that are given and fit, and says when none does", async () => {
    expect(await chooseInputs(options(["a.tif", "b.laz", "c.las"], true), folder, pointInputs())).toEqual([
      "b.laz",
      "c.las",
    ])
    expect(await chooseInputs(options(["a.tif"], true), folder, pointInputs())).toMatch(
      /^none of the files given ends in/,
    )
    expect(await chooseInputs(options(["b.laz"], true), folder, rasterInputs())).toMatch(
      /^none of the files given ends in/,
    )
  })

  it("names the folder in which a real file is missing", async () => {
    expect(await chooseInputs(options([], false), folder, rasterInputs("no/such.tif"))).toMatch(
      /^no no\/such.tif in .*MAILLE_TEST_DATA/,
    )
  })
})

describe("readClasses", () => {
  it("reads the points of some classes once a place, the same each time", async () => {
    const [path] = (await chooseInputs(options([], true), folder, pointInputs())) as string[]
    const ground = await readClasses(path!, [2])
    const more = await readClasses(path!, [2, 9, 66])
    expect(ground.count).toBeGreaterThan(10_000)
    expect(more.count).toBeGreaterThan(ground.count)
    const places = new Set(Array.from(more.x, (x, i) => `${x} ${more.y[i]}`))
    expect(places.size).toBe(more.count)
    expect(ground.origin).toEqual([843_000, 6_520_900, 0])
    expect(Math.max(...Array.from(ground.x.subarray(0, 1000)))).toBeLessThanOrEqual(100_000)
  })
})

describe("rasters", () => {
  const raster = {
    width: 3,
    height: 2,
    minX: 700_000,
    maxY: 6_600_000,
    cellSize: 0.5,
    data: Float32Array.of(1, 2, 3, 4, 5, 6),
  }

  it("are cut to their north-west", () => {
    expect(cropRaster(raster, 2)).toMatchObject({
      width: 2,
      height: 2,
      maxY: 6_600_000,
      data: Float32Array.of(1, 2, 4, 5),
    })
  })

  it("are written as programs and we read them", async () => {
    const path = await writeTiff(join(folder, "small.tif"), raster)
    expect(await readRaster(path)).toEqual(raster)
  })
})

describe("maskOf", () => {
  it("sets the cells of 0.5 m that hold a point, row 0 in the north", () => {
    const points = { x: Int32Array.of(0, 1499), y: Int32Array.of(0, 500), z: Int32Array.of(0, 0), count: 2 }
    const mask = makeMask({ ...points, scale: 0.001, origin: [700_000, 6_600_000, 0] })
    expect(mask).toMatchObject({ width: 3, height: 2, minX: 700_000, maxY: 6_600_001 })
    expect(Array.from(mask.data)).toEqual([0, 0, 1, 1, 0, 0])
  })
})
