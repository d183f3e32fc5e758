import type { Points } from "../../engine/kernel.js"
import { goesBefore } from "./nearest-ground.js"

/** A chain of vertices with heights and classes; integers of mm relative to the tile's origin. */
export interface Chain {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly classes: Uint8Array
}

/** The nearest point of the ground or the water within `reach` of a place, or −1. */
export type GroundFinder = (x: number, y: number) => number

/** How the border of a tile is computed. All lengths in mm. */
export interface BorderRule {
  /** Side of the tile. */
  readonly side: number
  /** Step of the stations along a side; each looks at a square of this size around it. */
  readonly step: number
  /** A corner whose square is empty takes the nearest point within this distance. */
  readonly reach: number
  /** Vertical bound of the simplified profile at every station. */
  readonly maxError: number
}

const NONE = -1
/** Distance, mm, within which the surface runs straight to the next point whatever it is. */
const NEAR = 2000
/** Depth, mm, from which a single low station is a look through a roof's edge or a canopy, not the top surface. */
const PIT_DEPTH = 2000

/**
 * The border of a square tile, counter-clockwise from the south-west corner, by a rule that each of the tiles that
 * share a side or a corner computes alone with the same result, to the millimetre:
 *
 * - a station every `step` along each side takes the highest point of the square of side `step` around it;
 *   a station without a point is left out, so the profile runs straight there, and so is a
 *   single station more than 2 m below both its neighbours; more than 2 m from any station with a point it takes
 *   the nearest ground or water point within `reach`;
 * - a corner does the same; where its square is empty it takes the nearest point within 2 m, then the nearest of ground or
 *   water within `reach`, then the nearest of any class within it (at equal distance the higher); where there is
 *   none either, the corner is left out and the sides end at their last station;
 * - each profile, walked from the west or the south, is simplified to `maxError` (Douglas and Peucker 1973).
 *
 * Needs all points within `max(reach, step / 2)` of the border, in `ground` too. Ties: lower y, then x, then class. O(points) time.
 */
export const borderProfile = (points: Points, classes: Uint8Array, rule: BorderRule, ground: GroundFinder): Chain => {
  const stations = Math.max(1, Math.round(rule.side / rule.step))
  const best = new Int32Array(4 * (stations + 1)).fill(NONE)
  collectStations(points, classes, rule, stations, best)
  const corners = [0, 1, 2, 3].map((corner) => cornerPoint(points, classes, rule, stations, best, corner, ground))
  fillStations(rule, stations, best, ground)
  const xs: number[] = []
  const ys: number[] = []
  const heights: number[] = []
  const labels: number[] = []
  for (let side = 0; side < 4; side++) {
    const along: number[] = []
    const chosen: number[] = []
    const start = side < 2 ? side : side === 2 ? 3 : 0
    const end = side < 2 ? side + 1 : side === 2 ? 2 : 3
    for (let s = 0; s <= stations; s++) {
      const point = s === 0 ? corners[start]! : s === stations ? corners[end]! : best[side * (stations + 1) + s]
      if (point === NONE || (s > 0 && s < stations && isPit(points.z, best, side * (stations + 1) + s))) continue
      along.push(s === stations ? rule.side : s * rule.step)
      chosen.push(point)
    }
    const kept = simplifyProfile(
      along,
      chosen.map((point) => points.z[point]),
      rule.maxError,
    )
    if (side >= 2) kept.reverse()
    for (const k of kept) {
      // The end corner is the start of the next side.
      if (along[k] === (side < 2 ? rule.side : 0)) continue
      xs.push(side === 1 ? rule.side : side === 3 ? 0 : along[k]!)
      ys.push(side === 0 ? 0 : side === 2 ? rule.side : along[k]!)
      heights.push(points.z[chosen[k]!])
      labels.push(classes[chosen[k]!])
    }
  }
  return {
    x: Int32Array.from(xs),
    y: Int32Array.from(ys),
    z: Int32Array.from(heights),
    classes: Uint8Array.from(labels),
  }
}

