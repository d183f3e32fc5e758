import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeCog } from "../../../engine/formats/raster/tiff/cog.js"
import { heightRange, type PlacedFile, readHeightGrid } from "../../../engine/preview/height-grid.js"

const folder = mkdtempSync(join(tmpdir(), "maille-grid-"))
const files: PlacedFile[] = []
/** A plane that rises to the east and falls to the north. */
const plane = (x: number, y: number): number => 50 + 0.2 * (x - 1000) - 0.1 * (y - 2000)

beforeAll(() => {
  // Two tiles of 300 m side by side, cells of 0.5 m; the west one has a void of 40 m.
  for (const minX of [1000, 1300]) {
    const data = new Float32Array(600 * 600)
    for (let r = 0; r < 600; r++) {
      for (let c = 0; c < 600; c++) {
        const [x, y] = [minX + (c + 0.5) / 2, 2300 - (r + 0.5) / 2]
        const isVoid = x > 1100 && x < 1140 && y > 2100 && y < 2140
        data[600 * r + c] = isVoid ? Number.NaN : plane(x, y)
      }
    }
    const raster = { width: 600, height: 600, minX, maxY: 2300, cellSize: 0.5, data }
    const path = join(folder, `${minX}.tif`)
    writeFileSync(path, encodeCog(raster, { epsg: 2154, metadata: {} }))
    files.push({ path, box: [minX, 2000, minX + 300, 2300] })
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

describe("readHeightGrid", () => {
  // Ratios of whole and odd numbers, across the border of two files: a slope must stay even.
  it.each([0.5, 1, 2, 3.7, 6.25, 8])("keeps a plane a plane at %d m", async (cell) => {
    const grid = await readHeightGrid(files, [1200, 2020, 1400, 2280], cell)
    expect(grid.minX).toBeLessThanOrEqual(1200)
    expect(grid.minX + grid.width * cell).toBeGreaterThanOrEqual(1400)
    let worst = 0
    for (let r = 1; r < grid.height - 1; r++) {
      for (let c = 1; c < grid.width - 1; c++) {
        const [x, y] = [grid.minX + (c + 0.5) * cell, grid.maxY - (r + 0.5) * cell]
        worst = Math.max(worst, Math.abs((grid.data[r * grid.width + c] ?? Number.NaN) - plane(x, y)))
      }
    }
    // Shares of cells at the border are exact to an eighth of the files' own cell at that level.
    expect(worst).toBeLessThan(0.3 * Math.min(cell, 2) * 0.26)
  })

  it("leaves void what has no height, and what no file covers", async () => {
    const grid = await readHeightGrid(files, [980, 2050, 1200, 2200], 2)
    const valueAt = (x: number, y: number): number | undefined =>
      grid.data[Math.floor((grid.maxY - y) / 2) * grid.width + Math.floor((x - grid.minX) / 2)]
    expect(valueAt(1120, 2120)).toBeNaN()
    expect(valueAt(990, 2100)).toBeNaN()
    expect(valueAt(1050, 2120)).toBeCloseTo(plane(1051, 2119), 1)
  })
})

describe("heightRange", () => {
  it("gives the lowest and highest place of the box, nothing where there is none", async () => {
    const [low, high] = (await heightRange(files, [1000, 2000, 1600, 2300], 1)) ?? []
    expect(low).toBeCloseTo(plane(1000, 2300), 0)
    expect(high).toBeCloseTo(plane(1600, 2000), 0)
    expect(await heightRange(files, [0, 0, 10, 10], 1)).toBeUndefined()
  })
})
