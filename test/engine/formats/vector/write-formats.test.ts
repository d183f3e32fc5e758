/** Each format read back by another program, or by readers that share nothing with the writer. */
import { spawnSync } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { loadGdal } from "../../../../engine/formats/raster/load-gdal.js"
import type { FieldFacts } from "../../../../engine/formats/vector/flatgeobuf/feature-bytes.js"
import { encodeFlatGeobuf } from "../../../../engine/formats/vector/flatgeobuf/writer.js"
import { readFeatures } from "../../../../engine/formats/vector/read-features.js"
import { type VectorFormat, vectorFormats } from "../../../../engine/formats/vector/write-format.js"
import { crsByEpsg } from "../../../../engine/grid/crs.js"
import { writeVectorFormat } from "../../../../engine/job/vector-formats.js"
import type { Features } from "../../../../engine/kernel.js"
import { askGeoPackage, hasOgrinfo } from "../../../layer-files.js"
import { type MadeLayers, writeMadeLayers } from "./made-layers.js"

const gdal = await loadGdal()
let folder = ""
let made: MadeLayers
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-formats-"))
  made = await writeMadeLayers(folder)
})
afterAll(() => rm(folder, { recursive: true }))

const write = async (
  name: string,
  format: VectorFormat,
  options: { layers?: readonly string[]; keepCrs?: boolean; schema?: "maille" | "bdtopo" } = {},
): Promise<string> => {
  const { layers = ["building"], keepCrs = false, schema = "maille" } = options
  const out = join(folder, name)
  const paths = made.paths.filter((path) => layers.some((layer) => path.endsWith(`${layer}.fgb`)))
  const request = { paths, format, schema, out, keepCrs, zooms: [8, 16] as const, software: "maille test" }
  const { sizeBytes } = await writeVectorFormat({ ...request, temporaryFolder: join(folder, "tmp") })
  expect((await stat(out)).size).toBe(sizeBytes)
  return out
}

/** A layer `building` of one feature, with columns of each type. */
const writeTypedLayer = async (path: string): Promise<void> => {
  const { courtyards } = await import("./made-layers.js")
  const one = courtyards(1)
  const columns: Features["columns"] = {
    truncated: { type: "integer", values: Int32Array.of(1) },
    acquired_first: { type: "string", values: ["2021-05-28"] },
    area: { type: "number", values: Float64Array.of(128) },
  }
  const facts: FieldFacts = {
    truncated: { type: "integer", as: "boolean", help: "true: goes on" },
    acquired_first: { type: "string", as: "date", help: "first day" },
    area: { type: "number", unit: "m²", help: "in plan" },
  }
  const about = { name: "building", epsg: 2154, metadata: { source: 'IGN & "co" <x>' }, columns: facts }
  const layer = join(folder, "typed.fgb")
  await writeFile(layer, encodeFlatGeobuf({ ...one, columns }, about))
  const request = { paths: [layer], format: "gpkg", schema: "maille", out: path } as const
  const rest = {
    keepCrs: false,
    zooms: [8, 16] as const,
    software: "maille test",
    temporaryFolder: join(folder, "tmp"),
  }
  await writeVectorFormat({ ...request, ...rest })
}

/** Vertices of each feature by id, CRS metres. */
const verticesById = ({ ids, partEnds, ringEnds, coordinates, dimension }: Features): Map<string, number[]> =>
  new Map(
    ids.map((id, f) => {
      const start = f === 0 ? 0 : ringEnds[partEnds[f - 1]! - 1]!
      return [id, [...coordinates.subarray(dimension * start, dimension * ringEnds[partEnds[f]! - 1]!)]]
    }),
  )

interface Feature {
  readonly id: string
  readonly properties: Record<string, unknown>
  readonly geometry: { readonly type: string; readonly coordinates: number[][][] }
}

const area = (ring: readonly number[][]): number =>
  ring.slice(1).reduce((sum, [x = 0, y = 0], i) => sum + ring[i]![0]! * y - x * ring[i]![1]!, 0) / 2

