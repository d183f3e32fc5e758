/**
 * Distributes records to the cells of a level of an octree, and sorts those of a cell by Morton
 * key.
 *
 * Memory from `__heap_base`: a block of input, buffers of the cells that occur, then the records to
 * sort with their keys, twice, and a batch of output.
 */
import { DIGIT, sortDigit } from "../../laz/encoder/assembly/order"

export { reserveChild, thin } from "./thin"

/** Levels that keys resolve. */
const KEY_LEVELS: u32 = 20
const CELLS: u32 = 1 << KEY_LEVELS
/** Most records that are sorted by insertion. */
const FEW: u32 = 32
/** Records of a cell's buffer. */
const ROOM: u32 = 2048
const MOST_LEVELS: u32 = 3
/** Of each cell: records in its buffer, and address of the buffer. */
const FILLED: usize = memory.data(4 << (3 * MOST_LEVELS), 16)
const BUFFERS: usize = memory.data(4 << (3 * MOST_LEVELS), 16)

/** Bits of a number below 8, at every third position. */
const SPREAD: usize = memory.data<u16>([0, 1, 8, 9, 64, 65, 72, 73])
/** Of all records: least and greatest coordinates, points by return number, range of time. */
const LEAST: usize = memory.data(16, 16)
const MOST: usize = memory.data(16, 16)
const RETURNS: usize = memory.data(4 * 16, 16)
const TIMES: usize = memory.data(16, 16)

/** Size of a record, padded to whole words, and of its own bytes. */
let stride: usize = 0
let recordLength: usize = 0
/** The cube: corner in stored integers, and side in steps of each axis (f64 each). */
const CORNER: usize = memory.data(24, 16)
const STEPS: usize = memory.data(24, 16)
/** Of each axis: the last coordinates of the cells that records are distributed to (8 i32). */
const ENDS: usize = memory.data(3 * 32, 16)
let hasEnds: bool = false
/** Right shift of a key, and mask of a cell. */
let shift: u32 = 0
let mask: u32 = 0
let input: usize = 0
let free: usize = 0
let full: u32 = 0
/** The records being sorted, their keys and order, each twice, and the batch. */
let records: usize = 0
let keys: usize = 0
let order: usize = 0
let nextKeys: usize = 0
let nextOrder: usize = 0
let batch: usize = 0

/** Makes room up to an address; false if the system refuses memory. */
function grow(end: usize): bool {
  const missing = <i32>(end + 64 - ((<usize>memory.size()) << 16))
  return missing <= 0 || memory.grow((missing + 65535) >> 16) >= 0
}

/**
 * Prepares an instance for cells of `levels` levels below `level`; returns the address of the
 * input, which has `inputBytes`, or 0.
 */
export function setUp(length: usize, level: u32, levels: u32, inputBytes: usize): usize {
  recordLength = length
  stride = (length + 3) & ~3
  shift = KEY_LEVELS - level - levels
  mask = (1 << levels) - 1
  store<u64>(LEAST, 0x7fffffff7fffffff)
  store<u64>(LEAST, 0x7fffffff7fffffff, 8)
  store<u64>(MOST, 0x8000000080000000)
  store<u64>(MOST, 0x8000000080000000, 8)
  store<f64>(TIMES, Infinity)
  store<f64>(TIMES, -Infinity, 8)
  input = (__heap_base + 15) & ~15
  free = (input + inputBytes + 64) & ~15
  return grow(free) ? input : 0
}

export function setCube(x: f64, y: f64, z: f64, sx: f64, sy: f64, sz: f64): void {
  v128.store(CORNER, f64x2(x, y))
  store<f64>(CORNER, z, 16)
  v128.store(STEPS, f64x2(sx, sy))
  store<f64>(STEPS, sz, 16)
}

/**
 * Cell of a coordinate; outside the cube that of its face. With integer steps it is exact: a
 * quotient of integers below 2^53 and 2^32 rounds to an integer only if it is one.
 */
@inline
function cellOf(stored: i32, corner: f64, steps: f64): u32 {
  const cell = ((<f64>stored - corner) * <f64>CELLS) / steps
  return <u32>max<f64>(0, min<f64>(cell, <f64>(CELLS - 1)))
}

/** Spreads 20 bits to every third position. */
@inline
function spread(value: u32): u64 {
  let bits: u64 = value
  bits = (bits | (bits << 32)) & 0x001f00000000ffff
  bits = (bits | (bits << 16)) & 0x001f0000ff0000ff
  bits = (bits | (bits << 8)) & 0x100f00f00f00f00f
  bits = (bits | (bits << 4)) & 0x10c30c30c30c30c3
  return (bits | (bits << 2)) & 0x1249249249249249
}

