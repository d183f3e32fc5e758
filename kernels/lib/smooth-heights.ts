import type { HeightGrid } from "./marching-squares.js"

/** Metres by which a height moves at most: 0.05 less what 32-bit heights of high mountains are rounded by. */
export const LARGEST_SHIFT = 0.0495

/**
 * Heights smoothed over `radius` corners by weights that fall off linearly in both directions, voids left out, each moved by {@link LARGEST_SHIFT} at most. The result is smaller by `radius` corners all
 * around: its heights do not depend on where the grid ends.
 *
 * Between corners, where heights are bilinear, the new surface lies within the same bound of the old one, since its difference is a mean of those at the corners. Voids stay.
 * O(corners · radius). Memory: 20 bytes a corner.
 */
export const smoothHeights = (grid: HeightGrid, radius: number): HeightGrid => {
  const { columns, rows, heights } = grid
  const inner = { columns: columns - 2 * radius, rows: rows - 2 * radius }
  // Along rows first: sums of weighted heights and of weights, for the columns that stay.
  const sums = new Float64Array(inner.columns * rows)
  const weights = new Float64Array(inner.columns * rows)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < inner.columns; c++) {
      let sum = 0
      let weight = 0
      const at = r * columns + c
      for (let i = 0; i <= 2 * radius; i++) {
        const z = heights[at + i]
        if (Number.isNaN(z)) continue
        const share = i <= radius ? i + 1 : 2 * radius + 1 - i
        sum += share * z
        weight += share
      }
      sums[r * inner.columns + c] = sum
      weights[r * inner.columns + c] = weight
    }
  }
  const smoothed = new Float32Array(inner.columns * inner.rows)
  for (let r = 0; r < inner.rows; r++) {
    for (let c = 0; c < inner.columns; c++) {
      const own = heights[(r + radius) * columns + c + radius]
      if (Number.isNaN(own)) {
        smoothed[r * inner.columns + c] = Number.NaN
        continue
      }
      let sum = 0
      let weight = 0
      for (let i = 0; i <= 2 * radius; i++) {
        const share = i <= radius ? i + 1 : 2 * radius + 1 - i
        const at = (r + i) * inner.columns + c
        sum += share * sums[at]
        weight += share * weights[at]
      }
      const shift = sum / weight - own
      smoothed[r * inner.columns + c] = own + Math.max(-LARGEST_SHIFT, Math.min(LARGEST_SHIFT, shift))
    }
  }
  return { ...grid, ...inner, column: grid.column + radius, row: grid.row + radius, heights: smoothed }
}
