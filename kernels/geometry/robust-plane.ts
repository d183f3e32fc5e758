/**
 * Height of a smooth surface under cluttered points: the top of a bridge deck under cars and
 * railings.
 */

/**
 * Points sorted into square bins: those of bin b are `order[starts[b] … starts[b + 1])`. Whole
 * millimetres.
 */
export interface BinnedPoints {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly z: Float64Array
  readonly minX: number
  readonly minY: number
  readonly side: number
  readonly columns: number
  readonly rows: number
  readonly starts: Int32Array
  readonly order: Int32Array
}

/**
 * Sorts points into bins of `side` mm on a grid fixed in the CRS, and by x, y, z within a bin,
 * whatever their order. O(n log n).
 */
export const binPoints = (x: Float64Array, y: Float64Array, z: Float64Array, side: number): BinnedPoints => {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < x.length; i++) {
    west = Math.min(west, Math.floor(x[i] / side))
    east = Math.max(east, Math.floor(x[i] / side))
    south = Math.min(south, Math.floor(y[i] / side))
    north = Math.max(north, Math.floor(y[i] / side))
  }
  const [columns, rows] = x.length === 0 ? [0, 0] : [east - west + 1, north - south + 1]
  const bin = Int32Array.from(x, (_, i) => (Math.floor(y[i] / side) - south) * columns + Math.floor(x[i] / side) - west)
  const order = Int32Array.from(x, (_, i) => i).sort(
    (a, b) => bin[a] - bin[b] || x[a] - x[b] || y[a] - y[b] || z[a] - z[b],
  )
  const starts = new Int32Array(columns * rows + 1)
  for (const b of bin) starts[b + 1]++
  for (let b = 0; b + 1 < starts.length; b++) starts[b + 1] += starts[b]
  return { x, y, z, minX: west * side, minY: south * side, side, columns, rows, starts, order }
}

/** Scale, mm, and number of the first rounds, which draw the plane down to the lower points … */
const [DRAW_SCALE, DRAW_ROUNDS] = [300, 6]
/**
 * … and scales of the later rounds, mm: points higher above the plane than the last one are not
 * surface.
 */
const SCALES = [500, 300, 200, 150, 150, 150]
/** Fewer points than this do not determine a plane. */
const LEAST_POINTS = 10
/** This many points determine a plane to a few millimetres. */
const ENOUGH = 200
/** Steepest slope of a deck: a steeper plane results from too few points on one side. */
const STEEPEST = 0.15

/**
 * Height of the smooth surface under the points near a place, mm; NaN if they do not determine one.
 * A plane by iteratively reweighted least squares, with weights that fall to zero at `radius`.
 *
 * Objects on the surface (cars, railings, lamps) are above the plane, so the two sides differ. At
 * first points above count the less the higher they are (Cauchy's weights), those below in full.
 * Then Tukey's biweight follows at falling scales, twice as wide below. The lower of two layers
 * wins unless it has few points. Scales are absolute. O(points near).
 *
 * Source: Holland and Welsch, "Robust regression using iteratively reweighted least-squares", 1977.
 */
export const robustHeight = (points: BinnedPoints, x: number, y: number, radius: number): number => {
  const near = thinned(pointsNear(points, x, y, radius))
  if (near.length < LEAST_POINTS) return Number.NaN
  const plane = new Float64Array(3)
  const disc = { x, y, radius }
  if (!fitPlane(points, near, disc, plane, Weight.all)) return Number.NaN
  for (let round = 0; round < DRAW_ROUNDS; round++) fitPlane(points, near, disc, plane, Weight.draw)
  for (const scale of SCALES) if (!fitPlane(points, near, disc, plane, scale)) return Number.NaN
  return Math.hypot(plane[1], plane[2]) > STEEPEST ? Number.NaN : plane[0]
}

/** Thins points evenly in their fixed order to about {@link ENOUGH}: more only cost time. */
const thinned = (near: number[]): number[] => {
  const step = Math.floor(near.length / ENOUGH)
  return step < 2 ? near : near.filter((_, k) => k % step === 0)
}

/** Special values of the scale, for the first rounds. */
const Weight = { all: 0, draw: -1 } as const

/** Weight of a point `off` mm above the plane. */
const tukeyWeight = (off: number, scale: number): number => {
  if (scale === Weight.all) return 1
  if (scale === Weight.draw) return off > 0 ? 1 / (1 + (off / DRAW_SCALE) ** 2) : 1
  const share = off > 0 ? off / scale : off / (2 * scale)
  return share >= 1 || share <= -1 ? 0 : (1 - share * share) ** 2
}

const pointsNear = ({ x: xs, y: ys, ...bins }: BinnedPoints, x: number, y: number, radius: number): number[] => {
  const near: number[] = []
  const { minX, minY, side, columns, rows, starts, order } = bins
  const last = Math.min(columns - 1, Math.floor((x + radius - minX) / side))
  const first = Math.max(0, Math.floor((x - radius - minX) / side))
  const top = Math.min(rows - 1, Math.floor((y + radius - minY) / side))
  for (let r = Math.max(0, Math.floor((y - radius - minY) / side)); r <= top && first <= last; r++) {
    for (let k = starts[r * columns + first]; k < starts[r * columns + last + 1]; k++) {
      const i = order[k]
      if ((xs[i] - x) ** 2 + (ys[i] - y) ** 2 < radius * radius) near.push(i)
    }
  }
  return near
}

/**
 * One round: writes the height at the place and the slopes (mm per mm) into `plane`. Returns false,
 * with `plane` unchanged, if the weighted points do not determine one.
 */
const fitPlane = (
  { x: xs, y: ys, z: zs }: BinnedPoints,
  near: readonly number[],
  { x, y, radius }: { readonly x: number; readonly y: number; readonly radius: number },
  plane: Float64Array,
  scale: number,
): boolean => {
  let [w0, wu, wv, wuu, wuv, wvv, wz, wuz, wvz, used] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  const reference = zs[near[0]]
  for (const i of near) {
    // In units of the radius, to make the sums comparable in size.
    const u = (xs[i] - x) / radius
    const v = (ys[i] - y) / radius
    const z = zs[i] - reference
    let weight = (1 - u * u - v * v) ** 2
    weight *= tukeyWeight(zs[i] - plane[0] - radius * (plane[1] * u + plane[2] * v), scale)
    if (weight === 0) continue
    used++
    w0 += weight
    wu += weight * u
    wv += weight * v
    wuu += weight * u * u
    wuv += weight * u * v
    wvv += weight * v * v
    wz += weight * z
    wuz += weight * u * z
    wvz += weight * v * z
  }
  const [a, b, c] = [wvv * wuu - wuv * wuv, wuv * wv - wvv * wu, wuv * wu - wuu * wv]
  const determinant = w0 * a + wu * b + wv * c
  if (used < LEAST_POINTS || !(determinant > 2e-4 * w0 * w0 * w0)) return false
  plane[0] = reference + (a * wz + b * wuz + c * wvz) / determinant
  plane[1] = (b * wz + (w0 * wvv - wv * wv) * wuz + (wu * wv - w0 * wuv) * wvz) / determinant / radius
  plane[2] = (c * wz + (wu * wv - w0 * wuv) * wuz + (w0 * wuu - wu * wu) * wvz) / determinant / radius
  return true
}
