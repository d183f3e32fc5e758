import { mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fromFile } from "geotiff"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { maille } from "../cli/maille.js"
import { lab } from "./run-bench.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-fixtures-"))
})
afterAll(() => rm(folder, { recursive: true }))

const tileNames = [
  "LHD_FXX_084300_652090_PTS_LAMB93_IGN69.copc.laz",
  "LHD_FXX_084300_652100_PTS_LAMB93_IGN69.copc.laz",
  "LHD_FXX_084310_652090_PTS_LAMB93_IGN69.copc.laz",
  "LHD_FXX_084310_652100_PTS_LAMB93_IGN69.copc.laz",
]

describe("lab fixtures make", () => {
  test("makes neighbouring tiles, goes on where it stopped, and run makes products of them", async () => {
    const out = join(folder, "tiles")
    const args = ["fixtures", "make", "--out", out, "--km", "0.1", "--density", "5", "--tiles", "2", "--json"]
    const first = await lab(...args)
    expect(first.stderr).toBe("")
    expect(first.code).toBe(0)
    const report = JSON.parse(first.stdout) as {
      tiles: { path: string; outcome: string }[]
      points: number
      bytes: number
    }
    expect(report.tiles.map(({ outcome }) => outcome)).toEqual(["done", "done", "done", "done"])
    expect(Math.abs(report.points / 200_000 - 1)).toBeLessThan(0.05)
    const names = (await readdir(out)).filter((name) => name.endsWith(".laz")).sort()
    expect(names).toEqual(tileNames)
    expect((await readdir(join(out, "truth"))).length).toBe(4)
    // One tile taken away comes back with its bytes; the others are left alone.
    const path = join(out, tileNames[1]!)
    const [bytes, times] = [await readFile(path), await stat(join(out, tileNames[0]!))]
    await unlink(path)
    const again = JSON.parse((await lab(...args)).stdout) as typeof report
    expect(again.tiles.filter(({ outcome }) => outcome === "done").map((tile) => tile.path)).toEqual([path])
    expect(await readFile(path)).toEqual(bytes)
    expect((await stat(join(out, tileNames[0]!))).mtimeMs).toBe(times.mtimeMs)
    const alone = join(folder, "alone")
    await lab("fixtures", "make", "--out", alone, "--km", "0.1", "--density", "5", "--corner", "843.1,6520.9")
    expect(await readFile(join(alone, tileNames[2]!))).toEqual(await readFile(join(out, tileNames[2]!)))
    const products = ["--products", "dtm,vector", "--layers", "building", "--out", join(folder, "products")]
    const run = await maille("run", out, "--tile-size", "100", "--json", ...products)
    expect(JSON.parse(run.stdout)).toMatchObject({ done: 4, failed: 0, quarantined: 0 })
  })

  test("makes an orthophoto for each tile, in its place, of the land asked for", async () => {
    const out = join(folder, "pictured")
    const args = ["fixtures", "make", "--out", out, "--km", "0.1", "--density", "2", "--land", "forest", "--imagery"]
    const { tiles } = JSON.parse((await lab(...args, "--json")).stdout) as { tiles: { imagery: string }[] }
    const path = join(out, "ortho", "ORTHO_2023_084300_652100_LA93_0M20.tif")
    expect(tiles).toMatchObject([{ outcome: "done", imagery: path }])
    const image = await (await fromFile(path)).getImage()
    expect([image.getWidth(), image.getHeight()]).toEqual([500, 500])
    expect(image.getBoundingBox()).toEqual([843_000, 6_520_900, 843_100, 6_521_000])
    const bytes = await readFile(path)
    const again = join(folder, "pictured-again")
    await lab(...args, "--workers", "0", "--out", again)
    expect(await readFile(join(again, "ortho", "ORTHO_2023_084300_652100_LA93_0M20.tif"))).toEqual(bytes)
    // Another land under the same names would pass for this one.
    const other = await lab("fixtures", "make", "--out", out, "--km", "0.1", "--density", "2")
    expect(other.code).toBe(2)
    expect(other.stderr).toContain('"land":"forest"')
  })

  test("refuses a folder of other tiles and odd numbers", async () => {
    const out = join(folder, "others")
    const made = join(folder, "made")
    await lab("fixtures", "make", "--out", made, "--km", "0.1", "--density", "1", "--format", "las")
    await writeFile(join(made, "mark"), "")
    const other = await lab("fixtures", "make", "--out", made, "--km", "0.1", "--density", "2", "--format", "las")
    expect(other.code).toBe(2)
    expect(other.stderr).toContain("--force")
    for (const wrong of [
      ["--km", "2"],
      ["--km", "0.105"],
      ["--density", "0"],
      ["--tiles", "1.5"],
      ["--format", "e57"],
    ]) {
      expect((await lab("fixtures", "make", "--out", out, ...wrong)).code, wrong.join(" ")).toBe(2)
    }
    expect((await lab("fixtures", "make")).code).toBe(2)
    await expect(stat(out)).rejects.toThrow()
  })
})

describe("lab fixtures views", () => {
  test("makes a scene with oriented images, whose shots a plan counts", async () => {
    const out = join(folder, "seen")
    const made = await lab("fixtures", "views", "--out", out, "--views", "2", "--spread", "0.2", "--json")
    expect(made.stderr).toBe("")
    const { images, corrections } = JSON.parse(made.stdout) as { images: string; corrections: string }
    expect((await readdir(images)).sort()).toEqual(["view_001.jpg", "view_002.jpg"])
    const gains = (JSON.parse(await readFile(corrections, "utf8")) as { gain: number[] }[]).map(({ gain }) => gain[0])
    expect(gains[0]).not.toBe(gains[1])
    const flags = ["--oriented-images", join(out, "views"), "--products", "mesh,texture", "--out", join(out, "plan")]
    const plan = await maille("plan", join(out, "lidar"), ...flags, "--json")
    expect(JSON.parse(plan.stdout)).toMatchObject({ shots: { known: 2, meeting: 2 } })
  })
})
