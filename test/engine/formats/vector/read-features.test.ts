import { execFileSync, spawnSync } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { loadGdal } from "../../../../engine/formats/raster/load-gdal.js"
import { readFeaturesInBox } from "../../../../engine/formats/vector/flatgeobuf/features-in-box.js"
import { encodeFlatGeobuf } from "../../../../engine/formats/vector/flatgeobuf/writer.js"
import { readFeatures } from "../../../../engine/formats/vector/read-features.js"
import { copyExternal } from "../../../../engine/plan/external-features.js"
import { hasOgrinfo } from "../../../layer-files.js"
import { sharedData } from "../../../shared-data.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-features-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const square = (x: number, y: number, side = 10): number[][] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
  [x, y],
]
const write = async (name: string, value: unknown): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, typeof value === "string" ? value : JSON.stringify(value))
  return path
}
const lambert = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } }
const collection = (features: unknown[], crs: unknown = lambert): unknown => ({
  type: "FeatureCollection",
  ...(crs === undefined ? {} : { crs }),
  features,
})
const feature = (type: string, coordinates: unknown, properties: object = {}): unknown => ({
  type: "Feature",
  properties,
  geometry: { type, coordinates },
})

describe("features of a GeoJSON file", () => {
  it("come with their properties, rings closed and turned, collections in parts", async () => {
    const clockwise = square(100, 200).reverse()
    const hole = square(102, 202, 2)
    const path = await write(
      "houses.geojson",
      collection([
        feature("Polygon", [clockwise.slice(0, -1), hole], { name: "a", height: 3, note: { deep: 1 } }),
        feature("MultiPolygon", [[square(0, 0)], [square(50, 0)]], { name: "b", height: null }),
        feature("Point", [1, 2]),
        { type: "Feature", properties: {}, geometry: null },
      ]),
    )
    const { features, epsg } = await readFeatures(path, "Polygon")
    expect(epsg).toBe(2154)
    expect(features).toMatchObject({ geometry: "Polygon", dimension: 2, ids: ["0", "1.0", "1.1"] })
    expect([...features.partEnds]).toEqual([2, 3, 4])
    expect([...features.ringEnds]).toEqual([5, 10, 15, 20])
    // The outer ring now turns counter-clockwise, the hole clockwise.
    const areaOf = (start: number): number => {
      let twice = 0
      for (let v = start; v < start + 4; v++) {
        const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = features.coordinates.subarray(2 * v, 2 * v + 4)
        twice += x0 * y1 - x1 * y0
      }
      return twice / 2
    }
    expect([areaOf(0), areaOf(5), areaOf(10)]).toEqual([100, -4, 100])
    expect(features.columns).toEqual({
      name: { type: "string", values: ["a", "b", "b"] },
      height: { type: "number", values: Float64Array.of(3, Number.NaN, Number.NaN) },
      note: { type: "string", values: ['{"deep":1}', "", ""] },
    })
  })

  it("keep heights and their own ids; ids that repeat give way to places", async () => {
    const line = [
      [0, 0, 5],
      [10, 0, 6.5],
    ]
    const named = await write("named.json", collection([{ ...(feature("LineString", line) as object), id: "rue" }]))
    const { features } = await readFeatures(named, "LineString")
    expect(features).toMatchObject({ dimension: 3, ids: ["rue"] })
    expect([...features.coordinates]).toEqual(line.flat())
    const twice = [feature("LineString", line, { id: 7 }), feature("LineString", line, { id: 7 })]
    const repeated = await readFeatures(await write("repeated.geojson", collection(twice)), "LineString")
    expect(repeated.features.ids).toEqual(["0", "1"])
    const parts = [feature("LineString", line, { id: 7 }), feature("MultiLineString", [line, line], { id: 7 })]
    const inParts = await readFeatures(await write("parts.geojson", collection(parts)), "LineString")
    expect(inParts.features.ids).toEqual(["7", "7.0", "7.1"])
  })

  it("are in degrees where nothing else is said and they can be, else in a CRS that is not told", async () => {
    const epsgOf = async (x: number, y: number): Promise<number | undefined> =>
      (await readFeatures(await write("crs.geojson", feature("Polygon", [square(x, y, 1)])), "Polygon")).epsg
    expect(await epsgOf(3, 43)).toBe(4326)
    expect(await epsgOf(770_000, 6_277_000)).toBeUndefined()
  })

  it("are refused where there are none, or the file is damaged", async () => {
    const read = async (value: unknown): Promise<unknown> => readFeatures(await write("bad.geojson", value), "Polygon")
    await expect(read(collection([feature("Point", [1, 2])]))).rejects.toThrow(/no polygons/)
    await expect(read("no json")).rejects.toThrow(/not GeoJSON or FlatGeobuf/)
    await expect(read('{"type": ')).rejects.toThrow(/not JSON/)
    await expect(read(feature("Polygon", [[[0, 0]]]))).rejects.toThrow(/at least four/)
    await expect(read(feature("Polygon", [[["a", 0]]]))).rejects.toThrow(/expected two numbers/)
    await expect(readFeatures(join(folder, "absent.geojson"), "Polygon")).rejects.toThrow(/no such file/)
  })
})

