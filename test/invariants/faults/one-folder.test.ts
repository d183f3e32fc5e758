/**
 * No run takes away what is in its output folder: neither what another job made nor what others put
 * there.
 */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sha256 } from "../../../engine/core/hash.js"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import type { JobInput } from "../../../engine/job/job.js"
import type { RunSummary } from "../../../engine/report/outcome.js"
import type { RunOptions } from "../../../engine/run/run-options.js"
import { hashesOf } from "../../hashes-of.js"

/** Threads run compiled files, so the engine is the compiled one. */
const built = <T>(path: string): Promise<T> => import(new URL(`../../../dist/${path}`, import.meta.url).href)
const { runJob } = await built<typeof import("../../../engine/run/run.js")>("engine/run/run.js")
const { resolveJob } = await built<typeof import("../../../engine/job/job.js")>("engine/job/job.js")
const { readJobFile } = await built<typeof import("../../../engine/plan/job-file.js")>("engine/plan/job-file.js")
const { foreseeChange } = await built<typeof import("../../../engine/run/update.js")>("engine/run/update.js")

let folder = ""
let [west, east] = ["", ""]
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "maille-folder-"))
  mkdirSync(join(folder, "lidar"))
  ;[west, east] = [0, 1].map((i) => join(folder, "lidar", `${i}.las`)) as [string, string]
  writeFileSync(west, strip(770_000))
  writeFileSync(east, strip(770_050))
  await run(inputOf("held"))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** 50 m by 100 m, two tiles of 50 m: ground on a slope, a point a metre. */
const strip = (x: number, lift = 0): Uint8Array => {
  const places = Array.from({ length: 5000 }, (_, i) => i)
  const points = {
    count: places.length,
    x: Int32Array.from(places, (i) => (i % 50) * 1000 + 500),
    y: Int32Array.from(places, (i) => Math.floor(i / 50) * 1000 + 500),
    z: Int32Array.from(places, (i) => (x - 770_000 + (i % 50)) * 100 + lift),
    scale: 0.001,
    origin: [x, 6_277_000, 0] as const,
    classification: new Uint8Array(places.length).fill(2),
    returnNumber: new Uint8Array(places.length).fill(1),
    numberOfReturns: new Uint8Array(places.length).fill(1),
  }
  return encodeLas(points, { pointFormat: 6, epsg: 2154 })
}

const inputOf = (out: string, more: Partial<JobInput> = {}): JobInput => ({
  ...{ inputs: [west, east], out: join(folder, out), tileSize: 50, workers: 1, memory: "1G" },
  ...{ products: ["dtm"], ...more },
})
const run = async (input: JobInput, options: RunOptions = {}): Promise<RunSummary> => {
  const outcomes = runJob(await resolveJob(input), options)
  for (let one = await outcomes.next(); ; one = await outcomes.next()) if (one.done) return one.value
}

/** Hash of every file below a folder. */
const everything = (out: string): Record<string, string> => {
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort()
  return Object.fromEntries(paths.map((path) => [relative(out, path), sha256(readFileSync(path))]))
}

const strays = ["notes.txt", "tiles/mine.json", "tiles/18/1/mine.glb", "raster/dtm/mine.tif", "raster/mine.vrt"]
const others = ["vector/mine.fgb", "packs/mine.3tz", ".work/mine", ".work/points/mine", "quarantine/mine.txt"]
const plant = (out: string): Record<string, string> => {
  for (const path of [...strays, ...others]) {
    mkdirSync(dirname(join(folder, out, path)), { recursive: true })
    writeFileSync(join(folder, out, path), `mine: ${path}`)
  }
  return Object.fromEntries([...strays, ...others].map((path) => [path, sha256(Buffer.from(`mine: ${path}`))]))
}

