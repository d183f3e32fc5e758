import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { decodePixels, openSheet, type Pixels } from "../../../engine/formats/raster/sheet.js"
import { encodeCog } from "../../../engine/formats/raster/tiff/cog.js"
import { arrangeMap } from "../../../engine/preview/map-layout.js"
import { drawRelief, drawTints, type Heights, openHeights } from "../../../engine/preview/raster-layers.js"

const folder = mkdtempSync(join(tmpdir(), "maille-layers-"))
afterAll(() => rmSync(folder, { recursive: true }))

const BOX = [1000, 2000, 1400, 2400] as const
const hills = (): string => {
  const data = Float32Array.from({ length: 800 * 800 }, (_, i) => {
    const [x, y] = [i % 800, Math.floor(i / 800)]
    return x > 700 && y < 100 ? Number.NaN : 200 + 30 * Math.sin(x / 60) + 20 * Math.cos(y / 45)
  })
  const path = join(folder, "hills.tif")
  writeFileSync(
    path,
    encodeCog({ width: 800, height: 800, minX: 1000, maxY: 2400, cellSize: 0.5, data }, { epsg: 2154, metadata: {} }),
  )
  return path
}

const draw = async (heights: Heights, size: number, how: typeof drawRelief): Promise<Pixels> => {
  const layout = arrangeMap(BOX, size, { title: "", legend: [], attribution: "x" })
  const sheet = openSheet(layout.width, layout.height)
  await how(sheet, layout, heights, { label: "", unit: "m", low: 0, least: 0.5, shaded: true })
  return decodePixels(await sheet.encode("png"))
}

describe("heights on a map", () => {
  const file = { path: hills(), box: BOX }

  it("are the same whether all cells are kept or read band by band", async () => {
    // Larger than one band of 256 rows: the borders of bands must not show.
    const heights = await openHeights([file], BOX, 400 / 640)
    expect(heights?.grid?.cell).toBe(0.5)
    if (heights === undefined) return
    const { grid: _, ...banded } = heights
    expect(heights.range[0]).toBeCloseTo(150, 0)
    expect(heights.range[1]).toBeCloseTo(250, 0)
    for (const how of [drawRelief, drawTints]) {
      const [kept, read] = [await draw(heights, 640, how), await draw(banded, 640, how)]
      let differences = 0
      for (let i = 0; i < kept.data.length; i++)
        if (Math.abs((kept.data[i] ?? 0) - (read.data[i] ?? 0)) > 1) differences++
      expect(differences).toBe(0)
      expect(new Set(kept.data).size).toBeGreaterThan(50)
    }
  })

  it("leave voids as they were", async () => {
    const heights = await openHeights([file], BOX, 400 / 640)
    const { width, data } = await draw(heights as Heights, 640, drawRelief)
    const layout = arrangeMap(BOX, 640, { title: "", legend: [], attribution: "x" })
    const corner = 4 * ((layout.map.top + 10) * width + layout.map.left + layout.map.width - 10)
    expect([...data.slice(corner, corner + 3)]).toEqual([255, 255, 255])
  })

  it("are absent outside the files", async () => {
    expect(await openHeights([file], [0, 0, 10, 10], 1)).toBeUndefined()
  })
})
