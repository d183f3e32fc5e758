import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { describeOutput } from "../../../cli/view/describe-output.js"
import { encodeFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/writer.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { coverArea } from "../../../engine/grid/tile-key.js"

const folder = mkdtempSync(join(tmpdir(), "maille-describe-"))
afterAll(() => rmSync(folder, { recursive: true }))

it("names the layers that have features, and those that cannot be opened", async () => {
  const put = (path: string, data: Uint8Array | string): void => writeFileSync(join(folder, path), data)
  const layer = (count: number): Uint8Array =>
    encodeFlatGeobuf(
      {
        geometry: "Point",
        dimension: 2,
        coordinates: new Float64Array(2 * count).fill(770500),
        ringEnds: Uint32Array.from({ length: count }, (_, i) => i + 1),
        partEnds: Uint32Array.from({ length: count }, (_, i) => i + 1),
        ids: Array.from({ length: count }, (_, i) => `t${i}`),
        columns: {},
      },
      { name: "tree", epsg: 2154, metadata: {} },
    )
  mkdirSync(join(folder, "vector"))
  put("job.json", JSON.stringify({ epsg: 2154, tileSize: 50 }))
  put("vector/tree.fgb", layer(2))
  put("vector/bridge.fgb", layer(0))
  put("vector/water.fgb", "broken")
  const { vectors, styles, heights } = await describeOutput(folder)
  expect(vectors).toEqual(["tree", "water"])
  expect(styles).toMatchObject({ tree: { colour: "#7dff00", radius: "crown_radius" }, water: { colour: "#2f6bff" } })
  expect(heights).toEqual({ bareEarth: "dtm", firstSurface: "dsm" })
})

it("frames the points within the work tiles", async () => {
  const { leafLevel } = coverArea(crsByEpsg(2154).area, 1000)
  const plan = { tasks: [{ stage: "tile", key: `${leafLevel}/770/6277` }] }
  writeFileSync(join(folder, "plan.json"), `${JSON.stringify(plan, undefined, 1)}\n`)
  const boxWith = async (pointsBox?: readonly number[]) => {
    writeFileSync(join(folder, "job.json"), JSON.stringify({ epsg: 2154, tileSize: 1000, pointsBox }))
    return (await describeOutput(folder)).box
  }
  expect(await boxWith([770_500, 6_277_500, 770_600, 6_277_600])).toEqual([770_496, 6_277_496, 770_604, 6_277_604])
  const tile = [770_000, 6_277_000, 771_000, 6_278_000]
  expect(await boxWith([769_000, 6_277_000, 770_999.99, 6_277_999.99])).toEqual(tile)
  expect(await boxWith([100_000, 6_277_000, 100_100, 6_277_100])).toEqual(tile)
  expect(await boxWith()).toEqual(tile)
})
