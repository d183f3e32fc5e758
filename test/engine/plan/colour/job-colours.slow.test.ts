/**
 * One colour solve for a job: oriented images of the scene with corrections of their own, and
 * orthophotos that overlap.
 */

import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { planOneShard, planWhole } from "../../../../engine/distributed/plan-parts.js"
import { planShards } from "../../../../engine/distributed/plan-shards.js"
import type { RadiometricCorrection } from "../../../../engine/formats/raster/image/radiometric-correction.js"
import { resolveJob } from "../../../../engine/job/job.js"
import type { StoredCorrection } from "../../../../engine/plan/colour/colour-file.js"
import { type Plan, planJob } from "../../../../engine/plan/plan.js"
import { writeColours } from "../../../../engine/plan/write-external.js"
import { renderOrtho } from "../../../../fixtures/sample/ortho.js"
import { encodeGeoTiff } from "../../../../fixtures/sample/tiff.js"
import { type SceneView, sceneViews } from "../../../../fixtures/sample/views.js"
import { type Sample, writeSample } from "../../../../fixtures/sample/write-sample.js"
import { writeViews } from "../../../../fixtures/sample/write-views.js"

let folder: string
let sample: Sample
let views: SceneView[]
let count = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "job-colours-"))
  sample = await writeSample(folder, { pulsesPerM2: 4 })
  views = sceneViews(sample.scene, { count: 12, width: 480, height: 360, spread: 0.2, cars: 10 })
  await writeViews(join(folder, "views"), sample.scene, views, "tif")
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Asked = Partial<Parameters<typeof resolveJob>[0]>
const planOf = async (out: string, more: Asked = {}, known?: Parameters<typeof planJob>[1]): Promise<Plan> => {
  const job = await resolveJob({
    inputs: sample.lidar,
    out: join(folder, out),
    tileSize: 100,
    products: ["mesh", "texture"],
    ...more,
  })
  return planJob(job, known)
}
const newFolder = async (): Promise<string> => {
  const name = `out-${count++}`
  await mkdir(join(folder, name))
  return name
}
const seen = (): Asked => ({ orientedImages: [join(folder, "views/images")], orientation: [join(folder, "views")] })
const hashes = ({ tasks }: Plan): string[] => tasks.map(({ id, hash }) => `${id} ${hash}`)

/**
 * Largest difference between images of what the true corrections make of one colour, over the range
 * of the scene's walls.
 */
const worstStep = (stored: readonly StoredCorrection[]): number => {
  let worst = 0
  for (const band of [0, 1, 2] as const) {
    for (const colour of [75, 110, 145]) {
      const found = stored.flatMap(({ name, gain, bias }) => {
        const truth = views.find(({ shot }) => name.startsWith(shot.name))
        return truth === undefined ? [] : [(truth.gain[band] * colour + truth.bias[band] - bias[band]) / gain[band]]
      })
      worst = Math.max(worst, Math.max(...found) - Math.min(...found))
    }
  }
  return worst
}

