/** Chooses one point a cell, the nearest to its centre or the highest, before triangulation. */
import type { Points } from "../../../engine/kernel.js"
import type { CellGrid } from "../../grid/cell-grid.js"

/**
 * Which point represents a cell.
 *
 * - `nearest`: to the cell's centre (ties: lowest, then x, then y)
 * - `highest` (ties: nearest to the centre, then x, then y, then the smallest class)
 */
export type ThinRule = "nearest" | "highest"

/**
 * One point for each cell of the grid: its index, −1 in an empty cell. It depends only on the
 * cell's own points, not on their order. Of points at one place the lowest (`nearest`) or the
 * highest remains. Points outside the grid do not count. O(points); 4 bytes a cell.
 *
 * @param index `grid.columns · grid.rows` long, from the south row; its content is overwritten
 */
export const thinPoints = (points: Points, grid: CellGrid, rule: ThinRule, index: Int32Array): void => {
  index.fill(-1)
  const { cell, columns, rows } = grid
  const { x, y, count } = points
  // Millimetres from the grid's corner to the origin of the points: exact, since both are whole.
  const shiftX = Math.round(points.origin[0] * 1000) - grid.column * cell
  const shiftY = Math.round(points.origin[1] * 1000) - grid.row * cell
  for (let i = 0; i < count; i++) {
    const px = x[i] + shiftX
    const py = y[i] + shiftY
    if (px < 0 || py < 0) continue
    const column = Math.floor(px / cell)
    const row = Math.floor(py / cell)
    if (column >= columns || row >= rows) continue
    const at = row * columns + column
    const best = index[at]
    const [centreX, centreY] = [(column + 0.5) * cell - shiftX, (row + 0.5) * cell - shiftY]
    if (best < 0 || isBefore(points, i, best, centreX, centreY, rule)) index[at] = i
  }
}

/** True if the rule prefers point a to b. Distances are exact: cells are far below 2^26 mm. */
const isBefore = (points: Points, a: number, b: number, cx: number, cy: number, rule: ThinRule): boolean => {
  const { x, y, z, classification } = points
  const farther = (x[a] - cx) ** 2 + (y[a] - cy) ** 2 - ((x[b] - cx) ** 2 + (y[b] - cy) ** 2)
  const rise = z[a] - z[b]
  const first = rule === "nearest" ? farther || rise : -rise || farther
  const byClass = rule === "highest" && classification ? classification[a] - classification[b] : 0
  return (first || x[a] - x[b] || y[a] - y[b] || byClass) < 0
}
