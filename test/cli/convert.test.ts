/** The built command: `maille convert`, and `maille run --vector-format`. */
import { spawnSync } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import { type MadeLayers, writeMadeLayers } from "../engine/formats/vector/made-layers.js"
import { scene } from "../scenes/preview-scene.js"
import { mailleKept as maille } from "./maille.js"

const ogrinfo = spawnSync("ogrinfo", ["--version"]).status === 0
let folder = ""
let made: MadeLayers
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-convert-"))
  made = await writeMadeLayers(join(folder, "out"))
})
afterAll(() => rm(folder, { recursive: true }))

interface Converted {
  readonly format: string
  readonly files: {
    path: string
    sizeBytes: number
    layers: { name: string; geometry: string; epsg: number; features: number }[]
  }[]
}

const convert = async (...args: string[]): Promise<Converted> => {
  const { code, stdout, stderr } = await maille("convert", join(folder, "out"), ...args, "--json")
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as Converted
}

/** Features of each layer of a file, as GDAL counts them, and the code of the CRS. */
const countsOf = (path: string): { counts: Record<string, number>; epsg: number } => {
  const { stdout } = spawnSync("ogrinfo", ["-ro", "-al", "-so", path], { encoding: "utf8" })
  const names = [...stdout.matchAll(/Layer name: (\S+)/g)].map(([, name = ""]) => name)
  const counts = [...stdout.matchAll(/Feature Count: (\d+)/g)].map(([, count]) => Number(count))
  const codes = [...stdout.matchAll(/^ {4}ID\["EPSG",(\d+)\]\]$/gm)].map(([, code]) => Number(code))
  return { counts: Object.fromEntries(names.map((name, i) => [name, counts[i] ?? -1])), epsg: codes[0] ?? 0 }
}

describe("maille convert", () => {
  it("writes a file a layer into a folder, and tells of each", async () => {
    for (const format of ["geojson", "geojsonl", "parquet"]) {
      const out = join(folder, format)
      const { files, ...rest } = await convert("--to", format, "--out", out)
      expect(rest.format).toBe(format)
      expect((await readdir(out)).sort()).toEqual(["building", "contour", "tree"].map((name) => `${name}.${format}`))
      expect(files.map(({ layers }) => layers[0])).toEqual([
        { name: "building", geometry: "Polygon", epsg: 2154, features: 200 },
        { name: "contour", geometry: "LineString", epsg: 2154, features: 20 },
        { name: "tree", geometry: "Point", epsg: 2154, features: 200 },
      ])
      for (const { path, sizeBytes } of files) expect((await stat(path)).size).toBe(sizeBytes)
    }
  })

  it.skipIf(!ogrinfo)("makes files that GDAL opens, with all features and the right CRS", async () => {
    await convert("--to", "geojson", "--layer", "building", "--out", join(folder, "b.geojson"))
    await convert("--to", "geojson", "--layer", "building", "--keep-crs", "--out", join(folder, "k.geojson"))
    await convert("--to", "geojsonl", "--layer", "tree", "--out", join(folder, "t.geojsonl"))
    expect(countsOf(join(folder, "b.geojson"))).toEqual({ counts: { building: 200 }, epsg: 4326 })
    expect(countsOf(join(folder, "k.geojson"))).toEqual({ counts: { building: 200 }, epsg: 2154 })
    expect(countsOf(join(folder, "t.geojsonl"))).toEqual({ counts: { t: 200 }, epsg: 4326 })
    await convert("--to", "gpkg", "--out", join(folder, "all.gpkg"))
    const all = { building: 200, contour: 20, tree: 200 }
    expect(countsOf(join(folder, "all.gpkg"))).toEqual({ counts: all, epsg: 2154 })
  })

  it("takes a file, some layers, other zooms", async () => {
    const out = join(folder, "one.pmtiles")
    const { stdout, code } = await maille(
      "convert",
      made.paths[0]!,
      "--to",
      "pmtiles",
      "--zooms",
      "12-15",
      "--out",
      out,
    )
    expect([code, stdout]).toEqual([0, expect.stringContaining("building 200")])
    expect([...(await readFile(out)).subarray(100, 102)]).toEqual([14, 15])
    const { files } = await convert("--to", "pmtiles", "--layer", "tree,contour", "--out", join(folder, "two.pmtiles"))
    expect(files[0]!.layers.map(({ name }) => name)).toEqual(["contour", "tree"])
  })

  it("refuses what cannot be, with the reason", async () => {
    const out = join(folder, "never")
    const cases: [number, RegExp, string[]][] = [
      [2, /--to/, [join(folder, "out"), "--to", "shp", "--out", out]],
      [2, /--out.*3 layers/, [join(folder, "out"), "--to", "geojson", "--out", `${out}.geojson`]],
      [2, /"roads".*building, contour/, [join(folder, "out"), "--to", "gpkg", "--layer", "roads", "--out", out]],
      [2, /--keep-crs/, [join(folder, "out"), "--to", "parquet", "--keep-crs", "--out", out]],
      [2, /--zooms/, [join(folder, "out"), "--to", "pmtiles", "--zooms", "16-8", "--out", out]],
      [3, /no such folder/, [join(folder, "nowhere"), "--to", "gpkg", "--out", out]],
      [3, /not an output folder/, [join(folder, "geojson"), "--to", "gpkg", "--out", out]],
    ]
    await writeFile(join(folder, "broken.fgb"), "fgb")
    cases.push([3, /FlatGeobuf/, [join(folder, "broken.fgb"), "--to", "geojson", "--out", `${out}.geojson`]])
    for (const [expected, message, args] of cases) {
      const { code, stderr } = await maille("convert", ...args)
      expect([code, message.test(stderr)], stderr).toEqual([expected, true])
    }
    expect((await readdir(folder)).filter((name) => name.startsWith("never"))).toEqual([])
  })
})

