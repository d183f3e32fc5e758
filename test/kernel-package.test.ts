/** The example of a kernel package, as a stranger copies, packs and installs it beside maille. */
import { spawnSync } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { describeOutput } from "../cli/view/describe-output.js"
import { seededRandom } from "../engine/core/random.js"
import { readRaster } from "../engine/formats/raster/tiff/read-raster.js"
import { type Ended, mailleKept, mailleScript } from "./cli/maille.js"
import { lasBytes, randomPoints } from "./engine/formats/las/las-bytes.js"
import { root } from "./source-tree.js"

/** A folder with maille and the package `wind` installed, and no other. */
let folder = ""
const at = (...names: string[]): string => join(folder, ...names)
const call = (file: string, args: readonly string[], cwd = folder): Ended => {
  const env = { ...process.env, npm_config_cache: at(".npm"), npm_config_update_notifier: "false" }
  const { status, stdout, stderr } = spawnSync(file, args, { cwd, env, encoding: "utf8" })
  return { code: status ?? 128, stdout, stderr }
}
/** The command in the folder. */
const maille = (...args: string[]): Ended => call(process.execPath, [mailleScript, ...args])

const names = ["Easting", "Northing", "Elevation", "Zref", "WD", "LMA"]
const points = (extra: boolean): Uint8Array => {
  const random = seededRandom(3)
  const drawn = randomPoints(random, 20_000, 6000).map((one) => ({ ...one, classification: 2, z: one.z >> 1 }))
  const data = new Uint8Array(192 * names.length)
  names.forEach((name, k) => {
    data[192 * k + 2] = 10
    data.set(new TextEncoder().encode(name), 192 * k + 4)
  })
  const vlrs = extra ? [{ userId: "LASF_Spec", recordId: 4, data }] : []
  const offset = [770_000, 6_277_000, 0] as const
  const bytes = lasBytes({ extraBytes: extra ? 48 : 0, vlrs, offset, points: drawn })
  const view = new DataView(bytes.buffer)
  for (let i = 0, start = view.getUint32(96, true) + 30; extra && i < drawn.length; i++)
    [770_050, 6_277_050, 1500, 200 + random(), 500 + random(), 140].forEach((value, k) => {
      view.setFloat64(start + i * 78 + 8 * k, value, true)
    })
  return bytes
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-kernel-package-"))
  expect(maille("kernels", "new", "wind").code).toBe(0)
  const [{ filename }] = JSON.parse(call("npm", ["pack", "--json"], at("wind")).stdout) as [{ filename: string }]
  const install = ["install", "--offline", "--legacy-peer-deps", "--no-audit", at("wind", filename)]
  expect(call("npm", install)).toMatchObject({ code: 0 })
  await symlink(root, at("node_modules", "maille"), "dir")
  await writeFile(at("plot.las"), points(true))
  await writeFile(at("bare.las"), points(false))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const run = (input: string, out: string, ...more: string[]): Promise<Ended> =>
  mailleKept(
    ...["run", at(input), "--crs", "EPSG:2154", "--products", "dtm", "--workers", "1"],
    ...["--kernel", at("node_modules", "wind"), ...more, "--out", at(out)],
  )

describe("maille kernels new", () => {
  it("copies a package that passes its own test, under the name of the folder", async () => {
    expect(call("node", ["--test"], at("wind"))).toMatchObject({ code: 0 })
    const manifest = JSON.parse(await readFile(at("wind", "package.json"), "utf8")) as object
    expect(manifest).toMatchObject({ name: "wind", peerDependencies: { maille: expect.stringMatching(/^>=/) } })
    expect(await readFile(at("wind", "README.md"), "utf8")).toContain("maille kernels wind.profile --kernel wind")
  })

  it("refuses a folder with files, and a name that npm refuses", async () => {
    const make = (...words: string[]): Promise<Ended> => mailleKept("kernels", "new", ...words)
    expect(await make(at("wind"))).toMatchObject({ code: 2, stderr: expect.stringContaining("not empty") })
    expect(await make(at("x"), "--name", "Wind Farm")).toMatchObject({ code: 2 })
    const { stdout } = await make(at("lab"), "--name", "@lab/smoke", "--json")
    expect(JSON.parse(stdout)).toMatchObject({ name: "@lab/smoke", kernel: "smoke.profile", folder: at("lab") })
  })
})

describe("an installed kernel package", () => {
  it("is listed, and its options are in the help", () => {
    expect(maille("kernels", "--kernel", "wind").stdout).toMatch(/^wind\.profile +tile +Fuel/m)
    expect(maille("run", "--kernel", "wind", "--help").stdout).toMatch(/threshold=0\.012 .*kg\/m³/)
  })

  it("makes products that validate, preview and the viewer know, the same in any tiles", async () => {
    expect(await run("plot.las", "out", "--tile-size", "50")).toMatchObject({ code: 0 })
    const checked = await mailleKept("validate", at("out"))
    // Groups of products that the folder lacks are left out.
    expect(checked.stdout).toMatch(/^ok: true\nrasters: files \d+, unreadable 0\n$/)
    const preview = await mailleKept("preview", at("out"), "--layer", "bulk-density", "-o", at("map.png"), "--json")
    expect(JSON.parse(preview.stdout)).toMatchObject({ layers: [expect.objectContaining({ name: "bulk-density" })] })
    const { rasters, units } = await describeOutput(at("out"))
    expect(rasters).toEqual(expect.arrayContaining(["bulk-density", "canopy-base", "fuel-load", "plant-area"]))
    expect(units).toMatchObject({ "bulk-density": "kg/m³" })
    const [{ path, sha256 }] = (
      JSON.parse(await readFile(at("out", "job.json"), "utf8")) as { modules: [Record<string, string>] }
    ).modules
    expect([path, sha256]).toEqual([at("node_modules", "wind", "kernel.js"), expect.stringMatching(/^[\da-f]{64}$/)])
    expect(await run("plot.las", "whole", "--tile-size", "100")).toMatchObject({ code: 0 })
    const [part, whole] = await Promise.all(["out", "whole"].map((out) => mosaic(at(out), "bulk-density")))
    expect(part?.size).toBe(36)
    expect(part).toEqual(whole)
  })

  it("resumes only where the user trusts it, and again where one of its files changed", async () => {
    const resume = (...more: string[]): Promise<Ended> => mailleKept("run", "--job", at("out", "job.json"), ...more)
    expect(await resume()).toMatchObject({ code: 2, stderr: expect.stringContaining("--trust-kernels") })
    expect((await resume("--trust-kernels")).stderr).toContain("nothing to do")
    const file = at("node_modules", "wind", "profile.js")
    await writeFile(file, `${await readFile(file, "utf8")}\n`)
    expect((await resume("--trust-kernels")).stderr).toMatch(/tiles? done/)
  })

  it("names the extra bytes that a file lacks", async () => {
    const { code, stderr } = await run("bare.las", "bare")
    expect(code).toBe(3)
    expect(stderr).toMatch(/bare\.las: no extra bytes "Easting"\. It has no extra bytes\. Give files that have Easting/)
  })
})

/** The values of the first band by place, without voids. */
const mosaic = async (out: string, name: string): Promise<Map<string, number>> => {
  const cells = new Map<string, number>()
  for (const file of await readdir(join(out, "raster", name))) {
    const { width, data, minX, maxY, cellSize } = await readRaster(join(out, "raster", name, file))
    data.forEach((value, i) => {
      if (!Number.isNaN(value))
        cells.set(`${minX + (i % width) * cellSize} ${maxY - Math.floor(i / width) * cellSize}`, value)
    })
  }
  return new Map([...cells].sort(([a], [b]) => (a < b ? -1 : 1)))
}
