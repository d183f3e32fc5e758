import type { Features, Raster } from "../../../engine/kernel.js"
import { contourFeatures } from "../../../kernels/contour/lines/line.js"
import { placePiece, traceContours } from "../../../kernels/grid/marching-squares.js"
import type { HeightGrid } from "../../../kernels/grid/square-cases.js"

/** All contours of a raster as `vector.contour` traces them, of one tile without neighbours: every line, every vertex. */
export const contoursOf = (raster: Raster, interval: number): Features => {
  const grid = gridOf(raster)
  const traced = traceContours(grid, interval)
  const lines = Array.from(traced.levels, (level, p) => ({ level, xy: placePiece(grid, traced, p, interval) }))
  return contourFeatures(lines, { interval, index: 5, minLength: 0, tolerance: 0, smooth: 0 }).features
}

/** The raster's cells and a void one around. */
const gridOf = ({ width, height, minX, maxY, cellSize, data }: Raster): HeightGrid => {
  const columns = width + 2
  const heights = new Float32Array(columns * (height + 2)).fill(Number.NaN)
  for (let row = 0; row < height; row++) {
    heights.set(data.subarray(row * width, (row + 1) * width), (height - row) * columns + 1)
  }
  return {
    cell: cellSize,
    column: Math.round(minX / cellSize) - 1,
    row: Math.round(maxY / cellSize) - height - 1,
    columns,
    rows: height + 2,
    heights,
  }
}
