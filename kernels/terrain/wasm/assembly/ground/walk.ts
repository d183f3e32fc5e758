/**
 * The triangles along the axis of THE Delaunay triangulation of the chosen points
 * (`canonicalDelaunay` of `kernels/geometry/delaunay.ts`), one after another. Beyond an edge across
 * the axis is the point whose circle through the edge's ends is empty. The axis runs
 * infinitesimally above itself: points on it count as below.
 */
import { CELL, chosen, chosenCount, columnAt, columns, lineStarts, starts, STRIP } from "./thin"

/** No point beyond the edge: the hull. */
export const HULL: i32 = -1
/** Points almost on one circle and too far apart to decide. */
export const UNSURE: i32 = -2
/**
 * Differences along the axis below this, and across it below a quarter, keep the determinant within
 * 64 bits.
 */
const EXACT: f64 = 32768
/**
 * Bound on the rounding of a determinant, relative to the sum of its parts' sizes: far above its
 * few steps.
 */
const SLIP: f64 = 1e-14

/** The edge that a walk starts from. */
export let startLow: i32 = -1
export let startHigh: i32 = -1

@inline
function addressOf(i: i32): usize {
  return chosen + (<usize>i << 4)
}
@inline
export function alongOf(i: i32): i32 {
  return load<i32>(addressOf(i))
}
@inline
export function acrossOf(i: i32): i32 {
  return load<i32>(addressOf(i), 4)
}
@inline
export function heightOf(i: i32): i32 {
  return load<i32>(addressOf(i), 8)
}

/** Where an edge crosses the axis. The sign is exact. */
@inline
export function crossing(low: i32, high: i32): f64 {
  const below = <f64>acrossOf(low)
  const above = <f64>acrossOf(high)
  return (<f64>alongOf(low) * above - <f64>alongOf(high) * below) / (above - below)
}

/**
 * Finds two points, each the other's nearest on the opposite side of the axis: their circle
 * contains no other. False if one side has none.
 */
export function startPair(): bool {
  startHigh = -1
  for (let i = 0; i < chosenCount && startHigh < 0; i++) if (acrossOf(i) > 0) startHigh = i
  if (startHigh < 0) return false
  startLow = -1
  let distance = f64.MAX_VALUE
  let isHigh = true
  while (true) {
    const from = isHigh ? startHigh : startLow
    const found = nearestBeyond(from, isHigh)
    if (found < 0) return false
    const its = squareBetween(from, found)
    if (its >= distance) return true
    distance = its
    if (isHigh) startLow = found
    else startHigh = found
    isHigh = !isHigh
  }
}

@inline
function squareBetween(i: i32, k: i32): f64 {
  const dx = <f64>(alongOf(i) - alongOf(k))
  const dy = <f64>(acrossOf(i) - acrossOf(k))
  return dx * dx + dy * dy
}

function nearestBeyond(from: i32, isHigh: bool): i32 {
  let found = -1
  let least = f64.MAX_VALUE
  for (let i = 0; i < chosenCount; i++) {
    if (acrossOf(i) > 0 === isHigh) continue
    const its = squareBetween(i, from)
    if (its >= least) continue
    least = its
    found = i
  }
  return found
}

/**
 * The current edge: its first end, the vector to the other, and the best point so far with its
 * circle.
 */
let fromX: i32 = 0
let fromY: i32 = 0
let ux: f64 = 0
let uy: f64 = 0
let uu: f64 = 0
let wx: f64 = 0
let wy: f64 = 0
let best: i32 = -1
let circleD: f64 = 0
let circleE: f64 = 0
let circleF: f64 = 0
/** Of several points on that circle, the first by place, and those next to the ends. */
let lowest: i32 = -1
let nextToFrom: i32 = -1
let nextToTo: i32 = -1
let unsure: bool = false
let circleWest: f64 = 0
let circleEast: f64 = 0

