/** Cuts rasters to the cells of a tile, or to those that a kernel reads. */
import type { Box2 } from "../core/geometry/box.js"
import type { Raster } from "../kernel.js"

/**
 * The cells of a raster whose centre is in `box`. Returns the raster itself when nothing is cut
 * off.
 */
export const cropRaster = (raster: Raster, box: Box2): Raster => window(raster, box, Math.round, Math.round)

/**
 * The cells of a raster that meet `extent`: a kernel gets its own extent, even if the raster is
 * larger because another kernel reads farther. Returns the raster itself when nothing is cut off.
 */
export const rasterOfExtent = (raster: Raster, extent: Box2): Raster => window(raster, extent, Math.floor, Math.ceil)

type Rounding = (cells: number) => number

const window = (raster: Raster, [minX, minY, maxX, maxY]: Box2, first: Rounding, last: Rounding): Raster => {
  const { cellSize } = raster
  // Whole millimetres, so that a side on a line between cells is exactly there.
  const side = Math.round(cellSize * 1000)
  const cells = (metres: number): number => Math.round(metres * 1000) / side
  const left = Math.max(0, first(cells(minX - raster.minX)))
  const top = Math.max(0, first(cells(raster.maxY - maxY)))
  const right = Math.min(raster.width, last(cells(maxX - raster.minX)))
  const bottom = Math.min(raster.height, last(cells(raster.maxY - minY)))
  const width = right - left
  const height = bottom - top
  if (width === raster.width && height === raster.height) return raster
  const bands = Math.round(raster.data.length / (raster.width * raster.height))
  const size = width * height * bands
  const data = raster.data instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size)
  for (let band = 0; band < bands; band++) {
    for (let row = 0; row < height; row++) {
      const start = (band * raster.height + top + row) * raster.width + left
      data.set(raster.data.subarray(start, start + width), (band * height + row) * width)
    }
  }
  return { width, height, minX: raster.minX + left * cellSize, maxY: raster.maxY - top * cellSize, cellSize, data }
}
