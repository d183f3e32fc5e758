import { describe, expect, it } from "vitest"
import type { Raster } from "../../../engine/kernel.js"
import { runKernel } from "../../../engine/library/kernels.js"
import dhm from "../../../kernels/terrain/dhm.js"

const BOX = [10, 20, 11, 21] as const

const raster = (minX: number, maxY: number, width: number, height: number, data: number[], cellSize = 0.5): Raster => ({
  minX,
  maxY,
  width,
  height,
  cellSize,
  data: Float32Array.from(data),
})

describe("raster.dhm", () => {
  it("subtracts where both are, of windows that differ; keeps and counts negatives", async () => {
    const dsm = raster(10, 21, 2, 2, [5, 6, Number.NaN, 7])
    const dtm = raster(9.5, 21.5, 4, 4, [0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 9, 0, 0, 0, 0, 0])
    const out = await runKernel(dhm, { dsm, dtm }, { box: BOX })
    expect([...out.dhm.data]).toEqual([4, 4, Number.NaN, -2])
    expect([out.dhm.minX, out.dhm.maxY, out.dhm.width, out.dhm.height]).toEqual([10, 21, 2, 2])
    expect(out["dhm-quality"]).toEqual({ belowGroundPercent: 25 })
  })

  it("refuses rasters of different cells", async () => {
    const dsm = raster(10, 21, 2, 2, [1, 1, 1, 1])
    const dtm = raster(10, 21, 1, 1, [1], 1)
    await expect(runKernel(dhm, { dsm, dtm }, { box: BOX })).rejects.toThrow(/the same "cell"/)
  })
})
