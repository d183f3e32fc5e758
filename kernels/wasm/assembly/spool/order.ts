/**
 * Canonical order of the points of a row of blocks (cells of 50 m); `engine/formats/las/block-order.ts` says how, and is the twin. What lies where, in this order:
 *
 * | region | what |
 * |---|---|
 * | wanted | 256 bytes, 1 for each class that is given |
 * | class counts | u32 a class: points that were given |
 * | starts | u32 a bin of a block, and one more: where its next point goes |
 * | blocks | {@link BLOCK} bytes a block: i32 x, y; i32 range of the cell within it; u32 × 1251 where the keys of its stretches begin, and the last one ends |
 * | bins | u16 a point of the largest block |
 * | columns | of the row as read: f64 times, i32 z, u16 x, y, intensities, u8 classes, returns, as far as they are held |
 * | keys | u64 a point of the row, block by block, by bins |
 * | places | u32 a point, where times or intensities are asked for: its place in the columns |
 * | out | a row of 1 m in order: f64 times, i32 x, y, z, u16 intensities, u8 classes, return numbers, numbers of returns |
 */
import { aligned, reachTo } from "../reach"

const SIDE: u32 = 50000
const CELL: u32 = 1000
const ROWS: u32 = SIDE / CELL
const BIN: u32 = 40
const BINS: u32 = SIDE / BIN
const STRETCH: u32 = 2000
const STRETCHES: u32 = SIDE / STRETCH
const STRETCH_BINS: u32 = STRETCH / BIN
const NONE: u32 = ROWS * BINS
const BLOCK: usize = 24 + 4 * (<usize>(ROWS * STRETCHES) + 1)
const Z_BASE: i32 = 1 << 22
const MARK: u32 = 0x40000000
/** More keys than this are not sorted by insertion alone. */
const FEW: u32 = 256

export let wanted: usize = 0
/** First column: the others follow, see `kernels/wasm/load-spool.ts`. */
export let columns: usize = 0
export let out: usize = 0
/** u32 a class: points that were given. */
export let classCounts: usize = 0
/** Points of all blocks so far without noise, duplicates among them. */
export let read: u32 = 0
export let duplicates: u32 = 0
export let noise: u32 = 0
/** Points in the cell, without duplicates. */
export let inCell: u32 = 0

let starts: usize = 0
let blocks: usize = 0
let bins: usize = 0
let times: usize = 0
let zs: usize = 0
let xs: usize = 0
let ys: usize = 0
let intensities: usize = 0
let classes: usize = 0
let returns: usize = 0
let keys: usize = 0
let places: usize = 0
let blockCount: u32 = 0
/** Keys of the row so far. */
let dealt: u32 = 0
let withTimes: bool = false
let withIntensities: bool = false
let withReturns: bool = false
let zBase: i32 = 0

/** What is asked for; `originZ` in mm of the CRS. The classes are put into {@link wanted} afterwards. */
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

/** Lays all out for a row of so many blocks and points, so many of them in the largest block. @returns 1, or 0 where the memory does not reach */
export function layOut(count: u32, points: u32, largest: u32): i32 {
  const n = <usize>points
  blockCount = count
  dealt = 0
  starts = aligned(classCounts + 1024)
  blocks = aligned(starts + 4 * (<usize>NONE + 1))
  bins = aligned(blocks + BLOCK * <usize>count)
  columns = aligned(bins + 2 * <usize>largest)
  times = columns
  zs = aligned(times + (withTimes ? 8 * n : 0))
  xs = aligned(zs + 4 * n)
  ys = aligned(xs + 2 * n)
  intensities = aligned(ys + 2 * n)
  classes = aligned(intensities + (withIntensities ? 2 * n : 0))
  returns = aligned(classes + n)
  keys = aligned(returns + n)
  places = aligned(keys + 8 * n)
  out = aligned(places + (withTimes || withIntensities ? 4 * n : 0))
  return reachTo(out) ? 1 : 0
}

/**
 * Brings the points `[from, to)` of the row, those of a block whose corner is `x`, `y`, together by bins. Ranges are mm from the corner, half-open, cut to the block: of the box,
 * outside which points are left out, and of the cell.
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
  const whole = minX == 0 && minY == 0 && maxX == SIDE && maxY == SIDE
  for (let i = from; i < to; i++) {
    const px = <u32>load<u16>(xs + 2 * <usize>i)
    const py = <u32>load<u16>(ys + 2 * <usize>i)
    const code = load<u8>(classes + <usize>i)
    // No cell of a sound spool has a point beyond its side.
    let bin = min((py / CELL) * BINS + px / BIN, NONE)
    if (!whole && (px < minX || px >= maxX || py < minY || py >= maxY)) bin = NONE
    else if (code == 7 || code == 18) {
      bin = NONE
      noise++
    }
    store<u16>(bins + 2 * <usize>(i - from), <u16>bin)
    const start = starts + 4 * <usize>bin
    store<u32>(start, load<u32>(start) + 1)
  }
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

function dealKeys(from: u32, to: u32): void {
  const apart = withTimes || withIntensities
  for (let i = from; i < to; i++) {
    const bin = <u32>load<u16>(bins + 2 * <usize>(i - from))
    if (bin == NONE) continue
    const start = starts + 4 * <usize>bin
    const place = load<u32>(start)
    store<u32>(start, place + 1)
    const px = <u32>load<u16>(xs + 2 * <usize>i) % STRETCH
    const py = <u32>load<u16>(ys + 2 * <usize>i) % CELL
    const height = <u32>(load<i32>(zs + 4 * <usize>i) + Z_BASE)
    const both = <u32>load<u8>(returns + <usize>i)
    const code = <u32>load<u8>(classes + <usize>i)
    const high = MARK | (px << 18) | (py << 8) | (height >>> 16)
    const low = (height << 16) | (code << 8) | ((both & 15) << 4) | (both >>> 4)
    store<u64>(keys + 8 * <usize>place, (<u64>high << 32) | <u64>low)
    if (apart) store<u32>(places + 4 * <usize>place, i)
  }
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

/** Gaps of Shell's sort, as in `engine/formats/las/sort-keys.ts`. */
@inline
function firstGap(n: u32): u32 {
  return n <= FEW ? 1 : n * 9 / 20
}