describe("GeoJSON", () => {
  it("is longitude and latitude, rings as RFC 7946 has them, and finds the way back within a millimetre", async () => {
    const text = await readFile(await write("building.geojson", "geojson"), "utf8")
    const root = JSON.parse(text) as { features: Feature[]; name: string; metadata: Record<string, string> }
    expect(root).not.toHaveProperty("crs")
    expect(root.metadata["source"]).toBe("IGN, LiDAR HD")
    const expected = verticesById(made.layers["building"]!)
    expect(root.features.length).toBe(expected.size)
    const crs = crsByEpsg(2154)
    for (const { id, properties, geometry } of root.features) {
      expect(properties["id"]).toBe(id)
      const [outer = [], hole = []] = geometry.coordinates
      expect(area(outer)).toBeGreaterThan(0)
      expect(area(hole)).toBeLessThan(0)
      const back = geometry.coordinates.flat().flatMap(([lon = 0, lat = 0]) => crs.fromGeographic(lon, lat))
      for (const [i, value] of expected.get(id)!.entries()) expect(Math.abs(back[i]! - value)).toBeLessThan(0.001)
    }
    const missing = root.features.filter(({ properties }) => properties["height"] === null)
    expect(missing.length).toBe(Math.ceil((200 - 3) / 7))
  })

  it("keeps the CRS where that is asked for, exactly, and says which", async () => {
    const path = await write("kept.geojson", "geojson", { keepCrs: true })
    const { features, epsg } = await readFeatures(path, "Polygon")
    expect(epsg).toBe(2154)
    const expected = verticesById(made.layers["building"]!)
    for (const [id, vertices] of verticesById(features)) expect(vertices).toEqual(expected.get(id))
    expect(features.ids.length).toBe(expected.size)
  })

  it("comes as a sequence too: the same features, one a line", async () => {
    const whole = JSON.parse(await readFile(await write("b.geojson", "geojson"), "utf8")) as { features: Feature[] }
    const lines = (await readFile(await write("b.geojsonl", "geojsonl"), "utf8")).trimEnd().split("\n")
    expect(lines.map((line) => JSON.parse(line) as Feature)).toEqual(whole.features)
    const kept = write("k.geojsonl", "geojsonl", { keepCrs: true })
    await expect(kept).rejects.toMatchObject({ code: "E_USAGE" })
  })

  it("of points with heights has them as they are", async () => {
    const text = await readFile(await write("tree.geojson", "geojson", { layers: ["tree"] }), "utf8")
    const { features } = JSON.parse(text) as { features: { id: string; geometry: { coordinates: number[] } }[] }
    const expected = verticesById(made.layers["tree"]!)
    expect(features.length).toBe(200)
    for (const { id, geometry } of features) expect(geometry.coordinates[2]).toBeCloseTo(expected.get(id)![2]!, 3)
  })
})

describe("GeoParquet", () => {
  it("has every feature, value and vertex, the box of each, and the CRS", async () => {
    const file = await asyncBufferFromFile(await write("building.parquet", "parquet"))
    const metadata = await parquetMetadataAsync(file)
    const keys = Object.fromEntries(metadata.key_value_metadata!.map(({ key, value }) => [key, JSON.parse(value!)]))
    expect(keys["maille"].source).toBe("IGN, LiDAR HD")
    expect(keys["geo"]).toMatchObject({ version: "1.1.0", primary_column: "geometry" })
    const column = keys["geo"].columns.geometry
    expect(column).toMatchObject({
      encoding: "WKB",
      geometry_types: ["Polygon"],
      crs: { id: { authority: "EPSG", code: 2154 } },
    })
    expect(column.covering.bbox).toEqual({
      xmin: ["bbox", "xmin"],
      ymin: ["bbox", "ymin"],
      xmax: ["bbox", "xmax"],
      ymax: ["bbox", "ymax"],
    })
    const rows = await parquetReadObjects({ file })
    const { ids, columns } = made.layers["building"]!
    const expected = verticesById(made.layers["building"]!)
    expect(rows.map((row) => row["id"]).sort()).toEqual([...ids].sort())
    for (const row of rows) {
      const f = ids.indexOf(row["id"] as string)
      const vertices = (row["geometry"] as Feature["geometry"]).coordinates.flat(2)
      expect(vertices).toEqual(expected.get(row["id"] as string))
      const [xs, ys] = [0, 1].map((axis) => vertices.filter((_, i) => i % 2 === axis))
      const box = { xmin: Math.min(...xs!), ymin: Math.min(...ys!), xmax: Math.max(...xs!), ymax: Math.max(...ys!) }
      expect(row["bbox"]).toEqual(box)
      const height = columns["height"]!.values[f] as number
      expect(row["height"] ?? null).toBe(Number.isNaN(height) ? null : height)
      expect(row["points"]).toBe(columns["points"]!.values[f])
      expect(row["note"]).toBe(columns["note"]!.values[f])
    }
  })

  it("tells heights in the kind of geometry, and is whole without features", async () => {
    for (const [layer, types, count] of [
      ["tree", ["Point Z"], 200],
      ["water", ["Polygon"], 0],
    ] as const) {
      const file = await asyncBufferFromFile(await write(`${layer}.parquet`, "parquet", { layers: [layer] }))
      const { key_value_metadata: keys, num_rows: rows } = await parquetMetadataAsync(file)
      expect(JSON.parse(keys!.find(({ key }) => key === "geo")!.value!).columns.geometry.geometry_types).toEqual(types)
      expect(Number(rows)).toBe(count)
      if (count > 0) continue
      // Strict readers refuse an empty list of anything else than structures (Thrift compact: field
      // 4, list, of type 12).
      const bytes = await readFile(join(folder, `${layer}.parquet`))
      expect(bytes.includes(Buffer.of(0x16, 0, 0x19, 0x0c))).toBe(true)
    }
  })
})

