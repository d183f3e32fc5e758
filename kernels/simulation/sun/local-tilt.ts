/** Slope and aspect of a roof at one cell, from the building's cells around it. */
import type { SurfaceWindow } from "./surface-window.js"

const DEGREES = 180 / Math.PI
/** Cells on each side that count, and metres of height per metre beyond which one is elsewhere. */
const [AROUND, STEEPEST] = [2, 2]

/**
 * Slope and downhill direction from grid north, degrees, of the plane through the cells of
 * buildings within two of a cell, by least squares. Cells steeper than 2:1 from it do not count.
 * Level if the others are on one line.
 *
 * @param numbers of the cells of the window's core; 0 where there is no building
 * @param cell column and row from the core's north-west
 */
export const localTilt = (
  { heights, columns, core, margin, cellSize }: SurfaceWindow,
  numbers: Int32Array,
  [column, row]: readonly [number, number],
): [slope: number, aspect: number] => {
  const z = heights[(row + margin) * columns + column + margin]
  let [count, sx, sy, sz, sxx, sxy, syy, sxz, syz] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  for (let dy = -AROUND; dy <= AROUND; dy++) {
    for (let dx = -AROUND; dx <= AROUND; dx++) {
      const [c, r] = [column + dx, row + dy]
      if (c < 0 || r < 0 || c >= core.columns || r >= core.rows || numbers[r * core.columns + c] === 0) continue
      const rise = heights[(r + margin) * columns + c + margin] - z
      if (Math.abs(rise) > STEEPEST * Math.hypot(dx, dy) * cellSize) continue
      const north = -dy
      count++
      sx += dx
      sy += north
      sz += rise
      sxx += dx * dx
      sxy += dx * north
      syy += north * north
      sxz += dx * rise
      syz += north * rise
    }
  }
  const [xx, xy, yy] = [sxx - (sx * sx) / count, sxy - (sx * sy) / count, syy - (sy * sy) / count]
  const [xz, yz] = [sxz - (sx * sz) / count, syz - (sy * sz) / count]
  const determinant = xx * yy - xy * xy
  if (determinant < 1e-6) return [0, 0]
  const east = (xz * yy - yz * xy) / determinant / cellSize
  const north = (yz * xx - xz * xy) / determinant / cellSize
  return [Math.atan(Math.hypot(east, north)) * DEGREES, (Math.atan2(-east, -north) * DEGREES + 360) % 360]
}
