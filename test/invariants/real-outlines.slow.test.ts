/**
 * Outlines of real buildings against public references, and every layer of real places as GEOS
 * finds it: the figures of docs/reference/vector-quality.md.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { compareVector } from "../../engine/compare/compare-vector.js"
import { loadGdal } from "../../engine/formats/raster/load-gdal.js"
import { cityVolumes, worstVolume } from "../city-volumes.js"
import { geosVerdict, layerFiles } from "../layer-files.js"
import { runKept } from "../run-maille.js"
import { montpellierRun } from "../scenes/montpellier.js"
import { realRun } from "../scenes/real-runs.js"
import { sharedData } from "../shared-data.js"

// References are SQLite and Shapefile, which GDAL reads.
const gdal = await loadGdal()

describe.skipIf(!sharedData || !gdal)("vector layers of real places", () => {
  const delft = `${sharedData}/lidar-other/3dfier`
  const subset = `${sharedData}/lidar-hd/lidar-prod/870000_6618000.subset`
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-real-outlines-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const run = async (name: string, inputs: readonly string[], ...flags: string[]): Promise<string> => {
    const out = join(folder, name)
    const ended = await runKept(["run", ...inputs, "--out", out, "--products", "vector", ...flags])
    expect(ended.code, ended.stderr).toBe(0)
    return out
  }

  /** Features of all layers; GEOS finds none of them invalid. */
  const expectValid = async (out: string): Promise<number> => {
    let count = 0
    for (const path of await layerFiles(out, "fgb")) {
      const { features, invalid } = await geosVerdict(path)
      expect(invalid, path).toEqual([])
      count += features
    }
    return count
  }

  it("Delft's buildings lie on the footprints of the BGT", async () => {
    const points = ["1", "2"].map((part) => `${delft}/ahn3/ahn3_cropped_${part}.laz`)
    const out = await run("delft", points, "--crs", "EPSG:28992", "--layers", "building")
    const request = { a: `${delft}/bgt/bgt_pand.sqlite`, b: out, layer: "building", epsg: 28992 }
    const { iou, matches, groups } = (await compareVector(request)).comparison
    expect(matches.length).toBeGreaterThanOrEqual(7)
    expect(iou?.median).toBeGreaterThanOrEqual(0.85)
    expect(groups.count).toBeGreaterThanOrEqual(15)
    expect(groups.iou?.median).toBeGreaterThanOrEqual(0.84)
    expect(await expectValid(out)).toBeGreaterThan(30)
  })

  it("Delft's outlines that touch, given, give a mesh without a fault in every level", async () => {
    const out = join(folder, "given")
    const points = ["1", "2"].map((part) => `${delft}/ahn3/ahn3_cropped_${part}.laz`)
    const flags = ["--crs", "EPSG:28992", "--footprints", `${delft}/bgt/bgt_pand.sqlite`, "--tile-size", "100"]
    const ended = await runKept(["run", ...points, "--out", out, "--products", "mesh", ...flags])
    expect(ended.code, ended.stderr).toBe(0)
    const { mesh, solids, problems } = JSON.parse((await runKept(["validate", out, "--json"])).stdout)
    // A canal with outlines in it is not level enough for a release.
    expect(problems).toEqual([expect.stringMatching(/^report.json: mesh.terrain.waterRmsErrorM .* above 0.6/)])
    expect(mesh).toMatchObject({ openEdges: 0, nonManifoldEdges: 0, degenerate: 0, duplicates: 0 })
    expect(solids.valid).toBe(solids.count)
    expect(solids.count).toBeGreaterThanOrEqual(160)
    const volumes = cityVolumes(join(out, "vector", "building.city.jsonl"))
    expect(volumes).toHaveLength(160)
    expect(worstVolume(volumes)).toBeLessThan(1e-4)
  })

  it("buildings of a LiDAR HD subset lie on its polygons, and all its layers are valid", async () => {
    const { out } = await realRun("subset")
    const { iou, matches } = (await compareVector({ a: `${subset}.postIA.shp`, b: out, layer: "building" })).comparison
    expect(matches.length).toBeGreaterThanOrEqual(3)
    expect(iou?.median).toBeGreaterThanOrEqual(0.7)
    expect(await expectValid(out)).toBeGreaterThan(100)
  })

  it("all layers of Montpellier over four tiles are valid", async () => {
    expect(await expectValid((await montpellierRun()).out)).toBeGreaterThan(300)
  })
})
