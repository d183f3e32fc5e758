/** Runs on rasters in place of point files: the same values as the kernels on the whole array. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { writeArrayBuffer } from "geotiff"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import { encodeCog } from "../../../engine/formats/raster/tiff/cog.js"
import type { Raster } from "../../../engine/kernel.js"
import { flood, flow, runKernel, shadow, viewshed } from "../../../engine/library/kernels.js"
import { openRaster } from "../../../engine/library/raster.js"
import { scanScene } from "../../../fixtures/sample/scan.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import { jsonOf, runKept } from "../../run-maille.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-own-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Hills with noise, a lake without data and a slanted end, on 3 × 3 tiles and parts of more. */
const makeHills = (width = 613, height = 587, [minX, maxY] = [843_037, 6_520_989], cellSize = 1): Raster => {
  const data = new Float32Array(width * height)
  for (let i = 0; i < data.length; i++) {
    const [c, r] = [i % width, Math.floor(i / width)]
    const [x, y] = [c / 40, r / 50]
    data[i] = 100 + 8 * Math.sin(1.3 * x + Math.cos(y)) + 6 * Math.cos(1.7 * y + 0.3 * x) + 0.02 * r
    data[i]! += ((c * 7919 + r * 104_729) % 97) / 200
    if ((c - 300) ** 2 + (r - 250) ** 2 < 30 ** 2 || 2 * r + c < 200) data[i] = Number.NaN
  }
  return { data, width, height, minX, maxY, cellSize }
}

const writeTif = async (name: string, raster: Raster, epsg = 2154): Promise<string> => {
  const path = join(folder, name)
  await mkdir(join(path, ".."), { recursive: true })
  await writeFile(path, encodeCog(raster, { epsg, metadata: {} }))
  return path
}

const run = async (...args: readonly string[]) => {
  const ended = await runKept(["run", ...args, "--json"])
  return { ...ended, summary: ended.code === 0 ? jsonOf(ended) : undefined }
}

/** The cells of a product, in the window of a raster. */
const valuesOf = async (out: string, name: string, like: Raster): Promise<ArrayLike<number>> => {
  const { width, height, minX, maxY, cellSize } = like
  const values = new Float64Array(width * height).fill(Number.NaN)
  const file = await openRaster(join(out, "raster", `${name}.vrt`))
  const { data, ...found } = await file.read()
  await file.close()
  const [left, top] = [Math.round((found.minX - minX) / cellSize), Math.round((maxY - found.maxY) / cellSize)]
  for (let r = 0; r < found.height; r++)
    for (let c = 0; c < found.width; c++) {
      const [x, y] = [c + left, r + top]
      if (x >= 0 && y >= 0 && x < width && y < height) values[y * width + x] = data[r * found.width + c]!
    }
  return values
}

const countOther = (one: ArrayLike<number>, other: ArrayLike<number>): number => {
  let count = 0
  for (let i = 0; i < one.length; i++) if (!Object.is(one[i], other[i])) count++
  return count
}

const EYES = "843200.5,6520700.5 843400.5,6520500.5,4"

/** The lowest cell, where water rises to 4 m above it. */
const lowestOf = ({ data, width, minX, maxY, cellSize }: Raster): { readonly from: string; readonly level: number } => {
  let low = 0
  for (let i = 0; i < data.length; i++) if (!(data[i]! >= data[low]!)) low = Number.isNaN(data[i]!) ? low : i
  const [c, r] = [(low % width) + 0.5, Math.floor(low / width) + 0.5]
  return { from: `${minX + c * cellSize},${maxY - r * cellSize}`, level: Math.round(data[low]!) + 4 }
}

