/**
 * Which samples of a window are vertices: those near the middle of an empty square. Cells outside
 * the window count as empty.
 */
import { columns, taken } from "./memory"

/** 1 a cell of the window, row by row. */
export let flags: usize = 0

/** Bytes after the last one, which are read and written 16 at a time. */
const SLACK: usize = 16

/** Bytes that {@link markNearEmpty} works in: the flags twice, and a line with its surroundings. */
export function flagBytes(across: i32, up: i32, distance: i32): usize {
  return 2 * (<usize>across * <usize>up + SLACK) + <usize>across + 2 * <usize>distance + SLACK
}

/**
 * Marks the cells within `distance` (columns and rows) of the middle of an empty square of
 * `2 half + 1` cells.
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
  const size = <usize>across * <usize>up
  flags = base
  for (let row = 0; row < up; row++) {
    const from = taken + <usize>((south + row) * columns + west)
    memory.copy(base + <usize>row * <usize>across, from, across)
  }
  if (half > 0) spread(across, up, half, 0)
  for (let at = base; at < base + size; at += 16) v128.store(at, v128.xor(v128.load(at), i8x16.splat(1)))
  spread(across, up, distance, 1)
}

/**
 * Spreads marks to all cells within a distance, along rows into a second buffer and along columns
 * back. Beyond the window all cells are `outside`.
 */
function spread(across: i32, up: i32, distance: i32, outside: u8): void {
  const wide = <usize>across
  const other = flags + wide * <usize>up + SLACK
  const line = other + wide * <usize>up + SLACK
  memory.fill(line, outside, wide + 2 * distance)
  for (let row = 0; row < up; row++) {
    memory.copy(line + distance, flags + <usize>row * wide, wide)
    // Bytes written after a row belong to the next one, which overwrites them.
    unite(line, 1, 2 * distance + 1, other + <usize>row * wide, wide)
  }
  for (let row = 0; row < up; row++) {
    const to = flags + <usize>row * wide
    const first = max(0, row - distance)
    const end = min(up, row + distance + 1)
    if (outside !== 0 && end - first <= 2 * distance) memory.fill(to, 1, wide)
    else unite(other + <usize>first * wide, wide, end - first, to, wide)
  }
}

/** Unites the marks of `count` lines, `step` bytes apart. */
@inline
function unite(from: usize, step: usize, count: i32, to: usize, wide: usize): void {
  for (let column: usize = 0; column < wide; column += 16) {
    let at = from + column
    let all = v128.load(at)
    for (let k = 1; k < count; k++) {
      at += step
      all = v128.or(all, v128.load(at))
    }
    v128.store(to + column, all)
  }
}
