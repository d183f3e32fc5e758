/** Kernel `raster.dhm`: heights above ground, the surface model minus the terrain model. */
import { defineKernel, type Raster } from "../../engine/kernel.js"
import { cellMillimetres, gridAround } from "../grid/cell-grid.js"

/**
 * Height above ground: surface minus terrain, void where either is void. Negative heights stay,
 * since they show where the two disagree; the metrics count those below −0.5 m.
 */
export default defineKernel({
  id: "raster.dhm",
  version: 1,
  summary: "Height above ground: the surface model minus the terrain model",
  inputs: { dsm: { kind: "raster" }, dtm: { kind: "raster" } },
  outputs: {
    dhm: {
      kind: "raster",
      type: "float",
      style: {
        layer: "height",
        label: "Height above ground",
        needs: "heights above ground",
        unit: "m",
        low: 0,
        span: 1,
        // Leaves out grass and the noise of the points.
        least: 0.5,
        shaded: true,
        // Light at the ground, dark at the tree tops.
        ramp: [
          [253, 246, 214],
          [213, 226, 138],
          [120, 192, 110],
          [48, 148, 127],
          [38, 98, 130],
          [64, 50, 105],
        ],
      },
    },
    "dhm-quality": {
      kind: "metrics",
      thresholds: {
        belowGroundPercent: {
          meaning: "cells whose surface is more than 0.5 m below the terrain",
          unit: "%",
          warn: 1,
          fail: 5,
        },
      },
    },
  },
  options: {},
  halo: () => 0,
  // The inputs and the output, at the smallest cell that their kernels allow.
  memory: (counts) => 12 * Math.min(counts.areaM2 / 0.01, 4 * counts.areaM2 + 1024),
  run(tile, { dsm, dtm }) {
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
    let negative = 0
    for (let row = 0; row < core.rows; row++) {
      for (let column = 0; column < core.columns; column++) {
        const height = at(dsm, core.column + column, top - row, cell) - at(dtm, core.column + column, top - row, cell)
        data[row * core.columns + column] = height
        if (height < -0.5) negative++
      }
    }
    const percent = Math.round((1e4 * negative) / data.length) / 100
    return {
      dhm: {
        width: core.columns,
        height: core.rows,
        minX: (core.column * cell) / 1000,
        maxY,
        cellSize: dsm.cellSize,
        data,
      },
      "dhm-quality": { belowGroundPercent: percent },
    }
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