describe("a folder that holds a job", () => {
  const held = (): string => join(folder, "held")

  const differing: [string, Partial<JobInput>, RegExp][] = [
    ["further products", { products: ["dtm", "dsm"] }, /--products: dtm → dtm,dsm.*--add/],
    ["other products", { products: ["dsm"] }, /--products: dtm → dsm.*--add.*--replace/],
    ["another grid", { tileSize: 100 }, /--tile-size: 50 → 100.*--replace/],
    ["an option", { options: { "raster.dtm": { cell: 1 } } }, /raster.dtm.cell: 0.5 → 1.*--replace/],
    ["thinner points", { spacing: 2 }, /--spacing: none → 2/],
    ["other heights", { heights: "ellipsoidal" }, /--heights: orthometric → ellipsoidal/],
    ["another CRS", { epsg: 2975 }, /--crs: EPSG:2154 → EPSG:2975/],
    ["another attribution", { source: "me" }, /--source: .* → "me"/],
    ["kept points", { keepPoints: 1 }, /--keep-points: none → points.*--add/],
    ["fewer inputs", { inputs: ["WEST"] }, /inputs: .*1 missing.*maille update .*held/],
  ]
  it.each(differing)("refuses %s, in words, and changes nothing", async (_, more, message) => {
    const before = everything(held())
    const inputs = more.inputs === undefined ? {} : { inputs: [west] }
    const job = { ...inputOf("held", more), ...inputs }
    await expect(run(job)).rejects.toMatchObject({ code: "E_USAGE", message: expect.stringMatching(message) })
    await expect(foreseeChange(await resolveJob(job), {})).rejects.toMatchObject({ code: "E_USAGE" })
    expect(everything(held())).toEqual(before)
  })

  it("refuses a changed input, but not a copy of the same one elsewhere", async () => {
    const copy = join(folder, "copy")
    cpSync(join(folder, "lidar"), copy, { recursive: true, preserveTimestamps: true })
    expect(await run({ ...inputOf("held"), inputs: [copy] })).toMatchObject({ upToDate: true })
    writeFileSync(join(copy, "1.las"), strip(770_050, 7))
    await expect(run({ ...inputOf("held"), inputs: [copy] })).rejects.toThrow(/inputs: .*changed.*maille update/)
  })

  it("leaves reports as they are where nothing is to do, however the same job is told", async () => {
    const before = everything(held())
    const same: JobInput[] = [
      inputOf("held", { workers: 2, memory: "2G", taskTimeout: 100 }),
      { ...inputOf("held"), inputs: [join(folder, "lidar")] },
      { ...inputOf("held"), inputs: [`${relative(process.cwd(), folder)}/lidar/*.las`] },
      { ...inputOf("held"), bbox: [770_001, 6_277_001, 770_049, 6_277_049] },
    ]
    for (const job of same) expect(await run(job)).toMatchObject({ upToDate: true, done: 0, skipped: 0, unchanged: 4 })
    const after = everything(held())
    for (const path of ["report.json", "report.html", "raster/dtm.vrt"]) expect(after[path]).toBe(before[path])
  })

  it("goes on where it lies after it was moved", async () => {
    const moved = join(folder, "moved")
    cpSync(held(), moved, { recursive: true })
    rmSync(join(moved, "raster/dtm.vrt"))
    const before = everything(held())
    const job = await readJobFile(join(moved, "job.json"))
    expect(job.out).toBe(moved)
    expect((await run(job)).unchanged).toBe(4)
    expect(await hashesOf(moved)).toEqual(await hashesOf(held()))
    expect(everything(held())).toEqual(before)
    renameSync(join(moved, "job.json"), join(folder, "job-of-mine.json"))
    expect((await readJobFile(join(folder, "job-of-mine.json"))).out).toBe(moved)
  })
})

