/**
 * Sorts the points of a chunk into the buffers of their cells. The chunk's columns precede memory
 * that grows (records of cells, a hash table of them, buffers) until {@link clear} frees all of it.
 *
 * A cell's record: i32 column, row; u32 points, capacity, address of the columns, next record. Then
 * i32 lowest, highest z; f64 × 8 times; u32 × 4 points omitted; u32 1 if it has anything to report.
 */
import { aligned, reachTo } from "../../../../core/assembly/reach"
import { storeHalves } from "./lanes"

const RECORD: usize = 120
/** Capacity of the chunk, in points. */
const CHUNK: usize = 8192
const SIDE: i32 = 50000
const HALF: u32 = 25000

/** 256 bytes, 1 for each class to store. */
export let kept: usize = 0
/** The same 256 bytes, but 0 for noise. */
let plain: usize = 0
/** u32 a class: points dealt so far, including those not stored. */
export let counts: usize = 0
/**
 * Columns of {@link CHUNK} points: f64 times, i32 x, y, z, u16 intensities, u8 classes, returns.
 */
export let chunk: usize = 0
/** Address of the last result of {@link pack}. */
export let segment: usize = 0
/** First record of the list of cells; 0 if there is none. */
export let first: usize = 0
/** Cell with a full buffer, which the caller must empty before it resumes; 0 if there is none. */
export let full: usize = 0
/** Number of points in buffers. */
export let buffered: u32 = 0

/** Memory for the packed columns of a buffer that is not full. */
let packed: usize = 0
let last: usize = 0
let free: usize = 0
let table: usize = 0
let slots: u32 = 0
/** Number of cells with a buffer. */
export let cells: u32 = 0
/**
 * Free lists of outgrown buffers by capacity, from the least. A free buffer starts with the address
 * of the next one.
 */
let left: usize = 0
let withTimes: bool = false
let withIntensities: bool = false
let least: u32 = 0
let most: u32 = 0

/**
 * Prepares an instance.
 *
 * @param few capacity of a cell's first buffer, a power of two from 8 up
 * @param many maximum capacity, `few` times a power of two
 */
export function startDealing(heldTimes: bool, heldIntensities: bool, few: u32, many: u32): void {
  withTimes = heldTimes
  withIntensities = heldIntensities
  least = few
  most = many
  kept = aligned(__heap_base)
  plain = kept + 256
  counts = plain + 256
  chunk = aligned(counts + 1024)
  clear()
  memory.fill(counts, 0, 1024)
}

/** Removes all cells. */
export function clear(): void {
  packed = aligned(chunk + 24 * CHUNK)
  left = aligned(packed + bytesOf(most) + 8)
  free = left + 128
  if (!reachTo(free)) unreachable()
  memory.fill(left, 0, 128)
  first = 0
  last = 0
  full = 0
  cells = 0
  buffered = 0
  makeTable(1024)
}

/**
 * Packs a cell's columns contiguously, as in a segment; those of a full buffer already are.
 *
 * @returns size, a multiple of 8; bytes after the last column are 0
 */
export function pack(cell: usize): u32 {
  const count = load<u32>(cell, 8)
  const capacity = load<u32>(cell, 12)
  const columns = <usize>load<u32>(cell, 16)
  const bytes = bytesOf(count)
  segment = count == capacity ? columns : packed
  if (count == capacity) return <u32>bytes
  copyColumns(columns, capacity, packed, count, count)
  store<u64>(packed + bytes, 0)
  return <u32>((bytes + 7) & ~7)
}

/**
 * Copies the columns of `count` points between buffers of capacities `from` and `to`. Order of
 * columns: see `engine/formats/buckets/format.ts`.
 */
function copyColumns(source: usize, from: u32, target: usize, to: u32, count: u32): void {
  if (withTimes) {
    memory.copy(target, source, 8 * <usize>count)
    source += 8 * <usize>from
    target += 8 * <usize>to
  }
  memory.copy(target, source, 4 * <usize>count)
  source += 4 * <usize>from
  target += 4 * <usize>to
  for (let k = withIntensities ? 3 : 2; k > 0; k--) {
    memory.copy(target, source, 2 * <usize>count)
    source += 2 * <usize>from
    target += 2 * <usize>to
  }
  memory.copy(target, source, <usize>count)
  memory.copy(target + <usize>to, source + <usize>from, <usize>count)
}

/** Marks a cell's buffer as emptied. */
export function spent(cell: usize): void {
  buffered -= load<u32>(cell, 8)
  store<u32>(cell, 0, 8)
  tellNothing(cell)
}