describe("features of other files", () => {
  it("come from FlatGeobuf", async () => {
    const source = await readFeatures(
      await write("a.geojson", collection([feature("Polygon", [square(5, 5)], { n: 1.5 })])),
      "Polygon",
    )
    const path = join(folder, "a.fgb")
    await writeFile(path, encodeFlatGeobuf(source.features, { name: "a", epsg: 3946, metadata: {} }))
    expect(await readFeatures(path, "Polygon")).toEqual({ features: source.features, epsg: 3946 })
    await expect(readFeatures(path, "LineString")).rejects.toThrow(/Polygon features; expected lines/)
  })

  it.skipIf(!sharedData)("come from GeoPackage, without GDAL", async () => {
    const path = `${sharedData}/vector/Samon_gouttieres/Mont_Dauphin.gpkg`
    const { features, epsg } = await readFeatures(path, "Polygon")
    expect([epsg, features.dimension, features.ids.length]).toEqual([2154, 3, 896])
    await expect(readFeatures(path, "LineString")).rejects.toThrow(/no layer of lines/)
  })

  it.skipIf(!hasOgrinfo)(
    "come from a GeoPackage that GDAL wrote: collections, text keys, a write-ahead log",
    async () => {
      const json = await write(
        "mixed.geojson",
        collection([
          feature("MultiPolygon", [[square(0, 0)], [square(50, 0)]], { name: "a", tall: true, day: "2024-02-29" }),
          feature("Polygon", [square(100, 0)], { name: "b", tall: false, day: null }),
        ]),
      )
      const path = join(folder, "gdal.gpkg")
      execFileSync("ogr2ogr", [path, json, "-nln", 'it\'s "odd"', "-nlt", "MULTIPOLYGON"])
      const { features, epsg } = await readFeatures(path, "Polygon")
      expect(epsg).toBe(2154)
      expect(features.ids).toEqual(["1.0", "1.1", "2"])
      expect(features.columns).toMatchObject({
        name: { values: ["a", "a", "b"] },
        tall: { values: Float64Array.of(1, 1, 0) },
        day: { values: ["2024-02-29", "2024-02-29", ""] },
      })
      execFileSync("ogrinfo", [path, "-sql", "PRAGMA journal_mode = WAL"])
      expect((await readFeatures(path, "Polygon")).features.ids).toEqual(["1.0", "1.1", "2"])
      await writeFile(`${path}-wal`, "frames")
      await expect(readFeatures(path, "Polygon")).rejects.toThrow(/another program has it open .*-wal/)
    },
  )

  it("are refused in a GeoPackage that is none, or is cut short", async () => {
    const print = vi.spyOn(console, "error")
    await expect(readFeatures(await write("no.gpkg", "no database"), "Polygon")).rejects.toThrow(/not a database/)
    expect(print).not.toHaveBeenCalled()
    print.mockRestore()
    await expect(readFeatures(join(folder, "absent.gpkg"), "Polygon")).rejects.toThrow(/no such file/)
  })

  it.skipIf(!sharedData)("come from Shapefile through GDAL", async ({ skip }) => {
    if ((await loadGdal()) === undefined) skip("gdal-async is not installed")
    const vector = `${sharedData}/vector`
    const shape = await readFeatures(`${vector}/geoclimate/BATIMENT.shp`, "Polygon")
    expect(shape.epsg).toBe(2154)
    expect(shape.features.dimension).toBe(3)
    expect(shape.features.ids.length).toBeGreaterThanOrEqual(2273)
    expect(shape.features.columns["ID"]?.values[0]).toBe("BATIMENT0000000257021501")
  })
})

