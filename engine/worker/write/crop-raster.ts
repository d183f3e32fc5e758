import type { Box2 } from "../../core/geometry/box.js"
import type { Raster } from "../../kernel.js"

/** The cells of a raster whose centre lies in `box`. Returns the raster itself when nothing is cut off. */
export const cropRaster = (raster: Raster, box: Box2): Raster => {
  const { cellSize } = raster
  const left = Math.max(0, Math.round((box[0] - raster.minX) / cellSize))
  const top = Math.max(0, Math.round((raster.maxY - box[3]) / cellSize))
  const right = Math.min(raster.width, Math.round((box[2] - raster.minX) / cellSize))
  const bottom = Math.min(raster.height, Math.round((raster.maxY - box[1]) / cellSize))
  const width = right - left
  const height = bottom - top
  if (width === raster.width && height === raster.height) return raster
  const data = raster.data instanceof Uint8Array ? new Uint8Array(width * height) : new Float32Array(width * height)
  for (let row = 0; row < height; row++) {
    const start = (top + row) * raster.width + left
    data.set(raster.data.subarray(start, start + width), row * width)
  }
  return { width, height, minX: raster.minX + left * cellSize, maxY: raster.maxY - top * cellSize, cellSize, data }
}
