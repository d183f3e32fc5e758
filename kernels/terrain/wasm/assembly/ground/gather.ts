/** Gathers the ground points of a tile, as in `kernels/terrain/tin/accept-ground.ts`. */
import { chunkClasses, chunkX, chunkY, chunkZ } from "../../../../../engine/core/assembly/point-chunk"
import { reachTo } from "../../../../../engine/core/assembly/reach"
import { classes, heightBytes, heights, marks, near, shuffles, wanted, xs, ys, zs } from "./memory"

const MERGED: u8 = 1
const STEP: u8 = 2
/** Distance in plan, mm, within which two points may not differ by more than twice the bound. */
const NEIGHBOUR: i32 = 100
const ROW: i32 = 1000

/** Number of points taken, and of each outcome. */
export let taken: i32 = 0
export let retained: i32 = 0
export let merged: i32 = 0
export let steps: i32 = 0
export let nearCount: i32 = 0
/** Number of points near the border that are on one of its lines. */
export let lineCount: i32 = 0
/** Union of the bits of all coordinates, inverted if negative: it shows whether all are small. */
export let bits: i32 = 0

export let side: i32 = 0
let strip: i32 = 0
let corner: i32 = 0
/** Metre cells in a row of the square and its margin. */
export let columns: i32 = 0
/** Next row of points: its first and its end. */
let rowStart: i32 = 0
let rowEnd: i32 = 0

export function startGathering(sideMm: i32, marginMm: i32, stripMm: i32, cornerMm: i32): void {
  side = sideMm
  strip = stripMm
  corner = cornerMm
  columns = (sideMm + 2 * marginMm) / ROW
  taken = 0
  retained = 0
  merged = 0
  steps = 0
  nearCount = 0
  lineCount = 0
  bits = 0
  rowStart = 0
  rowEnd = 0
  writeShuffles()
}

@inline
function columnOf(column: usize, i: i32): i32 {
  return load<i32>(column + (<usize>i << 2))
}

/** Writes the shuffles that move wanted lanes together. */
function writeShuffles(): void {
  for (let set = 0; set < 16; set++) {
    const words = shuffles + (<usize>set << 4)
    memory.fill(words, 0, 16)
    memory.fill(words + 256, 0, 16)
    let to: usize = 0
    for (let lane = 0; lane < 4; lane++) {
      if (((set >> lane) & 1) === 0) continue
      store<u32>(words + (to << 2), 0x03020100 + 0x04040404 * lane)
      store<u8>(words + 256 + to, <u8>lane)
      to++
    }
  }
}

/** Which of four points are wanted, as bits. */
@inline
function wantedOf(at: usize): i32 {
  return (
    <i32>load<u8>(wanted + load<u8>(at)) |
    (<i32>load<u8>(wanted + load<u8>(at, 1)) << 1) |
    (<i32>load<u8>(wanted + load<u8>(at, 2)) << 2) |
    (<i32>load<u8>(wanted + load<u8>(at, 3)) << 3)
  )
}

@inline
function signless(v: v128): v128 {
  return v128.xor(v, i32x4.shr_s(v, 31))
}

/**
 * Takes the points of the wanted classes from the chunk, in order. Works four at a time and
 * shuffles unwanted ones away. Each store writes four values; the next one overwrites the surplus.
 */
export function take(count: i32): void {
  const fromX = chunkX
  const fromY = chunkY
  const fromZ = chunkZ
  const fromClass = chunkClasses
  let to = taken
  let all = i32x4.splat(0)
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2
    const x = v128.load(fromX + at)
    const y = v128.load(fromY + at)
    const z = v128.load(fromZ + at)
    let set = wantedOf(fromClass + <usize>i)
    if (i + 4 > count) set &= (1 << (count - i)) - 1
    all = v128.or(all, v128.or(signless(x), v128.or(signless(y), signless(z))))
    const words = v128.load(shuffles + (<usize>set << 4))
    const place = <usize>to << 2
    v128.store(xs + place, i8x16.swizzle(x, words))
    v128.store(ys + place, i8x16.swizzle(y, words))
    v128.store(zs + place, i8x16.swizzle(z, words))
    const bytes = v128.load(shuffles + 256 + (<usize>set << 4))
    const label = i8x16.swizzle(v128.load32_zero(fromClass + <usize>i), bytes)
    store<i32>(classes + <usize>to, i32x4.extract_lane(label, 0))
    to += popcnt(set)
  }
  taken = to
  bits |=
    i32x4.extract_lane(all, 0) | i32x4.extract_lane(all, 1) | i32x4.extract_lane(all, 2) | i32x4.extract_lane(all, 3)
}

