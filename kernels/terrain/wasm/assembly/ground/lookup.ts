/** The points of triangles, bit for bit as in `kernels/terrain/tin/triangle-points.ts`. */
import { dropped, DISTANCES, histogram, ranges, sampleRoom, samples64, samples8, spare, starts, xs, ys, zs } from "./memory"

const ROW: i32 = 1000
const BIN: i32 = 500
/** Safety margin at the cuts of a row, mm. */
const MARGIN: f64 = 1
/** Relative error, far above the rounding of a few single-precision steps. */
const ROUGH: f64 = 2e-6
/** Beyond all places. */
const FAR: f64 = 1e12

/** Results of {@link findWorst}. */
export let first: i32 = -1
/** Results of {@link addErrors}: sum of squared distances, largest distance, number of points. */
export let squaredSum: f64 = 0
export let largest: f64 = 0
export let pointCount: f64 = 0
let error: f64 = 0

let columns: i32 = 0
let rows: i32 = 0
/** Last bin whose start is known. */
let bin: i32 = -1
let someDropped: bool = false
/** Bytes of a column of samples. */
let sampleBytes8: usize = 0
let sampleBytes64: usize = 0

/** The current triangle. */
let ox: i32 = 0
let oy: i32 = 0
let ax: f64 = 0
let ay: f64 = 0
let bx: f64 = 0
let by: f64 = 0
let area: f64 = 0
let oz: i32 = 0
let height: f64 = 0
let slopeX: f64 = 0
let slopeY: f64 = 0
let lowB: f64 = 0
let lowA: f64 = 0
let lowO: f64 = 0
/** Address after the current triangle's last range. */
let rangesEnd: usize = 0

export function startLookup(columnCount: i32, rowCount: i32, count: i32): void {
  columns = columnCount
  rows = rowCount
  bin = -1
  someDropped = false
  squaredSum = 0
  largest = 0
  pointCount = 0
  sampleBytes8 = sampleRoom(count, 8) << 2
  sampleBytes64 = sampleRoom(count, 64) << 2
}

/**
 * Bins the points from `from` (a multiple of 64) to before `to`, which follow the last ones, and
 * copies the samples.
 *
 * @returns 1, or 0 for points in another order or outside
 */
export function binPoints(from: i32, to: i32): i32 {
  const width = i32x4.splat(BIN)
  const height = i32x4.splat(ROW)
  // Corner of the current bin; no point lies in the initial one.
  let west = i32x4.splat(i32.MIN_VALUE)
  let south = west
  if (bin >= 0) {
    west = i32x4.splat((bin % columns) * BIN)
    south = i32x4.splat((bin / columns) * ROW)
  }
  for (let i = from; i < to; ) {
    const place = <usize>i << 2
    const inBin = v128.and(
      i32x4.lt_u(i32x4.sub(v128.load(xs + place), west), width),
      i32x4.lt_u(i32x4.sub(v128.load(ys + place), south), height),
    )
    if (i32x4.all_true(inBin)) {
      i += 4
      continue
    }
    i += ctz(~i32x4.bitmask(inBin))
    if (i >= to) break
    const x = load<i32>(xs + (<usize>i << 2))
    const y = load<i32>(ys + (<usize>i << 2))
    if (x < 0 || y < 0) return 0
    const column = x / BIN
    const row = y / ROW
    const at = row * columns + column
    if (at < bin || column >= columns || row >= rows) return 0
    while (bin < at) store<i32>(starts + (<usize>++bin << 2), i)
    west = i32x4.splat(column * BIN)
    south = i32x4.splat(row * ROW)
    i++
  }
  copySample(samples8, sampleBytes8, from, to, 8)
  copySample(samples64, sampleBytes64, from, to, 64)
  return 1
}

/** Ends the bins after the last point. */
export function endBins(count: i32): void {
  for (let at = bin + 1; at <= rows * columns; at++) store<i32>(starts + (<usize>at << 2), count)
}

