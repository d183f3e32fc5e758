/**
 * Canonical order of the points of a row of blocks (50 m cells), equal to that of
 * `engine/formats/las/order`. Memory, in this order:
 *
 * | area | content |
 * |---|---|
 * | wanted | 256 bytes, 1 for each class to return |
 * | class counts | u32 a class: points returned |
 * | starts | u32 a bin of a block, and one more: position of its next point |
 * | blocks | i32 x, y; u32 × 4 range of the cell; u32 × 1251 starts and end of stretches' keys |
 * | bins | u16 a point of the largest block |
 * | columns | the row as read: f64 times, i32 z, u16 x, y, intensities, u8 classes, returns |
 * | keys | u64 a point of the row, by block and bin |
 * | places | u32 a point: its index in the columns, if times or intensities are requested |
 * | out | columns of an ordered row of 1 m |
 *
 * A bin is 40 mm of a row of 1 m; a stretch is 2 m of it. Columns of `out`: f64 times, i32 x, y, z,
 * u16 intensities, u8 classes, return numbers, numbers of returns. Times, intensities and returns
 * of `out` are optional.
 */
import { aligned, reachTo } from "../../../../core/assembly/reach"
import { by40, by125, highHalves, highWords, lowHalves, lowWords, storeBytes, thousandth } from "./lanes"

const SIDE: u32 = 50000
const CELL: u32 = 1000
const ROWS: u32 = SIDE / CELL
/** As in `by40`. */
const BIN: u32 = 40
const BINS: u32 = SIDE / BIN
const STRETCH: u32 = 2000
const STRETCHES: u32 = SIDE / STRETCH
const STRETCH_BINS: u32 = STRETCH / BIN
const NONE: u32 = ROWS * BINS
const BLOCK: usize = 24 + 4 * (<usize>(ROWS * STRETCHES) + 1)
const Z_BASE: i32 = 1 << 22
/**
 * A key packs a point of a stretch into one double: sorting points is sorting numbers, and
 * duplicates are equal. Bits: 63–61 are 0, 1, 0 (neither subnormal nor infinite); 60–50 x in the
 * stretch, 49–40 y in its row, mm; 39–16 z + 2²² mm. Then 15–8 class; 7–4 return number; 3–0 number
 * of returns.
 */
const MARK: u32 = 0x40000000
/** Up to this many keys are sorted only by insertion. */
const FEW: u32 = 256

export let wanted: usize = 0
/** Columns of the row as read, then of an ordered row of 1 m. */
export let times: usize = 0
export let zs: usize = 0
export let xs: usize = 0
export let ys: usize = 0
export let intensities: usize = 0
export let classes: usize = 0
export let returns: usize = 0
export let outTimes: usize = 0
export let outX: usize = 0
export let outY: usize = 0
export let outZ: usize = 0
export let outIntensities: usize = 0
export let outClasses: usize = 0
export let outNumbers: usize = 0
export let outReturns: usize = 0
/** u32 a class: points returned. */
export let classCounts: usize = 0
/** Points of all blocks so far without noise, including duplicates. */
export let read: u32 = 0
export let duplicates: u32 = 0
export let noise: u32 = 0
/** Points in the cell, without duplicates. */
export let inCell: u32 = 0

let starts: usize = 0
let blocks: usize = 0
let bins: usize = 0
let keys: usize = 0
let places: usize = 0
let blockCount: u32 = 0
/** Number of keys of the row so far. */
let dealt: u32 = 0
let withTimes: bool = false
let withIntensities: bool = false
let withReturns: bool = false
let zBase: i32 = 0

/** Starts a query; `originZ` in mm of the CRS. The caller then fills {@link wanted}. */
export function startOrder(askedTimes: bool, askedIntensities: bool, askedReturns: bool, originZ: i32): void {
  withTimes = askedTimes
  withIntensities = askedIntensities
  withReturns = askedReturns
  zBase = Z_BASE + originZ
  wanted = aligned(__heap_base)
  classCounts = wanted + 256
  memory.fill(classCounts, 0, 1024)
  read = 0
  duplicates = 0
  noise = 0
  inCell = 0
}

/**
 * Places the memory for a row of `count` blocks with `points` points, `largest` in one block.
 *
 * @returns 1, or 0 if memory cannot grow
 */
