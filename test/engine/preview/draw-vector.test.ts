import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { flattenRings } from "../../../engine/core/feature-table.js"
import { decodePixels, openSheet } from "../../../engine/formats/raster/sheet.js"
import { encodeFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/writer.js"
import { drawLines } from "../../../engine/preview/draw-vector.js"
import { arrangeMap } from "../../../engine/preview/map-layout.js"

const folder = mkdtempSync(join(tmpdir(), "maille-draw-vector-"))
afterAll(() => rmSync(folder, { recursive: true }))

const layer = (name: string, geometry: "LineString" | "Polygon", parts: number[][]): string => {
  const path = join(folder, `${name}.fgb`)
  const features = { ids: [name], columns: {}, ...flattenRings([parts]) }
  writeFileSync(path, encodeFlatGeobuf({ ...features, geometry }, { name, epsg: 2154, metadata: {} }))
  return path
}

describe("drawLines", () => {
  it("draws nothing over the polygons of a cover, but in their holes", async () => {
    const line = layer("line", "LineString", [[0, 50, 100, 50]])
    const pond = layer("pond", "Polygon", [
      [20, 20, 80, 20, 80, 80, 20, 80, 20, 20],
      [40, 40, 40, 60, 60, 60, 60, 40, 40, 40],
    ])
    const map = arrangeMap([0, 0, 100, 100], 600, { title: "t", legend: [], attribution: "a" })
    const inked = async (cover?: string): Promise<boolean[]> => {
      const sheet = openSheet(map.width, map.height)
      await drawLines(sheet.pen, map, line, { line: "#000000", width: 3 }, undefined, cover)
      const { width, data } = await decodePixels(await sheet.encode("png"))
      const row = Math.floor(map.map.top + (map.box[3] - 50) / map.metresPerPixel)
      return [10, 30, 50, 70, 90].map((x) => {
        const column = Math.floor(map.map.left + (x - map.box[0]) / map.metresPerPixel)
        return data[4 * (row * width + column)]! < 128
      })
    }
    expect(await inked()).toEqual([true, true, true, true, true])
    expect(await inked(pond)).toEqual([true, false, true, false, true])
  })
})
