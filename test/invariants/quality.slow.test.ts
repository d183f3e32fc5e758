/** Meshes of real data that are hard to get right: cliffs and sea without returns, sparse and dense tiles. */
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ValidateReport } from "../../engine/check/validate-report.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { sharedData } from "../shared-data.js"

interface TilesetNode {
  readonly geometricError: number
  readonly children?: readonly TilesetNode[]
}

describe.skipIf(!sharedData)("quality on real data", { timeout: 240_000 }, () => {
  const data = sharedData ?? ""
  const raf = `${data}/geoid/Borea/fr_ign_RAF20.tif`
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-quality-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const made = async (name: string, ...args: string[]) => {
    const out = join(folder, name)
    const ended = await runMaille(["run", ...args, "--out", out, "--json"])
    expect(ended.code, ended.stderr).toBe(0)
    const report = jsonOf(await runMaille(["validate", out, "--json"])) as unknown as ValidateReport
    expect(report.problems).toEqual([])
    expect(report.seams).toMatchObject({ maxGapMm: 0, unequalVertices: 0, oneSidedSegments: 0 })
    expect(report.mesh).toMatchObject({ openEdges: 0, nonManifoldEdges: 0 })
    return { out, report }
  }

  // Most errors allowed are those of the raster beside low walls; medians are centimetres.
  it.each([
    ["cliffs of Corsica over a sea with few returns", "lidar-hd/pdal-ign-plugin/input/corse.laz", "50", 0.2, 1, ""],
    ["a building among trees", "lidar-hd/pdal-ign-plugin/input/bat.laz", "50", 0.06, 0.3, raf],
    ["a wood at a lake", "lidar-hd/pdal-ign-plugin/input/crop_2.laz", "50", 0.1, 0.5, raf],
    ["a mosaic with squares left out", "bench/t02.laz", "50", 0.1, 2.5, raf],
    ["a subset of a tile", "lidar-hd/lidar-prod/870000_6618000.subset.postCompletion.laz", "100", 0.08, 0.8, raf],
  ])("%s", async (_, path, size, rmse, max, geoid) => {
    const grid = geoid === "" ? [] : ["--geoid", geoid]
    const { report } = await made(path.replaceAll("/", "-"), join(data, path), "--tile-size", size, ...grid)
    expect(report.accuracy.groundRmse).toBeLessThan(rmse)
    expect(report.accuracy.groundMax).toBeLessThan(max)
    expect(report.mesh.outlineEdges).toBeGreaterThan(0)
  })

  it("geometric errors grow from level to level, by no more than a factor of four", async () => {
    const pair = `${data}/lidar-hd/las-digital-models/bridge/pointcloud`
    const { out } = await made("pair", pair, "--geoid", raf, "--products", "mesh")
    const { root } = JSON.parse(await readFile(join(out, "tileset.json"), "utf8")) as { root: TilesetNode }
    const growths: number[] = []
    const walk = (node: TilesetNode): void => {
      for (const child of node.children ?? []) {
        growths.push(node.geometricError / child.geometricError)
        walk(child)
      }
    }
    walk(root)
    expect(growths.length).toBe(6)
    expect(Math.min(...growths)).toBeGreaterThan(1)
    expect(Math.max(...growths)).toBeLessThanOrEqual(4)
  })
})
