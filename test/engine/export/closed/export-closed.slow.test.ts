/** Closed scenes at random boxes of five places: one solid each, and no face crosses another. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { exportClosed } from "../../../../engine/export/closed/export-closed.js"
import { mailleKept as maille } from "../../../cli/maille.js"
import { sharedData } from "../../../shared-data.js"

const folder = mkdtempSync(join(tmpdir(), "maille-closed-places-"))
afterAll(() => rmSync(folder, { recursive: true }))
/** Boxes of a place; 8 were checked. */
const BOXES = Number(process.env["MAILLE_BOXES"] ?? 3)

/** Boxes of a Dutch town whose roofs cross: the second needs moves of 32 mm. */
const HARD: readonly Box2[] = [
  [84813.34, 447480.91, 84893.34, 447560.91],
  [84894.67, 447530.47, 84978.71, 447614.51],
]

/** A place: its points in the shared data, options of the run, and where boxes may be. */
const places: [name: string, files: string[], options: string[], box: Box2][] = [
  [
    "a Dutch town",
    [1, 2].map((k) => `lidar-other/3dfier/ahn3/ahn3_cropped_${k}.laz`),
    ["--crs", "EPSG:28992"],
    [84815, 447420, 85065, 447635],
  ],
  [
    "a southern suburb",
    [
      "lidar-for-fuel/test_data_0000_0000",
      "ign-pdal-tools/test_data_77050_627760",
      "ign-pdal-tools/test_data_77055_627755",
      "ign-pdal-tools/test_data_77055_627760",
    ].map((name) => `lidar-hd/${name}_LA93_IGN69.laz`),
    ["--tile-size", "50"],
    [770500, 6277500, 770600, 6277600],
  ],
  [
    "a coast of 1 point/m²",
    ["lidar-hd/ign-pdal-tools/decimated_laz/test_semis_2023_0292_6833_LA93_IGN69.laz"],
    [],
    [292000, 6832000, 293000, 6833000],
  ],
  [
    "bridges",
    ["0299", "0300"].map(
      (x) => `lidar-hd/las-digital-models/bridge/pointcloud/test_semis_2023_${x}_6802_LA93_IGN69.laz`,
    ),
    [],
    [299000, 6801000, 301000, 6802000],
  ],
]

/** Boxes of 30 to 150 m, at most 0.9 of the place; every other one with trees. */
const checkBoxes = async (result: string, within: Box2, first: readonly Box2[] = []): Promise<void> => {
  const random = seededRandom(11)
  for (let i = 0; i < BOXES; i++) {
    const [width, height] = [within[2] - within[0], within[3] - within[1]]
    const side = Math.min(0.9 * width, 0.9 * height, 30 + 120 * random())
    const [x, y] = [within[0] + (width - side) * random(), within[1] + (height - side) * random()]
    const bbox =
      first[i] ?? ([x, y, x + side, y + side].map((value) => Math.round(100 * value) / 100) as unknown as Box2)
    const scene = await exportClosed({
      folder: result,
      bbox,
      trees: i % 2 === 0,
      format: "stl",
      out: join(folder, "scene.stl"),
    })
    const { crossings, parts } = scene
    expect({ bbox, crossings, parts }).toEqual({ bbox, crossings: 0, parts: 1 })
    expect(scene.volumeM3).toBeGreaterThan(side * side)
  }
}

describe.skipIf(sharedData === undefined)("closed scenes of real places", () => {
  it.each(places)(
    "%s: one solid at each box, without crossing faces",
    async (name, files, options, box) => {
      const out = join(folder, name.replaceAll(/\W/g, "-"))
      const inputs = files.map((file) => `${sharedData}/${file}`)
      const { code, stderr } = await maille("run", ...inputs, ...options, "--products", "mesh", "--out", out)
      expect([code, stderr]).toEqual([0, expect.anything()])
      const known = name === "a Dutch town" ? HARD : []
      await checkBoxes(out, box, known)
    },
    300_000,
  )
})

describe("a closed scene of the demo", () => {
  beforeAll(async () => void (await maille("demo", "--out", join(folder, "demo"))), 120_000)

  it(
    "is one solid at each box, without crossing faces",
    () => checkBoxes(join(folder, "demo/result"), [842000, 6520000, 842200, 6520200]),
    120_000,
  )
})