export function placeRow(count: u32, points: u32, largest: u32): i32 {
  const n = <usize>points
  blockCount = count
  dealt = 0
  starts = aligned(classCounts + 1024)
  blocks = aligned(starts + 4 * (<usize>NONE + 1))
  bins = aligned(blocks + BLOCK * <usize>count)
  times = aligned(bins + 2 * <usize>largest)
  zs = aligned(times + (withTimes ? 8 * n : 0))
  xs = aligned(zs + 4 * n)
  ys = aligned(xs + 2 * n)
  intensities = aligned(ys + 2 * n)
  classes = aligned(intensities + (withIntensities ? 2 * n : 0))
  returns = aligned(classes + n)
  keys = aligned(returns + n)
  places = aligned(keys + 8 * n)
  outTimes = aligned(places + (withTimes || withIntensities ? 4 * n : 0))
  // Room for a row of 1 m with a twentieth of the points: each growth gives V8 a new buffer.
  return reachTo(outTimes + n) ? 1 : 0
}

/**
 * Sorts the points `[from, to)` of the row, those of a block with corner `x`, `y`, by bin. The
 * ranges of the box, outside which points are dropped, and of the cell are half-open, clipped to
 * the block, in mm from its corner.
 */
export function sortBlock(
  block: u32,
  from: u32,
  to: u32,
  x: i32,
  y: i32,
  minX: u32,
  minY: u32,
  maxX: u32,
  maxY: u32,
  cellMinX: u32,
  cellMinY: u32,
  cellMaxX: u32,
  cellMaxY: u32,
): void {
  const record = blocks + BLOCK * <usize>block
  store<i32>(record, x)
  store<i32>(record, y, 4)
  store<u32>(record, cellMinX, 8)
  store<u32>(record, cellMinY, 12)
  store<u32>(record, cellMaxX, 16)
  store<u32>(record, cellMaxY, 20)
  memory.fill(starts, 0, 4 * (<usize>NONE + 1))
  findBins(from, to, minX, minY, maxX, maxY)
  let sum = dealt
  for (let bin: u32 = 0; bin <= NONE; bin++) {
    const start = starts + 4 * <usize>bin
    const here = load<u32>(start)
    store<u32>(start, sum)
    sum += here
  }
  dealKeys(from, to)
  const stretches = record + 24
  store<u32>(stretches, dealt)
  for (let s: u32 = 0; s < ROWS * STRETCHES; s++) {
    store<u32>(stretches + 4 * <usize>(s + 1), load<u32>(starts + 4 * <usize>((s + 1) * STRETCH_BINS - 1)))
  }
  const end = load<u32>(starts + 4 * <usize>(NONE - 1))
  read += end - dealt
  dealt = end
}

/** Finds the bin of each point and counts the points of each bin, eight points at a time. */
function findBins(from: u32, to: u32, minX: u32, minY: u32, maxX: u32, maxY: u32): void {
  const none = i16x8.splat(<i16>NONE)
  const west = i16x8.splat(<i16>minX)
  const south = i16x8.splat(<i16>minY)
  const east = i16x8.splat(<i16>maxX)
  const north = i16x8.splat(<i16>maxY)
  let at = bins
  let i = from
  for (; i + 8 <= to; i += 8) {
    const px = v128.load(xs + 2 * <usize>i)
    const py = v128.load(ys + 2 * <usize>i)
    const codes = v128.load64_zero(classes + <usize>i)
    const outside = v128.or(
      v128.or(i16x8.lt_u(px, west), i16x8.ge_u(px, east)),
      v128.or(i16x8.lt_u(py, south), i16x8.ge_u(py, north)),
    )
    const noisy = v128.or(i8x16.eq(codes, i8x16.splat(7)), i8x16.eq(codes, i8x16.splat(18)))
    const isNoise = v128.andnot(i16x8.extend_low_i8x16_s(noisy), outside)
    noise += popcnt(i16x8.bitmask(isNoise))
    const bin = i16x8.add(i16x8.mul(thousandth(py), i16x8.splat(<i16>BINS)), by40(px))
    // Clamped: in a damaged file, a point may be outside its cell.
    v128.store(at, i16x8.min_u(v128.or(bin, v128.or(outside, isNoise)), none))
    for (let k: usize = 0; k < 16; k += 2) count(<u32>load<u16>(at + k))
    at += 16
  }
  for (; i < to; i++) {
    const px = <u32>load<u16>(xs + 2 * <usize>i)
    const py = <u32>load<u16>(ys + 2 * <usize>i)
    const code = load<u8>(classes + <usize>i)
    let bin = min((py / CELL) * BINS + px / BIN, NONE)
    if (px < minX || px >= maxX || py < minY || py >= maxY) bin = NONE
    else if (code == 7 || code == 18) {
      bin = NONE
      noise++
    }
    store<u16>(at, <u16>bin)
    count(bin)
    at += 2
  }
}

