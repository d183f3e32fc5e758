/** Sums over squares of cells. */

/**
 * Sums over the square of `radius` cells around each, cut at the border; in place, rows then
 * columns. O(cells).
 */
export const boxSums = (values: Float32Array, width: number, height: number, radius: number): void => {
  if (radius < 1) return
  const line = new Float64Array(Math.max(width, height) + 1)
  const along = (start: number, step: number, count: number): void => {
    for (let i = 0; i < count; i++) line[i + 1] = line[i] + values[start + i * step]
    for (let i = 0; i < count; i++) {
      values[start + i * step] = line[Math.min(count, i + radius + 1)] - line[Math.max(0, i - radius)]
    }
  }
  for (let row = 0; row < height; row++) along(row * width, 1, width)
  for (let column = 0; column < width; column++) along(column, width, height)
}
