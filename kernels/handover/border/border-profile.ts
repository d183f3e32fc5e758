/**
 * The border of a tile in plan and height, identical to the millimetre in all tiles that share it.
 */
import type { Points } from "../../../engine/kernel.js"
import { type DataExtent, wholeExtent } from "../extent/data-extent.js"

/** Classes that show the height of ground or water: ground, water, virtual points. */
const isGround = (label: number): boolean => label === 2 || label === 9 || label === 66

/** Side of the buckets, mm. */
const BUCKET = 4000

/**
 * True where point a takes precedence over b: higher, then further south, then west, then lower
 * class.
 */
export const goesBefore = (points: Points, classes: Uint8Array, a: number, b: number): boolean => {
  const { x, y, z } = points
  if (z[a] !== z[b]) return z[a] > z[b]
  if (y[a] !== y[b]) return y[a] < y[b]
  if (x[a] !== x[b]) return x[a] < x[b]
  return classes[a] < classes[b]
}

/**
 * Finds the nearest point of class 2, 9 or 66 within `reach` of a place, or −1. All in mm relative
 * to the tile's origin; places within the square [0, side].
 *
 * The answer depends only on the points within `reach` of the place. O(points) and 4 bytes a point
 * to build; O(points within reach) a query.
 */
export const groundFinder = (points: Points, classes: Uint8Array, side: number, reach: number): GroundFinder => {
  const columns = Math.ceil((side + 2 * reach) / BUCKET) + 1
  const bucketOf = (i: number): number => {
    const column = Math.floor((points.x[i] + reach) / BUCKET)
    const row = Math.floor((points.y[i] + reach) / BUCKET)
    return column < 0 || row < 0 || column >= columns || row >= columns ? -1 : row * columns + column
  }
  const first = new Int32Array(columns * columns).fill(-1)
  const next = new Int32Array(points.count)
  for (let i = points.count - 1; i >= 0; i--) {
    const bucket = isGround(classes[i]) ? bucketOf(i) : -1
    if (bucket < 0) continue
    next[i] = first[bucket]
    first[bucket] = i
  }
  return (x, y) => {
    const low = (value: number): number => Math.max(0, Math.floor(value / BUCKET))
    const high = (value: number): number => Math.min(columns - 1, Math.floor((value + 2 * reach) / BUCKET))
    let nearest = -1
    let distance = reach * reach
    for (let row = low(y); row <= high(y); row++) {
      for (let column = low(x); column <= high(x); column++) {
        for (let i = first[row * columns + column]; i >= 0; i = next[i]) {
          const squared = (points.x[i] - x) * (points.x[i] - x) + (points.y[i] - y) * (points.y[i] - y)
          if (squared > distance) continue
          if (nearest < 0 || squared < distance || goesBefore(points, classes, i, nearest)) {
            nearest = i
            distance = squared
          }
        }
      }
    }
    return nearest
  }
}

/**
 * A border: vertices counter-clockwise; `open[i]` is 1 where the edge from vertex i lies in a void.
 */
export interface CutBorder extends Chain {
  readonly open: Uint8Array
}

/** A chain of vertices with heights and classes, in mm relative to the tile's origin. */
export interface Chain {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly classes: Uint8Array
}

/** Index of the nearest ground or water point within `reach` of a place, or −1. */
export type GroundFinder = (x: number, y: number) => number

/** Parameters of a border. All lengths in mm. */
export interface BorderRule {
  /** Side of the tile. */
  readonly side: number
  /**
   * Distance between stations along a side, and side of the square around each that gives its
   * points.
   */
  readonly step: number
  /** Radius within which a corner with an empty square takes the nearest point. */
  readonly reach: number
  /** Largest height error of the simplified profile at a station. */
  readonly maxError: number
}

const NONE = -1
/**
 * Distance, mm, within which a station with a point spares its neighbours the search for ground. A
 * corner first searches as far for points of any class.
 */
const NEAR = 2000
/** A station this much lower than both its sides, mm, looks through a roof's edge or a canopy. */
const PIT_DEPTH = 2000
/** Distance, mm, within which a pit has canopy on both sides. */
const PIT_REACH = 2500

/**
 * The border of a square tile, counter-clockwise from the south-west corner. Each tile that shares
 * a side or a corner computes it on its own, with the same result to the millimetre:
 *
 * - Stations: one every `step` along each side takes the highest point of the square of side `step`
 *   around it. The profile runs straight over stations without a point.
 * - Pits: a station is dropped if both neighbours, or vegetation within 2.5 m on both sides, are
 *   more than 2 m higher.
 * - Gaps: a station more than 2 m from any with a point takes the nearest ground or water point
 *   within `reach` where there is data.
 * - Corners: if the square is empty, a corner takes the nearest point within 2 m, then ground or
 *   water within `reach`, then any class. Without any, it takes the height of the next vertex, and
 *   its edges are open.
 * - Voids: the edge is open where the line between two stations leaves the `extent` of the data.
 * - Stretches between open edges, from the west or the south, are simplified to `maxError`.
 *
 * Needs all points within `max(reach, step / 2)` of the border, in `ground` too. O(points). Ties:
 * higher, then lower y, then x, then class.
 */