describe("maille run --vector-format", () => {
  it("writes the formats once, again where a file is gone or the options changed, and removes what is not asked for any more", async () => {
    const out = join(folder, "run")
    const input = join(folder, "tile.las")
    await writeFile(input, scene())
    const run = async (...args: string[]): Promise<string[]> => {
      const fixed = ["--out", out, "--products", "vector", "--tile-size", "100", "--workers", "1"]
      const { code, stderr } = await maille("run", input, ...fixed, ...args)
      expect(code, stderr).toBe(0)
      // Solids are no layer.
      return (await readdir(join(out, "vector"))).filter((name) => !name.endsWith(".city.jsonl")).sort()
    }
    const layers = (await run()).map((name) => name.replace(/\.fgb$/, ""))
    expect(layers).toContain("building")
    const filled: string[] = []
    for (const name of layers)
      if ((await readFlatGeobuf(join(out, "vector", `${name}.fgb`))).features.ids.length > 0) filled.push(name)
    expect(filled.length).toBeLessThan(layers.length)
    const files = [...layers.map((name) => `${name}.fgb`), ...filled.map((name) => `${name}.parquet`)]
    const expected = [...files, "layers.pmtiles"].sort()
    expect(await run("--vector-format", "parquet,pmtiles", "--add")).toEqual(expected)

    const past = new Date(2020, 0, 1)
    for (const name of expected) await utimes(join(out, "vector", name), past, past)
    await rm(join(out, "vector", "building.parquet"))
    await run("--vector-format", "pmtiles,parquet,fgb")
    const changed: string[] = []
    for (const name of expected)
      if ((await stat(join(out, "vector", name))).mtimeMs !== past.getTime()) changed.push(name)
    expect(changed).toEqual(["building.parquet"])
    const plain = await readFile(join(out, "vector", "building.parquet"))

    const bdtopo = await run("--vector-format", "parquet", "--schema", "bdtopo", "--replace")
    expect(bdtopo).toEqual(files.sort())
    const named = await readFile(join(out, "vector", "building.parquet"))
    expect([plain.includes("HAUTEUR"), named.includes("HAUTEUR")]).toEqual([false, true])
    expect(await run("--replace")).toEqual(layers.map((name) => `${name}.fgb`).sort())
  })

  it("is refused without the product, and for a format that there is not", async () => {
    const base = ["run", join(folder, "tile.las"), "--out", join(folder, "no")]
    const other = await maille(...base, "--products", "dtm", "--vector-format", "gpkg")
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("--products")])
    const unknown = await maille(...base, "--vector-format", "shapefile")
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("geojsonl")])
  })
})