@inline
function rowOf(y: i32): i32 {
  return y >= 0 ? y / ROW : -((ROW - 1 - y) / ROW)
}

/**
 * Index after the last point of a row; −1 for points in another order. Marks points at the place of
 * another.
 */
function endOfRow(start: i32, row: i32): i32 {
  const lower = row * ROW
  const low = i32x4.splat(lower)
  const height = i32x4.splat(ROW)
  store<u8>(marks + <usize>start, 0)
  let i = start + 1
  for (; i + 4 <= taken; i += 4) {
    const at = <usize>i << 2
    const x = v128.load(xs + at)
    const y = v128.load(ys + at)
    const beforeX = v128.load(xs + at - 4)
    const inOrder = v128.and(i32x4.ge_s(x, beforeX), i32x4.lt_u(i32x4.sub(y, low), height))
    if (!i32x4.all_true(inOrder)) break
    const same = v128.and(i32x4.eq(x, beforeX), i32x4.eq(y, v128.load(ys + at - 4)))
    // A lane is −1 or 0, its mark MERGED or 0.
    const packed = i8x16.swizzle(v128.and(same, i32x4.splat(MERGED)), i8x16(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1))
    store<i32>(marks + <usize>i, i32x4.extract_lane(packed, 0))
  }
  for (; i < taken; i++) {
    const y = columnOf(ys, i)
    if (y >= lower + ROW) break
    const x = columnOf(xs, i)
    const before = columnOf(xs, i - 1)
    if (x < before || y < lower) return -1
    store<u8>(marks + <usize>i, x === before && y === columnOf(ys, i - 1) ? MERGED : 0)
  }
  return i
}

@inline
function isNeighbour(dx: i32, dy: i32): bool {
  return dx * dx + dy * dy <= NEIGHBOUR * NEIGHBOUR
}

@inline
function markPair(i: i32, j: i32): void {
  if (load<u8>(marks + j) === MERGED) return
  store<u8>(marks + i, STEP)
  store<u8>(marks + j, STEP)
}

/**
 * Marks point i and its neighbours (within 0.10 m) that differ by more than the limit. Searches
 * from `from` to before `to`, sorted by x.
 */
@inline
function markNeighbours(i: i32, from: i32, to: i32, x: i32, y: i32, z: i32, limit: i32): void {
  for (let j = from; j < to && columnOf(xs, j) - x <= NEIGHBOUR; j++) {
    if (abs(columnOf(zs, j) - z) > limit && isNeighbour(columnOf(xs, j) - x, columnOf(ys, j) - y)) markPair(i, j)
  }
}

/** Points of a row that share a note of their least and greatest height. */
const BLOCK: i32 = 16
/** Notes of the current row and of the one above it. */
let blocks: usize = 0
let blocksAbove: usize = 0

