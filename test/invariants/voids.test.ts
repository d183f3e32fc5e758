/** A hole in the data wider than a tile: closed in every product, whatever the tile size. */
import { existsSync, readdirSync, writeFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../engine/core/random.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { jsonOf, runKept } from "../run-maille.js"

const [WEST, SOUTH] = [770_500, 6_277_500]

/** A slope of 150 m × 150 m, one point a square metre, without those within 45 m of its middle. */
const slope = (): Uint8Array => {
  const random = seededRandom(3)
  const places = Array.from({ length: 22_500 }, () => [random() * 149.99, random() * 149.99] as const)
  const kept = places.filter(([x, y]) => Math.hypot(x - 75, y - 75) > 45)
  const ones = new Uint8Array(kept.length).fill(1)
  const points = {
    count: kept.length,
    x: Int32Array.from(kept, ([x]) => Math.round(x * 1000)),
    y: Int32Array.from(kept, ([, y]) => Math.round(y * 1000)),
    z: Int32Array.from(kept, ([x]) => Math.round(x * 100)),
    ...{ scale: 0.001, origin: [WEST, SOUTH, 20] as const },
    ...{ classification: ones.map(() => 2), returnNumber: ones, numberOfReturns: ones },
    gpsTime: Float64Array.from(kept, (_, i) => 3e8 + i / 1000),
  }
  return encodeLas(points, { pointFormat: 6, epsg: 2154 })
}

describe("a hole wider than a tile", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-void-"))
    writeFileSync(join(folder, "slope.las"), slope())
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** Heights by cell, and the summary. */
  const run = async (side: number) => {
    const out = join(folder, `out-${side}`)
    const args = ["--tile-size", `${side}`, "--cell", "1", "--products", "dtm", "--out", out, "--json"]
    const ended = await runKept(["run", join(folder, "slope.las"), ...args])
    expect(ended.code, ended.stderr).toBe(0)
    const cells = new Map<string, number>()
    for (const name of readdirSync(join(out, "raster/dtm"))) {
      const { data, width, minX, maxY } = await readRaster(join(out, "raster/dtm", name))
      for (const [i, z] of data.entries())
        if (!Number.isNaN(z)) cells.set(`${minX + (i % width)} ${maxY - 1 - Math.floor(i / width)}`, z)
    }
    return { out, cells, summary: jsonOf(ended) }
  }

  it("gives one terrain model, though a tile has no point", async () => {
    const [whole, cut] = [await run(250), await run(50)]
    expect(whole.cells.size).toBeGreaterThanOrEqual(22_500)
    expect(cut.cells).toEqual(whole.cells)
    // The slope goes on through the hole.
    expect(whole.cells.get(`${WEST + 75} ${SOUTH + 75}`)).toBeCloseTo(27.55, 1)
    expect(existsSync(join(cut.out, "raster/dtm.vrt"))).toBe(true)
    const again = await runKept([
      "run",
      join(folder, "slope.las"),
      "--out",
      cut.out,
      "--tile-size",
      "50",
      "--cell",
      "1",
      "--products",
      "dtm",
      "--json",
    ])
    expect(jsonOf(again)).toMatchObject({ upToDate: true, done: 0 })
  })
})
