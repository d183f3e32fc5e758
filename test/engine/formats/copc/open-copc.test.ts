import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { sharedData } from "../../../shared-data.js"
import { collect, rowsOf } from "../las/las-bytes.js"

const sorted = (rows: number[][]): string[] => rows.map((row) => row.join(" ")).sort()

describe.skipIf(!sharedData)("COPC", () => {
  // The third has its hierarchy in sub-pages.
  test.each([
    "lidar-hd/ctview/classee/test_data_77050_627755_LA93_IGN69_buildings.copc.laz",
    "lidar-other/PDAL/copc/lone-star.copc.laz",
    "lidar-other/laspy/simple_with_page.copc.laz",
    "lidar-other/las-rs/autzen.copc.laz",
    "lidar-other/lasR/example.copc.laz",
  ])("%s: boxes give what a full scan gives", async (path) => {
    const file = await openPointFile(`${sharedData}/${path}`)
    const { box, format, count } = file.info
    expect(format).toBe("copc")
    const origin = [Math.floor(box[0]), Math.floor(box[1]), 0] as const
    const all = rowsOf(await collect(file.read({ origin })))
    expect(all.length).toBe(count)
    const random = seededRandom(1)
    const [width, height] = [box[2] - box[0], box[3] - box[1]]
    expect(await file.expected({ origin })).toBe(count)
    let [told, held] = [0, 0]
    for (let i = 0; i < 6; i++) {
      const minX = Math.round((box[0] + random() * width) * 100) / 100
      const minY = Math.round((box[1] + random() * height) * 100) / 100
      const query = [minX, minY, minX + (width * random()) / 3, minY + (height * random()) / 3] as const
      const found = rowsOf(await collect(file.read({ origin, box: query })))
      const inside = all.filter(([x, y]) => {
        const [metresX, metresY] = [x! / 1000 + origin[0], y! / 1000 + origin[1]]
        return (
          metresX >= query[0] - 1e-7 &&
          metresX < query[2] - 1e-7 &&
          metresY >= query[1] - 1e-7 &&
          metresY < query[3] - 1e-7
        )
      })
      expect(sorted(found)).toEqual(sorted(inside))
      told += await file.expected({ origin, box: query })
      held += found.length
    }
    // As if the points of each node were spread evenly, and an eighth more: some boxes hold more,
    // those beside the data less.
    expect(told).toBeGreaterThan(0.7 * held)
    expect(told).toBeLessThan(5 * held)
    const beside = [box[2] + 50, box[1], box[2] + 60, box[3]] as const
    expect(await file.expected({ origin, box: beside })).toBe(0)
    await file.close()
  })

  test("coarser spacing gives fewer points, each of them a point of the whole, and the root alone at the root's", async () => {
    const file = await openPointFile(`${sharedData}/lidar-other/PDAL/copc/lone-star.copc.laz`)
    const { box, spacing = 0, count } = file.info
    const origin = [Math.floor(box[0]), Math.floor(box[1]), 0] as const
    const whole = new Set(sorted(rowsOf(await collect(file.read({ origin })))))
    let before = 0
    for (const wanted of [spacing * 2, spacing, spacing / 2, spacing / 4]) {
      const rows = rowsOf(await collect(file.read({ origin, spacing: wanted })))
      if (wanted === spacing) expect(rows.length).toBe(before)
      else expect(rows.length).toBeGreaterThan(before)
      if (rows.length < 100000) expect(sorted(rows).every((row) => whole.has(row))).toBe(true)
      before = rows.length
    }
    expect(before).toBe(count)
    expect(rowsOf(await collect(file.read({ origin, spacing: 1e-9 }))).length).toBe(count)
    await file.close()
  })
})
