import type { Features, Raster } from "../../../engine/kernel.js"
import { contourFeatures } from "../../../kernels/lib/contour-line.js"
import { crossingPoint, type HeightGrid, traceContours } from "../../../kernels/lib/marching-squares.js"

/** All contours of a raster as `vector.contour` traces them, of one tile without neighbours: every line, every vertex. */
export const contoursOf = (raster: Raster, interval: number): Features => {
  const grid = gridOf(raster)
  const { levels, ends, edges } = traceContours(grid, interval)
  const lines = Array.from(levels, (level, p) => {
    const own = edges.subarray(p > 0 ? ends[p - 1] : 0, ends[p])
    const xy = new Float64Array(2 * own.length)
    for (let v = 0; v < own.length; v++) crossingPoint(grid, own[v]!, level * interval, xy, 2 * v)
    return { level, xy }
  })
  return contourFeatures(lines, { interval, index: 5, minLength: 0, tolerance: 0 }).features
}

const gridOf = ({ width, height, minX, maxY, cellSize, data }: Raster): HeightGrid => {
  const heights = new Float32Array(data.length)
  for (let row = 0; row < height; row++) {
    heights.set(data.subarray(row * width, (row + 1) * width), (height - 1 - row) * width)
  }
  return {
    cell: cellSize,
    column: Math.round(minX / cellSize),
    row: Math.round(maxY / cellSize) - height,
    columns: width,
    rows: height,
    heights,
  }
}