@inline
function nextGap(gap: u32): u32 {
  return gap == 1 ? 0 : max<u32>(1, gap * 9 / 20)
}

let outX: usize = 0
let outY: usize = 0
let outZ: usize = 0
let outIntensity: usize = 0
let outClass: usize = 0
let outReturn: usize = 0
let outReturns: usize = 0
let next: u32 = 0

/** Puts a row of 1 m in order, from the south: columns at {@link out}, with room for {@link lineRoom} points. @returns how many points, or −1 where the memory does not reach */
export function line(row: u32): i32 {
  const n = <usize>lineRoom(row)
  outX = out + (withTimes ? 8 * n : 0)
  outY = outX + 4 * n
  outZ = outY + 4 * n
  outIntensity = outZ + 4 * n
  outClass = outIntensity + (withIntensities ? 2 * n : 0)
  outReturn = outClass + n
  outReturns = outReturn + (withReturns ? n : 0)
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

/** Points of a row of 1 m at most: its columns have room for them. */
export function lineRoom(row: u32): u32 {
  let sum: u32 = 0
  for (let block: u32 = 0; block < blockCount; block++) {
    const stretches = blocks + BLOCK * <usize>block + 24 + 4 * <usize>(row * STRETCHES)
    sum += load<u32>(stretches + 4 * <usize>STRETCHES) - load<u32>(stretches)
  }
  return sum
}

function put(record: usize, start: u32, end: u32, west: u32, south: u32): void {
  const x = load<i32>(record)
  const y = load<i32>(record, 4)
  const minX = load<u32>(record, 8)
  const minY = load<u32>(record, 12)
  const width = load<u32>(record, 16) - minX
  const height = load<u32>(record, 20) - minY
  const whole = minX == 0 && minY == 0 && width == SIDE && height == SIDE
  const apart = withTimes || withIntensities
  let before: u64 = 0
  let to = next
  let same: u32 = 0
  let within: u32 = 0
  for (let i = start; i < end; i++) {
    const key = load<u64>(keys + 8 * <usize>i)
    const high = <u32>(key >>> 32)
    const low = <u32>key
    const code = (low >>> 8) & 255
    const isWanted = <u32>load<u8>(wanted + <usize>code)
    if (key == before) {
      same++
      if (apart) keepLeast(i, to - isWanted)
      continue
    }
    before = key
    const counter = classCounts + 4 * <usize>code
    store<u32>(counter, load<u32>(counter) + isWanted)
    const px = west + ((high >>> 18) & 2047)
    const py = south + ((high >>> 8) & 1023)
    if (whole || (px - minX < width && py - minY < height)) within++
    const at = <usize>to
    store<i32>(outX + 4 * at, <i32>px + x)
    store<i32>(outY + 4 * at, <i32>py + y)
    store<i32>(outZ + 4 * at, <i32>(((high & 255) << 16) | (low >>> 16)) - zBase)
    store<u8>(outClass + at, <u8>code)
    if (withReturns) {
      store<u8>(outReturn + at, <u8>((low >>> 4) & 15))
      store<u8>(outReturns + at, <u8>(low & 15))
    }
    if (apart) putApart(i, to)
    // What is not wanted is written over: less than a branch that nothing foretells.
    to += isWanted
  }
  next = to
  duplicates += same
  inCell += within
}

function putApart(i: u32, to: u32): void {
  const place = <usize>load<u32>(places + 4 * <usize>i)
  if (withIntensities) store<u16>(outIntensity + 2 * <usize>to, load<u16>(intensities + 2 * place))
  if (withTimes) store<f64>(out + 8 * <usize>to, load<f64>(times + 8 * place))
}

/** Of duplicates the least of each column, NaN last. */
function keepLeast(i: u32, kept: u32): void {
  const place = <usize>load<u32>(places + 4 * <usize>i)
  if (withIntensities) {
    const at = outIntensity + 2 * <usize>kept
    store<u16>(at, min(load<u16>(at), load<u16>(intensities + 2 * place)))
  }
  if (!withTimes) return
  const at = out + 8 * <usize>kept
  const a = load<f64>(at)
  const b = load<f64>(times + 8 * place)
  if (b < a || a != a) store<f64>(at, b)
}