function tellNothing(cell: usize): void {
  store<i32>(cell, i32.MAX_VALUE, 24)
  store<i32>(cell, i32.MIN_VALUE, 28)
  for (let k: usize = 0; k < 8; k++) store<f64>(cell + 8 * k, (k & 1) == 0 ? Infinity : -Infinity, 32)
  memory.fill(cell + 96, 0, 20)
}

/** Allocates memory, aligned to 8 bytes. Traps if memory cannot grow. */
function take(bytes: usize): usize {
  const at = free
  free = (free + bytes + 7) & ~7
  if (!reachTo(free)) unreachable()
  return at
}

@inline
function bytesOf(capacity: u32): usize {
  return <usize>capacity * (10 + (withTimes ? 8 : 0) + (withIntensities ? 2 : 0))
}

@inline
function leftOf(capacity: u32): usize {
  return left + 4 * <usize>(ctz(capacity) - ctz(least))
}

function takeBuffer(capacity: u32): usize {
  const at = leftOf(capacity)
  const given = <usize>load<u32>(at)
  if (given == 0) return take(bytesOf(capacity))
  store<u32>(at, load<u32>(given))
  return given
}

function makeTable(count: u32): void {
  slots = count
  table = take(4 * <usize>count)
  memory.fill(table, 0, 4 * <usize>count)
  for (let cell = first; cell != 0; cell = <usize>load<u32>(cell, 20)) {
    store<u32>(slotOf(load<i32>(cell), load<i32>(cell, 4)), <u32>cell)
  }
}

/** Address of a cell's slot in the hash table, used or free. */
function slotOf(column: i32, row: i32): usize {
  let hash = <u32>column * 0x9e3779b1 + <u32>row * 0x85ebca6b
  hash ^= hash >>> 15
  let slot: usize = 0
  for (; ; hash++) {
    slot = table + 4 * <usize>(hash & (slots - 1))
    const cell = <usize>load<u32>(slot)
    if (cell == 0 || (load<i32>(cell) == column && load<i32>(cell, 4) == row)) break
  }
  return slot
}

function cellOf(column: i32, row: i32): usize {
  const slot = slotOf(column, row)
  const known = <usize>load<u32>(slot)
  if (known != 0) return known
  const cell = take(RECORD)
  store<i32>(cell, column)
  store<i32>(cell, row, 4)
  store<u32>(cell, 0, 8)
  store<u32>(cell, least, 12)
  store<u32>(cell, <u32>takeBuffer(least), 16)
  store<u32>(cell, 0, 20)
  tellNothing(cell)
  store<u32>(slot, <u32>cell)
  if (last == 0) first = cell
  else store<u32>(last, <u32>cell, 20)
  last = cell
  cells++
  if (cells > slots >>> 1) makeTable(2 * slots)
  return cell
}

/** Doubles the capacity of a cell's buffer. */
function widen(cell: usize): void {
  const count = load<u32>(cell, 8)
  const from = load<u32>(cell, 12)
  const to = 2 * from
  const old = <usize>load<u32>(cell, 16)
  const buffer = takeBuffer(to)
  copyColumns(old, from, buffer, to, count)
  const at = leftOf(from)
  store<u32>(old, load<u32>(at))
  store<u32>(at, <u32>old)
  store<u32>(cell, to, 12)
  store<u32>(cell, <u32>buffer, 16)
}

@inline
function floorOf(mm: i32): i32 {
  const quotient = mm / SIDE
  return mm - quotient * SIDE < 0 ? quotient - 1 : quotient
}

/**
 * Deals the points `[begin, end)` of the chunk; `column`, `row` are the cell of the points' origin.
 *
 * @returns the next point: `end`, or less if a buffer is {@link full}
 */
export function deal(begin: u32, end: u32, column: i32, row: i32): u32 {
  memory.copy(plain, kept, 256)
  store<u8>(plain, 0, 7)
  store<u8>(plain, 0, 18)
  const xs = chunk + 8 * CHUNK
  const ys = xs + 4 * CHUNK
  full = 0
  let at = begin
  while (at < end) {
    const east = floorOf(load<i32>(xs + 4 * <usize>at))
    const north = floorOf(load<i32>(ys + 4 * <usize>at))
    const cell = cellOf(column + east, row + north)
    if (load<u32>(cell, 8) == load<u32>(cell, 12)) {
      if (load<u32>(cell, 12) == most) {
        full = cell
        return at
      }
      widen(cell)
    }
    at = run(cell, at, end, east * SIDE, north * SIDE)
  }
  return at
}