/** The same of two numbers. */
@inline
function spreadTwo(values: v128): v128 {
  let bits = values
  bits = v128.and(v128.or(bits, i64x2.shl(bits, 32)), i64x2.splat(0x001f00000000ffff))
  bits = v128.and(v128.or(bits, i64x2.shl(bits, 16)), i64x2.splat(0x001f0000ff0000ff))
  bits = v128.and(v128.or(bits, i64x2.shl(bits, 8)), i64x2.splat(0x100f00f00f00f00f))
  bits = v128.and(v128.or(bits, i64x2.shl(bits, 4)), i64x2.splat(0x10c30c30c30c30c3))
  return v128.and(v128.or(bits, i64x2.shl(bits, 2)), i64x2.splat(0x1249249249249249))
}

/** Morton key: 3 bits a level, z above y above x. */
@inline
function keyOf(record: usize): u64 {
  // As `cellOf`, for x and y at once.
  const place = f64x2.sub(f64x2.convert_low_i32x4_s(v128.load64_zero(record)), v128.load(CORNER))
  const cells = f64x2.div(f64x2.mul(place, f64x2.splat(<f64>CELLS)), v128.load(STEPS))
  const inside = f64x2.max(f64x2.splat(0), f64x2.min(cells, f64x2.splat(<f64>(CELLS - 1))))
  const xy = spreadTwo(i64x2.extend_low_i32x4_u(i32x4.trunc_sat_f64x2_u_zero(inside)))
  const z = spread(cellOf(load<i32>(record, 8), load<f64>(CORNER, 16), load<f64>(STEPS, 16)))
  return i64x2.extract_lane(xy, 0) | (i64x2.extract_lane(xy, 1) << 1) | (z << 2)
}

/** Finds the ends of the cells that records are distributed to, from one record. */
function setEnds(record: usize): void {
  for (let axis: usize = 0; axis < 3; axis++) {
    const corner = load<f64>(CORNER + 8 * axis)
    const steps = load<f64>(STEPS + 8 * axis)
    const first = (cellOf(load<i32>(record + 4 * axis), corner, steps) >> shift) & ~mask
    for (let k: u32 = 0; k < 8; k++) {
      let inside: i64 = i32.MIN_VALUE
      let outside: i64 = <i64>i32.MAX_VALUE + 1
      while (k < mask && outside - inside > 1) {
        const middle = (inside + outside) >> 1
        if (cellOf(<i32>middle, corner, steps) >> shift > first + k) outside = middle
        else inside = middle
      }
      store<i32>(ENDS + 32 * axis + 4 * k, k < mask ? <i32>inside : i32.MAX_VALUE)
    }
  }
  hasEnds = true
}

/** Number of cells of an axis that end before a coordinate. */
@inline
function cellAlong(axis: usize, stored: i32): usize {
  const all = i32x4.splat(stored)
  const low = i32x4.bitmask(i32x4.gt_s(all, v128.load(ENDS + 32 * axis)))
  const high = i32x4.bitmask(i32x4.gt_s(all, v128.load(ENDS + 32 * axis, 16)))
  return <usize>popcnt(low | (high << 4))
}

/** Cell of a record, among those that records are distributed to. */
@inline
function distributed(record: usize): usize {
  const x = cellAlong(0, load<i32>(record))
  const y = cellAlong(1, load<i32>(record, 4))
  const z = cellAlong(2, load<i32>(record, 8))
  return <usize>load<u16>(SPREAD + 2 * x) | (<usize>load<u16>(SPREAD + 2 * y) << 1) | (<usize>load<u16>(SPREAD + 2 * z) << 2)
}

/** Copies whole words; it may write twelve bytes more. */
@inline
function copyWords(to: usize, from: usize): void {
  for (let k: usize = 0; k < stride; k += 16) v128.store(to + k, v128.load(from + k))
}

/**
 * Distributes records `from` to `count` of the input, `step` bytes apart. Returns the number of the
 * first record whose cell is full (see {@link fullCell}), or `count`; or −1 without memory.
 */
export function add(from: u32, count: u32, step: usize): i32 {
  if (!hasEnds && from < count) setEnds(input + from * step)
  // Bytes of the last word that are a record's own.
  const last: u32 = <u32>0xffffffff >>> (<u32>(stride - recordLength) << 3)
  let least = v128.load(LEAST)
  let most = v128.load(MOST)
  let begin = load<f64>(TIMES)
  let end = load<f64>(TIMES, 8)
  let i = from
  for (; i < count; i++) {
    const record = input + i * step
    const cell = distributed(record) << 2
    const filled = load<u32>(FILLED + cell)
    if (filled == ROOM) {
      full = <u32>cell >> 2
      break
    }
    let buffer = load<usize>(BUFFERS + cell)
    if (buffer == 0) {
      buffer = free
      free = (free + ROOM * stride + 31) & ~15
      if (!grow(free)) return -1
      store<usize>(BUFFERS + cell, buffer)
    }
    const to = buffer + filled * stride
    copyWords(to, record)
    store<u32>(to + stride - 4, load<u32>(record + stride - 4) & last)
    store<u32>(FILLED + cell, filled + 1)
    const place = v128.load(record)
    least = i32x4.min_s(least, place)
    most = i32x4.max_s(most, place)
    const number = RETURNS + ((<usize>load<u8>(record, 14) & 15) << 2)
    store<u32>(number, load<u32>(number) + 1)
    // Comparisons with NaN are false.
    const time = load<f64>(record, 22)
    if (time < begin) begin = time
    if (time > end) end = time
  }
  v128.store(LEAST, least)
  v128.store(MOST, most)
  store<f64>(TIMES, begin)
  store<f64>(TIMES, end, 8)
  return i
}

