import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { resolveJob } from "../../../engine/job/job.js"
import { planJob } from "../../../engine/job/plan.js"
import { infraredOf } from "../../../fixtures/infrared.js"
import { renderOrtho } from "../../../fixtures/sample/ortho.js"
import { encodeGeoTiff } from "../../../fixtures/sample/tiff.js"
import { type Sample, writeSample } from "../../../fixtures/sample/write-sample.js"

let folder = ""
let sample: Sample
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-images-"))
  sample = await writeSample(folder, { pulsesPerM2: 0.5 })
  await mkdir(join(folder, "irc"))
  const image = infraredOf(renderOrtho(sample.scene, { pixel: 1 }))
  for (const name of ["irc/scene_IRC.tif", "irc/scene.tif"])
    await writeFile(join(folder, name), encodeGeoTiff(image, sample.scene.epsg))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const plan = async (more: object) => {
  const base = {
    inputs: sample.lidar,
    out: join(folder, "out"),
    tileSize: 100,
    products: ["texture"],
    imagery: [sample.ortho],
  }
  return planJob(await resolveJob({ ...base, ...more }))
}

describe("--irc", () => {
  it("takes images as infrared whatever their names are, after the others, and in no colour solve", async () => {
    const { context, colours, imagesIgnored } = await plan({ irc: [join(folder, "irc")] })
    expect(context.images.map(({ name, infrared }) => [name.includes("ORTHO"), infrared === true])).toEqual([
      [true, false],
      [false, true],
      [false, true],
    ])
    expect(colours).toBeUndefined()
    expect(imagesIgnored).toEqual([])
    const named = await plan({ imagery: [sample.ortho, join(folder, "irc", "scene_IRC.tif")] })
    expect(named.context.images.length).toBe(1)
    expect(named.imagesIgnored[0]?.reason).toContain("--irc")
  })

  it("shapes the tiles that it shows, and nothing where it is not given", async () => {
    const hashes = async (more: object): Promise<string[]> =>
      (await plan(more)).tasks.filter(({ scope }) => scope === "model" || scope === "parent").map(({ hash }) => hash)
    const without = await hashes({})
    const once = await hashes({ irc: [join(folder, "irc", "scene.tif")] })
    expect(await hashes({ irc: [] })).toEqual(without)
    expect(once.length).toBe(without.length)
    for (const [i, hash] of once.entries()) expect(hash).not.toBe(without[i])
    // The same pixels as a second orthophoto are another thing.
    expect(await hashes({ imagery: [sample.ortho, join(folder, "irc", "scene.tif")], colours: "none" })).not.toEqual(
      once,
    )
  })

  it("needs the product texture and the colour images, and says so", async () => {
    await expect(plan({ irc: [join(folder, "irc")], imagery: [] })).rejects.toMatchObject({ code: "E_USAGE" })
    await expect(plan({ irc: [join(folder, "irc")], products: ["dtm"] })).rejects.toMatchObject({ code: "E_USAGE" })
    await expect(plan({ irc: [join(folder, "none")] })).rejects.toMatchObject({ code: "E_INPUT" })
  })
})
