import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import { resolveJob } from "../../../engine/job/job.js"
import { planJob } from "../../../engine/plan/plan.js"
import { openCatalogue } from "../../../engine/spatial/catalogue.js"
import { sharedData } from "../../shared-data.js"

let folder = ""

/** A LAS file of four points at the corners of a 50 m cell. */
const las = (minX: number, minY: number, epsg?: number): Uint8Array => {
  const points = {
    count: 4,
    x: Int32Array.of(0, 49_990, 0, 49_990),
    y: Int32Array.of(0, 0, 49_990, 49_990),
    z: Int32Array.of(1000, 2000, 3000, 4000),
    scale: 0.001,
    origin: [minX, minY, 0] as const,
    classification: Uint8Array.of(2, 2, 6, 1),
    returnNumber: Uint8Array.of(1, 1, 1, 1),
    numberOfReturns: Uint8Array.of(1, 1, 1, 1),
  }
  return encodeLas(points, { pointFormat: 6, ...(epsg === undefined ? {} : { epsg }) })
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "maille-catalogue-"))
  mkdirSync(join(folder, "more"))
  writeFileSync(join(folder, "b.las"), las(770_500, 6_277_500, 2154))
  writeFileSync(join(folder, "a.las"), las(770_600, 6_277_500, 2154))
  writeFileSync(join(folder, "more", "c.LAS"), las(770_500, 6_277_600, 2154))
  writeFileSync(join(folder, "more", "none.las"), las(770_600, 6_277_600))
  writeFileSync(
    join(folder, "broken.las"),
    "no point file at all, only a text that is long enough to be looked at".repeat(9),
  )
  copyFileSync(join(folder, "a.las"), join(folder, "more", "z-copy.las"))
  symlinkSync(join(folder, "a.las"), join(folder, "more", "a-link.las"))
})
afterAll(() => rmSync(folder, { recursive: true }))

const names = (list: readonly { path: string }[]): string[] => list.map(({ path }) => path.slice(folder.length + 1))