/** Address of the totals: least and greatest coordinates (4 i32 each), returns, times. */
export function totals(part: u32): usize {
  return part == 0 ? LEAST : part == 1 ? MOST : part == 2 ? RETURNS : TIMES
}

export function fullCell(): u32 {
  return full
}

export function bufferOf(cell: u32): usize {
  return load<usize>(BUFFERS + 4 * cell)
}

export function filledOf(cell: u32): u32 {
  return load<u32>(FILLED + 4 * cell)
}

export function emptyCell(cell: u32): void {
  store<u32>(FILLED + 4 * cell, 0)
}

/** Reserves memory to sort records and for batches; returns the address of the records, or 0. */
export function reserve(count: usize, batchRecords: usize): usize {
  records = free
  keys = (records + count * stride + 31) & ~15
  order = keys + 16 * count
  batch = (order + 8 * count + 31) & ~15
  return grow(batch + batchRecords * (stride + 8)) ? records : 0
}

/**
 * Sorts elements `from` to `end` of the keys by the bits of `used` from `low` on. The result is in
 * the same places.
 */
function sortRange(from: u32, end: u32, used: u64, low: u64): void {
  const count = end - from
  let a = keys + 8 * from
  let b = nextKeys + 8 * from
  let c = order + 4 * from
  let d = nextOrder + 4 * from
  for (let digit = low; digit < 64 && used >> digit != 0; digit += DIGIT) {
    if (((used >> digit) & ((1 << DIGIT) - 1)) == 0) continue
    sortDigit(count, digit, a, c, b, d)
    const sortedKeys = b
    b = a
    a = sortedKeys
    const sorted = d
    d = c
    c = sorted
  }
  if (a == keys + 8 * from) return
  memory.copy(b, a, 8 * count)
  memory.copy(d, c, 4 * count)
}

/** Insertion sort of elements `from` to `end` of the keys. */
function insert(from: u32, end: u32): void {
  for (let i = from + 1; i < end; i++) {
    const key = load<u64>(keys + 8 * i)
    const index = load<u32>(order + 4 * i)
    let at = i
    for (; at > from && load<u64>(keys + 8 * (at - 1)) > key; at--) {
      store<u64>(keys + 8 * at, load<u64>(keys + 8 * (at - 1)))
      store<u32>(order + 4 * at, load<u32>(order + 4 * (at - 1)))
    }
    store<u64>(keys + 8 * at, key)
    store<u32>(order + 4 * at, index)
  }
}

/**
 * Sorts the reserved records by key: first by three digits, the upper bits that differ; then the
 * few that are equal in these.
 */
export function sort(count: u32): void {
  let used: u64 = 0
  const first = keyOf(records)
  for (let i: u32 = 0; i < count; i++) {
    const key = keyOf(records + i * stride)
    store<u64>(keys + 8 * i, key)
    store<u32>(order + 4 * i, i)
    used |= key ^ first
  }
  nextKeys = keys + 8 * count
  nextOrder = order + 4 * count
  const top: i64 = 64 - clz(used)
  const low: u64 = top > 3 * DIGIT ? top - 3 * DIGIT : 0
  sortRange(0, count, used, low)
  if (low == 0) return
  for (let i: u32 = 0; i < count; ) {
    const upper = load<u64>(keys + 8 * i) >> low
    let end = i + 1
    while (end < count && load<u64>(keys + 8 * end) >> low == upper) end++
    if (end - i > FEW) sortRange(i, end, used & ((<u64>1 << low) - 1), 0)
    else if (end - i > 1) insert(i, end)
    i = end
  }
}

/**
 * Copies sorted records to the batch: words, then the upper and the lower 30 bits of the keys.
 * Returns its address.
 */
export function gather(first: u32, count: u32): usize {
  const highs = batch + count * stride
  const lows = highs + 4 * count
  for (let i: u32 = 0; i < count; i++) {
    copyWords(batch + i * stride, records + load<u32>(order + 4 * (first + i)) * stride)
  }
  for (let i: u32 = 0; i < count; i++) {
    const key = load<u64>(keys + 8 * (first + i))
    store<u32>(highs + 4 * i, <u32>(key >> 30))
    store<u32>(lows + 4 * i, <u32>key & 0x3fffffff)
  }
  return batch
}
