/** Orders cells along the Hilbert curve, where consecutive cells are neighbours. */

/**
 * Index of cell (x, y) along the Hilbert curve of a grid of `2^level` by `2^level` cells. A bitwise
 * walk from the coarsest quadrant down turns the frame in each (D. Hilbert 1891). Exact for levels
 * up to 26, where the index stays below 2⁵³. O(level).
 */
export const hilbertIndex = (level: number, x: number, y: number): number => {
  let index = 0
  let column = x
  let row = y
  for (let side = 2 ** (level - 1); side >= 1; side /= 2) {
    const east = column >= side ? 1 : 0
    const north = row >= side ? 1 : 0
    index += side * side * ((3 * east) ^ north)
    if (east === 1) column -= side
    if (north === 1) row -= side
    if (north === 0) {
      if (east === 1) {
        column = side - 1 - column
        row = side - 1 - row
      }
      const swapped = column
      column = row
      row = swapped
    }
  }
  return index
}
