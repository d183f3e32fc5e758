/** Heights at cell centres in triangles, as in `kernels/terrain/raster/tin-raster.ts`. */
import { triangles } from "../../../../../engine/core/assembly/half-edges"
import { aligned } from "../../../../../engine/core/assembly/reach"
import { bottom, cell, classes, hasClasses, left, sampleAt, source, values, width } from "./memory"
import { triangleCount } from "./strips"

/** Above the rounding of a place in cells, below the step of places in whole millimetres. */
const SLIP: f64 = 1e-7
/** Triangles processed together. */
const BATCH: usize = 128
/**
 * Record of a triangle. Records follow the triangles, in the room of the flips (at least 64 KiB):
 *
 * - its box: first column and row, last column and row, i32
 * - the addresses of its corners, the smallest by (x, y) first, and the bits of four cells in it
 * - weights of the second and the third corner, f64, each with its steps to the next column and row
 * - twice its area
 * - the least weight allowed for each corner
 * - the source that its cells get: 1 for a small triangle, else 0
 */
const RECORD: usize = 128
const WEIGHT_B: usize = 32
const WEIGHT_C: usize = 56
const AREA: usize = 80
const LEAST: usize = 88
const MARK: usize = 112

/**
 * Writes the void cells of a block whose centre lies in a triangle with a circumcircle of at most
 * `widest` across. `offset` is added to heights, millimetres. The block is half-open, in cells of
 * the sample grid. Marks the cells of triangles with circles of at most `near` in the source.
 */
export function draw(
  fromColumn: i32,
  fromRow: i32,
  toColumn: i32,
  toRow: i32,
  widest: f64,
  offset: f64,
  near: f64,
): void {
  const first = i32x4.replace_lane(i32x4.splat(fromColumn), 1, fromRow)
  const last = i32x4.replace_lane(i32x4.splat(toColumn - 1), 1, toRow - 1)
  const most = widest * widest
  const small = near * near
  const end = triangles + (<usize>triangleCount << 5)
  const records = aligned(end)
  for (let at = triangles; at < end; at += 32 * BATCH) {
    const found = findBoxes(at, min(end, at + 32 * BATCH), records, first, last)
    const count = weigh(records, found, most, small)
    for (let i = 0; i < count; i++) drawTriangle(records + <usize>i * RECORD, offset)
  }
}

/** 1 if some cell of a block is void. */
export function hasVoid(fromColumn: i32, fromRow: i32, toColumn: i32, toRow: i32): i32 {
  for (let row = fromRow; row < toRow; row++) {
    const to = (row - bottom) * width - left
    for (let column = fromColumn; column < toColumn; column++) {
      const value = load<f32>(values + (<usize>(to + column) << 2))
      if (value !== value) return 1
    }
  }
  return 0
}

/** A key that sorts by x, then y. */
@inline
function keyOf(at: usize): i64 {
  return rotl<i64>(load<i64>(at), 32) ^ 0x80000000
}

/** Successors and predecessors of the corners 0 to 2, two bits each. */
const AFTER: i32 = 9
const BEFORE: i32 = 18

/** Converts x and y, millimetres, to cells from the first centre. */
@inline
function cellsOf(place: v128, inverse: f64): v128 {
  return f64x2.sub(f64x2.mul(f64x2.convert_low_i32x4_s(place), f64x2.splat(inverse)), f64x2.splat(0.5))
}

/**
 * Finds the triangles of a range whose box contains cell centres: their addresses, and their first
 * and last column and row. Has no branches, which a processor could not predict.
 *
 * @returns their count
 */
