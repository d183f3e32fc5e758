/** Gathers the ground points of a tile, as `kernels/lib/gather-ground.ts` does it. */
import { reachTo } from "../reach"
import { CHUNK, cells, chunk, classes, marks, near, wanted, xs, ys, zs } from "./memory"

const MERGED: u8 = 1
const STEP: u8 = 2
/** Distance in plan, mm, within which two points may not differ by more than twice the bound. */
const FELLOW: i32 = 100
const ROW: i32 = 1000

/** Points taken; and what became of them. */
let taken: i32 = 0
export let kept: i32 = 0
export let merged: i32 = 0
export let steps: i32 = 0
export let nearCount: i32 = 0
/** Of those near the border, the ones on a line of it. */
export let lineCount: i32 = 0
/** Bits that some coordinate has, of its complement where it is negative. */
export let bits: i32 = 0

export let side: i32 = 0
let strip: i32 = 0
let corner: i32 = 0
/** Metre cells: added to a place, cells in a row, mm in a row; the cell in hand. */
let shift: i32 = 0
export let columns: i32 = 0
let limit: i32 = 0
let west: i32 = 0
let east: i32 = 0
let south: i32 = 0
let north: i32 = 0
/** The point taken last. */
let lastX: i32 = i32.MIN_VALUE
let lastY: i32 = i32.MIN_VALUE
/** Next row of points: its first and its end. */
let rowStart: i32 = 0
let rowEnd: i32 = 0

export function startGathering(sideMm: i32, marginMm: i32, stripMm: i32, cornerMm: i32): void {
  side = sideMm
  strip = stripMm
  corner = cornerMm
  shift = marginMm
  limit = sideMm + 2 * marginMm
  columns = limit / ROW
  east = west
  taken = 0
  kept = 0
  merged = 0
  steps = 0
  nearCount = 0
  lineCount = 0
  bits = 0
  rowStart = 0
  rowEnd = 0
  lastX = i32.MIN_VALUE
  lastY = i32.MIN_VALUE
}

@inline
function columnOf(column: usize, i: i32): i32 {
  return load<i32>(column + (<usize>i << 2))
}

/** Takes over the points of the wanted classes of the chunk, in order, and marks the metre cells of all. */
export function take(count: i32): void {
  const fromX = chunk
  const fromY = chunk + 4 * CHUNK
  const fromZ = chunk + 8 * CHUNK
  const fromClass = chunk + 12 * CHUNK
  let to = taken
  let beforeX = lastX
  let beforeY = lastY
  let all = bits
  for (let i = 0; i < count; i++) {
    const x = columnOf(fromX, i)
    const y = columnOf(fromY, i)
    if (x < west || x >= east || y < south || y >= north) markCell(x, y)
    const z = columnOf(fromZ, i)
    all |= (x ^ (x >> 31)) | (y ^ (y >> 31)) | (z ^ (z >> 31))
    const label = load<u8>(fromClass + i)
    const want = <i32>load<u8>(wanted + label)
    const at = <usize>to << 2
    // What is not wanted is written over: that costs less than a branch that nothing foretells.
    store<i32>(xs + at, x)
    store<i32>(ys + at, y)
    store<i32>(zs + at, z)
    store<u8>(classes + to, label)
    store<u8>(marks + to, select<u8>(MERGED, 0, (x === beforeX) & (y === beforeY)))
    beforeX = select(x, beforeX, want !== 0)
    beforeY = select(y, beforeY, want !== 0)
    to += want
  }
  taken = to
  bits = all
  lastX = beforeX
  lastY = beforeY
}

function markCell(x: i32, y: i32): void {
  const px = x + shift
  const py = y + shift
  if (px < 0 || py < 0 || px >= limit || py >= limit) return
  const column = px / ROW
  const row = py / ROW
  store<u8>(cells + row * columns + column, 1)
  west = column * ROW - shift
  east = west + ROW
  south = row * ROW - shift
  north = south + ROW
}

@inline
function rowOf(y: i32): i32 {
  return y >= 0 ? y / ROW : -((ROW - 1 - y) / ROW)
}