@inline
function copySample(column: usize, bytes: usize, from: i32, to: i32, stride: i32): void {
  let at = column + (<usize>(from / stride) << 2)
  for (let i = from; i < to; i += stride) {
    store<i32>(at, load<i32>(xs + (<usize>i << 2)))
    store<i32>(at + bytes, load<i32>(ys + (<usize>i << 2)))
    store<i32>(at + 2 * bytes, load<i32>(zs + (<usize>i << 2)))
    at += 4
  }
}

export function drop(i: i32): void {
  const at = dropped + (i >> 3)
  store<u8>(at, load<u8>(at) | ((<u8>1) << (<u8>i & 7)))
  someDropped = true
}

@inline
function isDropped(i: i32): bool {
  return someDropped && ((load<u8>(dropped + (i >> 3)) >> <u8>(i & 7)) & 1) === 1
}

/** True if the triangle on the left of the edge owns the points on it. */
@inline
function ownsEdge(dx: f64, dy: f64): bool {
  return dy < 0 || (dy === 0 && dx > 0)
}

/** Sets the current triangle: its plane, and the points of its rows. */
@inline
function take(px: i32, py: i32, pz: i32, qx: i32, qy: i32, qz: i32, rx: i32, ry: i32, rz: i32): void {
  ox = px
  oy = py
  oz = pz
  height = <f64>pz
  ax = <f64>(qx - px)
  ay = <f64>(qy - py)
  bx = <f64>(rx - px)
  by = <f64>(ry - py)
  area = ax * by - ay * bx
  const az = <f64>(qz - pz)
  const bz = <f64>(rz - pz)
  slopeX = (az * by - bz * ay) / area
  slopeY = (ax * bz - bx * az) / area
  lowB = ownsEdge(ax, ay) ? 0 : 1
  lowA = ownsEdge(-bx, -by) ? 0 : 1
  lowO = ownsEdge(bx - ax, by - ay) ? 0 : 1
  cutRows(<f64>px, <f64>py, <f64>qx, <f64>qy, <f64>rx, <f64>ry)
}

@inline
function startOf(at: i32): i32 {
  return load<i32>(starts + (<usize>at << 2))
}

/**
 * Place of an edge on a line. An edge that leads north is on the right (lane 0), one that leads
 * south on the left (lane 1, negated). One along the rows is nowhere.
 */
@inline
function placeOn(fromX: f64, fromY: f64, toY: f64, slope: f64, low: f64): v128 {
  const place = fromX + slope * (low - fromY)
  return f64x2(toY > fromY ? place : FAR, toY < fromY ? -place : FAR)
}

@inline
function stepOf(fromY: f64, toY: f64, slope: f64): v128 {
  const step = slope * <f64>ROW
  return f64x2(toY > fromY ? step : 0, toY < fromY ? -step : 0)
}

/**
 * Cuts the rows that a triangle crosses by its edges: the bins it touches, and those it covers in
 * their whole height.
 */
