/** Makes a seeded raster of classes. */
import type { Raster } from "../../engine/kernel.js"

/** Cells between the knots of the smooth part, and the number of classes. */
const PERIOD = 40
const CLASSES = 7
/**
 * Weight of the noise of single cells: it makes ragged edges and many small regions, as in a
 * classification.
 */
const ROUGHNESS = 0.06

/** A number in [0, 1) from two integers. */
const hashed = (a: number, b: number): number => {
  let h = Math.imul(a, 0x27d4eb2d) ^ Math.imul(b, 0x165667b1)
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
}

/**
 * A raster of classes 1–7 with 0 for nodata (3 cells of 1,000), rows from the north: about 25
 * polygons per 1,000 cells.
 */
export const classRaster = (side: number): Raster & { readonly data: Uint8Array } => {
  const data = new Uint8Array(side * side)
  for (let row = 0; row < side; row++) {
    const knotRow = Math.floor(row / PERIOD)
    const v = (row % PERIOD) / PERIOD
    let [west, east] = [0, 0]
    for (let column = 0; column < side; column++) {
      const knot = Math.floor(column / PERIOD)
      if (column % PERIOD === 0) {
        west = (1 - v) * hashed(knot, knotRow) + v * hashed(knot, knotRow + 1)
        east = (1 - v) * hashed(knot + 1, knotRow) + v * hashed(knot + 1, knotRow + 1)
      }
      const u = (column % PERIOD) / PERIOD
      const own = hashed(column + 7919, row)
      const height = (1 - u) * west + u * east + ROUGHNESS * (own ** 6 - 0.14)
      data[row * side + column] = own < 0.003 ? 0 : Math.min(CLASSES, Math.max(1, 1 + Math.floor(height * CLASSES)))
    }
  }
  return { width: side, height: side, minX: 840000, maxY: 6530000, cellSize: 1, data }
}