/**
 * Douglas–Peucker on a profile of heights: indices of the kept places, in order, both ends among them; every other
 * height is within `maxError` of the straight line between its kept neighbours. Ties: the first. O(n²) at worst.
 */
export const simplifyProfile = (along: readonly number[], heights: readonly number[], maxError: number): number[] => {
  if (along.length <= 2) return along.map((_, i) => i)
  const keep = new Uint8Array(along.length)
  keep[0] = 1
  keep[along.length - 1] = 1
  const stack = [0, along.length - 1]
  while (stack.length > 0) {
    const end = stack.pop()!
    const start = stack.pop()!
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
    stack.push(start, worst, worst, end)
  }
  const kept: number[] = []
  for (let i = 0; i < keep.length; i++) if (keep[i] === 1) kept.push(i)
  return kept
}

/** True where a station lies more than `PIT_DEPTH` below both its neighbours. */
const isPit = (z: Int32Array, best: Int32Array, at: number): boolean => {
  const before = best[at - 1]
  const after = best[at + 1]
  return before !== NONE && after !== NONE && Math.min(z[before], z[after]) - z[best[at]] > PIT_DEPTH
}

/**
 * Gives stations without a point the nearest ground point, where no station within `NEAR` on the same side has a point:
 * over water that sent nothing back the surface goes down to the bank, and not from tree top to tree top.
 */
const fillStations = (rule: BorderRule, stations: number, best: Int32Array, ground: GroundFinder): void => {
  const span = Math.ceil(NEAR / rule.step)
  for (let border = 0; border < 4; border++) {
    const offset = border * (stations + 1)
    const had = best.slice(offset, offset + stations + 1)
    for (let s = 1; s < stations; s++) {
      const window = had.subarray(Math.max(0, s - span), Math.min(stations, s + span) + 1)
      if (window.some((point) => point !== NONE)) continue
      const along = s * rule.step
      best[offset + s] = ground(
        border === 1 ? rule.side : border === 3 ? 0 : along,
        border === 0 ? 0 : border === 2 ? rule.side : along,
      )
    }
  }
}

/** The highest point of each station's square; sides south, east, north, west, stations from the west or the south. */
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
      // The last station stands at the corner itself even where the step does not divide the side.
      const station = along >= side - half ? stations : Math.floor((along + half) / step)
      if (station < 0 || station > stations || along >= side + half) continue
      if (station === stations && along < side - half) continue
      const at = border * (stations + 1) + station
      if (best[at] === NONE || goesBefore(points, classes, i, best[at])) best[at] = i
    }
  }
}

/** The point of a corner (south-west, south-east, north-east, north-west), or −1. */
const cornerPoint = (
  points: Points,
  classes: Uint8Array,
  rule: BorderRule,
  stations: number,
  best: Int32Array,
  corner: number,
  ground: GroundFinder,
): number => {
  // The square of a corner is the same as the end station of both its sides.
  const own =
    corner === 0 ? best[0] : corner === 1 ? best[stations] : best[2 * (stations + 1) + (corner === 2 ? stations : 0)]
  if (own !== NONE) return own
  const cx = corner === 1 || corner === 2 ? rule.side : 0
  const cy = corner >= 2 ? rule.side : 0
  const close = nearestPoint(points, classes, cx, cy, NEAR)
  if (close !== NONE) return close
  const low = ground(cx, cy)
  return low !== NONE ? low : nearestPoint(points, classes, cx, cy, rule.reach)
}

/** The nearest point within `reach`, or −1. */
const nearestPoint = (points: Points, classes: Uint8Array, cx: number, cy: number, reach: number): number => {
  const { x, y, count } = points
  let nearest = NONE
  let distance = reach * reach
  for (let i = 0; i < count; i++) {
    const square = (x[i] - cx) * (x[i] - cx) + (y[i] - cy) * (y[i] - cy)
    if (square > distance) continue
    if (nearest === NONE || square < distance || goesBefore(points, classes, i, nearest)) {
      nearest = i
      distance = square
    }
  }
  return nearest
}