@inline
function count(bin: u32): void {
  const start = starts + 4 * <usize>bin
  store<u32>(start, load<u32>(start) + 1)
}

/**
 * Writes the keys of the points to their bins, eight points at a time: a key is four 16-bit
 * numbers. Keys of dropped points are last, where the next block overwrites them.
 */
function dealKeys(from: u32, to: u32): void {
  const byte = i16x8.splat(255)
  let i = from
  for (; i + 8 <= to; i += 8) {
    const px = v128.load(xs + 2 * <usize>i)
    const py = v128.load(ys + 2 * <usize>i)
    const inX = i16x8.sub(px, i16x8.mul(by125(i16x8.shr_u(px, 4)), i16x8.splat(<i16>STRETCH)))
    const inY = i16x8.sub(py, i16x8.mul(thousandth(py), i16x8.splat(<i16>CELL)))
    const z0 = i32x4.add(v128.load(zs + 4 * <usize>i), i32x4.splat(Z_BASE))
    const z1 = i32x4.add(v128.load(zs + 4 * <usize>i, 16), i32x4.splat(Z_BASE))
    const lowZ = i8x16.shuffle(z0, z1, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29)
    const highZ = i8x16.shuffle(z0, z1, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31)
    const both = i16x8.extend_low_i8x16_u(v128.load64_zero(returns + <usize>i))
    const codes = i16x8.extend_low_i8x16_u(v128.load64_zero(classes + <usize>i))
    const turned = v128.or(v128.and(i16x8.shl(both, 4), byte), i16x8.shr_u(both, 4))
    const first = v128.or(i16x8.shl(codes, 8), turned)
    const third = v128.or(i16x8.shl(inY, 8), highZ)
    const fourth = v128.or(v128.or(i16x8.splat(<i16>(MARK >> 16)), i16x8.shl(inX, 2)), i16x8.shr_u(inY, 8))
    const low = lowHalves(first, lowZ)
    const high = lowHalves(third, fourth)
    const at = bins + 2 * <usize>(i - from)
    settlePair(at, lowWords(low, high), i)
    settlePair(at + 4, highWords(low, high), i + 2)
    const lowNext = highHalves(first, lowZ)
    const highNext = highHalves(third, fourth)
    settlePair(at + 8, lowWords(lowNext, highNext), i + 4)
    settlePair(at + 12, highWords(lowNext, highNext), i + 6)
  }
  for (; i < to; i++) {
    const px = <u32>load<u16>(xs + 2 * <usize>i) % STRETCH
    const py = <u32>load<u16>(ys + 2 * <usize>i) % CELL
    const height = <u32>(load<i32>(zs + 4 * <usize>i) + Z_BASE)
    const both = <u32>load<u8>(returns + <usize>i)
    const code = <u32>load<u8>(classes + <usize>i)
    const high = MARK | (px << 18) | (py << 8) | (height >>> 16)
    const low = (height << 16) | (code << 8) | ((both & 15) << 4) | (both >>> 4)
    settle(bins + 2 * <usize>(i - from), (<u64>high << 32) | <u64>low, i)
  }
}

@inline
function settlePair(bin: usize, pair: v128, i: u32): void {
  settle(bin, i64x2.extract_lane(pair, 0), i)
  settle(bin + 2, i64x2.extract_lane(pair, 1), i + 1)
}

/** Appends the key of a point to its bin. */
@inline
function settle(bin: usize, key: u64, i: u32): void {
  const start = starts + 4 * <usize>load<u16>(bin)
  const place = load<u32>(start)
  store<u32>(start, place + 1)
  store<u64>(keys + 8 * <usize>place, key)
  if (withTimes || withIntensities) store<u32>(places + 4 * <usize>place, i)
}

function sortKeys(start: u32, end: u32): void {
  for (let gap = firstGap(end - start); gap > 0; gap = nextGap(gap)) {
    const step = 8 * <usize>gap
    const first = keys + 8 * <usize>start + step
    const last = keys + 8 * <usize>end
    for (let here = first; here < last; here += 8) {
      const key = load<u64>(here)
      if (load<u64>(here - step) <= key) continue
      let at = here
      do {
        store<u64>(at, load<u64>(at - step))
        at -= step
      } while (at >= first && load<u64>(at - step) > key)
      store<u64>(at, key)
    }
  }
}

