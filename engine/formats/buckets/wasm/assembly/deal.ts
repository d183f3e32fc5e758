/**
 * Sorts the points of a chunk into the buffers of their cells. The chunk's columns precede memory
 * that grows (records of cells, a hash table of them, buffers) until {@link clear} frees all of it.
 */
import { aligned, reachTo } from "../../../../core/assembly/reach"
import { storeHalves } from "./lanes"

/** A cell's record. After its fields follow {@link TIMES} and {@link OTHERS}. */
@unmanaged
class Cell {
  column: i32
  row: i32
  points: u32
  capacity: u32
  columns: usize
  /** Address of the next record, or 0. */
  next: usize
  lowZ: i32
  highZ: i32
  /** 1 if it has anything to report. */
  changed: u32
}

/** Offsets in a record: f64 × 8 times and u32 × 4 points omitted, by quarters of the cell. */
const TIMES: usize = (offsetof<Cell>() + 7) & ~7
const OTHERS: usize = TIMES + 64
/** Then, if presence is asked for, {@link FLAGS} u8 and {@link SQUARES} i32: see `markOne`. */
const PRESENCE: usize = OTHERS + 16
const FLAGS: usize = 2500
const SQUARES: usize = 400
/** Capacity of the chunk, in points. */
export const CHUNK: usize = 8192
/** Capacity of a cell's first buffer: a power of two from 8 up. */
const LEAST: u32 = 32
const SIDE: i32 = 50000
const HALF: u32 = 25000

/** 256 bytes, 1 for each class to store. */
export let stored: usize = 0
/** The same 256 bytes, but 0 for noise. */
let plain: usize = 0
/** u32 a class: points dealt so far, including those not stored. */
export let counts: usize = 0
/** 256 bytes: the bits of presence of each class. */
export let bits: usize = 0
/** Columns of {@link CHUNK} points: f64, i32 × 3, u16, u8 × 2. */
export let chunkTimes: usize = 0
export let chunkX: usize = 0
export let chunkY: usize = 0
export let chunkZ: usize = 0
export let chunkIntensities: usize = 0
export let chunkClasses: usize = 0
export let chunkReturns: usize = 0
/** Result of {@link pack}: the columns' address and size, and the cell's entry in the index. */
export let segment: usize = 0
export let segmentBytes: usize = 0
export let segmentPoints: u32 = 0
export let cellColumn: i32 = 0
export let cellRow: i32 = 0
export let lowZ: i32 = 0
export let highZ: i32 = 0
export let quarterTimes: usize = 0
export let quarterOthers: usize = 0
export let presence: usize = 0
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
let withPresence: bool = false
let most: u32 = 0

/**
 * Prepares an instance.
 *
 * @param many maximum capacity, {@link LEAST} times a power of two
 */
export function startDealing(hasTimes: bool, hasIntensities: bool, hasPresence: bool, many: u32): void {
  withTimes = hasTimes
  withIntensities = hasIntensities
  withPresence = hasPresence
  most = many
  stored = aligned(__heap_base)
  plain = stored + 256
  bits = plain + 256
  counts = bits + 256
  chunkTimes = aligned(counts + 1024)
  chunkX = chunkTimes + 8 * CHUNK
  chunkY = chunkX + 4 * CHUNK
  chunkZ = chunkY + 4 * CHUNK
  chunkIntensities = chunkZ + 4 * CHUNK
  chunkClasses = chunkIntensities + 2 * CHUNK
  chunkReturns = chunkClasses + CHUNK
  clear()
  memory.fill(counts, 0, 1024)
}