/**
 * Takes points into a cell's buffer until one is outside the quarter of the first one, or the
 * buffer is full.
 */
function run(cell: usize, begin: u32, end: u32, west: i32, south: i32): u32 {
  const xs = chunk + 8 * CHUNK
  const ys = xs + 4 * CHUNK
  const zs = ys + 4 * CHUNK
  const codes = zs + 6 * CHUNK
  const returns = codes + CHUNK
  const capacity = load<u32>(cell, 12)
  const count = load<u32>(cell, 8)
  const toZ = <usize>load<u32>(cell, 16) + (withTimes ? 8 * <usize>capacity : 0)
  const toX = toZ + 4 * <usize>capacity
  const toY = toX + 2 * <usize>capacity
  const toClass = toY + (withIntensities ? 4 : 2) * <usize>capacity
  const toReturns = toClass + <usize>capacity
  const east = <u32>(load<i32>(xs + 4 * <usize>begin) - west) >= HALF ? HALF : 0
  const north = <u32>(load<i32>(ys + 4 * <usize>begin) - south) >= HALF ? HALF : 0
  const stop = min(end, begin + capacity - count)
  const quarter = <usize>((east > 0 ? 1 : 0) + (north > 0 ? 2 : 0))
  const times = cell + 32 + 16 * quarter
  let low = i32.MAX_VALUE
  let high = i32.MIN_VALUE
  let firstTime: f64 = Infinity
  let lastTime: f64 = -Infinity
  let to = count
  let i = begin
  while (i < stop) {
    const before = i
    i = runFours(cell, times, i, stop, to, west + <i32>east, south + <i32>north, east, north)
    to += i - before
    const few = min(i + 4, stop)
    for (; i < few; i++) {
      const inX = <u32>(load<i32>(xs + 4 * <usize>i) - west)
      const inY = <u32>(load<i32>(ys + 4 * <usize>i) - south)
      if (inX - east >= HALF || inY - north >= HALF) break
      const height = load<i32>(zs + 4 * <usize>i)
      const code = load<u8>(codes + <usize>i)
      store<u16>(toX + 2 * <usize>to, <u16>inX)
      store<u16>(toY + 2 * <usize>to, <u16>inY)
      store<i32>(toZ + 4 * <usize>to, height)
      store<u8>(toClass + <usize>to, code)
      store<u8>(toReturns + <usize>to, load<u8>(returns + <usize>i))
      // The next point overwrites one that is not stored: cheaper than an unpredictable branch.
      to += <u32>load<u8>(kept + <usize>code)
      countOne(code)
      low = min(low, height)
      high = max(high, height)
      const time = load<f64>(chunk + 8 * <usize>i)
      // Virtual points have time 0; NaN is no time.
      if (!(time > 0) || code == 7 || code == 18) continue
      if (time < firstTime) firstTime = time
      if (time > lastTime) lastTime = time
    }
    if (i < few) break
  }
  widenRange(cell, low, high, times, firstTime, lastTime)
  const others = cell + 4 * quarter
  store<u32>(others, load<u32>(others, 96) + (i - begin) - (to - count), 96)
  store<u32>(cell, 1, 112)
  if (withTimes || withIntensities) putFurther(cell, begin, i)
  store<u32>(cell, to, 8)
  buffered += to - count
  return i
}

@inline
function countOne(code: u32): void {
  const counter = counts + 4 * <usize>code
  store<u32>(counter, load<u32>(counter) + 1)
}

/** Widens the height range of a cell, and the time range of one of its quarters. */
@inline
function widenRange(cell: usize, low: i32, high: i32, times: usize, first: f64, last: f64): void {
  store<i32>(cell, min(low, load<i32>(cell, 24)), 24)
  store<i32>(cell, max(high, load<i32>(cell, 28)), 28)
  if (first < load<f64>(times)) store<f64>(times, first)
  if (last > load<f64>(times, 8)) store<f64>(times, last, 8)
}

/**
 * Takes points as {@link run} does, four at a time. Stops at four points if one is not stored, is
 * noise, or is outside the quarter. `west`, `south` are the quarter's corner; `east`, `north` are
 * its offset in the cell.
 *
 * @returns the next point
 */
