/** Heights of a raster at points, in whole millimetres. */
import type { Raster } from "../../engine/kernel.js"

/** Marks an unknown height, in whole millimetres. */
export const noHeight = 0x7fffffff

/**
 * Value of a raster at a point, all in millimetres of the CRS; `noHeight` outside and in voids.
 * Cells are half-open from the south-west, as tiles are.
 */
export const sampleMm = ({ data, width, height, minX, maxY, cellSize }: Raster, xMm: number, yMm: number): number => {
  const cellMm = Math.round(cellSize * 1000)
  const column = Math.floor((xMm - Math.round(minX * 1000)) / cellMm)
  const row = height - 1 - Math.floor((yMm - Math.round(maxY * 1000) + height * cellMm) / cellMm)
  if (column < 0 || column >= width || row < 0 || row >= height) return noHeight
  const value = data[row * width + column]
  return Number.isNaN(value) ? noHeight : Math.round(value * 1000)
}
