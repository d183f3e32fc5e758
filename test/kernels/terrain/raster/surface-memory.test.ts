import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { gridAround } from "../../../../kernels/grid/cell-grid.js"
import { fillLevels, fillWindow } from "../../../../kernels/terrain/raster/fill-voids.js"
import { surfaceHalo, surfaceMemory } from "../../../../kernels/terrain/raster/surface-raster.js"
import { tinMargin } from "../../../../kernels/terrain/raster/tin-raster.js"

const seed = 5
const random = seededRandom(seed)

/**
 * Cells of the largest block that is triangulated at a time, with its margins: as the raster of the
 * surface goes about it.
 */
const blockCells = (columns: number, reach: number, cell: number): number => {
  const side = Math.ceil(columns / Math.ceil(columns / 1088))
  return (side + 2 * tinMargin(reach, cell)) ** 2
}

describe("surfaceMemory", () => {
  it.each([
    [0.5, 50, 16],
    [0.5, 20, 0],
    [0.25, 50, 16],
    [1, 50, 16],
    [0.3, 35, 7],
  ])(
    "counts the blocks of the window that is filled, wherever it lies: cells of %d m, reach %d, fill %d",
    (cell, reach, fill) => {
      const options = { cell, reach, fill }
      const mm = Math.round(cell * 1000)
      for (let i = 0; i < 200; i++) {
        const side = [50, 100, 200, 250, 500, 1000][i % 6]! + 2 * (i % 3) * 11
        const [x, y] = [random() * 1e6, 6e6 + random() * 1e6].map(
          (at) => Math.round(at * (i % 2 === 0 ? 2 : 1000)) / (i % 2 === 0 ? 2 : 1000),
        ) as [number, number]
        const core = gridAround([x, y, x + side, y + side], mm)
        const window = fillWindow(core, fillLevels(fill * 1000, mm))
        const areaM2 = (side + 2 * surfaceHalo(options)) ** 2
        const estimated = surfaceMemory({ areaM2 }, options, surfaceHalo(options))
        const cells = window.columns * window.rows
        // A block; samples and heights, their class and source, beside it, or the pyramid of means.
        const block = 98 * blockCells(Math.max(window.columns, window.rows), reach * 1000, mm)
        const grown =
          (window.columns + 2 * tinMargin(reach * 1000, mm)) * (window.rows + 2 * tinMargin(reach * 1000, mm))
        const needed = 4 * grown + 6 * cells + Math.max(block, (32 / 3) * cells)
        expect(estimated, `seed ${seed}, ${side} m at ${x}, ${y}`).toBeGreaterThanOrEqual(needed)
        expect(estimated).toBeLessThan(3.2 * needed)
      }
    },
  )
})