describe("the copy of a user's features", () => {
  const input = { kernel: "a.b", name: "footprints", flag: "--footprints", help: { en: "", fr: "" }, columns: {} }
  const copyFootprints = (out: string, file: string, epsg: number, box: Box2): Promise<string[]> => {
    const files = [{ input: { ...input, geometry: "Polygon" as const }, path: file }]
    return copyExternal(out, files, { footprints: "one" }, { epsg, boxOf: () => box })
  }
  const path = (name: string): string => join(folder, name, ".work/external/footprints.fgb")
  const near = [770_000, 6_277_000, 771_000, 6_278_000] as const

  it("is in the job's CRS, read by place, ordered by id", async () => {
    const degrees = feature("Polygon", [
      [
        [3.8788, 43.5995],
        [3.8789, 43.5995],
        [3.8789, 43.5996],
        [3.8788, 43.5995],
      ],
    ])
    const file = await write("degrees.geojson", degrees)
    const everywhere = [0, 0, 2e6, 8e6] as const
    await copyFootprints(join(folder, "projected"), file, 2154, everywhere)
    const features = await readFeaturesInBox(path("projected"), everywhere)
    expect(features.ids).toEqual(["0"])
    expect(Math.abs((features.coordinates[0] ?? 0) - 770_920)).toBeLessThan(200)
    expect(Math.abs((features.coordinates[1] ?? 0) - 6_277_940)).toBeLessThan(600)
  })

  it("holds what meets the box, and gives each tile what meets its own", async () => {
    const corners = [
      [770_010, 6_277_010],
      [770_500, 6_277_500],
      [780_000, 6_277_000],
    ]
    const list = corners.map(([x = 0, y = 0], i) => ({
      ...(feature("Polygon", [square(x, y)]) as object),
      id: `z${2 - i}`,
    }))
    const file = await write("spread.geojson", collection(list))
    expect(await copyFootprints(join(folder, "spread"), file, 2154, near)).toEqual([])
    expect((await readFeaturesInBox(path("spread"), near)).ids).toEqual(["z1", "z2"])
    expect((await readFeaturesInBox(path("spread"), [770_000, 6_277_000, 770_010, 6_277_010])).ids).toEqual(["z2"])
    const none = await readFeaturesInBox(path("spread"), [770_030, 6_277_000, 770_040, 6_277_010])
    expect(none).toMatchObject({ geometry: "Polygon", ids: [] })
    const east = [790_000, 6_277_000, 791_000, 6_278_000] as const
    // Also where the copy stays.
    for (let run = 0; run < 2; run++)
      expect(await copyFootprints(join(folder, "none"), file, 2154, east)).toEqual([
        `--footprints: no feature of ${file} meets the points of the job. Check its place and CRS.`,
      ])
  })

  it("is reprojected from a Shapefile in feet whose .prj has no code", async ({ skip }) => {
    if ((await loadGdal()) === undefined) skip("gdal-async is not installed")
    if (spawnSync("ogr2ogr", ["--version"]).status !== 0) skip("ogr2ogr is not installed")
    // NAD83 / Oregon in feet, as ESRI writes it.
    const prj =
      'PROJCS["NAD_1983_Oregon_ft",GEOGCS["GCS_North_American_1983",DATUM["D_North_American_1983",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],PARAMETER["False_Easting",1312335.958005249],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",-120.5],PARAMETER["Standard_Parallel_1",43.0],PARAMETER["Standard_Parallel_2",45.5],PARAMETER["Latitude_Of_Origin",41.75],UNIT["Foot",0.3048]]'
    const source = collection([feature("Polygon", [square(636_100, 849_000, 100)])], undefined)
    const json = await write("oregon.geojson", source)
    const shape = join(folder, "oregon.shp")
    execFileSync("ogr2ogr", ["-f", "ESRI Shapefile", "-a_srs", "EPSG:26910", shape, json])
    await writeFile(join(folder, "oregon.prj"), prj)
    const everywhere = [0, 0, 2e6, 8e6] as const
    await copyFootprints(join(folder, "oregon"), shape, 26910, everywhere)
    const { coordinates } = await readFeaturesInBox(path("oregon"), everywhere)
    // cs2cs places the corner at 494151.003, 4877438.501.
    const places = Array.from({ length: 5 }, (_, i) => [coordinates[2 * i] ?? 0, coordinates[2 * i + 1] ?? 0] as const)
    const off = places.map(([x, y]) => Math.hypot(x - 494_151.003, y - 4_877_438.501))
    expect(Math.min(...off)).toBeLessThan(0.001)
  })

  it("is refused in a CRS that cannot be brought to the job's", async () => {
    const file = await write(
      "feet.geojson",
      collection([feature("Polygon", [square(1000, 1000)])], { type: "name", properties: { name: "EPSG:99999" } }),
    )
    await expect(copyFootprints(join(folder, "feet"), file, 2154, near)).rejects.toThrow(
      /EPSG:99999, the job in EPSG:2154/,
    )
  })
})
