/** The surface of a body of water, and the counts of heights that decide it. */

import { elementAt } from "../../../engine/core/lists.js"
import type { CellRuns } from "../../grid/cell-runs.js"
import { addHistograms, binAt, histogramOfLevels } from "../../handover/histogram.js"
import type { Patch } from "../../handover/patch/join.js"

/** Side of the windows, fixed in the CRS, in which a river has its own level, mm. */
export const LEVEL_WINDOW = 25_000
/** Size of the bins of a body's heights, mm, and of those of a window. */
const LEVEL_BIN = 10
const WINDOW_BIN = 100
/** Bins around that of the median whose points count in a window. */
const NEAR_BINS = 2
/**
 * Largest range of the middle 90 % of a lake's points, mm. Beyond it the surface slopes or has
 * waves.
 */
const LAKE_RANGE = 300
/** A lake does not fall by more than this, mm, … */
const LAKE_FALL = 60
/** … as steeply as this. Gentler falls are differences between flight strips. */
const LEAST_SLOPE = 1 / 4000
/** The square of a long body's length is at least so many times its area. */
const LONG = 6
/** Of other bodies a plane explains this share of the variance, over this number of windows. */
const LEAST_SHARE = 0.9
const PLANE_WINDOWS = 6
/** A window with fewer points has no level. */
const LEAST_POINTS = 5
/** A plane does not follow single windows with more points than this. */
const MOST_POINTS = 200

/** A plane through a place, mm, and the share of the variance that it explains. */
interface Plane {
  readonly x: number
  readonly y: number
  readonly z: number
  readonly slopeX: number
  readonly slopeY: number
  readonly share: number
}

/** The level in one window, and the windows that it meets through water. */
interface LevelPlane extends Plane {
  readonly links: ReadonlySet<number>
}

export interface WaterLevel {
  readonly kind: "lake" | "void" | "river"
  /** Median of its points' heights, mm: the middle of a bin. */
  readonly levelMm: number
  /** Rivers that fall: the plane of each window that has water. */
  readonly planes: ReadonlyMap<number, LevelPlane>
}

/**
 * Distinguishes lake and river by the heights of all points of the body. It is level if the middle
 * 90 % of them are within 0.3 m, unless it falls by a steady slope. A level body is a lake, or a
 * river if it is long and goes on beyond the data (`truncated`). Uses only sums over the whole
 * body, so the division into parts does not matter.
 *
 * A river's level in a window is a plane fitted to the heights of the windows around, by their
 * distance through the water. A plane slopes only along directions in which these windows extend,
 * so a narrow river is flat across. O(windows).
 */
export const findWaterLevel = (
  { levels, places, runs, truncated }: Pick<Patch, "levels" | "places" | "runs" | "truncated">,
  cellMm: number,
): WaterLevel => {
  const all = addHistograms([histogramOfLevels(levels)])
  const levelMm = quantile(all, 1, 2)
  const windows = linkWindows(measuredWindows(places ?? new Int32Array(0)), runs, cellMm)
  const isFlat = quantile(all, 19, 20) - quantile(all, 1, 20) <= LAKE_RANGE
  const course = isFlat ? followCourse(windows, runs, cellMm) : undefined
  if (isFlat && !fallsAlong(course) && !fallsAsPlane(windows))
    return { kind: truncated && course !== undefined ? "river" : "lake", levelMm, planes: new Map() }
  const planes = new Map<number, LevelPlane>()
  for (const [key, window] of windows) {
    const plane = planeAt(window)
    if (plane) planes.set(key, { ...plane, links: new Set(Array.from(window.links, ({ key }) => key)) })
  }
  return { kind: "river", levelMm, planes }
}

/** The level of a lake without points: the median of its banks, ascending. */
export const bankLevel = (banks: readonly number[]): WaterLevel => ({
  kind: "void",
  levelMm: banks[Math.floor((banks.length - 1) / 2)]!,
  planes: new Map(),
})

/** Middle, mm, of the first bin that the share `above / of` of the counts reaches. */
const quantile = (histogram: Int32Array, above: number, of: number): number =>
  binAt(histogram, above, of) * LEVEL_BIN + LEVEL_BIN / 2

/** More rows of windows than any CRS has. */
const WINDOW_ROWS = 2 ** 20
const windowKey = (column: number, row: number): number => column * WINDOW_ROWS + row
const windowOf = (mm: number): number => Math.floor(mm / LEVEL_WINDOW)

/** A window with water: the mean place and height of its points, and the windows that it meets. */
interface Window {
  readonly key: number
  readonly x: number
  readonly y: number
  readonly z: number
  /** 0 for too few points; the place is then the window's middle. */
  readonly points: number
  readonly links: Set<Window>
}