function sortPairs(start: u32, end: u32): void {
  for (let gap = firstGap(end - start); gap > 0; gap = nextGap(gap)) {
    for (let i = start + gap; i < end; i++) {
      const key = load<u64>(keys + 8 * <usize>i)
      const place = load<u32>(places + 4 * <usize>i)
      let at = i
      for (; at >= start + gap && load<u64>(keys + 8 * <usize>(at - gap)) > key; at -= gap) {
        store<u64>(keys + 8 * <usize>at, load<u64>(keys + 8 * <usize>(at - gap)))
        store<u32>(places + 4 * <usize>at, load<u32>(places + 4 * <usize>(at - gap)))
      }
      store<u64>(keys + 8 * <usize>at, key)
      store<u32>(places + 4 * <usize>at, place)
    }
  }
}

/** Gaps of Shell's sort, each 0.45 of the previous one. This sort needs no extra memory. */
@inline
function firstGap(n: u32): u32 {
  return n <= FEW ? 1 : n * 9 / 20
}

@inline
function nextGap(gap: u32): u32 {
  return gap == 1 ? 0 : max<u32>(1, gap * 9 / 20)
}

let next: u32 = 0

/**
 * Writes a row of 1 m in order to its columns. Rows count from the south.
 *
 * @returns the number of points, or −1 if memory cannot grow
 */
export function line(row: u32): i32 {
  const n = <usize>lineRoom(row)
  outX = outTimes + (withTimes ? 8 * n : 0)
  outY = outX + 4 * n
  outZ = outY + 4 * n
  outIntensities = outZ + 4 * n
  outClasses = outIntensities + (withIntensities ? 2 * n : 0)
  outNumbers = outClasses + n
  outReturns = outNumbers + (withReturns ? n : 0)
  if (!reachTo(outReturns + n)) return -1
  next = 0
  for (let block: u32 = 0; block < blockCount; block++) {
    const record = blocks + BLOCK * <usize>block
    const stretches = record + 24 + 4 * <usize>(row * STRETCHES)
    for (let s: u32 = 0; s < STRETCHES; s++) {
      const start = load<u32>(stretches + 4 * <usize>s)
      const end = load<u32>(stretches + 4 * <usize>(s + 1))
      if (withTimes || withIntensities) sortPairs(start, end)
      else sortKeys(start, end)
      put(record, start, end, s * STRETCH, row * CELL)
    }
  }
  return <i32>next
}

/** Maximum number of points of a row of 1 m, and capacity of its columns. */
function lineRoom(row: u32): u32 {
  let sum: u32 = 0
  for (let block: u32 = 0; block < blockCount; block++) {
    const stretches = blocks + BLOCK * <usize>block + 24 + 4 * <usize>(row * STRETCHES)
    sum += load<u32>(stretches + 4 * <usize>STRETCHES) - load<u32>(stretches)
  }
  return sum
}

/** Offset of the current stretch from the origin. */
let lineX: i32 = 0
let lineY: i32 = 0
/** Offset of the current stretch from the corner of the query's cell, and the cell's size, mm. */
let cellX: u32 = 0
let cellY: u32 = 0
let cellWidth: u32 = 0
let cellHeight: u32 = 0

function put(record: usize, start: u32, end: u32, west: u32, south: u32): void {
  lineX = <i32>west + load<i32>(record)
  lineY = <i32>south + load<i32>(record, 4)
  cellX = west - load<u32>(record, 8)
  cellY = south - load<u32>(record, 12)
  cellWidth = load<u32>(record, 16) - load<u32>(record, 8)
  cellHeight = load<u32>(record, 20) - load<u32>(record, 12)
  if (start == end) return
  let to = putOne(start, 0, next)
  let i = start + 1
  while (i < end) {
    const stop = min(i + 4, end)
    if (stop == i + 4 && !withTimes && !withIntensities && putFour(i, to)) {
      to += 4
      i = stop
      continue
    }
    for (; i < stop; i++) to = putOne(i, load<u64>(keys + 8 * <usize>(i - 1)), to)
  }
  next = to
}

/**
 * Writes a point unless it equals its predecessor.
 *
 * @returns the position of the next one
 */
