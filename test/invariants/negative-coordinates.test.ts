/** A house on the origin of Japan's plane IX: its coordinates are negative and positive. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { seededRandom } from "../../engine/core/random.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import { jsonOf, runKept } from "../run-maille.js"

/** Ground of 80 m × 80 m that rises to the east, with a flat roof of 16 m × 10 m in its middle. */
const scene = (): Uint8Array => {
  const random = seededRandom(9)
  const places = Array.from({ length: 51_200 }, () => [random() * 79.99 - 40, random() * 79.99 - 40] as const)
  const isRoof = ([x, y]: readonly [number, number]): boolean => Math.abs(x) < 8 && Math.abs(y) < 5
  const ones = new Uint8Array(places.length).fill(1)
  const points = {
    count: places.length,
    x: Int32Array.from(places, ([x]) => Math.round(x * 1000)),
    y: Int32Array.from(places, ([, y]) => Math.round(y * 1000)),
    z: Int32Array.from(places, (place) => (isRoof(place) ? 7000 : Math.round(place[0] * 10))),
    ...{ scale: 0.001, origin: [0, 0, 30] as const },
    classification: Uint8Array.from(places, (place) => (isRoof(place) ? 6 : 2)),
    ...{ returnNumber: ones, numberOfReturns: ones },
    gpsTime: Float64Array.from(places, (_, i) => 3e8 + i / 1000),
  }
  return encodeLas(points, { pointFormat: 6, epsg: 6677 })
}

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-negative-"))
  writeFileSync(join(folder, "points.las"), scene())
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it("runs across the origin: terrain, one whole house, sound meshes, a picture", async () => {
  const out = join(folder, "out")
  const args = ["--tile-size", "50", "--cell", "1", "--products", "mesh,dtm,vector", "--out", out, "--json"]
  const ended = await runKept(["run", join(folder, "points.las"), ...args])
  expect(ended.code, ended.stderr).toBe(0)
  expect(jsonOf(ended)).toMatchObject({ failed: 0 })
  let cells = 0
  for (const name of readdirSync(join(out, "raster/dtm"))) {
    const { data, width, minX, maxY } = await readRaster(join(out, "raster/dtm", name))
    for (const [i, z] of data.entries()) {
      const [x, y] = [minX + (i % width) + 0.5, maxY - Math.floor(i / width) - 0.5]
      if (Number.isNaN(z) || Math.abs(x) > 39 || Math.abs(y) > 39) continue
      expect(Math.abs(z - 30 - 0.01 * x), `${x} ${y}`).toBeLessThan(0.05)
      cells++
    }
  }
  expect(cells).toBe(78 * 78)
  const { features } = await readFlatGeobuf(join(out, "vector/building.fgb"))
  expect(features.ids).toHaveLength(1)
  const checked = await runKept(["validate", out, "--json"])
  expect(checked.code, checked.stdout + checked.stderr).toBe(0)
  const picture = join(folder, "map.png")
  const drawn = await runKept(["preview", out, "--out", picture])
  expect(drawn.code, drawn.stderr).toBe(0)
  expect(readFileSync(picture).length).toBeGreaterThan(2000)
})