describe("runs on a raster", () => {
  it.each([
    ["1 m", makeHills(), "250"],
    ["3 m, no divisor of the tiles' side", makeHills(301, 287, [843_036, 6_520_989], 3), "250"],
  ])(
    "give the values of the kernels on the whole array: cells of %s",
    { timeout: 120_000 },
    async (name, hills, side) => {
      const path = await writeTif(`${name}.tif`, hills)
      const out = join(folder, `out ${name}`)
      const { from, level } = lowestOf(hills)
      const { code, stderr, summary } = await run(
        ...["--dtm", path, "--dsm", path, "--out", out, "--tile-size", side, "--products", "dtm"],
        ...["--kernel", ...["flow", "flood", "shadow", "viewshed", "sky-view"].map((id) => `simulation.${id}`)],
        ...["--set", `simulation.flood-tile.level=${level}`, "--set", `simulation.flood-tile.from=${from}`],
        ...["--set", `simulation.viewshed.observers=${EYES}`, "--set", "simulation.shadow.altitude=12"],
        ...["--set", "simulation.shadow.reach=120", "--set", "simulation.sky-view.directions=8"],
        ...["--set", "simulation.viewshed.reach=300", "--set", "simulation.sky-view.reach=60"],
      )
      expect(code, stderr).toBe(0)
      expect(summary.done).toBeGreaterThanOrEqual(9)
      const area = { epsg: 2154 }
      const drained = await flow(hills, area)
      const views = await viewshed(hills, EYES, { ...area, reach: 300 })
      const sky = await runKernel(
        "simulation.sky-view",
        { dsm: hills },
        { ...area, options: { directions: 8, reach: 60 } },
      )
      const truth: Readonly<Record<string, Raster>> = {
        dtm: hills,
        "flow-accumulation": drained["flow-accumulation"],
        "flow-filled": drained["flow-filled"],
        "height-above-drainage": drained["height-above-drainage"],
        "flood-depth": (await flood(hills, { ...area, level, from }))["flood-depth"],
        shadow: await shadow(hills, { ...area, altitude: 12, reach: 120 }),
        viewshed: views.viewshed,
        "sky-view": sky["sky-view"] as Raster,
      }
      const others: Record<string, number> = {}
      for (const [port, { data }] of Object.entries(truth)) {
        const known = Array.from(data).filter((value) => !Number.isNaN(value)).length
        expect(known, port).toBeGreaterThan(port === "flood-depth" ? 500 : 20_000)
        others[port] = countOther(Float64Array.from(data), await valuesOf(out, port, hills))
      }
      expect(others).toEqual(Object.fromEntries(Object.keys(truth).map((port) => [port, 0])))
    },
  )

  it("reads a terrain model that maille made: as the run on points", { timeout: 120_000 }, async () => {
    const scene = makeScene()
    const [west, south] = scene.box
    const box = [west, south, west + 120, south + 110] as const
    const scan = scanScene(scene, { pulsesPerM2: 3, box })
    const las = join(folder, "points.las")
    await writeFile(las, encodeLas(scan, { pointFormat: 6, epsg: 2154, scale: 0.01, offset: [0, 0, 0] }))
    const more = ["--products", "dtm", "--tile-size", "50", "--kernel", "simulation.flow"]
    const [points, raster] = [join(folder, "by-points"), join(folder, "by-raster")]
    const set = ["--set", "simulation.flow-tile.streamArea=500"]
    const first = await run(las, "--cell", "1", ...more, ...set, "--out", points)
    expect(first.code, first.stderr).toBe(0)
    const second = await run("--dtm", join(points, "raster", "dtm.vrt"), ...more, ...set, "--out", raster)
    expect(second.code, second.stderr).toBe(0)
    const file = await openRaster(join(points, "raster", "dtm.vrt"))
    const like = (await file.read()) as unknown as Raster
    await file.close()
    for (const port of ["dtm", "flow-filled", "flow-direction", "flow-accumulation", "height-above-drainage"])
      expect(countOther(await valuesOf(points, port, like), await valuesOf(raster, port, like)), port).toBe(0)
  })

  it("sees a changed file, and does nothing for the same one", { timeout: 120_000 }, async () => {
    const hills = makeHills(180, 150)
    const parts = join(folder, "parts")
    const [left, right] = [0, 90].map((column) => ({
      ...hills,
      width: 90,
      minX: hills.minX + column,
      data: Float32Array.from(
        { length: 90 * 150 },
        (_, i) => hills.data[Math.floor(i / 90) * 180 + column + (i % 90)]!,
      ),
    }))
    await writeTif("parts/west.tif", left!)
    await writeTif("parts/east.tif", right!)
    const out = join(folder, "changed")
    const args = [
      "--dtm",
      parts,
      "--products",
      "dtm",
      "--tile-size",
      "100",
      "--kernel",
      "simulation.flow",
      "--out",
      out,
    ]
    expect((await run(...args)).summary).toMatchObject({ unchanged: 0 })
    expect(countOther(Float64Array.from(hills.data), await valuesOf(out, "dtm", hills))).toBe(0)
    expect((await run(...args)).summary).toMatchObject({ done: 0, unchanged: expect.any(Number) })
    right!.data[40] = 250
    await writeTif("parts/east.tif", right!)
    const again = await run(...args)
    expect(again.code).toBe(2)
    expect(again.stderr).toContain("dtm: ")
    const updated = await run(...args, "--replace")
    expect(updated.code, updated.stderr).toBe(0)
    expect((await valuesOf(out, "dtm", hills))[90 + 40]).toBe(250)
  })
})