function cutRows(px: f64, py: f64, qx: f64, qy: f64, rx: f64, ry: f64): void {
  const south = min(py, min(qy, ry))
  const north = max(py, max(qy, ry))
  const firstRow = <i32>south / ROW
  const lastRow = min(rows - 1, <i32>north / ROW)
  const slope0 = (qx - px) / (qy - py)
  const slope1 = (rx - qx) / (ry - qy)
  const slope2 = (px - rx) / (py - ry)
  const zero = f64x2.splat(0)
  const line = <f64>(firstRow * ROW)
  // Where the edges on the right, and negated those on the left, cross the southern line of the
  // row.
  let e0 = placeOn(px, py, qy, slope0, line)
  let e1 = placeOn(qx, qy, ry, slope1, line)
  let e2 = placeOn(rx, ry, py, slope2, line)
  const s0 = stepOf(py, qy, slope0)
  const s1 = stepOf(qy, ry, slope1)
  const s2 = stepOf(ry, py, slope2)
  // Offsets of the two ends within the row: the larger and the smaller.
  const most0 = f64x2.pmax(s0, zero)
  const most1 = f64x2.pmax(s1, zero)
  const most2 = f64x2.pmax(s2, zero)
  const least0 = f64x2.pmin(s0, zero)
  const least1 = f64x2.pmin(s1, zero)
  const least2 = f64x2.pmin(s2, zero)
  const frame = f64x2(max(px, max(qx, rx)), -min(px, min(qx, rx)))
  const scale = f64x2(1 / <f64>BIN, -1 / <f64>BIN)
  const wider = f64x2(MARGIN / <f64>BIN, -MARGIN / <f64>BIN)
  const one = i32x4(0, 1, 0, 0)
  let to = ranges
  for (let row = firstRow; row <= lastRow; row++) {
    const touch = f64x2.pmin(
      frame,
      f64x2.pmin(f64x2.add(e0, most0), f64x2.pmin(f64x2.add(e1, most1), f64x2.add(e2, most2))),
    )
    const hold = f64x2.pmin(
      frame,
      f64x2.pmin(f64x2.add(e0, least0), f64x2.pmin(f64x2.add(e1, least1), f64x2.add(e2, least2))),
    )
    e0 = f64x2.add(e0, s0)
    e1 = f64x2.add(e1, s1)
    e2 = f64x2.add(e2, s2)
    // The last and the first bin.
    const outer = i32x4.trunc_sat_f64x2_s_zero(f64x2.pmax(zero, f64x2.add(f64x2.mul(touch, scale), wider)))
    const inner = i32x4.add(i32x4.trunc_sat_f64x2_s_zero(f64x2.sub(f64x2.mul(hold, scale), wider)), one)
    const base = row * columns
    const begin = min(columns, i32x4.extract_lane(outer, 1))
    const end = max(begin, min(columns, i32x4.extract_lane(outer, 0) + 1))
    let innerBegin = i32x4.extract_lane(inner, 1)
    let innerEnd = i32x4.extract_lane(inner, 0)
    if (innerEnd <= innerBegin || <f64>(row * ROW) <= south || <f64>(row * ROW + ROW) > north) {
      innerBegin = end
      innerEnd = end
    }
    store<i32>(to, startOf(base + begin))
    store<i32>(to, startOf(base + innerBegin), 4)
    store<i32>(to, startOf(base + innerEnd), 8)
    store<i32>(to, startOf(base + end), 12)
    to += 16
  }
  rangesEnd = to
}

/** True if a place is inside the current triangle. */
@inline
function holds(dx: f64, dy: f64): bool {
  const toB = ax * dy - ay * dx
  const toA = dx * by - dy * bx
  return toB >= lowB && toA >= lowA && area - toB - toA >= lowO
}

let worst: i32 = -1

/** Columns of the examined points, and the factor from their index to that of the point. */
let fromX: usize = 0
let fromY: usize = 0
let fromZ: usize = 0
let step: i32 = 1

/** Examines one point. */
@inline
function look(k: i32): void {
  const at = <usize>k << 2
  const dx = <f64>(load<i32>(fromX + at) - ox)
  const dy = <f64>(load<i32>(fromY + at) - oy)
  const distance = abs(<f64>load<i32>(fromZ + at) - height - slopeX * dx - slopeY * dy)
  if (distance <= error || !holds(dx, dy) || isDropped(k * step)) return
  if (first < 0) first = k * step
  worst = k * step
  error = distance
}

/**
 * Bound on what single precision takes off a distance from the plane near the largest so far: far
 * above its few roundings.
 */
let slip: f64 = 0

@inline
function nearlyFarthest(): v128 {
  return f32x4.splat(<f32>(error - slip - error * ROUGH))
}

/**
 * Examines the points from `from` to before `to`, four at a time in single precision. Examines each
 * in doubles only if one may be farther than the farthest so far.
 */