function runFours(cell: usize, times: usize, begin: u32, stop: u32, to: u32, west: i32, south: i32, east: u32, north: u32): u32 {
  const xs = chunk + 8 * CHUNK
  const ys = xs + 4 * CHUNK
  const zs = ys + 4 * CHUNK
  const codes = zs + 6 * CHUNK
  const returns = codes + CHUNK
  const capacity = <usize>load<u32>(cell, 12)
  const toZ = <usize>load<u32>(cell, 16) + (withTimes ? 8 * capacity : 0) + 4 * <usize>to
  const toX = toZ + 4 * (capacity - <usize>to) + 2 * <usize>to
  const toY = toX + 2 * capacity
  const toClass = toY + (withIntensities ? 4 : 2) * capacity - <usize>to
  const half = i32x4.splat(HALF)
  const never = f64x2.splat(Infinity)
  let low = i32x4.splat(i32.MAX_VALUE)
  let high = i32x4.splat(i32.MIN_VALUE)
  let first = never
  let last = f64x2.splat(-Infinity)
  let i = begin
  for (; i + 4 <= stop; i += 4) {
    const inX = i32x4.sub(v128.load(xs + 4 * <usize>i), i32x4.splat(west))
    const inY = i32x4.sub(v128.load(ys + 4 * <usize>i), i32x4.splat(south))
    if (!i32x4.all_true(v128.and(i32x4.lt_u(inX, half), i32x4.lt_u(inY, half)))) break
    const four = load<u32>(codes + <usize>i)
    if (!arePlain(four)) break
    countOne(four & 255)
    countOne((four >>> 8) & 255)
    countOne((four >>> 16) & 255)
    countOne(four >>> 24)
    const at = <usize>(i - begin)
    storeHalves(toX + 2 * at, i32x4.add(inX, i32x4.splat(east)))
    storeHalves(toY + 2 * at, i32x4.add(inY, i32x4.splat(north)))
    const heights = v128.load(zs + 4 * <usize>i)
    v128.store(toZ + 4 * at, heights)
    store<u32>(toClass + at, four)
    store<u32>(toClass + capacity + at, load<u32>(returns + <usize>i))
    low = i32x4.min_s(low, heights)
    high = i32x4.max_s(high, heights)
    for (let k: usize = 0; k < 32; k += 16) {
      const time = v128.load(chunk + 8 * <usize>i + k)
      const isTime = f64x2.gt(time, f64x2.splat(0))
      first = f64x2.pmin(first, v128.bitselect(time, never, isTime))
      last = f64x2.pmax(last, v128.bitselect(time, f64x2.splat(-Infinity), isTime))
    }
  }
  if (i > begin) widenFours(cell, low, high, times, first, last)
  return i
}

/** Swaps the halves of a vector. */
@inline
function turned(four: v128): v128 {
  return i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
}

function widenFours(cell: usize, low: v128, high: v128, times: usize, first: v128, last: v128): void {
  const lowest = i32x4.min_s(low, turned(low))
  const highest = i32x4.max_s(high, turned(high))
  widenRange(
    cell,
    min(i32x4.extract_lane(lowest, 0), i32x4.extract_lane(lowest, 1)),
    max(i32x4.extract_lane(highest, 0), i32x4.extract_lane(highest, 1)),
    times,
    min(f64x2.extract_lane(first, 0), f64x2.extract_lane(first, 1)),
    max(f64x2.extract_lane(last, 0), f64x2.extract_lane(last, 1)),
  )
}

/** True if four classes are stored and not noise. */
@inline
function arePlain(four: u32): bool {
  const both = load<u8>(plain + <usize>(four & 255)) & load<u8>(plain + <usize>((four >>> 8) & 255))
  return (both & load<u8>(plain + <usize>((four >>> 16) & 255)) & load<u8>(plain + <usize>(four >>> 24))) != 0
}

function putFurther(cell: usize, begin: u32, end: u32): void {
  const codes = chunk + 22 * CHUNK
  const from = chunk + 20 * CHUNK
  const capacity = <usize>load<u32>(cell, 12)
  const times = <usize>load<u32>(cell, 16)
  const intensities = times + (withTimes ? 16 : 8) * capacity
  let at = <usize>load<u32>(cell, 8)
  for (let i = begin; i < end; i++) {
    if (withIntensities) store<u16>(intensities + 2 * at, load<u16>(from + 2 * <usize>i))
    if (withTimes) store<f64>(times + 8 * at, load<f64>(chunk + 8 * <usize>i))
    at += <usize>load<u8>(kept + <usize>load<u8>(codes + <usize>i))
  }
}