function findBoxes(from: usize, end: usize, records: usize, least: v128, greatest: v128): i32 {
  const inverse = 1 / <f64>cell
  let count = 0
  for (let triangle = from; triangle < end; triangle += 32) {
    const a = v128.load64_zero(sampleAt(load<i32>(triangle)))
    const b = v128.load64_zero(sampleAt(load<i32>(triangle, 4)))
    const c = v128.load64_zero(sampleAt(load<i32>(triangle, 8)))
    const low = cellsOf(i32x4.min_s(i32x4.min_s(a, b), c), inverse)
    const high = cellsOf(i32x4.max_s(i32x4.max_s(a, b), c), inverse)
    const first = i32x4.max_s(least, i32x4.trunc_sat_f64x2_s_zero(f64x2.ceil(f64x2.sub(low, f64x2.splat(SLIP)))))
    const last = i32x4.min_s(greatest, i32x4.trunc_sat_f64x2_s_zero(f64x2.floor(f64x2.add(high, f64x2.splat(SLIP)))))
    const record = records + <usize>count * RECORD
    v128.store(record, i8x16.shuffle(first, last, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
    store<usize>(record, triangle, 16)
    count += <i32>(i64x2.extract_lane(i32x4.gt_s(first, last), 0) === 0)
  }
  return count
}

/**
 * Keeps the triangles that count and, if their box has at most four cells, contain the centre of
 * one. Writes the records contiguously, ready to draw. Has no branches.
 *
 * @returns their count
 */
function weigh(records: usize, found: i32, most: f64, small: f64): i32 {
  const side = <f64>cell
  let count = 0
  for (let i = 0; i < found; i++) {
    const box = v128.load(records + <usize>i * RECORD)
    const triangle = load<usize>(records + <usize>i * RECORD, 16)
    const record = records + <usize>count * RECORD
    const first = sampleAt(load<i32>(triangle))
    const second = sampleAt(load<i32>(triangle, 4))
    const third = sampleAt(load<i32>(triangle, 8))
    // From the smallest by (x, y) on, in their order: every tile then does the same arithmetic.
    const keyA = keyOf(first)
    const keyB = keyOf(second)
    const isB = <i32>(keyB < keyA)
    const isC = <i32>(keyOf(third) < (keyA ^ ((keyA ^ keyB) & -(<i64>isB))))
    const turn = (isB & ~isC) | (isC << 1)
    const a = sampleAt(load<i32>(triangle + (<usize>turn << 2)))
    const b = sampleAt(load<i32>(triangle + (<usize>((AFTER >> (2 * turn)) & 3) << 2)))
    const c = sampleAt(load<i32>(triangle + (<usize>((BEFORE >> (2 * turn)) & 3) << 2)))
    const place = v128.load64_zero(a)
    const u = f64x2.convert_low_i32x4_s(i32x4.sub(v128.load64_zero(b), place))
    const v = f64x2.convert_low_i32x4_s(i32x4.sub(v128.load64_zero(c), place))
    const ux = f64x2.extract_lane(u, 0)
    const uy = f64x2.extract_lane(u, 1)
    const vx = f64x2.extract_lane(v, 0)
    const vy = f64x2.extract_lane(v, 1)
    const wx = vx - ux
    const wy = vy - uy
    // Twice the area: corners are clockwise.
    const area = uy * vx - ux * vy
    // The diameter of the circumcircle is the product of the sides over twice the area.
    const sides = (ux * ux + uy * uy) * (vx * vx + vy * vy) * (wx * wx + wy * wy)
    const counts = <i32>(area > 0) & <i32>(sides <= most * area * area)
    // A centre on an edge belongs to the triangle on one side, by the edge's direction. Weights are
    // whole multiples of 0.5; u and v do not lead west.
    const leastC = 0.25 * <f64>(uy >= 0)
    const leastB = 0.25 * <f64>(vy < 0)
    const leastA = 0.25 - 0.25 * <f64>(<i32>(wy < 0) | (<i32>(wy === 0) & <i32>(wx < 0)))
    const dx = (<f64>i32x4.extract_lane(box, 0) + 0.5) * side - <f64>i32x4.extract_lane(place, 0)
    const dy = (<f64>i32x4.extract_lane(box, 1) + 0.5) * side - <f64>i32x4.extract_lane(place, 1)
    // Weights of c and b are twice the areas towards them (by edges u and v), with their steps to
    // the next column and row. Sums are exact: below 2^53.
    const weightC = uy * dx - ux * dy
    const stepC = uy * side
    const riseC = -ux * side
    const weightB = vx * dy - vy * dx
    const stepB = -vy * side
    const riseB = vx * side
    const across = i32x4.extract_lane(box, 2) - i32x4.extract_lane(box, 0)
    const up = i32x4.extract_lane(box, 3) - i32x4.extract_lane(box, 1)
    const all = insideOf(weightB, stepB, riseB, weightC, stepC, riseC, area, leastA, leastB, leastC)
    const mask = all & cellsWithin(across, up)
    v128.store(record, box)
    store<usize>(record, a, 16)
    store<usize>(record, b, 20)
    store<usize>(record, c, 24)
    store<i32>(record, mask, 28)
    store<f64>(record, weightB, WEIGHT_B)
    store<f64>(record, stepB, WEIGHT_B + 8)
    store<f64>(record, riseB, WEIGHT_B + 16)
    store<f64>(record, weightC, WEIGHT_C)
    store<f64>(record, stepC, WEIGHT_C + 8)
    store<f64>(record, riseC, WEIGHT_C + 16)
    store<f64>(record, area, AREA)
    store<f64>(record, leastA, LEAST)
    store<f64>(record, leastB, LEAST + 8)
    store<f64>(record, leastC, LEAST + 16)
    store<u8>(record, <u8>(sides <= small * area * area), MARK)
    count += counts & (<i32>(mask !== 0) | <i32>((across | up) > 1))
  }
  return count
}

/** Weight of a corner of a record at a cell, by columns and rows from the first. */
@inline
function weightAt(corner: usize, column: i32, row: i32): f64 {
  return load<f64>(corner) + <f64>column * load<f64>(corner, 8) + <f64>row * load<f64>(corner, 16)
}

/**
 * Which of a cell, the one east of it and the two north of those are inside: no weight is below its
 * least.
 */
@inline
function insideOf(
  b: f64,
  stepB: f64,
  riseB: f64,
  c: f64,
  stepC: f64,
  riseC: f64,
  area: f64,
  leastA: f64,
  leastB: f64,
  leastC: f64,
): i32 {
  const lowerB = f64x2.replace_lane(f64x2.splat(b), 1, b + stepB)
  const lowerC = f64x2.replace_lane(f64x2.splat(c), 1, c + stepC)
  const upperB = f64x2.add(lowerB, f64x2.splat(riseB))
  const upperC = f64x2.add(lowerC, f64x2.splat(riseC))
  const lower = areInside(lowerB, lowerC, area, leastA, leastB, leastC)
  const upper = areInside(upperB, upperC, area, leastA, leastB, leastC)
  return lower | (upper << 2)
}

@inline
function areInside(b: v128, c: v128, area: f64, leastA: f64, leastB: f64, leastC: f64): i32 {
  const a = f64x2.sub(f64x2.sub(f64x2.splat(area), b), c)
  const ofBc = v128.and(f64x2.ge(b, f64x2.splat(leastB)), f64x2.ge(c, f64x2.splat(leastC)))
  return i64x2.bitmask(v128.and(ofBc, f64x2.ge(a, f64x2.splat(leastA))))
}

/** Which of four cells lie in the box. */
@inline
function cellsWithin(across: i32, up: i32): i32 {
  return (1 + 2 * <i32>(across > 0)) * (1 + 4 * <i32>(up > 0))
}

@inline
function drawTriangle(record: usize, offset: f64): void {
  const across = load<i32>(record, 8) - load<i32>(record)
  const up = load<i32>(record, 12) - load<i32>(record, 4)
  if ((across | up) <= 1) {
    drawCells(record, load<i32>(record, 28), 0, 0, offset)
    return
  }
  for (let row = 0; row <= up; row += 2) {
    for (let column = 0; column <= across; column += 2) {
      const mask = insideOf(
        weightAt(record + WEIGHT_B, column, row),
        load<f64>(record, WEIGHT_B + 8),
        load<f64>(record, WEIGHT_B + 16),
        weightAt(record + WEIGHT_C, column, row),
        load<f64>(record, WEIGHT_C + 8),
        load<f64>(record, WEIGHT_C + 16),
        load<f64>(record, AREA),
        load<f64>(record, LEAST),
        load<f64>(record, LEAST + 8),
        load<f64>(record, LEAST + 16),
      )
      drawCells(record, mask & cellsWithin(across - column, up - row), column, row, offset)
    }
  }
}

/** Writes those of four cells that the mask selects, if they are void. */
@inline
function drawCells(record: usize, mask: i32, column: i32, row: i32, offset: f64): void {
  const a = load<usize>(record, 16)
  const b = load<usize>(record, 20)
  const c = load<usize>(record, 24)
  const lowest = <f64>load<i32>(a, 8)
  const ofB = <f64>load<i32>(b, 8) - lowest
  const ofC = <f64>load<i32>(c, 8) - lowest
  const start = (load<i32>(record, 4) - bottom) * width + load<i32>(record) - left
  for (let left = mask; left !== 0; left &= left - 1) {
    const east = column + (ctz(left) & 1)
    const north = row + (ctz(left) >> 1)
    const at = <usize>(start + north * width + east)
    const value = load<f32>(values + (at << 2))
    store<u8>(source + at, load<u8>(source + at) | load<u8>(record, MARK))
    if (value === value) continue
    const rise = ofB * weightAt(record + WEIGHT_B, east, north) + ofC * weightAt(record + WEIGHT_C, east, north)
    store<f32>(values + (at << 2), <f32>((lowest + offset + rise / load<f64>(record, AREA)) / 1000))
    if (!hasClasses) continue
    const x = (2 * (load<i32>(record) + east) + 1) * cell
    const y = (2 * (load<i32>(record, 4) + north) + 1) * cell
    store<u8>(classes + at, <u8>load<i32>(nearest(a, b, c, x, y), 12))
  }
}

/**
 * The nearest of three samples to a place given in half millimetres; among equals the first by x,
 * then y.
 */
function nearest(a: usize, b: usize, c: usize, x: i32, y: i32): usize {
  const toA = distance(a, x, y)
  const toB = distance(b, x, y)
  const toC = distance(c, x, y)
  if (toA <= toB && toA <= toC) return a
  return toB < toC || (toB === toC && keyOf(b) < keyOf(c)) ? b : c
}

@inline
function distance(at: usize, x: i32, y: i32): i64 {
  const dx = <i64>(2 * load<i32>(at) - x)
  const dy = <i64>(2 * load<i32>(at, 4) - y)
  return dx * dx + dy * dy
}
