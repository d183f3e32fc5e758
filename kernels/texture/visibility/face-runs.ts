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
  /** The row of run 0, and the number of runs. */
  first: number
  count: number
}

export const faceRuns = (rows: number): FaceRuns => ({
  from: new Int32Array(rows),
  to: new Int32Array(rows),
  first: 0,
  count: 0,
})

/**
 * The runs of texels whose middle a face covers in plan, within rows `[top, bottom)` and columns
 * `[0, width)`. Northern and western ends are included, southern and eastern ones are not.
 *
 * Corners are sorted from north to south: the long edge bounds all rows on one side, the two others
 * bound them on the other side. Each edge is followed from its northern end, for both its faces.
 * They find the same column, and exactly one covers a middle. O(rows).
 * @param out gets the first run, the count, and `from` and `to` of these runs
 */
export const runsOfFace = (
  { x, y }: TexelPlaces,
  triangles: Uint32Array,
  t: number,
  top: number,
  bottom: number,
  width: number,
  out: FaceRuns,
): void => {
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
  const slope = (x[c] - x[a]) / (y[c] - y[a])
  // The first row that meets the second of the short edges.
  const turn = Math.min(end, Math.max(first, Math.ceil(y[b])))
  writeRuns(x[a], y[a], slope, x[a], y[a], (x[b] - x[a]) / (y[b] - y[a]), first, turn, width, out)
  writeRuns(x[a], y[a], slope, x[b], y[b], (x[c] - x[b]) / (y[c] - y[b]), turn, end, width, out)
}

/** Runs between two edges, each given by its northern end and columns a row. */
const writeRuns = (
  x0: number,
  y0: number,
  slope0: number,
  x1: number,
  y1: number,
  slope1: number,
  first: number,
  end: number,
  width: number,
  { from, to, first: top }: FaceRuns,
): void => {
  for (let row = first; row < end; row++) {
    const one = Math.ceil(x0 + (row - y0) * slope0)
    const other = Math.ceil(x1 + (row - y1) * slope1)
    const west = Math.min(width, Math.max(0, Math.min(one, other)))
    from[row - top] = west
    to[row - top] = Math.max(west, Math.min(width, Math.max(one, other)))
  }
}
