/**
 * Orthophotos and oriented images as JP2, which GDAL reads on the main thread: the same textures as
 * from TIFF of the same pixels.
 */
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { resolveJob } from "../../../engine/job/job.js"
import { planJob } from "../../../engine/plan/plan.js"
import { sceneViews } from "../../../fixtures/sample/views.js"
import { type Sample, writeSample } from "../../../fixtures/sample/write-sample.js"
import { writeViews } from "../../../fixtures/sample/write-views.js"
import { maille } from "../../cli/maille.js"
import { jsonOf, runKept } from "../../run-maille.js"

let folder: string
let sample: Sample
/** Why there are no JP2 files. */
let lacking: string | undefined

const toJp2 = async (from: string, to: string, more: readonly string[] = []): Promise<void> => {
  await mkdir(to, { recursive: true })
  const options = ["-q", "-of", "JP2OpenJPEG", "-co", "QUALITY=100", "-co", "REVERSIBLE=YES", ...more]
  for (const name of (await readdir(from)).filter((file) => file.endsWith(".tif"))) {
    const path = join(to, `${basename(name, ".tif")}.jp2`)
    await promisify(execFile)("gdal_translate", [...options, join(from, name), path]).catch((error) => {
      if (error.code !== "ENOENT") throw error
      lacking = "gdal_translate is not installed"
    })
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jp2-"))
  sample = await writeSample(folder, { pulsesPerM2: 4 })
  const views = sceneViews(sample.scene, { count: 6, width: 320, height: 240, spread: 0.1 })
  await writeViews(folder, sample.scene, views, "tif")
  await toJp2(join(folder, "images"), join(folder, "images-jp2"))
  await toJp2(join(folder, "ortho"), join(folder, "ortho-jp2"), ["-a_srs", "EPSG:2154"])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Hashes of the textures of a folder's contents, by name. */
const textures = async (out: string): Promise<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const file of (await readdir(join(out, "tiles"), { recursive: true })).filter((name) => name.endsWith(".glb"))) {
    const glb = await readFile(join(out, "tiles", file))
    const length = glb.readUInt32LE(12)
    const { images, bufferViews } = JSON.parse(glb.toString("utf8", 20, 20 + length))
    for (const [i, image] of (images ?? []).entries()) {
      const { byteOffset = 0, byteLength } = bufferViews[image.bufferView]
      const start = 28 + length + byteOffset
      found[`${file} ${i}`] = createHash("sha256")
        .update(glb.subarray(start, start + byteLength))
        .digest("hex")
    }
  }
  return found
}

/** Runs one tile with images of one format. */
const run = async (name: string, ortho: string, images: string): Promise<Record<string, unknown>> => {
  const [x, y] = sample.scene.box
  const done = await runKept([
    ...["run", ...sample.lidar, "--imagery", join(folder, ortho), "--oriented-images", join(folder, images)],
    ...["--orientation", join(folder, "views_alt.OPK"), join(folder, "camera.txt"), "--products", "mesh,texture"],
    ...[
      "--colours",
      "none",
      "--tile-size",
      "100",
      "--bbox",
      [x, y, x + 100, y + 100].join(),
      "--out",
      join(folder, name),
      "--json",
    ],
  ])
  return jsonOf(done) as Record<string, unknown>
}

describe("images as JP2", () => {
  it("give the textures of TIFF images of the same pixels", async (context) => {
    if (lacking !== undefined) return context.skip(lacking)
    const jp2 = await run("out-jp2", "ortho-jp2", "images-jp2")
    const tif = await run("out-tif", "ortho", "images")
    expect([jp2["failed"], jp2["quarantined"], jp2["done"]]).toEqual([0, 0, tif["done"]])
    const [hashes, expected] = await Promise.all([textures(join(folder, "out-jp2")), textures(join(folder, "out-tif"))])
    // Overviews of JP2 are its wavelets' own: those of parents differ.
    const finest = Object.keys(expected).sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0]!
    expect(hashes[finest]).toBe(expected[finest])
    expect(Object.keys(hashes)).toEqual(Object.keys(expected))
  })

  it("give the corrections of TIFF images, but for orthophotos at half a metre, which JP2 has from its wavelets", async (context) => {
    if (lacking !== undefined) return context.skip(lacking)
    const corrections = async (ortho: string, images: string): Promise<number[]> => {
      const job = await resolveJob({
        inputs: sample.lidar,
        out: join(folder, `no-${images}`),
        products: ["mesh", "texture"],
        imagery: [join(folder, ortho)],
        orientedImages: [join(folder, images)],
        orientation: [join(folder, "views_alt.OPK"), join(folder, "camera.txt")],
      })
      const { colours } = await planJob(job)
      expect(colours!.images.filter(({ tied }) => tied).length).toBe(6)
      return colours!.images.flatMap(({ gain }) => gain)
    }
    const [jp2, tif] = [await corrections("ortho-jp2", "images-jp2"), await corrections("ortho", "images")]
    for (const [i, gain] of jp2.entries()) expect(Math.abs(gain / tif[i]! - 1)).toBeLessThan(0.01)
  })

  it("that are broken are told by name, with the remedy", async (context) => {
    if (lacking !== undefined) return context.skip(lacking)
    await mkdir(join(folder, "broken"))
    await writeFile(join(folder, "broken/view_001.jp2"), Buffer.from("0000000c6a5020200d0a870a00000000", "hex"))
    const { code, stderr } = await maille(
      ...["plan", ...sample.lidar, "--oriented-images", join(folder, "broken"), "--orientation"],
      ...[join(folder, "views_alt.OPK"), join(folder, "camera.txt"), "--products", "mesh,texture"],
      ...["--out", join(folder, "no")],
    )
    expect(code).toBe(3)
    expect(stderr).toMatch(/view_001\.jp2: not usable as an oriented image \(.*\)\. Write it as .*RGB of 8 bits/)
  })
})
