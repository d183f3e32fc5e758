/**
 * The model of the synthetic scene: ground, buildings, decks, water and trees in one mesh, judged
 * from the written files.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { decodeGlb } from "../../engine/formats/tiles3d/decode-glb.js"
import { hashesOf } from "../hashes-of.js"
import { jsonOf, runKept } from "../run-maille.js"
import { flagsOfHundreds, sceneFiles, sceneInFifties, sceneInHundreds } from "../scenes/sample-runs.js"

interface Validated {
  readonly ok: boolean
  readonly problems: readonly string[]
  readonly gltf: { readonly errors: number; readonly warnings: number }
  readonly seams: { readonly pairs: number; readonly maxGapMm: number }
  readonly mesh: { readonly openEdges: number; readonly nonManifoldEdges: number; readonly degenerate: number }
  readonly solids: { readonly count: number; readonly closed: number }
}

describe("the model of the scene", () => {
  let folder = ""
  const validate = async (out: string): Promise<Validated> =>
    jsonOf(await runKept(["validate", out, "--json"])) as unknown as Validated
  let hundred = ""

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-model-"))
    hundred = await sceneInHundreds()
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("is closed, without a crack between tiles, and every solid stands by itself", async () => {
    const checked = await validate(hundred)
    expect(checked.problems).toEqual([])
    expect(checked.gltf).toMatchObject({ errors: 0, warnings: 0 })
    expect(checked.seams.pairs).toBeGreaterThanOrEqual(4)
    expect(checked.seams.maxGapMm).toBe(0)
    expect(checked.mesh).toMatchObject({ openEdges: 0, nonManifoldEdges: 0, degenerate: 0 })
    expect(checked.solids.count).toBeGreaterThanOrEqual(7)
    expect(checked.solids.closed).toBe(checked.solids.count)
  })

  it("has the same bytes for a tile made alone, buildings and trees over its borders among them", async () => {
    const { lidar, ortho } = await sceneFiles()
    const alone = join(folder, "alone")
    const flags = [...flagsOfHundreds(ortho), "--bbox", "842100,6520100,842200,6520200"]
    const ended = await runKept(["run", lidar, "--out", alone, "--json", ...flags])
    expect(ended.code, ended.stderr).toBe(0)
    const own = Object.entries(await hashesOf(alone)).filter(([path]) => /^tiles\/17\/8421\/65201/.test(path))
    expect(own.length).toBeGreaterThan(0)
    const whole = await hashesOf(hundred)
    for (const [path, hash] of own) expect(hash, path).toBe(whole[path])
  })

  it("has the image on every roof, whole, also where it stands out of its tile", async () => {
    let roofs = 0
    for (const name of await readdir(join(hundred, "tiles", "17"), { recursive: true })) {
      if (!name.endsWith(".glb")) continue
      const content = await decodeGlb(await readFile(join(hundred, "tiles", "17", name)), name)
      const up = content.centre.map((value) => value / Math.hypot(...content.centre))
      const { positions: p, triangles, classes } = content
      for (let t = 0; t < triangles.length / 3; t++) {
        const [a, b, c] = [0, 1, 2].map((k) => 3 * triangles[3 * t + k]!) as [number, number, number]
        if (classes[a / 3] !== 6) continue
        const [u, v] = [b, c].map((corner) => [0, 1, 2].map((axis) => p[corner + axis]! - p[a + axis]!))
        const normal = [0, 1, 2].map((i) => u![(i + 1) % 3]! * v![(i + 2) % 3]! - u![(i + 2) % 3]! * v![(i + 1) % 3]!)
        const rise = normal.reduce((sum, value, axis) => sum + value * up[axis]!, 0) / Math.hypot(...normal)
        // A sliver of millimetres holds the middle of no pixel.
        const width = Math.hypot(...normal) / Math.max(...[u!, v!].map((edge) => Math.hypot(...edge)))
        if (rise < 0.5 || width < 0.005) continue
        roofs++
        expect(t, `${name}: roof triangle ${t}`).toBeLessThan(content.texture?.triangles ?? 0)
      }
    }
    expect(roofs).toBeGreaterThan(20)
  })

  it("is closed at 50 m too, where buildings lie over many borders", async () => {
    const checked = await validate(await sceneInFifties())
    expect(checked.problems).toEqual([])
    expect(checked.seams.maxGapMm).toBe(0)
    expect(checked.mesh).toMatchObject({ openEdges: 0, nonManifoldEdges: 0 })
    expect(checked.solids.closed).toBe(checked.solids.count)
  })
})
