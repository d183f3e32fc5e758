/**
 * Every file of every vector layer of a run, as other programs read it: GDAL, GEOS, flatgeobuf's
 * own reader over HTTP.
 */
import { readFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { beforeAll, describe, expect, it, vi } from "vitest"
import { Box2 } from "../../engine/core/geometry/box.js"
import { loadGdal } from "../../engine/formats/raster/load-gdal.js"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import {
  askGeoPackage,
  boxOverHttp,
  countsByOgrinfo,
  geosVerdict,
  hasOgrinfo,
  idsByOgrinfo,
  layerFiles,
} from "../layer-files.js"
import { jsonOf, runKept } from "../run-maille.js"
import { sceneInHundreds } from "../scenes/sample-runs.js"

const gdal = await loadGdal()

describe("the files of the scene's layers", () => {
  let out = ""

  beforeAll(async () => {
    // flatgeobuf's reader tells there of every request.
    vi.spyOn(console, "debug").mockImplementation(() => undefined)
    out = await sceneInHundreds()
  })

  it.skipIf(!hasOgrinfo)("open in GDAL, with as many features in each format", async () => {
    const counts: Record<string, number> = {}
    for (const path of await layerFiles(out, "fgb")) Object.assign(counts, countsByOgrinfo(path))
    expect(counts["building"]).toBe(6)
    expect(counts["contour"]).toBeGreaterThan(20)
    expect(Object.keys(counts).length).toBeGreaterThan(8)
    // Layers without features are FlatGeobuf only.
    const filled = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
    for (const ending of ["geojson", "geojsonl"]) {
      const found: Record<string, number> = {}
      for (const path of await layerFiles(out, ending)) Object.assign(found, countsByOgrinfo(path))
      expect(found, ending).toEqual(filled)
    }
    expect(countsByOgrinfo(join(out, "vector", "layers.gpkg"))).toEqual(filled)
  })

  it.skipIf(!hasOgrinfo)("vector tiles hold every feature that is longer than a step of their grid", async () => {
    for (const path of await layerFiles(out, "fgb")) {
      const name = basename(path, ".fgb")
      const { features } = await readFlatGeobuf(path)
      if (features.ids.length === 0) continue
      const found = new Set(idsByOgrinfo(join(out, "vector", "layers.pmtiles"), name))
      const missing = features.ids.flatMap((id, f) => (found.has(id) ? [] : [f]))
      // Steps at zoom 16 are 0.1 m: shorter lines are points there, and dropped.
      const { length } = features.columns
      if (features.geometry === "LineString")
        for (const f of missing) expect(length!.values[f] as number, name).toBeLessThan(0.5)
      else expect(missing, name).toEqual([])
      for (const id of found) expect(features.ids, name).toContain(id)
    }
  })

  it.skipIf(!hasOgrinfo)("a GeoPackage is one: sound, with all tables, an index of each layer", async () => {
    const path = join(out, "vector", "layers.gpkg")
    const bytes = await readFile(path)
    // The application id and version of GeoPackage 1.2 and later (§1.1.1 of the specification).
    expect(bytes.subarray(68, 72).toString("latin1")).toBe("GPKG")
    expect(bytes.readUInt32BE(60)).toBeGreaterThanOrEqual(10200)
    expect(askGeoPackage(path, "PRAGMA integrity_check")).toMatch(/= ok/)
    expect(askGeoPackage(path, "PRAGMA foreign_key_check")).not.toMatch(/OGRFeature/)
    const layers = (await layerFiles(out, "geojson")).map((name) => basename(name, ".geojson")).sort()
    const told = askGeoPackage(path, "SELECT table_name, srs_id FROM gpkg_geometry_columns ORDER BY table_name")
    expect([...told.matchAll(/table_name \(String\) = (\S+)/g)].map(([, name]) => name)).toEqual(layers)
    expect([...told.matchAll(/srs_id \(\S+\) = (\d+)/g)].map(([, code]) => code)).toEqual(layers.map(() => "2154"))
    for (const layer of layers) {
      const rows = askGeoPackage(
        path,
        `SELECT (SELECT count(*) FROM "${layer}") - (SELECT count(*) FROM "rtree_${layer}_geom") AS n`,
      )
      expect(rows, layer).toMatch(/n \(\S+\) = 0$/m)
    }
  })

  it.skipIf(!gdal)("no geometry is invalid by GEOS, nor by maille's own check", async () => {
    for (const path of await layerFiles(out, "fgb")) expect((await geosVerdict(path)).invalid, path).toEqual([])
    expect(jsonOf(await runKept(["validate", out, "--json"]))).toMatchObject({
      vector: { invalid: 0, duplicated: 0 },
    })
  })

  it("of each layer a box read over HTTP gives the features that a scan gives", async () => {
    const boxes = (whole: Box2): Box2[] => {
      const [x, y] = [(whole[0] + whole[2]) / 2, (whole[1] + whole[3]) / 2]
      return [whole, [x, y, x + 30, y + 25], [whole[0], whole[1], x, y], Box2.grow([x, y, x, y], 0.5), [0, 0, 9, 9]]
    }
    let found = 0
    for (const path of await layerFiles(out, "fgb")) {
      for (const { box, overHttp, scanned, ranges } of await boxOverHttp(path, boxes)) {
        expect(overHttp, `${basename(path)} ${box.join(",")}`).toEqual(scanned)
        expect(ranges).toBeGreaterThan(0)
        found += scanned.length
      }
    }
    expect(found).toBeGreaterThan(300)
  })
})