describe("GeoPackage", () => {
  const layers = ["building", "contour", "tree", "water"]

  it.skipIf(!gdal)("has all layers with their CRS, features, values and vertices", async () => {
    const dataset = gdal!.open(await write("layers.gpkg", "gpkg", { layers }))
    expect(dataset.layers.count()).toBe(4)
    for (const [place, name] of layers.entries()) {
      const layer = dataset.layers.get(place)
      expect(layer.srs!.toWKT()).toContain('AUTHORITY["EPSG","2154"]')
      const expected = verticesById(made.layers[name]!)
      const seen: string[] = []
      layer.features.forEach((feature) => {
        const fields = feature.fields.toObject()
        seen.push(fields["id"] as string)
        const { coordinates } = feature.getGeometry()!.toObject() as { coordinates: number[] }
        // GDAL writes it out as text with fifteen digits.
        const vertices = expected.get(fields["id"] as string)!
        expect(coordinates.flat(3).map((value, i) => Math.abs(value - vertices[i]!) < 1e-8)).not.toContain(false)
        expect(coordinates.flat(3).length).toBe(vertices.length)
        if (name !== "building") return
        const f = made.layers[name]!.ids.indexOf(fields["id"] as string)
        const height = made.layers[name]!.columns["height"]!.values[f] as number
        expect(fields["height"]).toBe(Number.isNaN(height) ? null : height)
        expect(fields["note"]).toBe(made.layers[name]!.columns["note"]!.values[f])
      })
      expect(seen.sort()).toEqual([...made.layers[name]!.ids].sort())
    }
    dataset.close()
  })

  it("has the same bytes each time, dated by the last day of acquisition", async () => {
    const first = await readFile(await write("one.gpkg", "gpkg", { layers }))
    const second = await readFile(await write("two.gpkg", "gpkg", { layers }))
    expect(Buffer.compare(first, second)).toBe(0)
    expect(first.includes("2023-04-05T00:00:00.000Z")).toBe(true)
  })

  it("is read as it was written, without a file being written beside it", async () => {
    for (const name of ["building", "contour", "tree"]) {
      const layer = made.layers[name]!
      const path = await write("read.gpkg", "gpkg", { layers: [name] })
      const { features, epsg } = await readFeatures(path, layer.geometry)
      expect(epsg).toBe(2154)
      const expected = verticesById(layer)
      expect(features.ids.length).toBe(layer.ids.length)
      const seen = [...verticesById(features).values()].map(String).sort()
      expect(seen).toEqual([...expected.values()].map(String).sort())
    }
    expect((await readdir(folder)).filter((name) => name.startsWith("read.gpkg"))).toEqual(["read.gpkg"])
  })

  it.skipIf(!hasOgrinfo)("has booleans, dates, meanings of columns and a unique id, for GDAL", async () => {
    const path = join(folder, "typed.gpkg")
    await writeTypedLayer(path)
    const { stdout } = spawnSync("ogrinfo", ["-al", path], { encoding: "utf8" })
    expect(stdout).toMatch(/^id: String \(0.0\) UNIQUE NOT NULL$/m)
    expect(stdout).toMatch(/^truncated: Integer\(Boolean\) \(0.0\), comment=true: goes on$/m)
    expect(stdout).toMatch(/^acquired_first: Date, comment=first day$/m)
    expect(stdout).toMatch(/^area: Real \(0.0\), comment=in plan \(m²\)$/m)
    expect(stdout).toMatch(/^ {2}truncated \(Integer\(Boolean\)\) = 1$/m)
    expect(stdout).toMatch(/^ {2}acquired_first \(Date\) = 2021\/05\/28$/m)
    expect(stdout).toMatch(/^ {2}source=IGN & "co" <x>$/m)
  })

  it.skipIf(!hasOgrinfo)("can be changed by GDAL, which keeps the index up to date", async () => {
    const path = await write("changed.gpkg", "gpkg", { layers: ["building"] })
    const run = (...sql: string[]): string =>
      spawnSync("ogrinfo", [...sql], { encoding: "utf8" }).stderr.replace(/.*PROJ.*\n/g, "")
    expect(run(path, "-sql", "DELETE FROM building WHERE fid <= 50")).toBe("")
    expect(
      run(path, "-sql", "UPDATE building SET geom = (SELECT geom FROM building WHERE fid = 60) WHERE fid = 61"),
    ).toBe("")
    const answer = askGeoPackage(
      path,
      `SELECT (SELECT count(*) FROM rtree_building_geom) AS entries,
      (SELECT count(*) FROM rtree_building_geom a JOIN rtree_building_geom b USING (minx, miny) WHERE a.id < b.id) AS twins,
      (SELECT group_concat(r) FROM (SELECT rtreecheck('rtree_building_geom') AS r)) AS verdict`,
    )
    expect(answer).toMatch(/entries \(\S+\) = 150$/m)
    expect(answer).toMatch(/twins \(\S+\) = 1$/m)
    expect(answer).toMatch(/verdict \(\S+\) = ok$/m)
    expect(askGeoPackage(path, "PRAGMA integrity_check")).toMatch(/= ok/)
  })
})