/** The third corner of the triangle on the right of an edge; {@link HULL} or {@link UNSURE}. */
export function apexOf(from: i32, to: i32): i32 {
  fromX = alongOf(from)
  fromY = acrossOf(from)
  ux = <f64>(alongOf(to) - fromX)
  uy = <f64>(acrossOf(to) - fromY)
  uu = ux * ux + uy * uy
  best = -1
  unsure = false
  // On the right of an edge that leads up is the east.
  const eastwards = uy > 0 || (uy === 0 && ux < 0)
  let west = columnAt(min(fromX, alongOf(to)))
  let east = columnAt(max(fromX, alongOf(to)))
  for (let column = west; column <= east; column++) lookAtColumn(column)
  while (!unsure) {
    const mayEast = east + 1 < columns
    const mayWest = west > 0
    if (best < 0 && !mayEast && !mayWest) return HULL
    // Everything ahead comes first until a circle is known.
    const isEast =
      mayEast && (best < 0 ? eastwards || !mayWest : <f64>((east + 1) * CELL - STRIP) <= circleEast)
    if (!isEast && best >= 0 && (!mayWest || <f64>(west * CELL - STRIP) < circleWest)) break
    lookAtColumn(isEast ? ++east : --west)
  }
  if (unsure) return UNSURE
  if (nextToFrom === nextToTo) return best
  // The polygon of the points on the circle is a fan around the first of them.
  const end = isAfter(from, to) ? to : from
  if (!isAfter(end, lowest)) return end === from ? nextToTo : nextToFrom
  return lowest
}

@inline
function isAfter(i: i32, k: i32): bool {
  const dx = alongOf(i) - alongOf(k)
  return dx !== 0 ? dx > 0 : acrossOf(i) > acrossOf(k)
}

function lookAtColumn(column: i32): void {
  const at = <usize>column << 2
  for (let i = load<i32>(starts + at), end = load<i32>(starts + at, 4); i < end; i++) lookAt(i)
  for (let i = load<i32>(lineStarts + at), end = load<i32>(lineStarts + at, 4); i < end; i++) lookAt(i)
}

@inline
function lookAt(i: i32): void {
  const px = <f64>(alongOf(i) - fromX)
  const py = <f64>(acrossOf(i) - fromY)
  const turn = ux * py - uy * px
  if (turn >= 0) return
  const pp = px * px + py * py
  if (best >= 0) {
    const a = pp * circleD
    const b = px * circleE
    const c = py * circleF
    const inside = a - b - c
    const slip = SLIP * (abs(a) + abs(b) + abs(c))
    if (inside < -slip) return
    if (inside <= slip) {
      const sign = signOf(px, py)
      if (sign < 0) return
      if (sign === 0) {
        addToCircle(i, px, py)
        return
      }
    }
  }
  takeBest(i, px, py, pp, turn)
}

/** Makes a point the best one, with the circle through it and the ends. */
function takeBest(i: i32, px: f64, py: f64, pp: f64, turn: f64): void {
  best = i
  wx = px
  wy = py
  circleD = turn
  circleE = uu * py - pp * uy
  circleF = pp * ux - uu * px
  lowest = i
  nextToFrom = i
  nextToTo = i
  const centre = circleE / (2 * turn)
  const reach = Math.sqrt(centre * centre + (circleF / (2 * turn)) * (circleF / (2 * turn))) + 1
  circleWest = <f64>fromX + centre - reach
  circleEast = <f64>fromX + centre + reach
}

/** The exact sign of the determinant; sets `unsure` if it is too large. */
function signOf(px: f64, py: f64): i32 {
  if (isLarge(px, py) || isLarge(ux, uy) || isLarge(wx, wy)) {
    unsure = true
    return -1
  }
  const x = <i64>px
  const y = <i64>py
  const vx = <i64>ux
  const vy = <i64>uy
  const bx = <i64>wx
  const by = <i64>wy
  const vv = vx * vx + vy * vy
  const bb = bx * bx + by * by
  const inside = (x * x + y * y) * (vx * by - vy * bx) - x * (vv * by - bb * vy) - y * (bb * vx - vv * bx)
  return inside > 0 ? 1 : inside < 0 ? -1 : 0
}

@inline
function isLarge(dx: f64, dy: f64): bool {
  return abs(dx) >= EXACT || abs(dy) > EXACT / 4
}

function addToCircle(i: i32, px: f64, py: f64): void {
  if (isAfter(lowest, i)) lowest = i
  // Around the circle from one end to the other, a point precedes those that it is on the right of.
  if (isRight(nextToFrom, px, py)) nextToFrom = i
  if (!isRight(nextToTo, px, py)) nextToTo = i
}

/**
 * True if a place, relative to the first end, is on the right of the line from there to a point.
 */
@inline
function isRight(i: i32, px: f64, py: f64): bool {
  return <f64>(alongOf(i) - fromX) * py - <f64>(acrossOf(i) - fromY) * px < 0
}