@inline
function putOne(i: u32, before: u64, to: u32): u32 {
  const key = load<u64>(keys + 8 * <usize>i)
  const high = <u32>(key >>> 32)
  const low = <u32>key
  const code = (low >>> 8) & 255
  const isWanted = <u32>load<u8>(wanted + <usize>code)
  const apart = withTimes || withIntensities
  if (key == before) {
    duplicates++
    if (apart) mergeDuplicate(i, to - isWanted)
    return to
  }
  countClass(code, isWanted)
  const px = (high >>> 18) & 2047
  const py = (high >>> 8) & 1023
  if (px + cellX < cellWidth && py + cellY < cellHeight) inCell++
  const at = <usize>to
  store<i32>(outX + 4 * at, <i32>px + lineX)
  store<i32>(outY + 4 * at, <i32>py + lineY)
  store<i32>(outZ + 4 * at, <i32>(((high & 255) << 16) | (low >>> 16)) - zBase)
  store<u8>(outClasses + at, <u8>code)
  if (withReturns) {
    store<u8>(outNumbers + at, <u8>((low >>> 4) & 15))
    store<u8>(outReturns + at, <u8>(low & 15))
  }
  if (apart) putApart(i, to)
  // The next point overwrites one that is not wanted: cheaper than an unpredictable branch.
  return to + isWanted
}

@inline
function countClass(code: u32, points: u32): void {
  const counter = classCounts + 4 * <usize>code
  store<u32>(counter, load<u32>(counter) + points)
}

/**
 * Writes four points, as {@link putOne} does, if all are wanted and none equals its predecessor.
 *
 * @returns false if nothing was written
 */
function putFour(i: u32, to: u32): bool {
  const from = keys + 8 * <usize>i
  const a = v128.load(from)
  const b = v128.load(from, 16)
  if (v128.any_true(v128.or(i64x2.eq(a, v128.load(from - 8)), i64x2.eq(b, v128.load(from + 8))))) return false
  const low = i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
  const high = i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
  const codes = v128.and(i32x4.shr_u(low, 8), i32x4.splat(255))
  const one = i32x4.extract_lane(codes, 0)
  const two = i32x4.extract_lane(codes, 1)
  const three = i32x4.extract_lane(codes, 2)
  const four = i32x4.extract_lane(codes, 3)
  const both = load<u8>(wanted + <usize>one) & load<u8>(wanted + <usize>two)
  if ((both & load<u8>(wanted + <usize>three) & load<u8>(wanted + <usize>four)) == 0) return false
  countClass(one, 1)
  countClass(two, 1)
  countClass(three, 1)
  countClass(four, 1)
  const px = v128.and(i32x4.shr_u(high, 18), i32x4.splat(2047))
  const py = v128.and(i32x4.shr_u(high, 8), i32x4.splat(1023))
  const inX = i32x4.lt_u(i32x4.add(px, i32x4.splat(cellX)), i32x4.splat(cellWidth))
  const inY = i32x4.lt_u(i32x4.add(py, i32x4.splat(cellY)), i32x4.splat(cellHeight))
  inCell += popcnt(i32x4.bitmask(v128.and(inX, inY)))
  const at = <usize>to
  v128.store(outX + 4 * at, i32x4.add(px, i32x4.splat(lineX)))
  v128.store(outY + 4 * at, i32x4.add(py, i32x4.splat(lineY)))
  const z = v128.or(i32x4.shl(v128.and(high, i32x4.splat(255)), 16), i32x4.shr_u(low, 16))
  v128.store(outZ + 4 * at, i32x4.sub(z, i32x4.splat(zBase)))
  storeBytes(outClasses + at, codes)
  if (withReturns) {
    storeBytes(outNumbers + at, v128.and(i32x4.shr_u(low, 4), i32x4.splat(15)))
    storeBytes(outReturns + at, v128.and(low, i32x4.splat(15)))
  }
  return true
}

function putApart(i: u32, to: u32): void {
  const place = <usize>load<u32>(places + 4 * <usize>i)
  if (withIntensities) store<u16>(outIntensities + 2 * <usize>to, load<u16>(intensities + 2 * place))
  if (withTimes) store<f64>(outTimes + 8 * <usize>to, load<f64>(times + 8 * place))
}

/** Gives a point the least of each column of its duplicate, NaN last. */
function mergeDuplicate(i: u32, other: u32): void {
  const place = <usize>load<u32>(places + 4 * <usize>i)
  if (withIntensities) {
    const at = outIntensities + 2 * <usize>other
    store<u16>(at, min(load<u16>(at), load<u16>(intensities + 2 * place)))
  }
  if (!withTimes) return
  const at = outTimes + 8 * <usize>other
  const a = load<f64>(at)
  const b = load<f64>(times + 8 * place)
  if (b < a || a != a) store<f64>(at, b)
}
