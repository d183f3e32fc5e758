import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { resolveJob } from "../../../engine/job/job.js"
import { planJob } from "../../../engine/plan/plan.js"
import { renderInfrared } from "../../../fixtures/sample/infrared.js"
import { type Orthophoto, renderOrtho } from "../../../fixtures/sample/ortho.js"
import { encodeGeoTiff } from "../../../fixtures/sample/tiff.js"
import { type Sample, writeSample } from "../../../fixtures/sample/write-sample.js"

let folder = ""
let sample: Sample
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-images-"))
  sample = await writeSample(folder, { pulsesPerM2: 0.5 })
  await mkdir(join(folder, "irc"))
  const image = renderInfrared(renderOrtho(sample.scene, { pixel: 1 }))
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

describe("images that are given and not used", () => {
  const photo = () => join(folder, "photo.tif")
  /** Grey pixels over a square. */
  const square = (x: number, y: number, side: number): Orthophoto => ({
    width: 4,
    height: 4,
    data: new Uint8Array(48).fill(200),
    pixel: side / 4,
    box: [x, y, x + side, y + side],
  })
  beforeAll(async () => {
    const { box, epsg } = sample.scene
    await writeFile(photo(), encodeGeoTiff(square(0, 0, 4), epsg))
    await writeFile(join(folder, "coarse.tif"), encodeGeoTiff(square(box[0], box[1], 80), epsg))
    await writeFile(join(folder, "corner.tif"), encodeGeoTiff(square(box[0], box[1], 10), epsg))
  })

  it("are named by reason; where none is left, the job is refused", async () => {
    const given = { imagery: [sample.ortho, photo(), join(folder, "coarse.tif"), join(folder, "irc", "scene_IRC.tif")] }
    const { warnings, imagesIgnored } = await plan(given)
    const told = warnings.filter((line) => line.startsWith("--imagery"))
    expect(
      told.map((line) => /1 of 4 images not used \((.*?)\): (outside|pixels larger|infrared)/.exec(line)?.slice(1)),
    ).toEqual([
      ["coarse.tif", "pixels larger"],
      ["scene_IRC.tif", "infrared"],
      ["photo.tif", "outside"],
    ])
    expect(imagesIgnored.length).toBe(3)
    await expect(plan({ imagery: [photo()] })).rejects.toMatchObject({
      code: "E_INPUT",
      message: expect.stringMatching(
        /^--imagery: no image can be used\. --imagery: 1 of 1 .*outside.*leave --imagery out/,
      ),
    })
    await expect(plan({ imagery: [photo()], products: ["mesh", "texture"] })).rejects.toMatchObject({ code: "E_INPUT" })
  })

  it("are those beyond the tiles of the job too", async () => {
    const corner = join(folder, "corner.tif")
    const box = [sample.scene.box[2] - 5, sample.scene.box[3] - 5, sample.scene.box[2], sample.scene.box[3]]
    const of = (products: readonly string[], imagery: readonly string[]) =>
      plan({ bbox: box, tileSize: 50, products, imagery, colours: "none" })
    const { warnings, imagesIgnored } = await of(["texture"], [sample.ortho, corner])
    expect(warnings.join()).toContain("--imagery: 1 of 2 images not used (corner.tif): outside the tiles of this job")
    expect(imagesIgnored.map(({ path }) => path)).toEqual([corner])
    await expect(of(["texture"], [corner])).rejects.toMatchObject({ code: "E_INPUT" })
  })

  it("are none where textures are asked for by name: that is refused; by default the mesh has its colours", async () => {
    const job = (more: object) => resolveJob({ inputs: sample.lidar, out: join(folder, "out"), ...more })
    await expect(job({ products: ["texture"] })).rejects.toMatchObject({
      code: "E_USAGE",
      message: expect.stringContaining("--imagery"),
    })
    await expect(job({ products: ["mesh", "texture"] })).rejects.toMatchObject({ code: "E_USAGE" })
    const { products } = await job({})
    expect(products).toContain("texture")
    // What a run of the default has written is read again.
    expect((await job({ products, version: "1" })).imagery).toEqual([])
  })
})

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
      (await plan(more)).tasks.filter(({ stage }) => stage === "model" || stage === "parent").map(({ hash }) => hash)
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