describe("files that maille did not write", () => {
  it("stay with the same bytes through runs, --add, update, --replace; are no product", async () => {
    await run(inputOf("mixed"))
    const mine = plant("mixed")
    const out = join(folder, "mixed")
    const check = async (clean: string): Promise<void> => {
      expect(everything(out)).toMatchObject(mine)
      expect(await hashesOf(out)).toEqual(await hashesOf(join(folder, clean)))
    }
    await run(inputOf("mixed", { force: true }))
    await check("held")
    await run(inputOf("mixed", { products: ["dsm"] }), { change: "add" })
    await run(inputOf("both", { products: ["dtm", "dsm"] }))
    await check("both")
    expect(JSON.parse(readFileSync(join(out, "job.json"), "utf8"))).toMatchObject({ products: ["dtm", "dsm"] })
    expect(await run(inputOf("mixed", { products: ["dsm"] }), { change: "add" })).toMatchObject({ upToDate: true })
    await run({ ...(await readJobFile(join(out, "job.json"))), inputs: [west] }, { change: "update" })
    const { folder: foreseen } = await foreseeChange(await resolveJob(inputOf("mixed")), { change: "replace" })
    expect(foreseen).toMatchObject({ keeps: ["dtm", "dtm-source"], removes: ["dsm"] })
    expect(foreseen.removedFiles).toContain("raster/dsm.vrt")
    await run(inputOf("mixed"), { change: "replace" })
    await check("held")
    for (const path of foreseen.removedFiles) expect(everything(out)).not.toHaveProperty([path])
  })

  it("keep a job out of a folder, but for hidden ones; and of a name that it would write", async () => {
    const full = join(folder, "full")
    mkdirSync(join(full, "lost+found"), { recursive: true })
    writeFileSync(join(full, "thesis.txt"), "years of work")
    await expect(run(inputOf("full"))).rejects.toThrow(/thesis\.txt and no job of maille/)
    renameSync(join(full, "thesis.txt"), join(full, ".thesis"))
    expect(await run(inputOf("full"))).toMatchObject({ done: 4 })
    writeFileSync(join(full, "raster/dsm.vrt"), "mine")
    const added = run(inputOf("full", { products: ["dtm", "dsm"] }), { change: "add" })
    await expect(added).rejects.toThrow(/raster\/dsm\.vrt .*maille did not write/)
    expect(readFileSync(join(full, "raster/dsm.vrt"), "utf8")).toBe("mine")
  })
})

describe("runs in one area after another", () => {
  it("give what one run over all of them gives", async () => {
    const more = { products: ["dtm", "vector"], layers: ["contour"] }
    await run(inputOf("areas", { ...more, bbox: [770_001, 6_277_001, 770_049, 6_277_099] }))
    await run(inputOf("areas", { ...more, bbox: [770_051, 6_277_001, 770_099, 6_277_099] }))
    await run(inputOf("at-once", more))
    expect(await hashesOf(join(folder, "areas"))).toEqual(await hashesOf(join(folder, "at-once")))
  })
})

describe("a task that fails", () => {
  const kernel = (name: string, body: string): string => {
    const path = join(folder, `${name}.mjs`)
    writeFileSync(
      path,
      `export default { id: "test.${name}", version: 1, summary: "for a test", inputs: { ground: { kind: "points", classes: [2] } },
         outputs: { "${name}-quality": { kind: "metrics" } }, options: {}, halo: () => 0, memory: () => 0,
         run: (tile, { ground }) => { ${body}; return { "${name}-quality": { points: ground.count } } } }`,
    )
    return path
  }

  it("takes no product of the folder with it, by --add or --replace; the next good run settles it", async () => {
    const kernels = [kernel("failing", `if (tile.key.endsWith("125541")) throw new Error("broken")`)]
    const out = join(folder, "failing")
    await run(inputOf("failing"))
    const before = await hashesOf(out)
    const rasters = Object.keys(before).filter((path) => path.startsWith("raster/dtm"))
    expect(await run(inputOf("failing", { kernels }), { change: "add" })).toMatchObject({ quarantined: 2, done: 2 })
    expect(Object.keys(await hashesOf(out))).toEqual(Object.keys(before))
    expect((await hashesOf(out))["raster/dtm.vrt"]).toBe(before["raster/dtm.vrt"])
    const replaced = inputOf("failing", { products: ["dsm"], kernels })
    expect(await run(replaced, { change: "replace" })).toMatchObject({ quarantined: 2, done: 2 })
    expect(Object.keys(await hashesOf(out))).toEqual(expect.arrayContaining(rasters))
    kernel("failing", "")
    await run(replaced, { retry: true })
    const after = Object.keys(await hashesOf(out))
    expect(after.filter((path) => !path.startsWith("raster/dsm"))).toEqual([])
    expect(readdirSync(join(out, "raster"))).toEqual(["dsm", "dsm.vrt", "dtm", "dtm-source"])
  })
})
