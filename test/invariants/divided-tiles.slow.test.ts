/** Tiles whose contents are divided by the number of their triangles: closed and repeatable. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { hashOutput } from "../../engine/report/hash-output.js"
import { jsonOf, runKept } from "../run-maille.js"
import { scanOf } from "../scenes/made-scan.js"

const folder = mkdtempSync(join(tmpdir(), "maille-divided-"))
afterAll(() => rmSync(folder, { recursive: true }))
const input = join(folder, "points.las")

/** Rough ground of 100 m with houses, a point every 40 cm. */
const writePoints = (): void => {
  const scan = scanOf([770_500, 6_277_500, 770_600, 6_277_600], 0.4, (x, y) =>
    x % 20 > 7.6 && y % 20 > 9.2 ? [6, 49] : [2, 40 + 0.9 * Math.sin(x / 2.9) + 0.7 * Math.cos(y / 1.2)],
  )
  writeFileSync(input, encodeLas(scan, { pointFormat: 6, epsg: 2154 }))
}

const run = async (name: string, ...flags: string[]): Promise<string> => {
  const out = join(folder, name)
  const ended = await runKept(["run", input, "--products", "mesh", "--tile-size", "50", "--out", out, ...flags])
  expect(ended.code, ended.stderr).toBe(0)
  return out
}
const contents = (out: string): string[] =>
  readdirSync(join(out, "tiles"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".glb"))
const hash = async (out: string): Promise<string> => (await hashOutput(out)).hash
/** Triangles of a written content, by its JSON part. */
const trianglesOf = (path: string): number => {
  const bytes = readFileSync(path)
  const document = JSON.parse(bytes.subarray(20, 20 + bytes.readUInt32LE(12)).toString("utf8")) as {
    accessors: { count: number }[]
    meshes: { primitives: { indices: number }[] }[]
  }
  return document.meshes[0]!.primitives.reduce((sum, { indices }) => sum + document.accessors[indices]!.count / 3, 0)
}

describe("tiles written in parts", () => {
  let out = ""
  beforeAll(async () => {
    writePoints()
    out = await run("parts", "--max-triangles", "900", "--workers", "2")
  })

  it("keep the limit, and together every law of a tile: closed, equal borders, valid", async () => {
    const names = contents(out)
    expect(names.filter((name) => /-[0-3]+\.glb$/.test(name)).length).toBeGreaterThan(12)
    for (const name of names) expect(trianglesOf(join(out, "tiles", name)), name).toBeLessThanOrEqual(900)
    const ended = await runKept(["validate", out, "--json"])
    expect(jsonOf(ended)).toMatchObject({
      ok: true,
      gltf: { files: names.length, errors: 0, warnings: 0 },
      seams: { pairs: 4, maxGapMm: 0, unequalVertices: 0, oneSidedSegments: 0 },
      mesh: { openEdges: 0, nonManifoldEdges: 0 },
    })
  })

  it("are the same for another number of workers, and after a run with another limit", async () => {
    const before = await hash(out)
    expect(await hash(await run("one", "--max-triangles", "900", "--workers", "1"))).toBe(before)
    await run("parts", "--max-triangles", "1000000", "--replace")
    expect(contents(out).sort()).toEqual(
      contents(out)
        .filter((name) => !name.includes("-"))
        .sort(),
    )
    expect(contents(out)).toHaveLength(5)
    await run("parts", "--max-triangles", "900", "--replace")
    expect(await hash(out)).toBe(before)
  })
})
