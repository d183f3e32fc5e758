/** All nine actions on real points of Montpellier, across borders of tiles and files. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ResultsComparison } from "../../../engine/compare/results-comparison.js"
import { hashesOf } from "../../hashes-of.js"
import { type Ended, jsonOf, runKept } from "../../run-maille.js"
import { sharedData } from "../../shared-data.js"

const [west, south] = [770_500, 6_277_500]
const inputs = ["50_627755", "50_627760", "55_627755", "55_627760"].map((name) =>
  join(sharedData ?? "", `lidar-hd/ign-pdal-tools/test_data_770${name}_LA93_IGN69.laz`),
)

type Place = readonly [x: number, y: number]
const line = (...places: readonly Place[]): Place[] => places.map(([x, y]) => [west + x, south + y])
const rectangle = (x0: number, y0: number, x1: number, y1: number): Place[][] => [
  line([x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]),
]
const edit = (action: string, type: string, coordinates: unknown, properties: object = {}): object => ({
  ...{ type: "Feature", geometry: { type, coordinates } },
  properties: { action, ...properties },
})
/** Files and tiles of 50 m meet at x = 50 and y = 50. */
const plan = [
  edit("raze", "Polygon", rectangle(40, 60, 70, 96)),
  edit("build", "Polygon", rectangle(45, 75, 57, 85), { height: 6, roof: "gable", slope: 30 }),
  edit("raise", "Polygon", rectangle(18, 88, 46, 99), { by: 3 }),
  edit("level", "Polygon", rectangle(5, 75, 15, 83), { z: 21, ratio: 1 }),
  edit("dyke", "LineString", line([20, 62], [40, 58]), { width: 2, by: 1, ratio: 1 }),
  edit("dyke", "LineString", line([44, 56], [62, 53]), { width: 1, by: 1, ratio: 1 }),
  edit("ditch", "LineString", line([56, 45], [75, 35]), { width: 1, z: 20, ratio: 1 }),
  edit("plant", "LineString", line([25, 80], [33, 72]), { spacing: 5, height: 8, crown: 4 }),
  edit("fell", "Polygon", rectangle(1, 10, 15, 35)),
  edit("water", "Polygon", rectangle(88, 12, 97, 22), { z: 20.2 }),
  edit("build", "Polygon", rectangle(7, 57, 16, 65), { height: 5, roof: "hip", slope: 35 }),
  edit("build", "Polygon", rectangle(52, 43, 60, 49), { height: 4, roof: "shed", slope: 10 }),
]

describe.skipIf(sharedData === undefined)("twelve edits in Montpellier", () => {
  let folder = ""
  const at = (name: string): string => join(folder, name)
  const run = async (out: string, ...more: string[]): Promise<Ended> => {
    const products = ["--products", "dtm,dsm,mesh,vector", "--json"]
    const ended = await runKept(["run", ...inputs, "--out", at(out), ...products, ...more])
    expect(ended.code, ended.stderr).toBe(0)
    return ended
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-edits-real-"))
    const crs = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } }
    await writeFile(at("plan.geojson"), JSON.stringify({ type: "FeatureCollection", crs, features: plan }))
    await run("full", "--tile-size", "50", "--workers", "2", "--edits", at("plan.geojson"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("have the bytes of a full run where the land as it is is reused", async () => {
    await run("base", "--tile-size", "50", "--workers", "2")
    const more = ["--tile-size", "50", "--workers", "1", "--edits", at("plan.geojson"), "--reuse", at("base")]
    const { reused } = jsonOf(await run("reused", ...more)) as { reused: number }
    expect(reused).toBeGreaterThan(0)
    expect(await hashesOf(at("reused"))).toEqual(await hashesOf(at("full")))
  })

  it("give the same rasters and layers for one tile of 100 m", async () => {
    await run("whole", "--tile-size", "100", "--edits", at("plan.geojson"))
    const ended = await runKept(["compare", at("full"), at("whole"), "--json"])
    const { rasters, layers } = jsonOf(ended) as ResultsComparison
    expect(rasters.map(({ name, changed, onlyA, onlyB }) => [name, changed, onlyA, onlyB])).toEqual(
      ["dsm", "dtm", "dtm-source"].map((name) => [name, 0, 0, 0]),
    )
    for (const { name, a, b, equal } of layers) expect({ name, a, b }).toEqual({ name, a: equal, b: equal })
    expect(layers.find(({ name }) => name === "water")?.a).toBe(1)
  })
})
