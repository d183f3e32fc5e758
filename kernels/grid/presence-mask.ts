/** Masks of the cells where points are. */
import type { Presence } from "../../engine/kernel.js"
import type { CellGrid } from "./cell-grid.js"

/**
 * Writes 1 for each cell of a window that contains a cell of 1 m with a bit, in place. O(cells of
 * 1 m).
 *
 * @param mask zeros, a byte a cell of `grid`, whose side is a multiple of 1000 mm; returned
 * @param bit a `PresenceBit`
 */
export const maskPresence = (
  { column, row, columns, rows, cells }: Presence,
  bit: number,
  grid: CellGrid,
  mask: Uint8Array,
): Uint8Array => {
  const side = grid.cell / 1000
  const [left, bottom] = [column - grid.column * side, row - grid.row * side]
  const [begin, end] = [Math.max(0, -left), Math.min(columns, grid.columns * side - left)]
  for (let r = Math.max(0, -bottom); r < Math.min(rows, grid.rows * side - bottom); r++) {
    const to = Math.floor((r + bottom) / side) * grid.columns
    for (let c = begin; c < end; c++)
      if ((cells[r * columns + c] & bit) !== 0) mask[to + Math.floor((c + left) / side)] = 1
  }
  return mask
}