describe("the colours of oriented images", () => {
  let whole: Plan
  let out: string
  beforeAll(async () => {
    out = await newFolder()
    whole = await planOf(out, seen())
    await writeColours(whole)
  })

  it("match to 2 of 255, which differ by 40 and more before", () => {
    const { images, gauge, before, after, places } = whole.colours!
    expect(images.map(({ state }) => state)).toEqual(Array.from(images, () => "solved"))
    expect(
      worstStep(images.map((correction) => ({ ...correction, gain: [1, 1, 1], bias: [0, 0, 0] }))),
    ).toBeGreaterThan(40)
    expect(worstStep(images)).toBeLessThanOrEqual(2)
    expect(places).toBeGreaterThan(100)
    expect(before!.p95).toBeGreaterThan(20)
    expect(after!.p95).toBeLessThan(1)
    expect(gauge).toContain("mean 1")
    for (const band of [0, 1, 2] as const)
      expect(images.reduce((sum, { gain }) => sum + gain[band], 0) / images.length).toBeCloseTo(1, 5)
  })

  it("reach the workers and the tasks' hashes", async () => {
    const corrections = whole.context.oriented!.images.map(({ correction }) => correction)
    expect(corrections).toEqual(whole.colours!.images.map(({ gain, bias }): RadiometricCorrection => ({ gain, bias })))
    const none = await planOf(await newFolder(), { ...seen(), colours: "none" })
    expect(none.colours).toBeUndefined()
    expect(none.context.oriented!.images.every(({ correction }) => correction === undefined)).toBe(true)
    const models = hashes(whole).filter((line) => line.startsWith("model "))
    expect(models.length).toBe(4)
    for (const line of models) expect(hashes(none)).not.toContain(line)
  })

  it("are the same for any tiles and for a part of the job, and kept by a run that starts again", async () => {
    const small = await planOf(await newFolder(), { ...seen(), tileSize: 50, inputs: sample.lidar.toReversed() })
    expect(small.colours).toEqual(whole.colours)
    const bbox = [...sample.scene.box.slice(0, 2), ...sample.scene.box.slice(0, 2).map((value) => value + 100)]
    const part = await planOf(await newFolder(), { ...seen(), bbox })
    expect(part.colours).toEqual(whole.colours)
    // Nothing is read again: the images may be gone by then, but for their headers.
    const again = await planOf(out, seen(), { colours: "stored" })
    expect(hashes(again)).toEqual(hashes(whole))
    expect(hashes(await planOf(out, seen()))).toEqual(hashes(whole))
  })

  it("are solved when a job is cut into shards, whose tasks are those of the whole", async () => {
    const name = await newFolder()
    const job = await resolveJob({
      ...{ inputs: sample.lidar, out: join(folder, name), tileSize: 50, products: ["mesh", "texture"] },
      ...seen(),
    })
    const { shardPlan } = await planShards(job, { parallel: 4 })
    const file = JSON.parse(await readFile(join(folder, name, "colours.json"), "utf8")) as Plan["colours"]
    expect(file).toEqual(whole.colours)
    const all = new Set(hashes(await planWhole(job, shardPlan)))
    expect(shardPlan.shards.length).toBeGreaterThan(1)
    for (const [index] of shardPlan.shards.entries()) {
      const models = hashes(await planOneShard(job, shardPlan, "model", index)).filter((line) =>
        line.startsWith("model "),
      )
      expect(models.length).toBeGreaterThan(0)
      for (const line of models) expect(all).toContain(line)
    }
  })

  it("of new images are fitted to those before, which stay to the bit; a whole solve is a new edition", async () => {
    const some = await newFolder()
    // The shots of the others have no image yet.
    await mkdir(join(folder, "first"))
    for (const { shot } of views.slice(0, 7))
      await copyFile(join(folder, "views/images", `${shot.name}.tif`), join(folder, "first", `${shot.name}.tif`))
    const early = await planOf(some, { ...seen(), orientedImages: [join(folder, "first")] })
    await writeColours(early)
    expect(early.colours!.images.length).toBe(7)
    const updated = await planOf(some, seen())
    await writeColours(updated)
    expect(updated.colours!.images.slice(0, 7)).toEqual(early.colours!.images)
    expect(updated.colours!.edition).toBe(1)
    expect(worstStep(updated.colours!.images)).toBeLessThanOrEqual(2.5)

    const fresh = await planOf(some, { ...seen(), newColours: true })
    await writeColours(fresh)
    expect(fresh.colours!.edition).toBe(2)
    expect(fresh.colours!.images.map(({ gain }) => gain)).toEqual(whole.colours!.images.map(({ gain }) => gain))
    // Started again, the same solve is no newer edition.
    const restarted = await planOf(some, { ...seen(), newColours: true })
    expect(restarted.colours).toEqual(fresh.colours)
  })

  it("refuses a file that is no solve, naming it", async () => {
    const broken = await newFolder()
    await writeFile(join(folder, broken, "colours.json"), "{}")
    await expect(planOf(broken, seen())).rejects.toThrow(/colours\.json: damaged: not colours/)
  })
})

