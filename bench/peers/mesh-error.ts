/** A triangulated surface over a grid: vertices at grid points (column, row), heights of their own. */
export interface GridMesh {
  readonly column: ArrayLike<number>
  readonly row: ArrayLike<number>
  readonly z: ArrayLike<number>
  readonly triangles: ArrayLike<number>
}

/** Vertical errors of a surface at every point of a grid, in the grid's unit. */
export interface MeshError {
  readonly max: number
  readonly rms: number
  /** Grid points under no triangle. */
  readonly uncovered: number
}

/**
 * Measures a surface against the heights that it stands for, at every grid point, edges and corners included; the same way for
 * every peer, by none of their own arithmetic. Where triangles meet (or overlap) a point counts once, with the larger error.
 */
export const meshError = (heights: ArrayLike<number>, width: number, mesh: GridMesh): MeshError => {
  const errors = new Float64Array(heights.length).fill(-1)
  for (let t = 0; t < mesh.triangles.length; t += 3) drawErrors(heights, width, mesh, t, errors)
  let [max, squares, uncovered] = [0, 0, 0]
  for (const error of errors) {
    if (error < 0) uncovered++
    else {
      squares += error * error
      if (error > max) max = error
    }
  }
  return { max, rms: Math.sqrt(squares / Math.max(1, errors.length - uncovered)), uncovered }
}

const drawErrors = (
  heights: ArrayLike<number>,
  width: number,
  { column, row, z, triangles }: GridMesh,
  t: number,
  errors: Float64Array,
): void => {
  const [a, b, c] = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!]
  const [ax, ay] = [column[a]!, row[a]!]
  const [ux, uy, vx, vy] = [column[b]! - ax, row[b]! - ay, column[c]! - ax, row[c]! - ay]
  const area = ux * vy - uy * vx
  if (area === 0) return
  const [rise1, rise2] = [z[b]! - z[a]!, z[c]! - z[a]!]
  const sign = Math.sign(area)
  const [minX, maxX] = [Math.min(0, ux, vx), Math.max(0, ux, vx)]
  const [minY, maxY] = [Math.min(0, uy, vy), Math.max(0, uy, vy)]
  for (let y = minY; y <= maxY; y++) {
    for (let x = minX; x <= maxX; x++) {
      // Twice the areas that the point cuts off, whole numbers: weights of b and c.
      const toB = (x * vy - y * vx) * sign
      const toC = (ux * y - uy * x) * sign
      if (toB < 0 || toC < 0 || toB + toC > area * sign) continue
      const height = z[a]! + (toB * rise1 + toC * rise2) / (area * sign)
      const at = (ay + y) * width + ax + x
      const error = Math.abs(height - heights[at]!)
      if (error > errors[at]!) errors[at] = error
    }
  }
}
