/**
 * Thins points near the border to one a cell, as `thinned` of `kernels/terrain/border/profile.ts`
 * does: the nearest to its centre, then the lowest.
 */
import { aligned } from "../../../../../engine/core/assembly/reach"
import { lineCount } from "./gather"
import { near } from "./memory"

export const CELL: i32 = 500
/** Half the width, mm, of the strip along a side, and of the square around a corner. */
export const STRIP: i32 = 4000
/** Cells across the strip, including its borders. */
const ROWS: i32 = 2 * (STRIP / CELL) + 1

/**
 * The chosen points, column by column of cells, then those on the line. 16 bytes each: along,
 * across, height, index.
 */
export let chosen: usize = 0
export let chosenCount: i32 = 0
export let onLineCount: i32 = 0
/**
 * The first chosen point of each column, i32, and one more; and the first point on the line of
 * each.
 */
export let starts: usize = 0
export let lineStarts: usize = 0
export let columns: i32 = 0

/** The axis: its start, and whether it leads north. */
let swapped: bool = false
let fromAlong: i32 = 0
let fromAcross: i32 = 0

@inline
function columnsOf(length: i32): i32 {
  return (length + 2 * STRIP) / CELL + 1
}

/** Cells along a side. */
export function cellsOf(length: i32): i32 {
  return columnsOf(length) * ROWS
}

@inline
function placeOf(i: i32): usize {
  return near + 12 * <usize>i
}

/** The column of a place along the axis. */
@inline
export function columnAt(along: i32): i32 {
  return (along + STRIP) / CELL
}

/**
 * Chooses points of a list along an axis from (`x`, `y`) to the east or, if `isNorth`, to the
 * north. With `hasLine` all points on the axis are chosen; else the points are around a place.
 *
 * @returns 1, or 0 if points on the line are in another order or one lies at the place itself
 */
export function thin(
  work: usize,
  count: i32,
  list: usize,
  isNorth: bool,
  x: i32,
  y: i32,
  length: i32,
  hasLine: bool,
): i32 {
  swapped = isNorth
  fromAlong = x
  fromAcross = y
  columns = columnsOf(length)
  starts = work
  lineStarts = aligned(starts + 4 * (<usize>columns + 1))
  const best = aligned(lineStarts + 4 * (<usize>columns + 1))
  const line = aligned(best + 4 * <usize>(columns * ROWS))
  chosen = aligned(line + 4 * <usize>lineCount)
  memory.fill(best, 0xff, 4 * <usize>(columns * ROWS))
  const onLine = chooseBest(count, list, best, line, hasLine)
  if (onLine < 0) return 0
  takeBest(best)
  return takeLine(line, onLine) ? 1 : 0
}

/**
 * Finds the point of each cell, and lists those on the line.
 *
 * @returns the count of the latter, or −1 for a point at the place
 */
function chooseBest(count: i32, list: usize, best: usize, line: usize, hasLine: bool): i32 {
  let onLine = 0
  for (let k = 0; k < count; k++) {
    const i = load<i32>(list + (<usize>k << 2))
    const at = placeOf(i)
    const px = load<i32>(at)
    const py = load<i32>(at, 4)
    const a = (swapped ? py : px) - fromAlong
    const c = (swapped ? px : py) - fromAcross
    if (c === 0 && hasLine) {
      store<i32>(line + (<usize>onLine << 2), i)
      onLine++
      continue
    }
    if (c === 0 && a === 0) return -1
    const column = columnAt(a)
    const row = columnAt(c)
    const cell = best + (<usize>(column * ROWS + row) << 2)
    const chosenBefore = load<i32>(cell)
    const centreAlong = column * CELL - STRIP + CELL / 2
    const centreAcross = row * CELL - STRIP + CELL / 2
    if (chosenBefore < 0 || isBefore(i, a - centreAlong, c - centreAcross, chosenBefore, centreAlong, centreAcross)) store<i32>(cell, i)
  }
  return onLine
}

/**
 * True if point i, at this offset from the centre, precedes point k: nearer, then lower, then
 * farther west, then farther south.
 */
@inline
function isBefore(i: i32, da: i32, dc: i32, k: i32, centreAlong: i32, centreAcross: i32): bool {
  const its = placeOf(k)
  const kx = load<i32>(its)
  const ky = load<i32>(its, 4)
  const ka = (swapped ? ky : kx) - fromAlong - centreAlong
  const kc = (swapped ? kx : ky) - fromAcross - centreAcross
  const nearer = da * da + dc * dc - (ka * ka + kc * kc)
  if (nearer !== 0) return nearer < 0
  const mine = placeOf(i)
  const lower = load<i32>(mine, 8) - load<i32>(its, 8)
  if (lower !== 0) return lower < 0
  const x = load<i32>(mine) - kx
  return x !== 0 ? x < 0 : load<i32>(mine, 4) < ky
}

function takeBest(best: usize): void {
  chosenCount = 0
  for (let column = 0; column < columns; column++) {
    store<i32>(starts + (<usize>column << 2), chosenCount)
    for (let row = 0; row < ROWS; row++) {
      const i = load<i32>(best + (<usize>(column * ROWS + row) << 2))
      if (i >= 0) take(i)
    }
  }
  store<i32>(starts + (<usize>columns << 2), chosenCount)
}

@inline
function take(i: i32): i32 {
  const from = placeOf(i)
  const to = chosen + (<usize>chosenCount << 4)
  const a = (swapped ? load<i32>(from, 4) : load<i32>(from)) - fromAlong
  store<i32>(to, a)
  store<i32>(to, (swapped ? load<i32>(from) : load<i32>(from, 4)) - fromAcross, 4)
  store<i32>(to, load<i32>(from, 8), 8)
  store<i32>(to, i, 12)
  chosenCount++
  return a
}

/** Takes the points on the line; false if they are not in its order. */
function takeLine(line: usize, count: i32): bool {
  onLineCount = count
  let column = -1
  let before = i32.MIN_VALUE
  for (let k = 0; k < count; k++) {
    const along = take(load<i32>(line + (<usize>k << 2)))
    if (along <= before) return false
    before = along
    const its = columnAt(along)
    while (column < its) store<i32>(lineStarts + (<usize>++column << 2), chosenCount - 1)
  }
  while (column < columns) store<i32>(lineStarts + (<usize>++column << 2), chosenCount)
  return true
}
