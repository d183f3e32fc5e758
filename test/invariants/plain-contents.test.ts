/**
 * `--mesh-compression none`: the contents of a run without it, and nothing that a reader must know.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { exportContents } from "../../engine/export/export-contents.js"
import { readGlb } from "../../engine/formats/tiles3d/glb-container.js"
import { jsonOf, runKept } from "../run-maille.js"
import { sceneFiles } from "../scenes/sample-runs.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-plain-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it("gives what export makes of a compressed run, and borders without a gap", async () => {
  const { lidar } = await sceneFiles()
  const one = ["--tile-size", "50", "--bbox", "842100,6520100,842200,6520150", "--products", "mesh"]
  const run = async (name: string, ...more: string[]): Promise<string> => {
    const ended = await runKept(["run", lidar, ...one, ...more, "--out", join(folder, name)])
    expect(ended.code, ended.stderr).toBe(0)
    return join(folder, name, "tiles")
  }
  const plain = await run("plain", "--mesh-compression", "none")
  await run("packed", "--pack")
  await exportContents({ folder: join(folder, "packed"), out: join(folder, "exported") })
  const names = (await readdir(plain, { recursive: true })).filter((name) => name.endsWith(".glb"))
  expect(names.length).toBe(3)
  for (const name of names) {
    const written = readGlb(await readFile(join(plain, name)))
    const exported = readGlb(await readFile(join(folder, "exported", "tiles", name)))
    expect(Buffer.from(written.binary).equals(Buffer.from(exported.binary)), name).toBe(true)
    const { extras: first, ...asset } = written.document.asset
    const { extras: second, ...others } = exported.document.asset
    expect({ ...written.document, asset }).toEqual({ ...exported.document, asset: others })
    // Another option made it: the provenance says so.
    expect(first?.["options"]).not.toEqual(second?.["options"])
    expect(written.document.extensionsRequired).toBeUndefined()
  }
  const told = jsonOf(await runKept(["validate", join(folder, "plain"), "--json"]))
  expect(told).toMatchObject({ ok: true, gltf: { errors: 0 }, seams: { maxGapMm: 0, unequalVertices: 0 } })
})
