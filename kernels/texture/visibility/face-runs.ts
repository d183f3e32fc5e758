/**
 * The texels that a face covers from above, as runs in rows: the rasteriser of the depth buffer.
 */

/** Vertices of a mesh on the texels of an image from above. */
export interface TexelPlaces {
  /** Columns and rows of the vertices; whole numbers are middles of texels. */
  readonly x: Float64Array
  readonly y: Float64Array
}

/**
 * Columns `[from[k], to[k])` of the rows that a face covers, one run a row: room for the rows of a
 * band.
 */
export interface FaceRuns {
  readonly from: Int32Array
  readonly to: Int32Array
  /** Columns of the image. */
  readonly width: number
  /** Rows `[top, bottom)` of the band. */
  top: number
  bottom: number
  /** The row of run 0, and the number of runs. */
  first: number
  count: number
}

export const faceRuns = (rows: number, width: number): FaceRuns => ({
  from: new Int32Array(rows),
  to: new Int32Array(rows),
  width,
  top: 0,
  bottom: 0,
  first: 0,
  count: 0,
})

/**
 * The runs of texels whose middle a face covers in plan, within the rows of the band and the
 * columns of the image. Northern and western ends are included, southern and eastern ones are not.
 *
 * Corners are sorted from north to south: the long edge bounds all rows on one side, the two others
 * bound them on the other side. Each edge is followed from its northern end, for both its faces.
 * They find the same column, and exactly one covers a middle. O(rows).
 * @param out gets the first run, the count, and `from` and `to` of these runs
 */
export const writeFaceRuns = ({ x, y }: TexelPlaces, triangles: Uint32Array, t: number, out: FaceRuns): void => {
  const { from, to, width, top, bottom } = out
  let a = triangles[3 * t]
  let b = triangles[3 * t + 1]
  let c = triangles[3 * t + 2]
  if (y[b] < y[a]) [a, b] = [b, a]
  if (y[c] < y[b]) [b, c] = [c, b]
  if (y[b] < y[a]) [a, b] = [b, a]
  const first = Math.max(top, Math.ceil(y[a]))
  const end = Math.min(bottom, Math.ceil(y[c]))
  out.first = first
  out.count = Math.max(0, end - first)
  const [xa, ya, xb, yb] = [x[a], y[a], x[b], y[b]]
  // Columns a row: of the long edge, and of the short ones above and below the middle corner.
  const long = (x[c] - xa) / (y[c] - ya)
  const upper = (xb - xa) / (yb - ya)
  const lower = (x[c] - xb) / (y[c] - yb)
  for (let row = first; row < end; row++) {
    const one = Math.ceil(xa + (row - ya) * long)
    const other = Math.ceil(row < yb ? xa + (row - ya) * upper : xb + (row - yb) * lower)
    const west = Math.min(width, Math.max(0, Math.min(one, other)))
    from[row - first] = west
    to[row - first] = Math.max(west, Math.min(width, Math.max(one, other)))
  }
}
