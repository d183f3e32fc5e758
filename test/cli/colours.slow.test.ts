/** A plan made of an index, whose colours are solved before the first shard. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { planOneShard, planWhole } from "../../engine/distributed/plan-parts.js"
import { resolveJob } from "../../engine/job/job.js"
import type { ColourFile } from "../../engine/plan/colour/colour-file.js"
import { zRangeOf } from "../../engine/plan/images-of-job.js"
import { readJobFile } from "../../engine/plan/job-file.js"
import { planJob } from "../../engine/plan/plan.js"
import { readShardPlan } from "../../engine/plan/shards/read-shard-plan.js"
import { sceneViews } from "../../fixtures/sample/views.js"
import { type Sample, writeSample } from "../../fixtures/sample/write-sample.js"
import { writeViews } from "../../fixtures/sample/write-views.js"
import { maille } from "./maille.js"

const host = "https://lidar.example.org"
const points = 500_000
let folder: string
let sample: Sample
let out: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "colours-"))
  out = join(folder, "out")
  sample = await writeSample(folder, { pulsesPerM2: 4 })
  const views = sceneViews(sample.scene, { count: 12, width: 480, height: 360, spread: 0.2 })
  await writeViews(join(folder, "views"), sample.scene, views, "tif")
  const features = sample.lidar.map((path) => {
    const [x, y] = (/_(\d{6})_(\d{6})_/.exec(basename(path)) ?? []).slice(1).map((text) => 10 * Number(text))
    const ring = [
      [x!, y! - 100],
      [x! + 100, y! - 100],
      [x! + 100, y!],
      [x!, y!],
      [x!, y! - 100],
    ]
    const properties = { url: `${host}/${basename(path)}`, points }
    return { type: "Feature", geometry: { type: "Polygon", coordinates: [ring] }, properties }
  })
  const crs = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } }
  await writeFile(join(folder, "index.geojson"), JSON.stringify({ type: "FeatureCollection", crs, features }))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const seen = () => ({ orientedImages: [join(folder, "views/images")], orientation: [join(folder, "views")] })
const moved = (): string => `${host}=${join(folder, "lidar")}`

describe("a plan made of an index", () => {
  beforeAll(async () => {
    const { orientedImages, orientation } = seen()
    const images = ["--oriented-images", ...orientedImages, "--orientation", ...orientation]
    const cut = ["--shards", "4", "--tile-size", "50", "--products", "mesh,texture", "--out", out, "--json"]
    const made = await maille("plan", "--tile-index", join(folder, "index.geojson"), ...images, ...cut)
    expect(made.code).toBe(0)
    expect(JSON.parse(made.stdout).warnings.join()).toContain(`run maille colours ${out}`)
  })

  it("runs no shard before its colours are solved, and says how", async () => {
    const shard = ["--shard", "0", "--phase", "tile", "--map-path", moved()]
    const run = await maille("run", "--job", join(out, "plan/job.json"), ...shard)
    expect(run.code).toBe(75)
    expect(run.stderr).toContain("colours.json: missing")
    expect(run.stderr).toContain(`Run maille colours ${out} once`)
  })

  it("gets one solve, that of a plan made of the files, which every shard uses", async () => {
    const solved = await maille("colours", out, "--map-path", moved(), "--json")
    expect(solved.stderr).toBe("")
    expect(solved.code).toBe(0)
    const told = JSON.parse(solved.stdout) as Record<string, unknown>
    expect(told).toMatchObject({ edition: 1, images: 12, solved: 12, alone: 0, refused: 0 })
    const file = JSON.parse(await readFile(join(out, "colours.json"), "utf8")) as ColourFile

    const { lidar: inputs } = sample
    const products = ["mesh", "texture"] as const
    const job = { inputs, out: join(folder, "files"), tileSize: 50, products: [...products], ...seen() }
    const files = await planJob(await resolveJob(job))
    expect(file.images).toEqual(files.colours!.images)
    expect(file.zRange).toEqual(zRangeOf(files.catalogue.sources))

    const map = [{ from: host, to: join(folder, "lidar") }]
    const planned = { ...(await resolveJob(await readJobFile(join(out, "plan/job.json"), map))), pathMap: map }
    const shardPlan = await readShardPlan(out)
    const whole = await planWhole(planned, shardPlan)
    const hashes = new Set(whole.tasks.map(({ id, hash }) => `${id} ${hash}`))
    expect(whole.context.oriented).toEqual(files.context.oriented)
    expect(shardPlan.shards.length).toBeGreaterThan(1)
    for (const index of shardPlan.shards.keys()) {
      const { tasks, context } = await planOneShard(planned, shardPlan, "model", index)
      expect(context.oriented!.images.every(({ correction }) => correction !== undefined)).toBe(true)
      const models = tasks.filter(({ stage }) => stage === "model")
      expect(models.length).toBeGreaterThan(0)
      for (const { id, hash, views } of models) {
        expect(hashes).toContain(`${id} ${hash}`)
        expect(views!.length).toBeGreaterThan(8)
      }
    }
  })

  it("keeps that solve when it is asked again", async () => {
    const before = await readFile(join(out, "colours.json"), "utf8")
    const again = await maille("colours", out, "--map-path", moved())
    expect(again.code).toBe(0)
    expect(again.stdout).toContain("12 images: 12 corrected")
    expect(await readFile(join(out, "colours.json"), "utf8")).toBe(before)
  })

  it("names a point file that is not there, for its altitudes are not known then", async () => {
    const gone = await maille("colours", out, "--map-path", `${host}=${join(folder, "nowhere")}`)
    expect(gone.code).toBe(3)
    expect(gone.stderr).toContain("nowhere")
  })
})