/** Notes the least and the greatest height of each block of a row. */
function noteHeights(to: usize, start: i32, end: i32): void {
  let at = to
  for (let from = start; from < end; from += BLOCK) {
    let least = i32.MAX_VALUE
    let most = i32.MIN_VALUE
    if (from + BLOCK <= end) {
      const place = zs + (<usize>from << 2)
      const a = v128.load(place)
      const b = v128.load(place, 16)
      const c = v128.load(place, 32)
      const d = v128.load(place, 48)
      const low = i32x4.min_s(i32x4.min_s(a, b), i32x4.min_s(c, d))
      const high = i32x4.max_s(i32x4.max_s(a, b), i32x4.max_s(c, d))
      least = min(
        min(i32x4.extract_lane(low, 0), i32x4.extract_lane(low, 1)),
        min(i32x4.extract_lane(low, 2), i32x4.extract_lane(low, 3)),
      )
      most = max(
        max(i32x4.extract_lane(high, 0), i32x4.extract_lane(high, 1)),
        max(i32x4.extract_lane(high, 2), i32x4.extract_lane(high, 3)),
      )
    } else {
      for (let i = from; i < end; i++) {
        least = min(least, columnOf(zs, i))
        most = max(most, columnOf(zs, i))
      }
    }
    store<i32>(at, least)
    store<i32>(at, most, 4)
    at += 8
  }
}

/** The current row, and the row above it. */
let row: i32 = 0
let end: i32 = 0
let aboveStart: i32 = 0
let aboveEnd: i32 = 0
/** The first point, and the first block, of the row above that may still have a neighbour. */
let above: i32 = 0
let blockAbove: i32 = 0

/**
 * Processes the next row of taken points. Marks points at the place of another, or beside one at
 * another height. Moves the others inside the square together, and copies those near its border.
 *
 * @returns 1, 0 after the last row, −1 for points in another order, −2 if memory is insufficient
 */
export function settleRow(bound: f64): i32 {
  if (rowStart >= taken) return 0
  row = rowOf(columnOf(ys, rowStart))
  const isKnown = rowEnd > rowStart
  end = isKnown ? rowEnd : endOfRow(rowStart, row)
  if (end < 0) return -1
  aboveStart = end
  aboveEnd = end
  const hasAbove = end < taken && rowOf(columnOf(ys, end)) === row + 1
  if (hasAbove) aboveEnd = endOfRow(end, row + 1)
  if (aboveEnd < 0) return -1
  if (!reachTo(near + 12 * <usize>(nearCount + end - rowStart))) return -2
  if (isKnown) {
    const known = blocksAbove
    blocksAbove = blocks
    blocks = known
  } else {
    blocks = heights
    blocksAbove = heights + heightBytes
    noteHeights(blocks, rowStart, end)
  }
  noteHeights(blocksAbove, aboveStart, aboveEnd)
  // Differences are whole numbers: only the whole part of the bound matters.
  const whole = <i32>min(bound, <f64>(i32.MAX_VALUE - 1))
  above = aboveStart
  blockAbove = 0
  const reach = reachInRow()
  for (let from = rowStart; from < end; from += BLOCK) {
    const to = min(end, from + BLOCK)
    const isQuiet = isEven(from, to, whole)
    if (isQuiet && to - from === BLOCK && isFar(from, to, reach) && !hasMarks(from)) moveBlock(from)
    else {
      for (let i = from; i < to; i++) {
        const x = columnOf(xs, i)
        const y = columnOf(ys, i)
        const z = columnOf(zs, i)
        if (!isQuiet && load<u8>(marks + i) !== MERGED) markAll(i, x, y, z, whole)
        keep(i, x, y, z)
      }
    }
  }
  rowStart = end
  rowEnd = hasAbove ? aboveEnd : 0
  return 1
}

/** Marks a point and all later points within 0.10 m that differ by more than the limit. */
@inline
function markAll(i: i32, x: i32, y: i32, z: i32, limit: i32): void {
  const reach4 = i32x4.splat(NEIGHBOUR)
  const limit4 = i32x4.splat(limit)
  let j = i + 1
  // Four at a time: most points have no step near, and a processor cannot predict how many are
  // near.
  for (; j + 4 <= end; j += 4) {
    const close = i32x4.le_s(i32x4.sub(v128.load(xs + (<usize>j << 2)), i32x4.splat(x)), reach4)
    const apart = i32x4.gt_s(i32x4.abs(i32x4.sub(v128.load(zs + (<usize>j << 2)), i32x4.splat(z))), limit4)
    if (v128.any_true(v128.and(close, apart))) markNeighbours(i, j, j + 4, x, y, z, limit)
    if (i32x4.extract_lane(close, 3) === 0) break
  }
  if (j + 4 > end) markNeighbours(i, j, end, x, y, z, limit)
  if ((row + 1) * ROW - y <= NEIGHBOUR) {
    while (above < aboveEnd && columnOf(xs, above) < x - NEIGHBOUR) above++
    markNeighbours(i, above, aboveEnd, x, y, z, limit)
  }
}