const measuredWindows = (places: Int32Array): Map<number, Window> => {
  const windows = new Map<number, Window>()
  for (let from = 0, to = 0; from < places.length; from = to) {
    const [column, row] = [places[from], places[from + 1]]
    const bins: number[] = []
    for (; to < places.length && places[to] === column && places[to + 1] === row; to += ROW)
      bins.push(places[to + 2], places[to + 3])
    const median = binAt(Int32Array.from(bins), 1, 2)
    let [points, x, y, z] = [0, 0, 0, 0]
    for (let at = from; at < to; at += ROW) {
      const count = places[at + 3]
      if (Math.abs(places[at + 2] - median) > NEAR_BINS) continue
      points += count
      x += places[at + 4] * CENTIMETRE
      y += places[at + 5] * CENTIMETRE
      z += places[at + 6] + count * places[at + 2] * WINDOW_BIN
    }
    if (points < LEAST_POINTS) continue
    const key = windowKey(column, row)
    const [west, south] = [column * LEVEL_WINDOW, row * LEVEL_WINDOW]
    windows.set(key, { key, x: west + x / points, y: south + y / points, z: z / points, points, links: new Set() })
  }
  return windows
}

/** Adds the windows of a body without points, and links windows over whose side water extends. */
const linkWindows = (
  windows: Map<number, Window>,
  { rows, starts, ends }: CellRuns,
  cellMm: number,
): ReadonlyMap<number, Window> => {
  const at = (column: number, row: number): Window => {
    const key = windowKey(column, row)
    const known = windows.get(key)
    if (known) return known
    const middle = (index: number): number => (index + 0.5) * LEVEL_WINDOW
    const window = { key, x: middle(column), y: middle(row), z: 0, points: 0, links: new Set<Window>() }
    windows.set(key, window)
    return window
  }
  const link = (a: Window, b: Window): void => {
    a.links.add(b)
    b.links.add(a)
  }
  let below = 0
  for (let k = 0; k < rows.length; k++) {
    const row = windowOf(rows[k] * cellMm)
    const last = windowOf((ends[k] - 1) * cellMm)
    for (let column = windowOf(starts[k] * cellMm); column <= last; column++) {
      const window = at(column, row)
      if (column < last) link(window, at(column + 1, row))
    }
    const southern = windowOf((rows[k] - 1) * cellMm)
    if (southern === row) continue
    while (rows[below] < rows[k] - 1 || (rows[below] === rows[k] - 1 && ends[below] <= starts[k])) below++
    for (let b = below; rows[b] === rows[k] - 1 && starts[b] < ends[k]; b++) {
      const end = windowOf((Math.min(ends[b], ends[k]) - 1) * cellMm)
      for (let column = windowOf(Math.max(starts[b], starts[k]) * cellMm); column <= end; column++)
        link(at(column, southern), at(column, row))
    }
  }
  return windows
}

const between = (a: Window, b: Window): number => Math.hypot(a.x - b.x, a.y - b.y)

/** Distances of windows from one of them, by the fewest windows between. */
const distancesFrom = (first: Window): Map<Window, number> => {
  const distances = new Map([[first, 0]])
  for (const [window, distance] of distances) {
    for (const next of window.links) if (!distances.has(next)) distances.set(next, distance + between(window, next))
  }
  return distances
}

const farthest = (distances: ReadonlyMap<Window, number>): [Window, number] =>
  [...distances].reduce((best, one) => (one[1] > best[1] ? one : best))

/** The length of a body through its water, mm, and how far along each of its windows is. */
interface Course {
  readonly length: number
  readonly distances: ReadonlyMap<Window, number>
}

/** The course of a long, narrow body; undefined for others. */
const followCourse = (windows: ReadonlyMap<number, Window>, runs: CellRuns, cellMm: number): Course | undefined => {
  const [first] = windows.values()
  if (first === undefined) return undefined
  const distances = distancesFrom(farthest(distancesFrom(first))[0])
  const length = farthest(distances)[1] + LEVEL_WINDOW
  let cells = 0
  for (let k = 0; k < runs.rows.length; k++) cells += runs.ends[k] - runs.starts[k]
  return length * length < LONG * cells * cellMm * cellMm ? undefined : { length, distances }
}

/** True for a course whose levels fall from one end to the other. */
const fallsAlong = (course: Course | undefined): boolean => {
  if (course === undefined) return false
  const { length, distances } = course
  const sums = { n: 0, s: 0, z: 0, ss: 0, sz: 0 }
  for (const [{ z, points }, s] of distances) {
    sums.n += points
    sums.s += points * s
    sums.z += points * z
    sums.ss += points * s * s
    sums.sz += points * s * z
  }
  const slope = Math.abs((sums.n * sums.sz - sums.s * sums.z) / (sums.n * sums.ss - sums.s * sums.s))
  return slope >= LEAST_SLOPE && slope * length > LAKE_FALL
}

