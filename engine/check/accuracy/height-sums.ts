/** Sums height differences between mesh vertices and a raster. */
import type { Raster } from "../../kernel.js"

/** Sums of height differences between a mesh and a raster. */
export interface HeightSums {
  count: number
  squares: number
  max: number
}

/** Places of a mesh in the CRS: x, y, height, 3 · n, with the class of each. */
export interface PlacedVertices {
  readonly places: Float64Array
  readonly classes: Uint8Array
}

/**
 * Adds the differences between the vertices of one class and a raster to `sums`: bilinear between cell centres; left out
 * where a cell is void or outside, or where the 4 × 4 cells around hold more than `maxRelief` (metres): beside a wall the
 * height of a raster means nothing.
 */
export const addHeightDifferences = (
  sums: HeightSums,
  vertices: PlacedVertices,
  code: number,
  raster: Raster,
  maxRelief: number,
): void => {
  const { places, classes } = vertices
  for (let i = 0; i < classes.length; i++) {
    if (classes[i] !== code) continue
    const height = heightAt(raster, places[3 * i]!, places[3 * i + 1]!, maxRelief)
    const difference = Math.abs(places[3 * i + 2]! - height)
    if (Number.isNaN(difference)) continue
    sums.count++
    sums.squares += difference * difference
    if (difference > sums.max) sums.max = difference
  }
}

const heightAt = (raster: Raster, x: number, y: number, maxRelief: number): number => {
  const column = (x - raster.minX) / raster.cellSize - 0.5
  const row = (raster.maxY - y) / raster.cellSize - 0.5
  const left = Math.floor(column)
  const top = Math.floor(row)
  const cell = (dx: number, dy: number): number => {
    const at = left + dx
    const line = top + dy
    if (at < 0 || line < 0 || at >= raster.width || line >= raster.height) return Number.NaN
    return raster.data[line * raster.width + at]!
  }
  const u = column - left
  const v = row - top
  const upper = cell(0, 0) * (1 - u) + cell(1, 0) * u
  const lower = cell(0, 1) * (1 - u) + cell(1, 1) * u
  if (maxRelief < Infinity) {
    let low = Infinity
    let high = -Infinity
    for (let dy = -1; dy <= 2; dy++) {
      for (let dx = -1; dx <= 2; dx++) {
        const value = cell(dx, dy)
        if (value < low) low = value
        if (value > high) high = value
      }
    }
    if (high - low > maxRelief) return Number.NaN
  }
  return upper * (1 - v) + lower * v
}

/** Root of the mean square, or null where nothing was compared. */
export const rmseOf = (sums: HeightSums): number | null =>
  sums.count === 0 ? null : Math.sqrt(sums.squares / sums.count)