@inline
function lookAtAll(from: i32, to: i32): void {
  const x0 = i32x4.splat(ox)
  const y0 = i32x4.splat(oy)
  const z0 = i32x4.splat(oz)
  const sx = f32x4.splat(<f32>slopeX)
  const sy = f32x4.splat(<f32>slopeY)
  const columnX = fromX
  const columnY = fromY
  const columnZ = fromZ
  let i = from
  let largest = nearlyFarthest()
  for (; i + 4 <= to; i += 4) {
    const at = <usize>i << 2
    const dx = f32x4.convert_i32x4_s(i32x4.sub(v128.load(columnX + at), x0))
    const dy = f32x4.convert_i32x4_s(i32x4.sub(v128.load(columnY + at), y0))
    const dz = f32x4.convert_i32x4_s(i32x4.sub(v128.load(columnZ + at), z0))
    const distance = f32x4.abs(f32x4.sub(f32x4.sub(dz, f32x4.mul(sx, dx)), f32x4.mul(sy, dy)))
    if (!v128.any_true(f32x4.gt(distance, largest))) continue
    for (let k = i; k < i + 4; k++) look(k)
    largest = nearlyFarthest()
  }
  for (; i < to; i++) look(i)
}

/** Selects the columns of the samples of a stride, if there are any. */
@inline
function takeColumns(stride: i32): void {
  const sampled = stride === 8 || stride === 64
  const bytes = stride === 8 ? sampleBytes8 : sampleBytes64
  const base = stride === 8 ? samples8 : samples64
  fromX = sampled ? base : xs
  fromY = sampled ? base + bytes : ys
  fromZ = sampled ? base + 2 * bytes : zs
  step = sampled ? stride : 1
}

/**
 * Finds the point of a triangle, one in `stride` of all, that is farthest from it and farther than
 * `bound`.
 *
 * @returns it, or −1
 */
export function findWorst(
  px: i32,
  py: i32,
  pz: i32,
  qx: i32,
  qy: i32,
  qz: i32,
  rx: i32,
  ry: i32,
  rz: i32,
  stride: i32,
  bound: f64,
): i32 {
  take(px, py, pz, qx, qy, qz, rx, ry, rz)
  first = -1
  worst = -1
  error = bound
  takeColumns(stride)
  // Points of a touched bin lie up to one bin and one row beyond the triangle.
  slip = ROUGH * (abs(slopeX) * (max(abs(ax), abs(bx)) + <f64>(2 * BIN)) + abs(slopeY) * (max(abs(ay), abs(by)) + <f64>ROW))
  for (let at = ranges; at < rangesEnd; at += 16) {
    const from = load<i32>(at)
    const to = load<i32>(at, 12)
    if (step === stride) {
      lookAtAll((from + stride - 1) / stride, (to + stride - 1) / stride)
    } else {
      let i = from + stride - 1
      i -= i % stride
      for (; i < to; i += stride) look(i)
    }
  }
  return worst
}

@inline
function upper(v: v128): v128 {
  return i32x4.shuffle(v, v, 2, 3, 2, 3)
}

/** Which of two points are inside the current triangle. */
@inline
function hold2(dx: v128, dy: v128): v128 {
  const toB = f64x2.sub(f64x2.mul(f64x2.splat(ax), dy), f64x2.mul(f64x2.splat(ay), dx))
  const toA = f64x2.sub(f64x2.mul(dx, f64x2.splat(by)), f64x2.mul(dy, f64x2.splat(bx)))
  const toO = f64x2.sub(f64x2.sub(f64x2.splat(area), toB), toA)
  return v128.and(
    v128.and(f64x2.ge(toB, f64x2.splat(lowB)), f64x2.ge(toA, f64x2.splat(lowA))),
    f64x2.ge(toO, f64x2.splat(lowO)),
  )
}

@inline
function distance2(dx: v128, dy: v128, z: v128): v128 {
  const above = f64x2.sub(z, f64x2.splat(height))
  return f64x2.abs(
    f64x2.sub(f64x2.sub(above, f64x2.mul(f64x2.splat(slopeX), dx)), f64x2.mul(f64x2.splat(slopeY), dy)),
  )
}