/** True for a body of many windows whose levels are on one sloping plane. */
const fallsAsPlane = (windows: ReadonlyMap<number, Window>): boolean => {
  const measured = [...windows.values()].filter(({ points }) => points > 0)
  if (measured.length < PLANE_WINDOWS) return false
  const plane = fitPlane(measured.map((window) => [window, window.points]))
  const falls = measured.map(({ x, y }) => plane.slopeX * x + plane.slopeY * y)
  const fall = falls.reduce((a, b) => Math.max(a, b)) - falls.reduce((a, b) => Math.min(a, b))
  return plane.share >= LEAST_SHARE && fall > LAKE_FALL && Math.hypot(plane.slopeX, plane.slopeY) >= LEAST_SLOPE
}

/** Distance through water, mm, up to which windows shape a plane; farther ones if they are few. */
const REACH = 60_000
const LEAST_WINDOWS = 5
/** How steeply weights fall with the distance. */
const SLOPE_POWER = 2
const HEIGHT_POWER = 24
/** A plane slopes along a direction in which its windows have at least this deviation, mm. */
const SPREAD = 10_000

/** The measured windows nearest to one through water, each with its distance. */
const windowsNear = (first: Window): [Window, number][] => {
  const open = new Map([[first, 0]])
  const done = new Map<Window, number>()
  const near: [Window, number][] = []
  while (open.size > 0) {
    let [nearest, least] = [first, Number.POSITIVE_INFINITY]
    for (const [window, distance] of open) if (distance < least) [nearest, least] = [window, distance]
    if (least > REACH && near.length >= LEAST_WINDOWS) break
    open.delete(nearest)
    done.set(nearest, least)
    if (nearest.points > 0) near.push([nearest, least])
    for (const next of nearest.links) {
      const distance = least + between(nearest, next)
      if (!done.has(next) && distance < (open.get(next) ?? Number.POSITIVE_INFINITY)) open.set(next, distance)
    }
  }
  return near
}

/**
 * The level around a window; undefined if no window of the body is measured. Windows within reach
 * give the slope, the nearest of them the height, so that it follows bends.
 */
const planeAt = (window: Window): Plane | undefined => {
  const near = windowsNear(window)
  if (near.length === 0) return undefined
  const reach = Math.max(REACH, 1.25 * elementAt(near, near.length - 1)[1])
  const weighted = (power: number): (readonly [Window, number])[] =>
    near.map(([one, d]) => [one, Math.min(one.points, MOST_POINTS) * (1 - (d / reach) ** 2) ** power])
  const { x, y, z } = fitPlane(weighted(HEIGHT_POWER))
  return { ...fitPlane(weighted(SLOPE_POWER)), x, y, z }
}

/** The plane by weighted least squares. */
const fitPlane = (windows: readonly (readonly [Window, weight: number])[]): Plane => {
  const total = windows.reduce((sum, [, weight]) => sum + weight, 0)
  const mean = (of: (window: Window) => number): number =>
    windows.reduce((sum, [window, weight]) => sum + weight * of(window), 0) / total
  const [x, y, z] = [mean((one) => one.x), mean((one) => one.y), mean((one) => one.z)]
  const xx = mean((one) => (one.x - x) ** 2)
  const xy = mean((one) => (one.x - x) * (one.y - y))
  const yy = mean((one) => (one.y - y) ** 2)
  const xz = mean((one) => (one.x - x) * (one.z - z))
  const yz = mean((one) => (one.y - y) * (one.z - z))
  const zz = mean((one) => (one.z - z) ** 2)
  const half = Math.hypot((xx - yy) / 2, xy)
  // The principal axis, by the half of its angle that does not cancel.
  const [ax, ay] = xx >= yy ? [(xx - yy) / 2 + half, xy] : [xy, (yy - xx) / 2 + half]
  const norm = Math.hypot(ax, ay)
  const [ux, uy] = norm > 0 ? [ax / norm, ay / norm] : [1, 0]
  const long = (xx + yy) / 2 + half
  const across = (xx + yy) / 2 - half
  const along = long >= SPREAD ** 2 ? (xz * ux + yz * uy) / long : 0
  const aside = across >= SPREAD ** 2 ? (yz * ux - xz * uy) / across : 0
  const share = (along * along * long + aside * aside * across) / zz
  return { x, y, z, slopeX: along * ux - aside * uy, slopeY: along * uy + aside * ux, share }
}

/**
 * Height of the water at a place of the CRS, mm. A lake has one level. A river's is bilinear
 * between the planes of the four windows around, without those that the place's own window does not
 * meet through water.
 */