describe("openCatalogue", () => {
  it("takes folders, files and globs; order and duplicates of the inputs change nothing", async () => {
    const one = await openCatalogue([folder])
    expect(names(one.sources)).toEqual(["a.las", "b.las", "more/c.LAS"])
    const other = await openCatalogue([`${folder}/more`, `${folder}/{b,a,broken}.las`, join(folder, "b.las"), folder])
    expect(other.sources).toEqual(one.sources)
    expect(other.rejected).toEqual(one.rejected)
    expect(one.epsg).toBe(2154)
    expect(one.box).toEqual([770_500, 6_277_500, 770_649.99, 6_277_649.99])
  })

  it("reads a copy and a link once", async () => {
    const { sources, duplicates } = await openCatalogue([folder])
    expect(sources.filter(({ box }) => box[0] === 770_600)).toHaveLength(1)
    expect(names(duplicates)).toEqual(["more/z-copy.las"])
  })

  it("leaves no file out for lack of open files", () => {
    const module = new URL("../../../dist/engine/spatial/catalogue.js", import.meta.url)
    const script = `import { openSync } from "node:fs"
      import { openCatalogue } from "${module}"
      const path = ${JSON.stringify(join(folder, "a.las"))}
      await openCatalogue([path])
      try { for (;;) openSync(path) } catch {}
      console.log(await openCatalogue([path]).then(() => "done", ({ code }) => code))`
    const ran = spawnSync("sh", ["-c", `ulimit -n 64; exec node --input-type=module -e "$0"`, script], {
      encoding: "utf8",
    })
    expect(ran.stdout, ran.stderr).toBe("E_RESOURCE\n")
  })

  it("rejects what is broken, missing or without CRS, each with the remedy, and goes on", async () => {
    const { sources, rejected } = await openCatalogue([folder, join(folder, "absent.las"), `${folder}/*.nothing`])
    expect(sources).toHaveLength(3)
    const byName = new Map(rejected.map(({ path, error }) => [path.slice(folder.length + 1), error]))
    expect([...byName.keys()].sort()).toEqual(["*.nothing", "absent.las", "broken.las", "more/none.las"])
    expect(byName.get("more/none.las")?.message).toContain("--crs EPSG:n")
    expect(byName.get("absent.las")?.message).toContain("no such file")
    for (const { error } of rejected) {
      expect(["E_INPUT", "E_FORMAT"]).toContain(error.code)
      expect(error.stack).toBeUndefined()
    }
  })

  it("gives a stated CRS to files that tell none, and rejects another one", async () => {
    const stated = await openCatalogue([folder], { epsg: 2154 })
    expect(names(stated.sources)).toEqual(["a.las", "b.las", "more/c.LAS", "more/none.las"])
    const other = await openCatalogue([join(folder, "a.las")], { epsg: 2975 })
    expect(other.sources).toEqual([])
    expect(other.rejected[0]?.error.message).toMatch(/EPSG:2154.*--crs says EPSG:2975/)
  })

  it("keeps the CRS of most sources", async () => {
    const path = join(folder, "more", "reunion.laz.las")
    writeFileSync(path, las(340_000, 7_650_000, 2975))
    const { sources, rejected } = await openCatalogue([folder])
    rmSync(path)
    expect(sources).toHaveLength(3)
    expect(rejected.find((one) => one.path === path)?.error.message).toContain("3 other files in EPSG:2154")
  })

  it("rejects coordinates outside the area of the CRS", async () => {
    const path = join(folder, "more", "far.las")
    writeFileSync(path, las(84_000, 447_400, 2154))
    const { rejected } = await openCatalogue([path])
    rmSync(path)
    expect(rejected[0]?.error.message).toContain("outside the area of EPSG:2154")
  })

  it("finds the sources that may hold points of a half-open box", async () => {
    const catalogue = await openCatalogue([folder])
    expect(names(catalogue.query([770_500, 6_277_500, 770_550, 6_277_550]))).toEqual(["b.las"])
    expect(names(catalogue.query([770_540, 6_277_540, 770_610, 6_277_610]))).toEqual(["a.las", "b.las", "more/c.LAS"])
    // A box that ends where a source begins holds none of its points, up to the rounding of
    // headers.
    expect(names(catalogue.query([770_550, 6_277_500, 770_599.99, 6_277_550]))).toEqual([])
    expect(catalogue.gaps()).toEqual([
      [770_550, 6_277_500, 770_600, 6_277_550],
      [770_500, 6_277_550, 770_550, 6_277_600],
    ])
  })
})

describe.skipIf(!sharedData)("openCatalogue on real files", () => {
  it("lays no task for a point 189 km away, and names it", async () => {
    const inputs = [`${sharedData}/foreign/hamburg_IM2023.laz`]
    const job = await resolveJob({ inputs, out: join(folder, "out"), epsg: 25832 })
    const { tasks, points, warnings } = await planJob(job)
    expect(tasks.length).toBeGreaterThan(10)
    expect(tasks.length).toBeLessThan(60)
    expect(points).toBe(56_644)
    expect(warnings[0]).toBe("hamburg_IM2023.laz: 1 of 56 644 points, 189 km away at z = 174 734 m, is left out")
  })

  it("refuses degrees and feet with the remedy, wants a CRS of those without", async () => {
    const files = ["tindex/autzen_clip_4326.copc.laz", "tindex/autzen_clip_native.copc.laz", "las/test1_4.las"]
    const { sources, rejected } = await openCatalogue(files.map((file) => `${sharedData}/lidar-other/PDAL/${file}`))
    expect(sources).toEqual([])
    expect(rejected.map(({ error }) => error.message).join("\n")).toMatch(
      /degrees[^\n]*maille copc [^\n]*--to EPSG:\d+/,
    )
    expect(rejected.map(({ error }) => error.message).join("\n")).toMatch(/feet[^\n]*maille copc [^\n]*--to EPSG:\d+/)
  })

  it("lists an empty file apart, and rejects it when there is nothing else", async () => {
    const path = `${sharedData}/lidar-hd/ctview/test_data_empty.las`
    const alone = await openCatalogue([path])
    expect(alone.rejected[0]?.error.message).toContain("no points")
    const beside = await openCatalogue([
      path,
      `${sharedData}/lidar-hd/ign-pdal-tools/test_data_77055_627755_LA93_IGN69.laz`,
    ])
    expect(beside.rejected).toEqual([])
    expect(beside.empty).toHaveLength(1)
  })
})
