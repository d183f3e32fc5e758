import type { Points } from "../../engine/kernel.js"
import type { CellGrid } from "./cell-grid.js"

/**
 * Which point stands for a cell: `nearest`, the one nearest to the cell's centre (ties: lowest, then x, then y), or
 * `highest` (ties: nearest to the centre, then x, then y, then the smallest class).
 */
export type ThinRule = "nearest" | "highest"

/**
 * One point for each cell of the grid: its index, −1 in an empty cell. The choice depends on the cell's own points only,
 * not on their order. Of several points at one place the rule keeps the lowest (`nearest`) or the highest. Points outside the grid are passed over.
 * O(points); 4 bytes a cell.
 *
 * @param index zeroed or not, `grid.columns · grid.rows` long, from the south row
 */
export const thinPoints = (points: Points, grid: CellGrid, rule: ThinRule, index: Int32Array): number => {
  index.fill(-1)
  const { cell, columns, rows } = grid
  const { x, y, count } = points
  // Millimetres from the grid's corner to the origin of the points: exact, both are whole.
  const shiftX = Math.round(points.origin[0] * 1000) - grid.column * cell
  const shiftY = Math.round(points.origin[1] * 1000) - grid.row * cell
  const better = rule === "nearest" ? nearer : higher
  let occupied = 0
  for (let i = 0; i < count; i++) {
    const column = Math.floor((x[i] + shiftX) / cell)
    const row = Math.floor((y[i] + shiftY) / cell)
    if (column < 0 || row < 0 || column >= columns || row >= rows) continue
    const at = row * columns + column
    const held = index[at]
    if (held < 0) {
      index[at] = i
      occupied++
    } else if (better(points, i, held, (column + 0.5) * cell - shiftX, (row + 0.5) * cell - shiftY)) {
      index[at] = i
    }
  }
  return occupied
}

/** Difference of the squared distances to (cx, cy) of points a and b, mm²: exact, cells are far below 2^26 mm. */
const distanceDifference = (points: Points, a: number, b: number, cx: number, cy: number): number => {
  const ax = points.x[a] - cx
  const ay = points.y[a] - cy
  const bx = points.x[b] - cx
  const by = points.y[b] - cy
  return ax * ax + ay * ay - (bx * bx + by * by)
}

const nearer = (points: Points, a: number, b: number, cx: number, cy: number): boolean => {
  const difference =
    distanceDifference(points, a, b, cx, cy) ||
    points.z[a] - points.z[b] ||
    points.x[a] - points.x[b] ||
    points.y[a] - points.y[b]
  return difference < 0
}

const higher = (points: Points, a: number, b: number, cx: number, cy: number): boolean => {
  const classes = points.classification
  const difference =
    points.z[b] - points.z[a] ||
    distanceDifference(points, a, b, cx, cy) ||
    points.x[a] - points.x[b] ||
    points.y[a] - points.y[b] ||
    (classes ? classes[a] - classes[b] : 0)
  return difference < 0
}
