import { beforeAll, describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { gatherPoints } from "../../../../engine/formats/points/gather.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { readRaster } from "../../../../engine/formats/raster/tiff/read-raster.js"
import type { Raster } from "../../../../engine/kernel.js"
import dhm from "../../../../kernels/terrain/dhm.js"
import dsm from "../../../../kernels/terrain/dsm.js"
import dtm from "../../../../kernels/terrain/dtm.js"
import { runOn, type Shot, scratch } from "../../../scenes/kernel-run.js"
import { sharedData } from "../../../shared-data.js"

const FILES = [
  "ign-pdal-tools/test_data_77050_627760_LA93_IGN69.laz",
  "ign-pdal-tools/test_data_77055_627755_LA93_IGN69.laz",
  "ign-pdal-tools/test_data_77055_627760_LA93_IGN69.laz",
  "lidar-for-fuel/test_data_0000_0000_LA93_IGN69.laz",
]
const TILES: readonly { name: string; cell: Box2 }[] = [
  { name: "77050_627755", cell: [770500, 6277500, 770550, 6277550] },
  { name: "77050_627760", cell: [770500, 6277550, 770550, 6277600] },
  { name: "77055_627755", cell: [770550, 6277500, 770600, 6277550] },
  { name: "77055_627760", cell: [770550, 6277550, 770600, 6277600] },
]

const readShots = async (): Promise<Shot[]> => {
  const files = await Promise.all(FILES.map((path) => openPointFile(`${sharedData}/lidar-hd/${path}`)))
  const { points } = await gatherPoints(files, [770000, 6277000, 771000, 6278000], [770500, 6277500, 0])
  await Promise.all(files.map((file) => file.close()))
  return Array.from(points.x, (x, i) => [
    x + 770_500_000,
    points.y[i] + 6_277_500_000,
    points.z[i],
    points.classification[i],
  ])
}

const reference = (model: string, tile: string): Promise<Raster> =>
  readRaster(`${sharedData}/lidar-hd/las-digital-models/${model}/test_data_${tile}_LA93_IGN69_50CM_TIN.tif`)

describe.skipIf(!sharedData)("rasters of the Montpellier tiles against IGN's", () => {
  let shots: Shot[] = []
  beforeAll(async () => {
    shots = await readShots()
  })

  it("dtm: RMSE within 0.05 m over at least 99 % of the reference's cells", async () => {
    let [cells, covered, interpolated, squares, worst] = [0, 0, 0, 0, 0]
    for (const { name, cell } of TILES) {
      const { out } = runOn(dtm, shots, cell)
      const truth = await reference("DTM", name)
      for (let i = 0; i < truth.data.length; i++) {
        if (!(truth.data[i] > -100)) continue
        cells++
        if (out["dtm-source"].data[i] === 1) interpolated++
        const difference = out.dtm.data[i] - truth.data[i]
        if (Number.isNaN(difference)) continue
        covered++
        squares += difference * difference
        worst = Math.max(worst, Math.abs(difference))
      }
    }
    expect(cells).toBeGreaterThan(39_000)
    expect(covered / cells).toBeGreaterThanOrEqual(0.99)
    expect(interpolated / cells).toBeGreaterThan(0.99)
    expect(Math.sqrt(squares / covered)).toBeLessThanOrEqual(0.05)
    // No spike: ground and reference differ by point choice and by filled corners only.
    expect(worst).toBeLessThan(0.6)
  })

  it("dsm: RMSE within 0.15 m on even ground and roofs, median within 0.10 m on all cells", async () => {
    const even = evenCells(shots)
    const all: number[] = []
    let [count, squares] = [0, 0]
    for (const { name, cell } of TILES) {
      const { out } = runOn(dsm, shots, cell)
      const truth = await reference("DSM", name)
      for (let i = 0; i < truth.data.length; i++) {
        if (!(truth.data[i] > -100)) continue
        const difference = out.dsm.data[i] - truth.data[i]
        all.push(Math.abs(difference))
        const column = 2 * (cell[0] - 770500) + (i % 100)
        const row = 2 * (cell[3] - 6277500) - 1 - Math.floor(i / 100)
        if (even[row * 200 + column] === 0) continue
        count++
        squares += difference * difference
      }
    }
    all.sort((a, b) => a - b)
    expect(count).toBeGreaterThan(13_000)
    expect(Math.sqrt(squares / count)).toBeLessThanOrEqual(0.15)
    expect(all[all.length >> 1]).toBeLessThanOrEqual(0.1)
  })

  it("dhm: nothing far below the ground", () => {
    for (const { cell } of TILES) {
      const surface = runOn(dsm, shots, cell)
      const ground = runOn(dtm, shots, cell, {}, 1)
      const out = dhm.run(
        surface.tile,
        { dsm: surface.out.dsm, dtm: ground.out.dtm, "dtm-rest": undefined },
        {},
        scratch,
      )
      expect(out.dhm.data).toHaveLength(10_000)
      expect(out["dhm-quality"]["belowGroundPercent"]).toBeLessThan(0.5)
      expect(out.dhm.data.every((height) => height > -3 && height < 25)).toBe(true)
    }
  })
})

/**
 * 1 for the cells of the 100 m square whose 3 × 3 surroundings, inside the data, hold points of
 * classes 2, 6 and 9 only, within 1 m of height.
 */
const evenCells = (shots: readonly Shot[]): Uint8Array => {
  const side = 200
  const low = new Float64Array(side * side).fill(Number.POSITIVE_INFINITY)
  const high = new Float64Array(side * side).fill(Number.NEGATIVE_INFINITY)
  for (const [x, y, z, classification] of shots) {
    const at = Math.floor((y - 6_277_500_000) / 500) * side + Math.floor((x - 770_500_000) / 500)
    const allowed = classification === 2 || classification === 6 || classification === 9
    low[at] = Math.min(low[at], allowed ? z : -1e9)
    high[at] = Math.max(high[at], z)
  }
  const even = new Uint8Array(side * side)
  for (let row = 1; row < side - 1; row++) {
    for (let column = 1; column < side - 1; column++) {
      let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      for (let k = 0; k < 9; k++) {
        const at = (row - 1 + Math.floor(k / 3)) * side + column - 1 + (k % 3)
        lowest = Math.min(lowest, low[at])
        highest = Math.max(highest, high[at])
      }
      if (highest - lowest < 1000) even[row * side + column] = 1
    }
  }
  return even
}
