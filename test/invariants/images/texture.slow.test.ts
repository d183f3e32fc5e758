/** The textured mesh as written, seen from above, against the orthophoto it was made of. */
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { imagesAround } from "../../../bench/e2e/scenarios.js"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { composeImage } from "../../../engine/formats/raster/compose-image.js"
import { readTiffHeader } from "../../../engine/formats/raster/tiff/image.js"
import type { Image } from "../../../engine/kernel.js"
import { hashOutput } from "../../../engine/report/hash-output.js"
import type { RunSummary } from "../../../engine/report/outcome.js"
import { jsonOf, runKept, runMaille } from "../../run-maille.js"
import { rgb, rgbRun } from "../../scenes/real-runs.js"
import { sceneFiles } from "../../scenes/sample-runs.js"
import { sharedData } from "../../shared-data.js"
import { nadirFigures } from "./nadir.js"

interface Report {
  readonly ok: boolean
  readonly gltf: { readonly errors: number }
}

const orthoOf = async (path: string, box: Box2): Promise<Image> => {
  const { image } = (await readTiffHeader(path, { epsg: 2154 })) as Extract<
    Awaited<ReturnType<typeof readTiffHeader>>,
    { image: unknown }
  >
  const composed = await composeImage([image], box, 0.2)
  if (composed === undefined) throw new Error(`${path}: no pixel in ${box.join(", ")}`)
  return composed
}

describe("the texture, seen from above", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-texture-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const run = async (name: string, ...args: string[]): Promise<string> => {
    const out = join(folder, name)
    const ended = await runKept(["run", ...args, "--products", "mesh,texture", "--out", out, "--json"])
    expect(ended.code, ended.stderr).toBe(0)
    return out
  }

  it.skipIf(sharedData === undefined)("is the orthophoto of Montpellier, texel by texel", async () => {
    const { out } = await rgbRun()
    const figures = await nadirFigures(out, await orthoOf(rgb, [770550, 6277550, 770600, 6277600]))
    expect(figures.texels).toBeGreaterThan(0.9 * 250 * 250)
    expect(figures.psnr).toBeGreaterThan(36)
    expect(Math.hypot(...figures.shift)).toBeLessThan(0.1)
    const report = jsonOf(await runKept(["validate", out, "--json"])) as Report
    expect(report.gltf.errors).toBe(0)
  })

  it("is the orthophoto of the scene", async () => {
    const { scene, lidar, ortho } = await sceneFiles()
    const [minX, minY] = scene.box
    const box: Box2 = [minX, minY, minX + 100, minY + 100]
    const out = await run("scene", lidar, "--imagery", ortho, "--tile-size", "100", "--bbox", box.join(","))
    const [name] = (await readdir(ortho)).filter((one) => one.endsWith(".tif"))
    const figures = await nadirFigures(out, await orthoOf(join(ortho, name!), box))
    expect(figures.texels).toBeGreaterThan(0.9 * 500 * 500)
    expect(figures.psnr).toBeGreaterThan(36)
    expect(Math.hypot(...figures.shift)).toBeLessThan(0.1)
  })

  it("costs what its own images cost, with 20 and with 2,000 in the catalogue", { retry: 1 }, async () => {
    const { scene, lidar, ortho } = await sceneFiles()
    const [minX, minY] = scene.box
    const bbox = [minX, minY, minX + 100, minY + 100].join(",")
    const runs: (RunSummary & { readonly hash: string })[] = []
    for (const count of [20, 2000]) {
      const others = join(folder, `around-${count}`)
      await imagesAround(others, count - 1)
      const images = ["--imagery", ortho, others]
      const options = ["--products", "mesh,texture", "--tile-size", "100", "--bbox", bbox, "--workers", "1"]
      const out = join(folder, `catalogue-${count}`)
      const ended = await runMaille(["run", lidar, ...images, ...options, "--out", out, "--json"])
      expect(ended.code, ended.stderr).toBe(0)
      runs.push({ ...(jsonOf(ended) as RunSummary), hash: (await hashOutput(out)).hash })
    }
    const [few, many] = runs as [(typeof runs)[0], (typeof runs)[0]]
    expect(many.hash).toBe(few.hash)
    const drape = many.steps.find(({ step }) => step === "texture.drape")
    expect(drape?.timeMs).toBeGreaterThan(0)
    // A header takes about 0.2 ms, once a job.
    expect(many.processCpuMs).toBeLessThan(1.15 * few.processCpuMs + 2000)
    expect(many.processPeakBytes).toBeLessThan(1.15 * few.processPeakBytes + 32 * 2 ** 20)
  })
})