export const borderProfile = (
  points: Points,
  classes: Uint8Array,
  rule: BorderRule,
  ground: GroundFinder,
  extent: DataExtent = wholeExtent,
): CutBorder => {
  const stations = Math.max(1, Math.round(rule.side / rule.step))
  const best = new Int32Array(4 * (stations + 1)).fill(NONE)
  collectStations(points, classes, rule, stations, best)
  const corners = [0, 1, 2, 3].map((corner) => {
    // A corner shares its square with the end stations of both its sides.
    const own = best[corner < 2 ? corner * stations : 2 * (stations + 1) + (corner === 2 ? stations : 0)]
    return own !== NONE ? own : nearCorner(points, classes, rule, corner, ground)
  })
  fillStations(rule, stations, best, ground, extent)
  const loop: Loop = { x: [], y: [], point: [], open: [] }
  for (let side = 0; side < 4; side++) {
    const start = side < 2 ? side : side === 2 ? 3 : 0
    const end = side < 2 ? side + 1 : side === 2 ? 2 : 3
    const own = best.subarray(side * (stations + 1), (side + 1) * (stations + 1))
    const along: number[] = []
    const chosen: number[] = []
    for (let s = 0; s <= stations; s++) {
      const isEnd = s === 0 || s === stations
      const point = s === 0 ? corners[start]! : isEnd ? corners[end]! : own[s]
      if (!isEnd && (point === NONE || isPit(points.z, classes, own, s, rule.step))) continue
      along.push(s === stations ? rule.side : s * rule.step)
      chosen.push(point)
    }
    walkSide(loop, side, { along, chosen, z: points.z }, rule, extent)
  }
  const count = loop.x.length
  // A corner without any point near takes the height of the next vertex that has one. Nothing is
  // built on it.
  const sourceOf = (i: number): number => {
    for (let k = 0; k < count; k++) if (loop.point[(i + k) % count]! !== NONE) return loop.point[(i + k) % count]!
    return NONE
  }
  const source = Int32Array.from(loop.point, (_, i) => sourceOf(i))
  return {
    x: Int32Array.from(loop.x),
    y: Int32Array.from(loop.y),
    z: source.map((point) => (point === NONE ? 0 : points.z[point])),
    classes: Uint8Array.from(source, (point) => (point === NONE ? 2 : classes[point])),
    open: Uint8Array.from(loop.open),
  }
}

/**
 * The border under construction; `point` is the index of the point that gives the height, or −1.
 */
interface Loop {
  readonly x: number[]
  readonly y: number[]
  readonly point: number[]
  readonly open: number[]
}

/** The stations of a side: distance along it and index of a point, or −1; heights of all points. */
interface Stations {
  readonly along: readonly number[]
  readonly chosen: readonly number[]
  readonly z: Int32Array
}

/** Adds one side to the loop, without its last vertex, which the next side adds. */
const walkSide = (
  loop: Loop,
  side: number,
  { along, chosen, z }: Stations,
  rule: BorderRule,
  extent: DataExtent,
): void => {
  const across = side === 1 || side === 2 ? rule.side : 0
  const covered = (a: number, b: number): boolean =>
    side === 0 || side === 2 ? extent.coversLine(a, across, b, across) : extent.coversLine(across, a, across, b)
  const retained: number[] = []
  // 1 where the edge from a retained place to the next one is open.
  const open: number[] = []
  for (let from = 0; from < along.length; ) {
    let to = from
    while (
      to + 1 < along.length &&
      chosen[to] !== NONE &&
      chosen[to + 1] !== NONE &&
      covered(along[to]!, along[to + 1]!)
    ) {
      to++
    }
    const heights = chosen.slice(from, to + 1).map((point) => (point === NONE ? 0 : z[point]))
    for (const k of simplifyProfile(along.slice(from, to + 1), heights, rule.maxError)) {
      retained.push(from + k)
      open.push(0)
    }
    open[open.length - 1] = 1
    from = to + 1
  }
  const last = retained.length - 1
  for (let i = 0; i < last; i++) {
    const k = retained[side < 2 ? i : last - i]!
    loop.x.push(side === 1 ? rule.side : side === 3 ? 0 : along[k]!)
    loop.y.push(side === 0 ? 0 : side === 2 ? rule.side : along[k]!)
    loop.point.push(chosen[k]!)
    loop.open.push(open[side < 2 ? i : last - 1 - i]!)
  }
}

/**
 * Simplifies a profile of heights (Douglas and Peucker 1973).
 *
 * @returns indices of the retained places in order, both ends included; every other height is
 *   within `maxError` of the straight line between its retained neighbours. Ties: the first. O(n²)
 *   at worst.
 */
