/** Kernel `raster.dhm`: heights above ground, the surface model minus the terrain model. */
import { defineKernel, type Raster } from "../../engine/kernel.js"
import { cellMillimetres, gridAround } from "../grid/cell-grid.js"
import { belowGround, belowGroundThreshold, heightRaster, restingHeights } from "./void/heights-above-ground.js"

/**
 * Height above ground: surface minus terrain, void where either is void. Negative heights stay,
 * since they show where the two disagree; the metrics count those below −0.5 m. Heights that wait
 * for a filled terrain model go to the blob `dhm-rest`.
 */
export default defineKernel({
  id: "raster.dhm",
  version: 2,
  summary: "Height above ground: the surface model minus the terrain model",
  inputs: { dsm: { kind: "raster" }, dtm: { kind: "raster" }, "dtm-rest": { kind: "blob", optional: true } },
  outputs: {
    dhm: heightRaster,
    "dhm-rest": { kind: "blob" },
    "dhm-quality": { kind: "metrics", thresholds: { belowGroundPercent: belowGroundThreshold } },
  },
  options: {},
  halo: () => 0,
  // The inputs and the output, at the smallest cell that their kernels allow.
  memory: (counts) => 12 * Math.min(counts.areaM2 / 0.01, 4 * counts.areaM2 + 1024),
  run(tile, { dsm, dtm, "dtm-rest": model }) {
    if (dsm.cellSize !== dtm.cellSize) {
      throw new Error(
        `dsm has cells of ${dsm.cellSize} m, dtm of ${dtm.cellSize} m. Give raster.dsm and raster.dtm the same "cell".`,
      )
    }
    const cell = cellMillimetres(dsm.cellSize)
    const core = gridAround(tile.core, cell)
    const maxY = ((core.row + core.rows) * cell) / 1000
    const data = new Float32Array(core.columns * core.rows).fill(Number.NaN)
    const top = core.row + core.rows
    for (let row = 0; row < core.rows; row++) {
      for (let column = 0; column < core.columns; column++) {
        data[row * core.columns + column] =
          at(dsm, core.column + column, top - row, cell) - at(dtm, core.column + column, top - row, cell)
      }
    }
    const dhm = {
      width: core.columns,
      height: core.rows,
      minX: (core.column * cell) / 1000,
      maxY,
      cellSize: dsm.cellSize,
      data,
    }
    const rest = restingHeights(model, dsm)
    // The kernel that finishes the heights counts them.
    return { dhm, "dhm-rest": rest, "dhm-quality": rest.length > 0 ? {} : { belowGroundPercent: belowGround(data) } }
  },
})

/**
 * The value of the cell whose west and north side are `column` and `top` cells from the CRS origin.
 */
const at = (raster: Raster, column: number, top: number, cell: number): number => {
  const x = column - Math.round((raster.minX * 1000) / cell)
  const y = Math.round((raster.maxY * 1000) / cell) - top
  if (x < 0 || y < 0 || x >= raster.width || y >= raster.height) return Number.NaN
  return raster.data[y * raster.width + x]
}