/**
 * True if no point from `from` to before `to` (a block) differs by more than the limit from a
 * possible neighbour. Uses only the heights of blocks.
 */
function isEven(from: i32, to: i32, limit: i32): bool {
  const last = columnOf(xs, to - 1) + NEIGHBOUR
  let at = blocks + (<usize>(from - rowStart) >> 1)
  let least = load<i32>(at)
  let most = load<i32>(at, 4)
  for (let next = to; next < end && columnOf(xs, next) <= last; next += BLOCK) {
    at += 8
    least = min(least, load<i32>(at))
    most = max(most, load<i32>(at, 4))
  }
  const first = columnOf(xs, from) - NEIGHBOUR
  // Blocks that end before it never matter again.
  while (aboveStart + (blockAbove + 1) * BLOCK <= aboveEnd && columnOf(xs, aboveStart + (blockAbove + 1) * BLOCK - 1) < first)
    blockAbove++
  at = blocksAbove + (<usize>blockAbove << 3)
  for (let next = aboveStart + blockAbove * BLOCK; next < aboveEnd && columnOf(xs, next) <= last; next += BLOCK) {
    least = min(least, load<i32>(at))
    most = max(most, load<i32>(at, 4))
    at += 8
  }
  return most - least <= limit
}

/**
 * Distance from the west and east side beyond which a point of the row is not near the border;
 * `side` if all points are near.
 */
function reachInRow(): i32 {
  const low = row * ROW
  const high = low + ROW
  if (low > corner && high <= side - corner) return strip
  return low > strip && high <= side - strip ? corner : side
}

@inline
function isFar(from: i32, to: i32, reach: i32): bool {
  return columnOf(xs, from) > reach && columnOf(xs, to - 1) < side - reach
}

@inline
function hasMarks(from: i32): bool {
  return v128.any_true(v128.load(marks + <usize>from))
}

/** Keeps all points of a block inside and far from the border. */
@inline
function moveBlock(from: i32): void {
  const by = <usize>(from - retained) << 2
  for (let at = <usize>from << 2, last = at + 4 * BLOCK; at < last; at += 16) {
    v128.store(xs + at - by, v128.load(xs + at))
    v128.store(ys + at - by, v128.load(ys + at))
    v128.store(zs + at - by, v128.load(zs + at))
  }
  v128.store(classes + <usize>retained, v128.load(classes + <usize>from))
  retained += BLOCK
}

/** Keeps or counts a point. Its mark is final, since only points before it could change it. */
@inline
function keep(i: i32, x: i32, y: i32, z: i32): void {
  const mark = load<u8>(marks + i)
  const inside = x > 0 && y > 0 && x < side && y < side
  if (mark !== 0) {
    if (inside && mark === MERGED) merged++
    if (inside && mark === STEP) steps++
    return
  }
  if (inside) {
    const at = <usize>retained << 2
    store<i32>(xs + at, x)
    store<i32>(ys + at, y)
    store<i32>(zs + at, z)
    store<u8>(classes + retained, load<u8>(classes + i))
    retained++
  }
  if (x > corner && x < side - corner && y > strip && y < side - strip) return
  if (y > corner && y < side - corner && x > strip && x < side - strip) return
  const to = near + 12 * <usize>nearCount
  nearCount++
  lineCount += <i32>((x === 0) | (y === 0) | (x === side) | (y === side))
  store<i32>(to, x)
  store<i32>(to, y, 4)
  store<i32>(to, z, 8)
}
