/**
 * Where there is data around a tile, by bits: a row of nodes is a few words. Repeats `outsideOf` of
 * `kernels/handover/extent/data-extent.ts`.
 */
import { aligned } from "../../../../../engine/core/assembly/reach"
import { columns } from "./gather"
import { cells, work } from "./memory"

/** 1 for each node outside the extent, u8, row by row. */
export let outside: usize = 0

/** Nodes in a row, and bytes of their bits. */
let n: i32 = 0
let bytes: usize = 0

@inline
function bytesOf(nodes: i32): usize {
  return <usize>((nodes + 63) >> 6) << 3
}

/** Bytes that {@link closeCells} needs after `work` for a reach up to 64 cells. */
export function closingBytes(): usize {
  const nodes = columns + 1
  return bytesOf(nodes) * (3 * <usize>nodes + 66) + <usize>nodes * <usize>nodes + 64
}

/**
 * Closes the marked cells with a disc, `reach` in metres, and writes the nodes outside; `margin`
 * counts the cells around the tile.
 *
 * @returns 1 if no node of the tile is outside, else 0
 */
export function closeCells(reach: i32, margin: i32): i32 {
  n = columns + 1
  bytes = bytesOf(n)
  const size = bytes * <usize>n
  const marks = work
  const near = marks + size
  const spread = near + size
  const wide = spread + size
  outside = aligned(wide + 66 * bytes)
  readCells(marks)
  memory.fill(near, 0, size)
  within(marks, near, wide, 1, 2 * reach)
  markVoids(near, marks, reach)
  memory.fill(spread, 0, size)
  within(marks, spread, wide, 0, 2 * reach - 3)
  return writeNodes(spread, margin)
}

function readCells(marks: usize): void {
  memory.fill(marks, 0, bytes * <usize>n)
  for (let row = 0; row < columns; row++) {
    const from = cells + <usize>(row * columns)
    const to = marks + <usize>row * bytes
    for (let column = 0; column < columns; column++) {
      const at = to + (<usize>(column >> 6) << 3)
      store<u64>(at, load<u64>(at) | (<u64>load<u8>(from + <usize>column) << (<u64>column & 63)))
    }
  }
}

/** Adds the marks of a row, moved by one node to both sides. */
function widen(from: usize, to: usize): void {
  let before: u64 = 0
  for (let at: usize = 0; at < bytes; at += 8) {
    const word = load<u64>(from + at)
    const after: u64 = at + 8 < bytes ? load<u64>(from + at, 8) : 0
    store<u64>(to + at, word | (word << 1) | (before >> 63) | (word >> 1) | (after << 63))
    before = word
  }
}

function widenByCell(from: usize, to: usize): void {
  let before: u64 = 0
  for (let at: usize = 0; at < bytes; at += 8) {
    const word = load<u64>(from + at)
    store<u64>(to + at, word | (word << 1) | (before >> 63))
    before = word
  }
}

function isEmpty(row: usize): bool {
  let all: u64 = 0
  for (let at: usize = 0; at < bytes; at += 8) all |= load<u64>(row + at)
  return all === 0
}

/**
 * Marks the nodes with a mark within `reach`. In half metres, node (i, j) is at (2i, 2j) and mark
 * (i, j) at (2i + shift, 2j + shift). The buffer `wide` contains a row of marks, widened for each
 * distance between rows.
 */
function within(marks: usize, found: usize, wide: usize, shift: i32, reach: i32): void {
  const rows = (reach + 1) >> 1
  for (let row = 0; row < n; row++) {
    const from = marks + <usize>row * bytes
    if (isEmpty(from)) continue
    if (shift === 0) memory.copy(wide, from, bytes)
    else widenByCell(from, wide)
    for (let k: usize = 1; k <= <usize>rows; k++) widen(wide + (k - 1) * bytes, wide + k * bytes)
    for (let node = max(0, row - rows); node <= min(n - 1, row + rows + shift); node++) {
      const up = 2 * (row - node) + shift
      const rest = reach * reach - up * up
      if (rest < 0) continue
      const most = <i32>Math.sqrt(<f64>rest)
      // Cells are half a metre off nodes: the nearest two of a row are within one half metre.
      if (shift === 1 && most < 1) continue
      const width = shift === 0 ? most >> 1 : ((most + 1) >> 1) - 1
      addRow(wide + <usize>width * bytes, found + <usize>node * bytes)
    }
  }
}

@inline
function addRow(from: usize, to: usize): void {
  for (let at: usize = 0; at < bytes; at += 8) store<u64>(to + at, load<u64>(to + at) | load<u64>(from + at))
}

/**
 * Marks nodes that are not near as void, except at the border, where not all relevant cells are
 * known.
 */
function markVoids(near: usize, empty: usize, reach: i32): void {
  memory.fill(empty, 0, bytes * <usize>n)
  for (let row = reach; row < n - reach; row++) {
    for (let at: usize = 0; at < bytes; at += 8) {
      const first = <i32>(at << 3)
      const from = max(0, reach - first)
      const to = min(64, n - reach - first)
      if (from >= 64 || to <= 0) continue
      const mask = ((<u64>-1) << <u64>from) & ((<u64>-1) >> <u64>(64 - to))
      store<u64>(empty + <usize>row * bytes + at, ~load<u64>(near + <usize>row * bytes + at) & mask)
    }
  }
}

function writeNodes(bits: usize, margin: i32): i32 {
  let whole = 1
  for (let row = 0; row < n; row++) {
    const from = bits + <usize>row * bytes
    const to = outside + <usize>row * <usize>n
    const isInside = row >= margin && row < n - margin
    for (let column = 0; column < n; column++) {
      const is = <u8>((load<u64>(from + (<usize>(column >> 6) << 3)) >> (<u64>column & 63)) & 1)
      store<u8>(to + <usize>column, is)
      if (isInside && is !== 0 && column >= margin && column < n - margin) whole = 0
    }
  }
  return whole
}
