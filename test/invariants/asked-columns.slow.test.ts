import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../engine/core/random.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import type { Raster } from "../../engine/kernel.js"
import { runKept } from "../run-maille.js"

/** A kernel whose raster tells every point that it got, with these columns, and their order. */
const teller = (name: string, attributes: readonly string[]): string => `
export default {
  id: "raster.${name}",
  version: 1,
  summary: "what a port gets",
  inputs: { all: { kind: "points", attributes: ${JSON.stringify(attributes)} } },
  outputs: { ${name}: { kind: "raster", type: "float" } },
  options: {},
  halo: () => 0,
  memory: () => 1e6,
  run(tile, { all }) {
    const side = Math.round((tile.core[2] - tile.core[0]) * 2)
    const data = new Float32Array(side * side)
    for (let i = 0; i < all.count; i++) {
      const columns = [all.x[i], all.y[i], all.z[i], ${attributes.map((name) => `all.${name}[i]`).join(", ")}]
      const at = i % data.length
      for (const value of columns) data[at] = (data[at] * 31 + value + i + 70000) % 65521
    }
    data[0] = all.count
    return { ${name}: { width: side, height: side, minX: tile.core[0], maxY: tile.core[3], cellSize: 0.5, data } }
  },
}
`

/**
 * Points over 100 m × 50 m; each third stands where another one does: with another class, return,
 * intensity or time, or equal.
 */
const scene = (): Parameters<typeof encodeLas>[0] => {
  const random = seededRandom(11)
  const below = (n: number): number => Math.floor(random() * n)
  const count = 20_000
  const at = (side: number): Int32Array => Int32Array.from({ length: count }, () => below(side) * 10)
  const [x, y, z] = [at(10_000), at(5000), at(300)]
  for (const column of [x, y, z]) for (let i = 2; i < count; i += 3) column[i] = column[i - 1]!
  const bytes = (values: readonly number[]): Uint8Array =>
    Uint8Array.from({ length: count }, () => values[below(values.length)]!)
  return {
    count,
    scale: 0.001,
    origin: [700_000, 6_600_000, 0],
    x,
    y,
    z,
    classification: bytes([2, 2, 2, 6, 7]),
    returnNumber: bytes([1, 1, 1, 2]),
    numberOfReturns: bytes([2, 2, 2, 3]),
    intensity: Uint16Array.from({ length: count }, () => below(500)),
    // Days of 2021 to 2023, and none.
    gpsTime: Float64Array.from({ length: count }, () => (below(5) === 0 ? 0 : 3e8 + below(800) * 86_400 + random())),
  }
}

describe("columns that a job asks for", () => {
  let folder = ""
  const inputs: Record<string, string> = {}
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-asked-"))
    await mkdir(join(folder, "las"))
    await mkdir(join(folder, "laz"))
    inputs["las"] = join(folder, "las", "scene.las")
    inputs["laz"] = join(folder, "laz", "scene.laz")
    inputs["copc"] = join(folder, "scene.copc.laz")
    await writeFile(inputs["las"], encodeLas(scene(), { pointFormat: 6, epsg: 2154 }))
    for (const form of ["laz", "copc"]) {
      const box = ["--bbox", "700000,6600000,700100,6600050"]
      const ended = await runKept(["crop", inputs["las"], ...box, "--out", inputs[form]!])
      expect(ended.code, ended.stderr).toBe(0)
    }
    await writeFile(join(folder, "plain.mjs"), teller("plain", ["classification", "numberOfReturns"]))
    await writeFile(join(folder, "timed.mjs"), teller("timed", ["gpsTime", "returnNumber"]))
    await writeFile(join(folder, "bright.mjs"), teller("bright", ["intensity"]))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** What the kernels got, by kernel; and the days of acquisition that the run tells. */
  const run = async (
    form: string,
    kernels: readonly string[],
    tileSize = 50,
  ): Promise<{ rasters: Record<string, Raster[]>; duplicates: number; days: number[][] }> => {
    const out = join(folder, `${form}-${kernels.join("-")}-${tileSize}`)
    const asked = kernels.flatMap((name) => ["--kernel", join(folder, `${name}.mjs`)])
    const options = ["--products", "dtm", "--tile-size", `${tileSize}`, "--workers", "1", "--out", out, "--json"]
    const ended = await runKept(["run", inputs[form]!, ...asked, ...options])
    expect(ended.code, ended.stderr).toBe(0)
    const rasters: Record<string, Raster[]> = {}
    for (const name of kernels) {
      const place = join(out, "raster", name)
      const files = (await readdir(place)).filter((file) => file.endsWith(".tif")).sort()
      rasters[name] = await Promise.all(files.map((file) => readRaster(join(place, file))))
    }
    const journal = await readJournal(out)
    return { rasters, ...journal }
  }

  it("are the same alone and beside others, from LAS, LAZ and COPC", async () => {
    const all = await run("las", ["plain", "timed", "bright"])
    expect(all.rasters["plain"]).toHaveLength(2)
    // Each third point is a duplicate, but for those with another class or return.
    expect(all.duplicates).toBeGreaterThan(500)
    expect(all.days).toHaveLength(2)
    for (const name of ["plain", "timed", "bright"]) {
      const alone = await run("las", [name])
      expect(alone.rasters[name]).toEqual(all.rasters[name])
      expect([alone.duplicates, alone.days]).toEqual([all.duplicates, all.days])
    }
    for (const form of ["laz", "copc"]) {
      expect(await run(form, ["plain", "timed", "bright"])).toEqual(all)
      const { rasters, duplicates, days } = await run(form, ["plain"])
      expect([rasters["plain"], duplicates, days]).toEqual([all.rasters["plain"], all.duplicates, all.days])
    }
  })

  it("tell days of tiles that divide the cells of bucket files", async () => {
    const [las, copc] = [await run("las", ["plain"], 125), await run("copc", ["plain"], 125)]
    expect(las.days.length).toBeGreaterThan(0)
    expect(las).toEqual(copc)
  })
})

/** First and last GPS time of each tile, and the duplicates of all, as the journal tells them. */
const readJournal = async (out: string): Promise<{ duplicates: number; days: number[][] }> => {
  const lines = (await readFile(join(out, "journal.jsonl"), "utf8")).trim().split("\n")
  const ends = lines.map((line) => JSON.parse(line)).filter(({ type, stage }) => type === "end" && stage === "tile")
  ends.sort((a, b) => (a.key < b.key ? -1 : 1))
  const duplicates = ends.reduce((sum, { metrics }) => sum + metrics["points.duplicates"], 0)
  return { duplicates, days: ends.map(({ time }) => time) }
}