export const waterHeight = ({ levelMm, planes }: WaterLevel, x: number, y: number): number => {
  if (planes.size === 0) return levelMm
  const [u, v] = [x / LEVEL_WINDOW - 0.5, y / LEVEL_WINDOW - 0.5]
  const own = planes.get(windowKey(windowOf(x), windowOf(y)))
  const keys = [0, 1, 2, 3].map((k) => windowKey(Math.floor(u) + (k % 2), Math.floor(v) + (k >> 1)))
  const isMet = (key: number): boolean =>
    own === undefined ||
    planes.get(key) === own ||
    own.links.has(key) ||
    keys.some((other) => own.links.has(other) && planes.get(other)?.links.has(key))
  let [weights, sum] = [0, 0]
  for (const [k, key] of keys.entries()) {
    const plane = planes.get(key)
    if (plane === undefined || !isMet(key)) continue
    const weight = Math.abs(1 - (k % 2) - (u - Math.floor(u))) * Math.abs(1 - (k >> 1) - (v - Math.floor(v)))
    weights += weight
    sum += weight * (plane.z + plane.slopeX * (x - plane.x) + plane.slopeY * (y - plane.y))
  }
  // Ignores a window that barely reaches the place, so that rounding does not decide.
  return weights > 1e-6 ? Math.round(sum / weights) : levelMm
}

/** Numbers of a row of `PatchSums.places`. */
const ROW = 7
/** Unit of its sums of places, mm: small enough for 32 bits. */
const CENTIMETRE = 10

/** Numbers by bins, `width` each, from the bin `first` on. */
interface Bins {
  first: number
  numbers: Int32Array
}

/** Index of a bin's numbers; makes room for it, and doubles the size. */
const placeOfBin = (bins: Bins, bin: number, width: number): number => {
  const { first, numbers } = bins
  const count = numbers.length / width
  if (bin >= first && bin < first + count) return (bin - first) * width
  if (count === 0) {
    bins.first = bin - 8
    bins.numbers = new Int32Array(16 * width)
    return 8 * width
  }
  const missing = bin < first ? first - bin : bin - first - count + 1
  const wider = new Int32Array(2 * (count + missing) * width)
  bins.first = bin < first ? first + count - wider.length / width : first
  wider.set(numbers, (first - bins.first) * width)
  bins.numbers = wider
  return (bin - bins.first) * width
}

/** Counts of heights of one body, and sums by windows fixed in the CRS: those of `PatchSums`. */
export class LevelCounts {
  private readonly all: Bins = { first: 0, numbers: new Int32Array(0) }
  private readonly windows = new Map<number, Bins>()
  private key = -1
  private bins: Bins = this.all

  /**
   * Counts a point, whole mm of the CRS. Points are in canonical order, so the window is usually
   * that of the previous point.
   */
  add(x: number, y: number, z: number): void {
    this.all.numbers[placeOfBin(this.all, Math.floor(z / LEVEL_BIN), 1)]++
    const [column, row] = [windowOf(x), windowOf(y)]
    const key = windowKey(column, row)
    if (key !== this.key) this.turnTo(key)
    const bin = Math.floor(z / WINDOW_BIN)
    const at = placeOfBin(this.bins, bin, ROW - 3)
    const { numbers } = this.bins
    numbers[at]++
    numbers[at + 1] += Math.floor((x - column * LEVEL_WINDOW) / CENTIMETRE)
    numbers[at + 2] += Math.floor((y - row * LEVEL_WINDOW) / CENTIMETRE)
    numbers[at + 3] += z - bin * WINDOW_BIN
  }

  private turnTo(key: number): void {
    this.key = key
    const known = this.windows.get(key)
    this.bins = known ?? { first: 0, numbers: new Int32Array(0) }
    if (known === undefined) this.windows.set(key, this.bins)
  }

  /** Sorted by window and bin. */
  sums(): { readonly levels: Int32Array; readonly places: Int32Array } {
    const levels: number[] = []
    this.all.numbers.forEach((count, i) => {
      if (count > 0) levels.push(0, 0, this.all.first + i, count)
    })
    const places: number[] = []
    for (const [key, { first, numbers }] of [...this.windows].sort((a, b) => a[0] - b[0])) {
      const column = Math.floor(key / WINDOW_ROWS)
      for (let at = 0; at < numbers.length; at += ROW - 3) {
        if (numbers[at] === 0) continue
        places.push(column, key - column * WINDOW_ROWS, first + at / (ROW - 3))
        for (let k = at; k < at + ROW - 3; k++) places.push(numbers[k])
      }
    }
    return { levels: Int32Array.from(levels), places: Int32Array.from(places) }
  }
}
