/**
 * Vegetation as one canopy: the written files are sound, and a tile has the same bytes alone and
 * among its neighbours, with canopy over its borders.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ValidateReport } from "../../engine/check/validate-report.js"
import { decodeGlb } from "../../engine/formats/tiles3d/decode-glb.js"
import { hashesOf } from "../hashes-of.js"
import { jsonOf, runKept } from "../run-maille.js"
import { sceneFiles } from "../scenes/sample-runs.js"

const TREE = 5

describe("the canopy of the scene", () => {
  let folder = ""
  let whole = ""
  const run = async (name: string, ...flags: string[]): Promise<string> => {
    const out = join(folder, name)
    const canopy = ["mesh.vegetation", "vector.tree"].flatMap((kernel) => ["--set", `${kernel}.vegetation=canopy`])
    const what = ["--products", "mesh", ...canopy, "--tile-size", "50"]
    const ended = await runKept(["run", (await sceneFiles()).lidar, ...what, "--out", out, "--json", ...flags])
    expect(ended.code, ended.stderr).toBe(0)
    return out
  }
  /** Places of the vertices of vegetation in a content. */
  const placesIn = async (out: string, path: string): Promise<Set<string>> => {
    const { positions, classes } = await decodeGlb(await readFile(join(out, path)), path)
    const places = new Set<string>()
    for (let v = 0; v < classes.length; v++)
      if (classes[v] === TREE) places.add(positions.subarray(3 * v, 3 * v + 3).join(" "))
    return places
  }
  const finest = (files: Readonly<Record<string, string>>): string[] =>
    Object.keys(files).filter((path) => path.startsWith("tiles/18/"))

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-canopy-"))
    whole = await run("whole", "--workers", "2")
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("is closed, and meets itself between tiles and levels", async () => {
    const checked = jsonOf(await runKept(["validate", whole, "--json"])) as unknown as ValidateReport
    expect(checked.problems).toEqual([])
    expect(checked.gltf).toMatchObject({ errors: 0, warnings: 0 })
    expect(checked.seams).toMatchObject({ maxGapMm: 0, unequalVertices: 0, oneSidedSegments: 0 })
    expect(checked.mesh).toMatchObject({ openEdges: 0, nonManifoldEdges: 0, degenerate: 0, duplicates: 0 })
    expect(finest(await hashesOf(whole)).length).toBe(16)
  })

  it("has the same bytes for tiles made alone that share their canopy with neighbours", async () => {
    const all = await hashesOf(whole)
    const places = new Map<string, Set<string>>()
    for (const path of finest(all)) places.set(path, await placesIn(whole, path))
    const sharedBy = (path: string): number =>
      [...places].filter(([other, set]) => other !== path && [...places.get(path)!].some((place) => set.has(place)))
        .length
    const [path = ""] = [...places.keys()].sort((a, b) => sharedBy(b) - sharedBy(a))
    expect(sharedBy(path)).toBeGreaterThanOrEqual(2)
    const [x = 0, y = 0] = (/(\d+)\/(\d+)\.glb$/.exec(path) ?? []).slice(1).map((n) => 50 * Number(n))
    const alone = await hashesOf(await run("alone", "--workers", "1", "--bbox", [x, y, x + 50, y + 50].join(",")))
    expect(all[path]).toMatch(/^[0-9a-f]{64}$/)
    expect(alone[path]).toBe(all[path])
  })
})
