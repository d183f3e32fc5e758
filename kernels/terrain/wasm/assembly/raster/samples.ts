/** Chooses one point for each cell, as in `kernels/terrain/raster/thin-points.ts`. */
import { CHUNK, chunkClasses, chunkX, chunkY } from "../../../../../engine/core/assembly/point-chunk"
import {
  bottom,
  CELLS,
  cell,
  classes,
  columns,
  firstHelper,
  height,
  left,
  rows,
  sampleAt,
  source,
  taken,
  values,
  width,
} from "./memory"

/** Union of the bits of all coordinates, inverted if negative: it shows whether all are small. */
export let bits: i32 = 0

/** Clears {@link bits} of earlier points. */
export function startTaking(): void {
  bits = 0
}

/** Points whose cells are computed together: cells and keys fit into the first-level cache. */
const BATCH: i32 = 512
/** Coordinates in the sample grid are below 2 to this power. */
const PLACE_BITS: i32 = 26

/**
 * Takes the points of the chunk: the highest of each cell, or the nearest to its centre. The shifts
 * make coordinates relative to the corner of the sample grid.
 */
export function take(count: i32, shiftX: i32, shiftY: i32, highest: i32): void {
  // Clears leftovers of the previous chunk, which would count in {@link bits}.
  for (let i = count; (i & 3) !== 0; i++) {
    store<i32>(chunkX + (<usize>i << 2), 0)
    store<i32>(chunkY + (<usize>i << 2), 0)
  }
  for (let from = 0; from < count; from += BATCH) {
    const end = min(count, from + BATCH)
    locate(from, end, shiftX, shiftY)
    if (highest !== 0) takeHighest(from, end)
    else takeNearest(from, end)
  }
}

/**
 * Divides four coordinates by `cell`; they are not negative and below 2 to {@link PLACE_BITS}.
 * Exact, since `factor` is 2^`shift` / `cell`, at most 1 too large.
 */