/** The histogram columns of two distances. */
@inline
function columns2(distance: v128): v128 {
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.pmin(f64x2.ceil(distance), f64x2.splat(<f64>(DISTANCES - 1))))
}

@inline
function count(column: i32): void {
  const at = histogram + (<usize>column << 2)
  store<u32>(at, load<u32>(at) + 1)
}

/**
 * Adds the distances of all points of a triangle except those dropped. Works four at a time, but
 * adds squares one by one, in the order of the reference implementation.
 */
export function addErrors(px: i32, py: i32, pz: i32, qx: i32, qy: i32, qz: i32, rx: i32, ry: i32, rz: i32): void {
  take(px, py, pz, qx, qy, qz, rx, ry, rz)
  const x0 = i32x4.splat(ox)
  const y0 = i32x4.splat(oy)
  let points = 0
  let squares: f64 = 0
  let most = f64x2.splat(largest)
  for (let at = ranges; at < rangesEnd; at += 16) {
    const innerFrom = load<i32>(at, 4)
    const innerTo = load<i32>(at, 8)
    const to = load<i32>(at, 12)
    for (let i = load<i32>(at); i < to; i += 4) {
      const place = <usize>i << 2
      const dx = i32x4.sub(v128.load(xs + place), x0)
      const dy = i32x4.sub(v128.load(ys + place), y0)
      const z = v128.load(zs + place)
      const dx0 = f64x2.convert_low_i32x4_s(dx)
      const dx2 = f64x2.convert_low_i32x4_s(upper(dx))
      const dy0 = f64x2.convert_low_i32x4_s(dy)
      const dy2 = f64x2.convert_low_i32x4_s(upper(dy))
      let set = 15
      if (i < innerFrom || i + 4 > innerTo) {
        set = i64x2.bitmask(hold2(dx0, dy0)) | (i64x2.bitmask(hold2(dx2, dy2)) << 2)
        // Lanes after the range do not count; the columns have room for four more points.
        if (i + 4 > to) set &= (1 << (to - i)) - 1
      }
      if (someDropped) set &= ~droppedOf(i)
      if (set === 0) continue
      const first2 = distance2(dx0, dy0, f64x2.convert_low_i32x4_s(z))
      const last2 = distance2(dx2, dy2, f64x2.convert_low_i32x4_s(upper(z)))
      if (set === 15) {
        const square0 = f64x2.mul(first2, first2)
        const square2 = f64x2.mul(last2, last2)
        squares += f64x2.extract_lane(square0, 0)
        squares += f64x2.extract_lane(square0, 1)
        squares += f64x2.extract_lane(square2, 0)
        squares += f64x2.extract_lane(square2, 1)
        most = f64x2.pmax(most, f64x2.pmax(first2, last2))
        const column0 = columns2(first2)
        const column2 = columns2(last2)
        count(i32x4.extract_lane(column0, 0))
        count(i32x4.extract_lane(column0, 1))
        count(i32x4.extract_lane(column2, 0))
        count(i32x4.extract_lane(column2, 1))
        points += 4
        continue
      }
      v128.store(spare, first2)
      v128.store(spare, last2, 16)
      for (; set !== 0; set &= set - 1) {
        const distance = load<f64>(spare + (<usize>ctz(set) << 3))
        points++
        squares += distance * distance
        most = f64x2.pmax(most, f64x2.splat(distance))
        count(i32x4.extract_lane(columns2(f64x2.splat(distance)), 0))
      }
    }
  }
  squaredSum += squares
  largest = max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1))
  pointCount += <f64>points
}

/** Which of four points are dropped, as bits. */
@inline
function droppedOf(i: i32): i32 {
  return ((<i32>load<u16>(dropped + <usize>(i >> 3))) >> (i & 7)) & 15
}
