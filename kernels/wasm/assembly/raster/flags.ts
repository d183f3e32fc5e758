/**
 * Which samples of a window are vertices: 1 for each cell within some cells of the middle of an empty square. What lies outside the window counts as empty.
 */
import { columns, sampleAt } from "./memory"

/** 1 a cell of the window, row by row; behind it as much room to work in. */
export let flags: usize = 0

/**
 * Marks the cells within `distance` (columns and rows) of the middle of an empty square of `2 half + 1` cells.
 */
export function markNearEmpty(
  base: usize,
  west: i32,
  south: i32,
  across: i32,
  up: i32,
  half: i32,
  distance: i32,
): void {
  const other = base + <usize>across * <usize>up
  flags = base
  for (let row = 0; row < up; row++) {
    const from = (south + row) * columns + west
    const to = base + <usize>row * <usize>across
    for (let column = 0; column < across; column++)
      store<u8>(to + column, <u8>(load<i32>(sampleAt(from + column), 12) >= 0))
  }
  if (half > 0) spread(base, other, across, up, half, false)
  for (let at = base; at < other; at++) store<u8>(at, load<u8>(at) ^ 1)
  spread(base, other, across, up, distance, true)
}

/** Spreads what is marked to all cells within a distance, along rows into the other room and along columns back. */
function spread(base: usize, other: usize, across: i32, up: i32, distance: i32, outside: bool): void {
  for (let row = 0; row < up; row++) {
    const start = <usize>row * <usize>across
    spreadLine(base + start, other + start, across, 1, distance, outside)
  }
  for (let column = 0; column < across; column++) {
    spreadLine(other + column, base + column, up, across, distance, outside)
  }
}

@inline
function spreadLine(from: usize, to: usize, count: i32, stride: usize, distance: i32, outside: bool): void {
  let last = outside ? -1 : -distance - 1
  let source = from
  let target = to
  for (let i = 0; i < count + distance; i++) {
    if (i < count) {
      if (load<u8>(source) !== 0) last = i
      source += stride
    } else if (outside) last = min(i, count)
    // Now it is decided for the cell so far behind: a marked one lies within the distance or not.
    const at = i - distance
    if (at >= 0) {
      store<u8>(target, <u8>(last >= at - distance))
      target += stride
    }
  }
}