export const simplifyProfile = (along: readonly number[], heights: readonly number[], maxError: number): number[] => {
  if (along.length <= 2) return along.map((_, i) => i)
  const keep = new Uint8Array(along.length)
  keep[0] = 1
  keep[along.length - 1] = 1
  const stack: [start: number, end: number][] = [[0, along.length - 1]]
  for (let span = stack.pop(); span !== undefined; span = stack.pop()) {
    const [start, end] = span
    const slope = (heights[end]! - heights[start]!) / (along[end]! - along[start]!)
    let worst = -1
    let largest = maxError
    for (let i = start + 1; i < end; i++) {
      const distance = Math.abs(heights[i]! - heights[start]! - slope * (along[i]! - along[start]!))
      if (distance > largest) {
        largest = distance
        worst = i
      }
    }
    if (worst < 0) continue
    keep[worst] = 1
    stack.push([start, worst], [worst, end])
  }
  const retained: number[] = []
  for (let i = 0; i < keep.length; i++) if (keep[i] === 1) retained.push(i)
  return retained
}

/**
 * True where both sides of station `s` are more than `PIT_DEPTH` higher: the next station, or
 * canopy within `PIT_REACH`. An alley between houses is no pit.
 */
const isPit = (z: Int32Array, classes: Uint8Array, stations: Int32Array, s: number, step: number): boolean => {
  const reach = Math.max(1, Math.floor(PIT_REACH / step))
  const rim = z[stations[s]] + PIT_DEPTH
  let walls = 0
  for (const direction of [-1, 1]) {
    for (let k = 1; k <= reach; k++) {
      const point = stations[s + direction * k] ?? NONE
      if (point === NONE || z[point] <= rim || (k > 1 && !isVegetation(classes[point]))) continue
      walls++
      break
    }
  }
  return walls === 2
}

const isVegetation = (label: number): boolean => label >= 3 && label <= 5

/**
 * Gives stations without a point the nearest ground point, unless a station within `NEAR` on the
 * same side has one. Over water without returns the surface then drops to the bank instead of
 * spanning tree tops.
 */
const fillStations = (
  rule: BorderRule,
  stations: number,
  best: Int32Array,
  ground: GroundFinder,
  extent: DataExtent,
): void => {
  const span = Math.ceil(NEAR / rule.step)
  for (let border = 0; border < 4; border++) {
    const offset = border * (stations + 1)
    const had = best.slice(offset, offset + stations + 1)
    for (let s = 1; s < stations; s++) {
      const window = had.subarray(Math.max(0, s - span), Math.min(stations, s + span) + 1)
      if (window.some((point) => point !== NONE)) continue
      const along = s * rule.step
      const x = border === 1 ? rule.side : border === 3 ? 0 : along
      const y = border === 0 ? 0 : border === 2 ? rule.side : along
      if (extent.covers(x, y)) best[offset + s] = ground(x, y)
    }
  }
}

/**
 * Finds the highest point of each station's square; sides south, east, north, west, stations from
 * the west or the south.
 */
const collectStations = (
  points: Points,
  classes: Uint8Array,
  rule: BorderRule,
  stations: number,
  best: Int32Array,
): void => {
  const { side, step } = rule
  const half = step / 2
  const { x, y, count } = points
  for (let i = 0; i < count; i++) {
    const px = x[i]
    const py = y[i]
    for (let border = 0; border < 4; border++) {
      const across = border === 0 ? py : border === 1 ? px - side : border === 2 ? py - side : px
      if (across < -half || across >= half) continue
      const along = border === 0 || border === 2 ? px : py
      // The last station is at the corner even where the step does not divide the side.
      const station = along >= side - half ? stations : Math.floor((along + half) / step)
      if (station < 0 || station > stations || along >= side + half) continue
      if (station === stations && along < side - half) continue
      const at = border * (stations + 1) + station
      if (best[at] === NONE || goesBefore(points, classes, i, best[at])) best[at] = i
    }
  }
}

/** The point of a corner (0 south-west, counter-clockwise) whose square is empty, or −1. */
const nearCorner = (
  points: Points,
  classes: Uint8Array,
  rule: BorderRule,
  corner: number,
  ground: GroundFinder,
): number => {
  const cx = corner === 1 || corner === 2 ? rule.side : 0
  const cy = corner >= 2 ? rule.side : 0
  const close = nearestPoint(points, classes, cx, cy, NEAR)
  if (close !== NONE) return close
  const low = ground(cx, cy)
  return low !== NONE ? low : nearestPoint(points, classes, cx, cy, rule.reach)
}

/** Index of the nearest point within `reach`, or −1. */
const nearestPoint = (points: Points, classes: Uint8Array, cx: number, cy: number, reach: number): number => {
  const { x, y, count } = points
  let nearest = NONE
  let distance = reach * reach
  for (let i = 0; i < count; i++) {
    const squared = (x[i] - cx) * (x[i] - cx) + (y[i] - cy) * (y[i] - cy)
    if (squared > distance) continue
    if (nearest === NONE || squared < distance || goesBefore(points, classes, i, nearest)) {
      nearest = i
      distance = squared
    }
  }
  return nearest
}
