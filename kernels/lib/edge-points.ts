/** Boundary points of one object, millimetres relative to its origin, by rows of 1 m from the south, then by x, y, z: one order, wherever they come from. */
export interface EdgePoints {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  /** First index of each row of 1 m, from row `firstRow`; one more at the end. */
  readonly rowStarts: Int32Array
  readonly firstRow: number
}

const ROW = 1000

/** Sorts and indexes boundary points. @param xyz whole millimetres of the CRS; @param origin of the object. O(n log n). */
export const indexEdgePoints = (xyz: Float64Array, origin: readonly [xMm: number, yMm: number]): EdgePoints => {
  const count = xyz.length / 3
  const rowOf = (i: number): number => Math.floor((xyz[3 * i + 1] - origin[1]) / ROW)
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) =>
      rowOf(a) - rowOf(b) ||
      xyz[3 * a] - xyz[3 * b] ||
      xyz[3 * a + 1] - xyz[3 * b + 1] ||
      xyz[3 * a + 2] - xyz[3 * b + 2],
  )
  const pick = (axis: 0 | 1 | 2, from: number): Int32Array => Int32Array.from(order, (i) => xyz[3 * i + axis] - from)
  const firstRow = count > 0 ? rowOf(order[0]) : 0
  const rows = count > 0 ? rowOf(order[count - 1]) - firstRow + 1 : 0
  const rowStarts = new Int32Array(rows + 1)
  for (const i of order) rowStarts[rowOf(i) - firstRow + 1]++
  for (let r = 0; r < rows; r++) rowStarts[r + 1] += rowStarts[r]
  return { x: pick(0, origin[0]), y: pick(1, origin[1]), z: pick(2, 0), rowStarts, firstRow }
}

/** The outermost point of each stretch of an edge that has one: place along the edge, distance outwards, height; millimetres. */
export interface EdgeProfile {
  readonly t: readonly number[]
  readonly h: readonly number[]
  readonly z: readonly number[]
}

/** How far in and out of an edge, mm, points count as its own. */
const [INWARDS, OUTWARDS] = [1200, 800]

/**
 * The outermost points along the edge from `a` to `b`, the inside on its left: one for each stretch of `binMm`, from `trim` after its start to
 * `trim` before its end. O(rows · log n + points looked at).
 */
export const edgeProfile = (
  points: EdgePoints,
  a: readonly [number, number],
  b: readonly [number, number],
  binMm: number,
): EdgeProfile => {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1])
  const [ux, uy] = [(b[0] - a[0]) / length, (b[1] - a[1]) / length]
  // Near a corner the points of the next edge are the outermost.
  const trim = length > 2000 ? 300 : 0
  const bins = Math.max(1, Math.floor((length - 2 * trim) / binMm))
  const width = (length - 2 * trim) / bins
  const best = new Int32Array(bins).fill(-1)
  const height = new Float64Array(bins).fill(-INWARDS)
  const { x, y, rowStarts, firstRow } = points
  const lastRow = Math.min(firstRow + rowStarts.length - 2, Math.floor((Math.max(a[1], b[1]) + INWARDS) / ROW))
  for (let row = Math.max(firstRow, Math.floor((Math.min(a[1], b[1]) - INWARDS) / ROW)); row <= lastRow; row++) {
    const [west, east] = stretchInRow(a, b, row)
    const end = rowStarts[row - firstRow + 1]
    for (let i = lowerBound(x, rowStarts[row - firstRow], end, west); i < end && x[i] <= east; i++) {
      const [dx, dy] = [x[i] - a[0], y[i] - a[1]]
      const bin = Math.floor((dx * ux + dy * uy - trim) / width)
      const out = dx * uy - dy * ux
      if (bin < 0 || bin >= bins || out > OUTWARDS || out <= height[bin]) continue
      height[bin] = out
      best[bin] = i
    }
  }
  const held = Array.from({ length: bins }, (_, bin) => bin).filter((bin) => best[bin] >= 0)
  return {
    t: held.map((bin) => (x[best[bin]] - a[0]) * ux + (y[best[bin]] - a[1]) * uy),
    h: held.map((bin) => height[bin]),
    z: held.map((bin) => points.z[best[bin]]),
  }
}

/** West and east bound of what lies near the edge in a row. */
const stretchInRow = (a: readonly [number, number], b: readonly [number, number], row: number): [number, number] => {
  const [south, north] = [row * ROW - INWARDS, (row + 1) * ROW + INWARDS]
  const dy = b[1] - a[1]
  const place = (y: number): number => Math.min(1, Math.max(0, (y - a[1]) / dy))
  const [from, to] = Math.abs(dy) < 1 ? [0, 1] : [place(south), place(north)]
  const [x0, x1] = [a[0] + from * (b[0] - a[0]), a[0] + to * (b[0] - a[0])]
  return [Math.min(x0, x1) - INWARDS, Math.max(x0, x1) + INWARDS]
}

const lowerBound = (values: Int32Array, from: number, to: number, value: number): number => {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}
