/**
 * Meshes of real data that are hard to get right: cliffs and sea without returns, sparse and dense
 * tiles.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { ValidateReport } from "../../engine/check/validate-report.js"
import { cropPoints } from "../../engine/export/crop.js"
import { cityVolumes, worstVolume } from "../city-volumes.js"
import { madeOnce } from "../made-once.js"
import { jsonOf, runKept } from "../run-maille.js"
import { runOnce } from "../run-once.js"
import { montpellierRun } from "../scenes/montpellier.js"
import { raf, realRun } from "../scenes/real-runs.js"
import { sharedData } from "../shared-data.js"

interface TilesetNode {
  readonly geometricError: number
  readonly content?: { readonly uri: string }
  readonly children?: readonly TilesetNode[]
}

/** Level of the content's tile, as its name says. */
const levelOf = ({ content }: TilesetNode): number => Number(/tiles\/(\d+)\//.exec(content!.uri)![1])

/**
 * Both sides of a border of tiles of 1 km that is one of every level above: bridges and steep
 * banks.
 */
const border = async (): Promise<string> => {
  const folder = await madeOnce("border-299-300", async (made) => {
    const pair = `${sharedData}/lidar-hd/las-digital-models/bridge/pointcloud`
    const out = join(made, "border.laz")
    await cropPoints({ inputs: [pair], box: [299_800, 6_801_400, 300_200, 6_801_800], out })
  })
  return join(folder, "border.laz")
}

describe.skipIf(!sharedData)("quality on real data", () => {
  const reports = new Map<string, Promise<ValidateReport>>()
  /** What `validate` tells of a run, which is sound; asked once of each. */
  const reportOf = (out: string): Promise<ValidateReport> => {
    const told = reports.get(out) ?? validated(out)
    reports.set(out, told)
    return told
  }
  const validated = async (out: string): Promise<ValidateReport> => {
    const report = jsonOf(await runKept(["validate", out, "--json"])) as unknown as ValidateReport
    // Real roofs and squares left out may exceed bounds of the passport.
    expect(report.problems.filter((text) => !/^report.json: \S+ .* above /.test(text))).toEqual([])
    expect(report.seams).toMatchObject({ maxGapMm: 0, unequalVertices: 0, oneSidedSegments: 0 })
    expect(report.mesh).toMatchObject({ openEdges: 0, nonManifoldEdges: 0 })
    return report
  }

  // Most errors allowed are those of the raster beside low walls; medians are centimetres.
  it.each([
    ["cliffs of Corsica over a sea with few returns", "corse", 0.2, 1],
    ["a building among trees", "bat", 0.06, 0.3],
    ["a wood at a lake", "crop_2", 0.1, 0.5],
    ["a mosaic with squares left out", "t02", 0.1, 2.5],
    ["a subset of a tile", "subset", 0.08, 0.8],
  ] as const)("%s", async (_, name, rmse, max) => {
    const report = await reportOf((await realRun(name)).out)
    expect(report.accuracy.groundRmse).toBeLessThan(rmse)
    expect(report.accuracy.groundMax).toBeLessThan(max)
    expect(report.mesh.outlineEdges).toBeGreaterThan(0)
  })

  it.each([
    ["Montpellier", montpellierRun, 5],
    ["a house among trees", () => realRun("bat"), 2],
  ])("buildings of %s: points of class 6 lie at their solids, and outlines cover them", async (_, run, count) => {
    const { out } = await run()
    const report = await reportOf(out)
    const volumes = cityVolumes(join(out, "vector", "building.city.jsonl"))
    expect(volumes).toHaveLength(count)
    expect(worstVolume(volumes)).toBeLessThan(1e-4)
    const { buildings, buildingRmseMedian, buildingRmse95, covered } = report.accuracy
    expect(buildings).toBe(count)
    // All points of class 6, those of chimneys and façades too, which plain buildings leave out.
    expect(buildingRmseMedian).toBeLessThanOrEqual(0.3)
    expect(buildingRmse95).toBeLessThanOrEqual(0.4)
    expect(covered).toBeGreaterThanOrEqual(0.965)
    // LoD 1.2, 1.3 and 2.2 of each.
    expect(report.solids).toMatchObject({ count: 3 * count, valid: 3 * count })
  })

  // A level's own error doubles with its bound, and once more where its triangles are short: it
  // adds at most four times what the level below has. A sheet's errors are taken at the points of
  // the level below, like those of the finest tiles; those of the model's ground are taken anywhere
  // between two surfaces, which beside steep banks is more than at points. All stay small beside
  // the tile, below a five hundredth of its side, so that a level is shown from a distance of at
  // least a tenth of its side (16 pixels of error, 60 degrees).
  it.each([
    ["surface", 4],
    ["model", 5.1],
  ] as const)(
    "geometric errors of a %s grow from level to level, by no more than a factor of %f",
    async (mesh, factor) => {
      const { out } = await runOnce(await border(), "--geoid", raf, "--products", "mesh", "--mesh", mesh)
      await reportOf(out)
      const { root } = JSON.parse(await readFile(join(out, "tileset.json"), "utf8")) as { root: TilesetNode }
      const growths: [level: number, growth: number][] = []
      const parents: [level: number, error: number][] = []
      const walk = (node: TilesetNode): void => {
        for (const child of node.children ?? []) {
          const growth = node.geometricError / child.geometricError
          expect(growth).toBeGreaterThan(1)
          // A root without a content holds the parts of one tile together.
          if (node.content !== undefined) growths.push([levelOf(child), growth])
          walk(child)
        }
        if (node.content !== undefined && node.children !== undefined)
          parents.push([levelOf(node), node.geometricError])
      }
      walk(root)
      const finest = Math.max(...growths.map(([level]) => level))
      expect(new Set(growths.map(([level]) => level)).size).toBe(3)
      expect(Math.max(...growths.map(([, growth]) => growth))).toBeLessThanOrEqual(factor)
      for (const [level, error] of parents) expect(error).toBeLessThan((1000 * 2 ** (finest - level)) / 500)
    },
  )
})
