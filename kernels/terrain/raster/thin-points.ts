/** Chooses one point a cell, the nearest to its centre or the highest, before triangulation. */
import type { Points } from "../../../engine/kernel.js"
import type { CellGrid } from "../../grid/cell-grid.js"

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
  const ground = rule === "nearest"
  let occupied = 0
  for (let i = 0; i < count; i++) {
    const px = x[i] + shiftX
    const py = y[i] + shiftY
    if (px < 0 || py < 0) continue
    const column = Math.floor(px / cell)
    const row = Math.floor(py / cell)
    if (column >= columns || row >= rows) continue
    const at = row * columns + column
    const held = index[at]
    if (held < 0) {
      index[at] = i
      occupied++
    } else if (ground) {
      // Doubled, from the corner of the cell: the centre is then an integer.
      const ix = 2 * (px - column * cell) - cell
      const iy = 2 * (py - row * cell) - cell
      const hx = 2 * (x[held] + shiftX - column * cell) - cell
      const hy = 2 * (y[held] + shiftY - row * cell) - cell
      const apart = ix * ix + iy * iy - (hx * hx + hy * hy)
      if (apart < 0 || (apart === 0 && nearer(points, i, held))) index[at] = i
    } else {
      const rise = points.z[i] - points.z[held]
      if (
        rise > 0 ||
        (rise === 0 && higher(points, i, held, (column + 0.5) * cell - shiftX, (row + 0.5) * cell - shiftY))
      )
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

/** Of points that are equally near. */
const nearer = (points: Points, a: number, b: number): boolean =>
  (points.z[a] - points.z[b] || points.x[a] - points.x[b] || points.y[a] - points.y[b]) < 0

/** Of points that are equally high. */
const higher = (points: Points, a: number, b: number, cx: number, cy: number): boolean => {
  const classes = points.classification
  const difference =
    distanceDifference(points, a, b, cx, cy) ||
    points.x[a] - points.x[b] ||
    points.y[a] - points.y[b] ||
    (classes ? classes[a] - classes[b] : 0)
  return difference < 0
}