describe("refuses", () => {
  const flowOf = (...args: readonly string[]) =>
    run(...args, "--kernel", "simulation.flow", "--products", "dtm", "--out", join(folder, "refused"))

  it("kernels that read points, by name", async () => {
    const path = await writeTif("small.tif", makeHills(60, 50))
    const { code, stderr } = await run("--dtm", path, "--products", "dtm,vector", "--out", join(folder, "refused"))
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^maille: raster\.dsm and \d+ more kernels read points, and the job has only --dtm\. Give --dsm/m,
    )
    const sun = await run(
      "--dtm",
      path,
      "--kernel",
      "simulation.shadow",
      "--products",
      "dtm",
      "--out",
      join(folder, "r"),
    )
    expect(sun.stderr).toContain("raster.dsm reads points, and the job has only --dtm. Give --dsm FILE or point files")
  })

  it("a raster beside point files, and neither", async () => {
    const path = await writeTif("small.tif", makeHills(60, 50))
    expect((await flowOf("--dtm", path, "points.las")).stderr).toContain("--dtm: stands in for point files")
    const cut = ["plan", "--dtm", path, "--kernel", "simulation.flow", "--products", "dtm", "--shards", "2"]
    expect((await runKept([...cut, "--out", join(folder, "cut")])).stderr).toContain("--shards: a raster in place of")
    expect((await flowOf("--cell", "1")).stderr).toContain("no point file")
    expect((await flowOf("--dtm", path, "--set", "raster.dtm-file.cell=2")).stderr).toContain("are 1 m. Leave it out.")
  })

  it.each([
    [
      "off the grid",
      { minX: 843_037.25 },
      2154,
      "--dtm: .*no multiples of 1 m.*gdalwarp -t_srs EPSG:2154 -tr 1 1 -tap",
    ],
    ["without a CRS", {}, 32_767, "states no CRS in metres.*gdalwarp"],
    ["of less than a millimetre", { cellSize: 0.00025, minX: 2, maxY: 46 }, 2154, "no multiples.*gdalwarp"],
  ])("cells %s", async (name, place, epsg, message) => {
    const path = await writeTif(`${name}.tif`, { ...makeHills(60, 50), ...place }, epsg)
    const { code, stderr } = await flowOf("--dtm", path)
    expect(code).toBe(3)
    expect(stderr).toMatch(new RegExp(message))
  })

  it("rotated cells", async () => {
    const [width, height] = [60, 50]
    const ModelTransformation = [0.8, 0.6, 0, 843_037, 0.6, -0.8, 0, 6_520_989, 0, 0, 1, 0, 0, 0, 0, 1]
    const keys = { GTModelTypeGeoKey: 1, GTRasterTypeGeoKey: 1, ProjectedCSTypeGeoKey: 2154 }
    const values = new Float32Array(width * height)
    const facts = { width, height, ModelTransformation, SampleFormat: [3], BitsPerSample: [32], ...keys }
    const path = join(folder, "rotated.tif")
    await writeFile(path, Buffer.from(writeArrayBuffer(values, facts as never)))
    const { code, stderr } = await flowOf("--dtm", path)
    expect(code).toBe(3)
    expect(stderr).toMatch(/rotated pixels.*gdalwarp/)
  })

  it("a file that is no GeoTIFF", async () => {
    const path = join(folder, "dtm.asc")
    await writeFile(path, "ncols 4\nnrows 4\n")
    const { code, stderr } = await flowOf("--dtm", path)
    expect(code).toBe(3)
    expect(stderr).toContain("gdal_translate -of COG")
  })
})
