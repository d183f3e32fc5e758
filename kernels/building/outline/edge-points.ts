/**
 * Indexes boundary points and searches along an edge: the outermost points for fitting it, and the
 * wall below.
 */
import { lowerBound } from "../../../engine/core/lists.js"

/**
 * Boundary points of one object, millimetres relative to its origin. Sorted by rows of 1 m from the
 * south, then x, y, z, so that the order does not depend on their source.
 */
export interface EdgePoints {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  /** First index of each row of 1 m, from row `firstRow`; one more at the end. */
  readonly rowStarts: Int32Array
  readonly firstRow: number
}

const ROW = 1000

/**
 * Sorts and indexes boundary points. O(n log n).
 *
 * @param xyz whole millimetres of the CRS
 * @param origin of the object
 */
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

/**
 * The outermost point of each stretch of an edge that has points: place along the edge, distance
 * outwards, height; millimetres.
 */
export interface EdgeProfile {
  readonly t: readonly number[]
  readonly h: readonly number[]
  readonly z: readonly number[]
}

/** Points this far inside and outside an edge, mm, belong to it. */
const [INWARDS, OUTWARDS] = [1200, 800]

/**
 * The outermost points along the edge from `a` to `b`, the inside on its left. There is one for
 * each stretch of about `binMm`, except at the ends of long edges. O(rows · log n + points
 * visited).
 */
export const edgeProfile = (
  points: EdgePoints,
  a: readonly [number, number],
  b: readonly [number, number],
  binMm: number,
): EdgeProfile => {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1])
  const [ux, uy] = [(b[0] - a[0]) / length, (b[1] - a[1]) / length]
  // Near a corner the outermost points belong to the next edge.
  const trim = length > 2000 ? 300 : 0
  const bins = Math.max(1, Math.floor((length - 2 * trim) / binMm))
  const width = (length - 2 * trim) / bins
  const best = new Int32Array(bins).fill(-1)
  const height = new Float64Array(bins).fill(-INWARDS)
  const { x, y } = points
  forNear(points, a, b, (i) => {
    const [dx, dy] = [x[i] - a[0], y[i] - a[1]]
    const bin = Math.floor((dx * ux + dy * uy - trim) / width)
    const out = dx * uy - dy * ux
    if (bin < 0 || bin >= bins || out > OUTWARDS || out <= height[bin]) return
    height[bin] = out
    best[bin] = i
  })
  const filled = Array.from({ length: bins }, (_, bin) => bin).filter((bin) => best[bin] >= 0)
  return {
    t: filled.map((bin) => (x[best[bin]] - a[0]) * ux + (y[best[bin]] - a[1]) * uy),
    h: filled.map((bin) => height[bin]),
    z: filled.map((bin) => points.z[best[bin]]),
  }
}

/** Calls `call` with the points near the edge from `a` to `b`, row by row. */
const forNear = (
  { x, rowStarts, firstRow }: EdgePoints,
  a: readonly [number, number],
  b: readonly [number, number],
  call: (i: number) => void,
): void => {
  const lastRow = Math.min(firstRow + rowStarts.length - 2, Math.floor((Math.max(a[1], b[1]) + INWARDS) / ROW))
  for (let row = Math.max(firstRow, Math.floor((Math.min(a[1], b[1]) - INWARDS) / ROW)); row <= lastRow; row++) {
    const [west, east] = stretchInRow(a, b, row)
    const end = rowStarts[row - firstRow + 1]
    for (let i = lowerBound(x, west, rowStarts[row - firstRow], end); i < end && x[i] <= east; i++) call(i)
  }
}

/** A point this much lower than the highest of its stretch, mm, is on the wall. */
export const wallDepth = 1000
/** Length of the stretches in which wall points are searched, mm. */
const WALL_BIN = 1000
/** Points of one wall are within this distance of each other across it, mm. */
const WALL_WIDTH = 300
/**
 * A wall has at least this many points, points a metre, share of its stretches with points, and
 * share of the points near it.
 */
const [LEAST_OF_WALL, LEAST_A_METRE, LEAST_STRETCHES, LEAST_SHARE] = [20, 2, 0.6, 0.45]
/** A roof has eaves if it extends this far beyond its wall, mm, in this share of the stretches. */
const [EAVES, EAVES_SHARE] = [250, 0.5]

/**
 * Distance of the wall below the edge from `a` to `b`, outwards, mm. Undefined if too few points
 * show it or the roof overhangs it.
 *
 * Wall points are well below others of their stretch. The wall is where most of them are; what
 * protrudes (sills, shutters, balconies) is not. O(points near · log n).
 */
export const wallBelow = (
  points: EdgePoints,
  a: readonly [number, number],
  b: readonly [number, number],
): number | undefined => {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1])
  const [ux, uy] = [(b[0] - a[0]) / length, (b[1] - a[1]) / length]
  const bins = Math.max(1, Math.round(length / WALL_BIN))
  const width = length / bins
  const top = new Float64Array(bins).fill(Number.NEGATIVE_INFINITY)
  const near: { readonly bin: number; readonly out: number; readonly z: number }[] = []
  forNear(points, a, b, (i) => {
    const [dx, dy] = [points.x[i] - a[0], points.y[i] - a[1]]
    const bin = Math.floor((dx * ux + dy * uy) / width)
    const out = dx * uy - dy * ux
    if (bin < 0 || bin >= bins || out > OUTWARDS || out <= -INWARDS) return
    near.push({ bin, out, z: points.z[i] })
    top[bin] = Math.max(top[bin], points.z[i])
  })
  const wall = near.filter(({ bin, z }) => z < top[bin] - wallDepth)
  if (wall.length < Math.max(LEAST_OF_WALL, (LEAST_A_METRE * length) / 1000)) return undefined
  if (new Set(wall.map(({ bin }) => bin)).size < LEAST_STRETCHES * bins) return undefined
  const place = densestPlace(wall.map(({ out }) => out))
  if (place === undefined) return undefined
  const eaves = new Uint8Array(bins)
  for (const { bin, out, z } of near) if (z >= top[bin] - wallDepth && out > place + EAVES) eaves[bin] = 1
  return eaves.reduce((sum, one) => sum + one, 0) >= EAVES_SHARE * bins ? undefined : place
}

/** Mean of the values in the densest window; of equal windows, the outermost. */
const densestPlace = (values: readonly number[]): number | undefined => {
  const sorted = Float64Array.from(values).sort()
  let [support, first] = [0, 0]
  for (let low = 0, high = 0; high < sorted.length; high++) {
    while (sorted[high] - sorted[low] > WALL_WIDTH) low++
    if (high - low + 1 >= support) [support, first] = [high - low + 1, low]
  }
  if (support < LEAST_SHARE * sorted.length) return undefined
  let sum = 0
  for (let k = first; k < first + support; k++) sum += sorted[k]
  return sum / support
}

/** West and east bound of the places near the edge in a row. */
const stretchInRow = (a: readonly [number, number], b: readonly [number, number], row: number): [number, number] => {
  const [south, north] = [row * ROW - INWARDS, (row + 1) * ROW + INWARDS]
  const dy = b[1] - a[1]
  const place = (y: number): number => Math.min(1, Math.max(0, (y - a[1]) / dy))
  const [from, to] = Math.abs(dy) < 1 ? [0, 1] : [place(south), place(north)]
  const [x0, x1] = [a[0] + from * (b[0] - a[0]), a[0] + to * (b[0] - a[0])]
  return [Math.min(x0, x1) - INWARDS, Math.max(x0, x1) + INWARDS]
}