describe("the colours of oriented images beside an orthophoto", () => {
  it("are the orthophoto's, in blue too, where its ground has little contrast", async () => {
    const plan = await planOf(await newFolder(), { ...seen(), imagery: [join(folder, "ortho")] })
    const { images } = plan.colours!
    const oriented = images.filter(({ kind }) => kind === "oriented")
    expect(oriented.map(({ state, tied }) => [state, tied])).toEqual(oriented.map(() => ["solved", true]))
    expect(plan.context.images.every(({ correction }) => correction === undefined)).toBe(true)
    let worst = 0
    for (const band of [0, 1, 2] as const) {
      const off: number[] = []
      for (const { name, gain, bias } of oriented) {
        const correction = views.find(({ shot }) => name.startsWith(shot.name))!
        // 0.45 of the scene's contrast, to its own colours.
        for (const colour of [70, 110, 150]) {
          const value = correction.gain[band] * (60 + 0.45 * colour) + correction.bias[band]
          off.push((value - bias[band]) / gain[band] - colour)
        }
      }
      worst = Math.max(worst, ...off.map(Math.abs))
    }
    expect(worst).toBeLessThanOrEqual(3)
  })

  it("of one flight keep what they are among themselves", async () => {
    const [alone, beside] = await Promise.all(
      [{}, { imagery: [join(folder, "ortho")] }].map(async (more) => planOf(await newFolder(), { ...seen(), ...more })),
    )
    const gains = ({ colours }: Plan): number[] =>
      colours!.images.flatMap(({ kind, gain }) => (kind === "oriented" ? [gain[0]] : []))
    const [one, other] = [gains(alone!), gains(beside!)]
    for (const [i, gain] of other.entries()) expect(gain / other[0]!).toBeCloseTo(one[i]! / one[0]!, 3)
  })
})

describe("the colours of orthophotos", () => {
  const correction: RadiometricCorrection = { gain: [0.85, 1.1, 0.95], bias: [12, -8, 5] }
  /** A strip of the scene's orthophoto as a correction shows it. */
  const writeStrip = async (
    name: string,
    from: number,
    to: number,
    { gain, bias }: RadiometricCorrection,
  ): Promise<void> => {
    const [west, south, , north] = sample.scene.box
    const ortho = renderOrtho(sample.scene, { pixel: 0.5, box: [west + from, south, west + to, north] })
    const data = Uint8ClampedArray.from(ortho.data, (value, i) => gain[i % 3]! * (40 + 0.6 * value) + bias[i % 3]!)
    const bytes = encodeGeoTiff({ ...ortho, data: new Uint8Array(data.buffer) }, 2154)
    await writeFile(join(folder, "orthos", name), bytes)
  }
  const plain: RadiometricCorrection = { gain: [1, 1, 1], bias: [0, 0, 0] }
  beforeAll(async () => {
    await mkdir(join(folder, "orthos"))
    // Two tiles of the older delivery, which the newer one overlaps by 60 m of the first alone.
    await writeStrip("34-2019-0842-6520-LA93.tif", 0, 80, correction)
    await writeStrip("34-2019-0843-6520-LA93.tif", 80, 120, correction)
    await writeStrip("30-2022-0842-6520-LA93.tif", 0, 60, plain)
  })

  it("are brought to the newer delivery's, for all tiles of the older one alike", async () => {
    const out = await newFolder()
    const plan = await planOf(out, { imagery: [join(folder, "orthos")] })
    const { images } = plan.colours!
    expect(images.map(({ name, state }) => `${name.slice(0, 7)} ${state}`)).toEqual([
      "30-2022 anchor",
      "34-2019 solved",
      "34-2019 solved",
    ])
    expect([images[0]!.gain, images[0]!.bias]).toEqual([plain.gain, plain.bias])
    expect(images[2]).toMatchObject({ gain: images[1]!.gain, bias: images[1]!.bias })
    for (const band of [0, 1, 2] as const) {
      expect(images[1]!.gain[band]).toBeCloseTo(correction.gain[band], 1)
      for (const colour of [80, 150]) {
        const value = correction.gain[band] * colour + correction.bias[band]
        expect(Math.abs((value - images[1]!.bias[band]) / images[1]!.gain[band] - colour)).toBeLessThan(0.6)
      }
    }
    expect(plan.context.images.map((image) => image.correction !== undefined)).toEqual([false, true, true])
    await writeColours(plan)
    expect(JSON.parse(await readFile(join(folder, out, "colours.json"), "utf8"))).toEqual(plan.colours)
  })

  it("are left alone where none meets another", async () => {
    const plan = await planOf(await newFolder(), { imagery: [join(folder, "ortho")] })
    expect(plan.colours).toBeUndefined()
    const apart = join(folder, "orthos/34-2019-0843-6520-LA93.tif")
    const two = await planOf(await newFolder(), { imagery: [apart, join(folder, "orthos/30-2022-0842-6520-LA93.tif")] })
    expect(two.colours!.images.map(({ state }) => state)).toEqual(["alone", "alone"])
    expect(two.context.images.every(({ correction: own }) => own === undefined)).toBe(true)
  })
})