describe("the schema of BD TOPO", () => {
  it("names what buildings have, leaves the rest and other layers as they are", async () => {
    const text = await readFile(await write("bd.geojson", "geojson", { schema: "bdtopo" }), "utf8")
    const { features } = JSON.parse(text) as { features: Feature[] }
    const { ids, columns } = made.layers["building"]!
    for (const { id, properties } of features) {
      const f = ids.indexOf(id)
      const orNull = (name: string): number | null => {
        const value = columns[name]!.values[f] as number
        return Number.isNaN(value) ? null : value
      }
      const [ground, eaves] = [orNull("ground_min")!, orNull("dsm_eaves")]
      expect(Object.keys(properties).join(" ")).toBe(
        "ID NATURE HAUTEUR Z_MIN_SOL Z_MIN_TOIT Z_MAX_TOIT height points note",
      )
      expect(properties).toMatchObject({
        ID: id,
        NATURE: "Indifférenciée",
        HAUTEUR: eaves === null ? null : Math.round(1000 * (eaves - ground)) / 1000,
        height: orNull("height"),
        Z_MIN_SOL: ground,
        Z_MIN_TOIT: eaves,
        Z_MAX_TOIT: orNull("dsm_ridge"),
      })
    }
    const tree = JSON.parse(
      await readFile(await write("t.geojson", "geojson", { layers: ["tree"], schema: "bdtopo" }), "utf8"),
    ) as { features: Feature[] }
    expect(Object.keys(tree.features[0]!.properties)).toEqual(["id", "crown_radius"])
  })
})

describe("every format", () => {
  it("gives the same bytes each time, and leaves nothing beside its file", async () => {
    for (const format of vectorFormats) {
      const [one, two] = [
        await readFile(await write(`x1.${format}`, format)),
        await readFile(await write(`x2.${format}`, format)),
      ]
      expect(Buffer.compare(one, two), format).toBe(0)
    }
    expect(await readdir(join(folder, "tmp"))).toEqual([])
  })
})
