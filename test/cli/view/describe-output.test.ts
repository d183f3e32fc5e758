import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { describeOutput } from "../../../cli/view/describe-output.js"
import { encodeFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/writer.js"

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
