/** Runs with `--classify ground` on points whose files have no class 2. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { readRaster } from "../../../../engine/formats/raster/tiff/read-raster.js"
import { listProductFiles } from "../../../../engine/job/product-files.js"
import { runKept } from "../../../run-maille.js"
import { sharedData } from "../../../shared-data.js"

const folder = mkdtempSync(join(tmpdir(), "maille-classify-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Height of each cell of the terrain model by its centre. */
const terrainOf = async (out: string): Promise<Map<string, number>> => {
  const heights = new Map<string, number>()
  for (const { path, place } of await listProductFiles(out, "raster/")) {
    if (!path.startsWith("raster/dtm/")) continue
    const { width, minX, maxY, cellSize, data } = await readRaster(place)
    for (const [i, height] of data.entries())
      if (!Number.isNaN(height))
        heights.set(`${minX + (i % width) * cellSize} ${maxY - Math.floor(i / width) * cellSize}`, height)
  }
  return heights
}

describe.skipIf(sharedData === undefined)("maille run --classify ground", () => {
  it("makes the same terrain with tiles of every size, and says so in the products", async () => {
    const sample = `${sharedData}/foreign/isprs/samp31-utm.laz`
    const made = await Promise.all(
      ["250", "1000"].map(async (size) => {
        const out = join(folder, size)
        const flags = ["--crs", "EPSG:32632", "--classify", "ground", "--products", "dtm", "--tile-size", size]
        const ended = await runKept(["run", sample, "--out", out, ...flags, "--json"])
        expect(ended.code, ended.stderr).toBe(0)
        const [{ place } = { place: "" }] = await listProductFiles(out, "raster/dtm/")
        expect(readFileSync(place).includes("ground, by maille")).toBe(true)
        return terrainOf(out)
      }),
    )
    const [small, large] = made
    expect(small!.size).toBeGreaterThan(100_000)
    expect(small).toEqual(large)
  })
})
