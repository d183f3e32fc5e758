import { describe, expect, it } from "vitest"
import type { Raster } from "../../../engine/kernel.js"
import dhm from "../../../kernels/terrain/dhm.js"
import { scratch, tileOf } from "../../scenes/kernel-run.js"

const raster = (minX: number, maxY: number, width: number, height: number, data: number[], cellSize = 0.5): Raster => ({
  minX,
  maxY,
  width,
  height,
  cellSize,
  data: Float32Array.from(data),
})

describe("raster.dhm", () => {
  it("subtracts where both are, of windows that differ; keeps and counts negatives", () => {
    const tile = tileOf([10, 20, 11, 21], 0)
    const dsm = raster(10, 21, 2, 2, [5, 6, Number.NaN, 7])
    const dtm = raster(9.5, 21.5, 4, 4, [0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 9, 0, 0, 0, 0, 0])
    const out = dhm.run(tile, { dsm, dtm, "dtm-rest": undefined }, {}, scratch)
    expect([...out.dhm.data]).toEqual([4, 4, Number.NaN, -2])
    expect([out.dhm.minX, out.dhm.maxY, out.dhm.width, out.dhm.height]).toEqual([10, 21, 2, 2])
    expect(out["dhm-quality"]).toEqual({ belowGroundPercent: 25 })
  })

  it("refuses rasters of different cells", () => {
    const tile = tileOf([10, 20, 11, 21], 0)
    const dsm = raster(10, 21, 2, 2, [1, 1, 1, 1])
    const dtm = raster(10, 21, 1, 1, [1], 1)
    expect(() => dhm.run(tile, { dsm, dtm, "dtm-rest": undefined }, {}, scratch)).toThrow(/the same "cell"/)
  })
})