/** Removes all cells. */
export function clear(): void {
  packed = aligned(chunkReturns + CHUNK)
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
 * Packs a cell's columns contiguously, as in a segment; those of a full buffer already are. The
 * size becomes a multiple of 8; bytes after the last column are 0.
 *
 * @returns false if the cell has nothing to report
 */
export function pack(cell: Cell): bool {
  if (cell.changed == 0) return false
  const count = cell.points
  const isFull = count == cell.capacity
  const bytes = bytesOf(count)
  segment = isFull ? cell.columns : packed
  segmentBytes = (bytes + 7) & ~7
  segmentPoints = count
  cellColumn = cell.column
  cellRow = cell.row
  lowZ = cell.lowZ
  highZ = cell.highZ
  quarterTimes = changetype<usize>(cell) + TIMES
  quarterOthers = changetype<usize>(cell) + OTHERS
  presence = changetype<usize>(cell) + PRESENCE
  if (isFull) return true
  copyColumns(cell.columns, cell.capacity, packed, count, count)
  store<u64>(packed + bytes, 0)
  return true
}

/** Address of the next record of the list, or 0. */
export function nextCell(cell: Cell): usize {
  return cell.next
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
export function empty(cell: Cell): void {
  buffered -= cell.points
  cell.points = 0
  cell.lowZ = i32.MAX_VALUE
  cell.highZ = i32.MIN_VALUE
  cell.changed = 0
  const times = changetype<usize>(cell) + TIMES
  for (let k: usize = 0; k < 8; k++) store<f64>(times + 8 * k, (k & 1) == 0 ? Infinity : -Infinity)
  memory.fill(changetype<usize>(cell) + OTHERS, 0, 16)
  if (!withPresence) return
  memory.fill(changetype<usize>(cell) + PRESENCE, 0, FLAGS)
  memory.fill(changetype<usize>(cell) + PRESENCE + FLAGS, 127, SQUARES)
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
  return left + 4 * <usize>(ctz(capacity) - ctz(LEAST))
}

function takeBuffer(capacity: u32): usize {
  const at = leftOf(capacity)
  const buffer = <usize>load<u32>(at)
  if (buffer == 0) return take(bytesOf(capacity))
  store<u32>(at, load<u32>(buffer))
  return buffer
}

function makeTable(count: u32): void {
  slots = count
  table = take(4 * <usize>count)
  memory.fill(table, 0, 4 * <usize>count)
  for (let at = first; at != 0; ) {
    const cell = changetype<Cell>(at)
    store<u32>(slotOf(cell.column, cell.row), <u32>at)
    at = cell.next
  }
}

/** Address of a cell's slot in the hash table, used or free. */
function slotOf(column: i32, row: i32): usize {
  let hash = <u32>column * 0x9e3779b1 + <u32>row * 0x85ebca6b
  hash ^= hash >>> 15
  let slot: usize = 0
  for (; ; hash++) {
    slot = table + 4 * <usize>(hash & (slots - 1))
    const at = <usize>load<u32>(slot)
    if (at == 0) break
    const cell = changetype<Cell>(at)
    if (cell.column == column && cell.row == row) break
  }
  return slot
}

function cellOf(column: i32, row: i32): Cell {
  const slot = slotOf(column, row)
  const known = <usize>load<u32>(slot)
  if (known != 0) return changetype<Cell>(known)
  const at = take(PRESENCE + (withPresence ? FLAGS + SQUARES : 0))
  const cell = changetype<Cell>(at)
  cell.column = column
  cell.row = row
  cell.points = 0
  cell.capacity = LEAST
  cell.columns = takeBuffer(LEAST)
  cell.next = 0
  empty(cell)
  store<u32>(slot, <u32>at)
  if (last == 0) first = at
  else changetype<Cell>(last).next = at
  last = at
  cells++
  if (cells > slots >>> 1) makeTable(2 * slots)
  return cell
}

/** Doubles the capacity of a cell's buffer. */
function widen(cell: Cell): void {
  const from = cell.capacity
  const old = cell.columns
  cell.capacity = 2 * from
  cell.columns = takeBuffer(2 * from)
  copyColumns(old, from, cell.columns, 2 * from, cell.points)
  const at = leftOf(from)
  store<u32>(old, load<u32>(at))
  store<u32>(at, <u32>old)
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
  memory.copy(plain, stored, 256)
  store<u8>(plain, 0, 7)
  store<u8>(plain, 0, 18)
  const xs = chunkX
  const ys = chunkY
  full = 0
  let at = begin
  while (at < end) {
    const east = floorOf(load<i32>(xs + 4 * <usize>at))
    const north = floorOf(load<i32>(ys + 4 * <usize>at))
    const cell = cellOf(column + east, row + north)
    if (cell.points == cell.capacity) {
      if (cell.capacity == most) {
        full = changetype<usize>(cell)
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
function run(cell: Cell, begin: u32, end: u32, west: i32, south: i32): u32 {
  const xs = chunkX
  const ys = chunkY
  const zs = chunkZ
  const codes = chunkClasses
  const returns = chunkReturns
  const capacity = cell.capacity
  const count = cell.points
  const toZ = cell.columns + (withTimes ? 8 * <usize>capacity : 0)
  const toX = toZ + 4 * <usize>capacity
  const toY = toX + 2 * <usize>capacity
  const toClass = toY + (withIntensities ? 4 : 2) * <usize>capacity
  const toReturns = toClass + <usize>capacity
  const east = <u32>(load<i32>(xs + 4 * <usize>begin) - west) >= HALF ? HALF : 0
  const north = <u32>(load<i32>(ys + 4 * <usize>begin) - south) >= HALF ? HALF : 0
  const stop = min(end, begin + capacity - count)
  const quarter = <usize>((east > 0 ? 1 : 0) + (north > 0 ? 2 : 0))
  const times = changetype<usize>(cell) + TIMES + 16 * quarter
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
      to += <u32>load<u8>(stored + <usize>code)
      countOne(code)
      if (withPresence) markOne(changetype<usize>(cell) + PRESENCE, inX, inY, height, code)
      low = min(low, height)
      high = max(high, height)
      const time = load<f64>(chunkTimes + 8 * <usize>i)
      // Virtual points have time 0; NaN is no time.
      if (!(time > 0) || code == 7 || code == 18) continue
      if (time < firstTime) firstTime = time
      if (time > lastTime) lastTime = time
    }
    if (i < few) break
  }
  widenRange(cell, low, high, times, firstTime, lastTime)
  const others = changetype<usize>(cell) + OTHERS + 4 * quarter
  store<u32>(others, load<u32>(others) + (i - begin) - (to - count))
  cell.changed = 1
  if (withTimes || withIntensities) putFurther(cell, begin, i)
  cell.points = to
  buffered += to - count
  return i
}

/** Marks the cell of 1 m of a point, and lowers the lowest return of its square of 5 m. */
@inline
function markOne(at: usize, inX: u32, inY: u32, height: i32, code: u32): void {
  mark(at, (inY / 1000) * 50 + inX / 1000, (inY / 5000) * 10 + inX / 5000, height, code)
}

@inline
function mark(at: usize, place: u32, square: u32, height: i32, code: u32): void {
  const own = load<u8>(bits + <usize>code)
  const flags = at + <usize>place
  store<u8>(flags, load<u8>(flags) | own)
  if ((own & 2) == 0) return
  const lowest = at + FLAGS + 4 * <usize>square
  if (height < load<i32>(lowest)) store<i32>(lowest, height)
}

/** Does the same for four points. */
function markFour(at: usize, inX: v128, inY: v128, heights: v128, codes: u32): void {
  const columns = metres(inX)
  const rows = metres(inY)
  const places = i32x4.add(i32x4.mul(rows, i32x4.splat(50)), columns)
  const squares = i32x4.add(i32x4.mul(fifths(rows), i32x4.splat(10)), fifths(columns))
  const p1 = i32x4.extract_lane(places, 1)
  const p2 = i32x4.extract_lane(places, 2)
  const p3 = i32x4.extract_lane(places, 3)
  const s1 = i32x4.extract_lane(squares, 1)
  const s2 = i32x4.extract_lane(squares, 2)
  const s3 = i32x4.extract_lane(squares, 3)
  mark(at, i32x4.extract_lane(places, 0), i32x4.extract_lane(squares, 0), i32x4.extract_lane(heights, 0), codes & 255)
  mark(at, p1, s1, i32x4.extract_lane(heights, 1), (codes >>> 8) & 255)
  mark(at, p2, s2, i32x4.extract_lane(heights, 2), (codes >>> 16) & 255)
  mark(at, p3, s3, i32x4.extract_lane(heights, 3), codes >>> 24)
}

/** Divides four numbers below 50,000 by 1000. */
@inline
function metres(mm: v128): v128 {
  return i32x4.shr_u(i32x4.mul(mm, i32x4.splat(33555)), 25)
}

/** Divides four numbers below 50 by 5. */
@inline
function fifths(four: v128): v128 {
  return i32x4.shr_u(i32x4.mul(four, i32x4.splat(13)), 6)
}

@inline
function countOne(code: u32): void {
  const counter = counts + 4 * <usize>code
  store<u32>(counter, load<u32>(counter) + 1)
}

/** Widens the height range of a cell, and the time range of one of its quarters. */
@inline
function widenRange(cell: Cell, low: i32, high: i32, times: usize, first: f64, last: f64): void {
  cell.lowZ = min(low, cell.lowZ)
  cell.highZ = max(high, cell.highZ)
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
function runFours(cell: Cell, times: usize, begin: u32, stop: u32, to: u32, west: i32, south: i32, east: u32, north: u32): u32 {
  const xs = chunkX
  const ys = chunkY
  const zs = chunkZ
  const codes = chunkClasses
  const returns = chunkReturns
  const capacity = <usize>cell.capacity
  const toZ = cell.columns + (withTimes ? 8 * capacity : 0) + 4 * <usize>to
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
    const inCellX = i32x4.add(inX, i32x4.splat(east))
    const inCellY = i32x4.add(inY, i32x4.splat(north))
    storeHalves(toX + 2 * at, inCellX)
    storeHalves(toY + 2 * at, inCellY)
    const heights = v128.load(zs + 4 * <usize>i)
    if (withPresence) markFour(changetype<usize>(cell) + PRESENCE, inCellX, inCellY, heights, four)
    v128.store(toZ + 4 * at, heights)
    store<u32>(toClass + at, four)
    store<u32>(toClass + capacity + at, load<u32>(returns + <usize>i))
    low = i32x4.min_s(low, heights)
    high = i32x4.max_s(high, heights)
    for (let k: usize = 0; k < 32; k += 16) {
      const time = v128.load(chunkTimes + 8 * <usize>i + k)
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

function widenFours(cell: Cell, low: v128, high: v128, times: usize, first: v128, last: v128): void {
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

function putFurther(cell: Cell, begin: u32, end: u32): void {
  const times = cell.columns
  const intensities = times + (withTimes ? 16 : 8) * <usize>cell.capacity
  let at = <usize>cell.points
  for (let i = begin; i < end; i++) {
    if (withIntensities) store<u16>(intensities + 2 * at, load<u16>(chunkIntensities + 2 * <usize>i))
    if (withTimes) store<f64>(times + 8 * at, load<f64>(chunkTimes + 8 * <usize>i))
    at += <usize>load<u8>(stored + <usize>load<u8>(chunkClasses + <usize>i))
  }
}
