/**
 * A kernel of your own, in a file of its own. Run it on any job with
 *
 *     maille run … --kernel ./examples/kernel-slope/slope.js
 *
 * It reads the raster `dtm` that another kernel of the chain makes, and its raster `slope` appears
 * under `raster/slope/`. The halo says how far it looks beyond a tile: the terrain model is then
 * made that much larger, so that slopes at the border of a tile equal those of its neighbour.
 */
import { defineKernel } from "maille/kernels"

export default defineKernel({
  id: "raster.slope",
  version: 1,
  summary: "Slope of the terrain by Horn's method (1981), void where one of the nine cells is void",
  inputs: { dtm: { kind: "raster" } },
  outputs: { slope: { kind: "raster", type: "float" } },
  options: {
    unit: { type: "string", default: "degree", choices: ["degree", "percent"], help: "unit of the slope" },
  },
  // One cell, at any cell size up to a metre.
  halo: () => 1,
  // 4 bytes for each cell of 0.25 m².
  memory: (counts) => counts.areaM2 * 4 * 4,

  run(tile, { dtm }, options) {
    const { width, data, cellSize } = dtm
    // Whole cells that cover the region asked for; `dtm` reaches at least one cell further on each
    // side.
    const minX = Math.floor(tile.core[0] / cellSize) * cellSize
    const maxY = Math.ceil(tile.core[3] / cellSize) * cellSize
    const columns = Math.round((Math.ceil(tile.core[2] / cellSize) * cellSize - minX) / cellSize)
    const rows = Math.round((maxY - Math.floor(tile.core[1] / cellSize) * cellSize) / cellSize)
    const column0 = Math.round((minX - dtm.minX) / cellSize)
    const row0 = Math.round((dtm.maxY - maxY) / cellSize)
    const slope = new Float32Array(columns * rows)
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const north = (row0 + row - 1) * width + column0 + column
        const here = north + width
        const south = here + width
        // NaN in any of the nine cells, or beyond the raster, makes the result NaN: void.
        const dx =
          data[north + 1] +
          2 * data[here + 1] +
          data[south + 1] -
          data[north - 1] -
          2 * data[here - 1] -
          data[south - 1]
        const dy =
          data[north - 1] + 2 * data[north] + data[north + 1] - data[south - 1] - 2 * data[south] - data[south + 1]
        const rise = Math.hypot(dx, dy) / (8 * cellSize) + 0 * data[here]
        slope[row * columns + column] = options.unit === "percent" ? rise * 100 : (Math.atan(rise) * 180) / Math.PI
      }
    }
    return { slope: { width: columns, height: rows, minX, maxY, cellSize, data: slope } }
  },
})