@inline
function quotients(a: v128, factor: v128, shift: i32): v128 {
  const low = i64x2.shr_u(i64x2.extmul_low_i32x4_u(a, factor), shift)
  const high = i64x2.shr_u(i64x2.extmul_high_i32x4_u(a, factor), shift)
  return i8x16.shuffle(low, high, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
}

/**
 * Computes for a range of points x and y from the corner of the sample grid, in place. Behind the
 * chunk it writes the cell (that of the first helper for points outside the grid) and the key of
 * the distance to its centre. The key is x (x − cell) + y (y − cell) from the cell's corner, which
 * grows with the distance, made positive.
 */
function locate(from: i32, end: i32, shiftX: i32, shiftY: i32): void {
  const bitsOfCell = 32 - clz(cell - 1)
  const shift = PLACE_BITS + bitsOfCell
  const factor = i32x4.splat(<i32>((<i64>1 << shift) / cell) + 1)
  const side = i32x4.splat(cell)
  const widest = i32x4.splat(columns * cell)
  const highest = i32x4.splat(rows * cell)
  const beyond = i32x4.splat(firstHelper())
  const half = i32x4.splat(<i32>((<i64>cell * cell) >> 1))
  const across = i32x4.splat(columns)
  let all = i32x4.splat(0)
  let atCell = chunkX + CELLS
  for (let at = chunkX + (<usize>from << 2); at < chunkX + (<usize>end << 2); at += 16) {
    const x0 = v128.load(at)
    const y0 = v128.load(at, 4 * CHUNK)
    all = v128.or(all, v128.or(v128.xor(x0, i32x4.shr_s(x0, 31)), v128.xor(y0, i32x4.shr_s(y0, 31))))
    const x = i32x4.add(x0, i32x4.splat(shiftX))
    const y = i32x4.add(y0, i32x4.splat(shiftY))
    v128.store(at, x)
    v128.store(at, y, 4 * CHUNK)
    const column = quotients(x, factor, shift)
    const row = quotients(y, factor, shift)
    const inside = v128.and(i32x4.lt_u(x, widest), i32x4.lt_u(y, highest))
    v128.store(atCell, v128.bitselect(i32x4.add(i32x4.mul(row, across), column), beyond, inside))
    const inX = i32x4.sub(x, i32x4.mul(column, side))
    const inY = i32x4.sub(y, i32x4.mul(row, side))
    const ofX = i32x4.mul(inX, i32x4.sub(inX, side))
    const ofY = i32x4.mul(inY, i32x4.sub(inY, side))
    v128.store(atCell, i32x4.add(half, i32x4.add(ofX, ofY)), 4 * BATCH)
    atCell += 16
  }
  for (let lane = 0; lane < 4; lane++) {
    bits |= i32x4.extract_lane(all, 0)
    all = i8x16.shuffle(all, all, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3)
  }
}

/**
 * The last word of a record is the key, which is largest for an empty cell. Among equals: the
 * lowest, then the first by x and y.
 */
function takeNearest(from: i32, end: i32): void {
  for (let i = from; i < end; i++) {
    const point = chunkX + (<usize>i << 2)
    const entry = chunkX + CELLS + (<usize>(i - from) << 2)
    const index = load<i32>(entry)
    const at = sampleAt(index)
    const key = load<u32>(entry, 4 * BATCH)
    const least = load<u32>(at, 12)
    const z = load<i32>(point, 8 * CHUNK)
    const wins = key !== least ? key < least : isLower(point, z, at)
    replaceIf(wins, point, z, key, index)
  }
}

@inline
function isLower(point: usize, z: i32, at: usize): bool {
  const lowest = load<i32>(at, 8)
  return z !== lowest ? z < lowest : placeOrder(point, at) < 0
}

/** The last word of a record is the class. An empty cell is lower than all. */
function takeHighest(from: i32, end: i32): void {
  for (let i = from; i < end; i++) {
    const point = chunkX + (<usize>i << 2)
    const entry = chunkX + CELLS + (<usize>(i - from) << 2)
    const index = load<i32>(entry)
    const at = sampleAt(index)
    const z = load<i32>(point, 8 * CHUNK)
    const highest = load<i32>(at, 8)
    const label = <i32>load<u8>(chunkClasses + <usize>i)
    const wins = z !== highest ? z > highest : isBefore(point, label, load<i32>(entry, 4 * BATCH), at, index)
    replaceIf(wins, point, z, label, index)
  }
}

/**
 * Writes the point over a cell's sample if it wins, else the sample again, since a branch could not
 * be predicted.
 */
@inline
function replaceIf(wins: bool, point: usize, z: i32, last: i32, index: i32): void {
  const at = sampleAt(index)
  store<u8>(taken + <usize>index, 1)
  let record = v128.load32_zero(point)
  record = v128.load32_lane(point, record, 1, 4 * CHUNK)
  record = i32x4.replace_lane(record, 2, z)
  record = i32x4.replace_lane(record, 3, last)
  v128.store(at, v128.bitselect(record, v128.load(at), i32x4.splat(-<i32>wins)))
}

/**
 * For equal heights: true if the point is nearer to the cell's centre than the sample, or else
 * first by x, y and class.
 */
function isBefore(point: usize, label: i32, key: i32, at: usize, index: i32): bool {
  if (load<i32>(at, 12) < 0) return true
  const x = load<i32>(at) - (index % columns) * cell
  const y = load<i32>(at, 4) - (index / columns) * cell
  const its = <i32>(((<i64>cell * cell) >> 1) + <i64>x * (x - cell) + <i64>y * (y - cell))
  if (key !== its) return key < its
  const order = placeOrder(point, at)
  return order !== 0 ? order < 0 : label < load<i32>(at, 12)
}

/** Negative if the point precedes the sample by x and y. */
@inline
function placeOrder(point: usize, at: usize): i32 {
  const dx = load<i32>(point) - load<i32>(at)
  return dx !== 0 ? dx : load<i32>(point, 4 * CHUNK) - load<i32>(at, 4)
}

/**
 * Writes the heights and classes of the samples to their cells; `offset` is added to heights,
 * millimetres.
 */
export function writeSamples(offset: f64): void {
  for (let row = 0; row < height; row++) {
    const to = row * width
    const from = (row + bottom) * columns + left
    for (let column = 0; column < width; column++) {
      if (load<u8>(taken + <usize>(from + column)) === 0) continue
      const at = sampleAt(from + column)
      store<f32>(values + (<usize>(to + column) << 2), <f32>((<f64>load<i32>(at, 8) + offset) / 1000))
      store<u8>(classes + <usize>(to + column), <u8>load<i32>(at, 12))
      store<u8>(source + <usize>(to + column), 1)
    }
  }
}