/** Index after the last point of a row; −1 for points in another order. */
function endOfRow(start: i32, row: i32): i32 {
  const lower = row * ROW
  const upper = lower + ROW
  let i = start + 1
  let before = columnOf(xs, start)
  for (; i < taken; i++) {
    const y = columnOf(ys, i)
    if (y >= upper) break
    const x = columnOf(xs, i)
    if (x < before || y < lower) return -1
    before = x
  }
  return i
}

@inline
function isFellow(dx: i32, dy: i32): bool {
  return dx * dx + dy * dy <= FELLOW * FELLOW
}

@inline
function markPair(i: i32, j: i32): void {
  if (load<u8>(marks + j) === MERGED) return
  store<u8>(marks + i, STEP)
  store<u8>(marks + j, STEP)
}

/** Marks point i with those of its fellows, of points by x from `from` to before `to`, that differ by more than the limit. */
@inline
function markFellows(i: i32, from: i32, to: i32, x: i32, y: i32, z: i32, limit: i32): void {
  for (let j = from; j < to && columnOf(xs, j) - x <= FELLOW; j++) {
    if (abs(columnOf(zs, j) - z) > limit && isFellow(columnOf(xs, j) - x, columnOf(ys, j) - y)) markPair(i, j)
  }
}

/**
 * Sorts out the next row of what was taken: points at the place of another, points with a fellow at another height; moves the others inside the square together and copies those near its border.
 *
 * @returns 1, 0 after the last row, −1 for points in another order, −2 where the memory does not reach
 */
export function settleRow(bound: f64): i32 {
  if (rowStart >= taken) return 0
  const row = rowOf(columnOf(ys, rowStart))
  const end = rowEnd > rowStart ? rowEnd : endOfRow(rowStart, row)
  if (end < 0) return -1
  const upper = (row + 1) * ROW
  let aboveEnd = end
  const hasAbove = end < taken && rowOf(columnOf(ys, end)) === row + 1
  if (hasAbove) aboveEnd = endOfRow(end, row + 1)
  if (aboveEnd < 0) return -1
  if (!reachTo(near + 12 * <usize>(nearCount + end - rowStart))) return -2
  let above = end
  // Differences are whole: beyond the bound is beyond what is whole of it.
  const whole = <i32>min(bound, <f64>(i32.MAX_VALUE - 1))
  const fellow = i32x4.splat(FELLOW)
  const limit4 = i32x4.splat(whole)
  for (let i = rowStart; i < end; i++) {
    const mark = load<u8>(marks + i)
    const x = columnOf(xs, i)
    const y = columnOf(ys, i)
    const z = columnOf(zs, i)
    if (mark !== MERGED) {
      let j = i + 1
      // Four at a time: most points have no step near, and how many are near is nothing that a processor foretells.
      for (; j + 4 <= end; j += 4) {
        const close = i32x4.le_s(i32x4.sub(v128.load(xs + (<usize>j << 2)), i32x4.splat(x)), fellow)
        const apart = i32x4.gt_s(i32x4.abs(i32x4.sub(v128.load(zs + (<usize>j << 2)), i32x4.splat(z))), limit4)
        if (v128.any_true(v128.and(close, apart))) markFellows(i, j, j + 4, x, y, z, whole)
        if (i32x4.extract_lane(close, 3) === 0) break
      }
      if (j + 4 > end) markFellows(i, j, end, x, y, z, whole)
      if (upper - y <= FELLOW) {
        while (above < aboveEnd && columnOf(xs, above) < x - FELLOW) above++
        markFellows(i, above, aboveEnd, x, y, z, whole)
      }
    }
    keep(i, x, y, z)
  }
  rowStart = end
  rowEnd = hasAbove ? aboveEnd : 0
  return 1
}

/** What becomes of a point: its mark stands, since only points before it could change it. */
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
    const at = <usize>kept << 2
    store<i32>(xs + at, x)
    store<i32>(ys + at, y)
    store<i32>(zs + at, z)
    store<u8>(classes + kept, load<u8>(classes + i))
    kept++
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
