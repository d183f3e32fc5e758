/**
 * What lies where in the memory, in this order:
 *
 * | region | what |
 * |---|---|
 * | wanted | 256 bytes, 1 for each class that is taken |
 * | shuffles | 16 bytes for each set of four lanes: those lanes moved together; for words, then for bytes |
 * | spare | f64 × 4 |
 * | sums | f64 squares, f64 largest, f64 points, then u32 × 4096 points by distance |
 * | chunk | input: i32 x, y, z and u8 class of {@link CHUNK} points, one column after the other |
 * | cells | u8 a metre cell of the tile and around it: 1 where a return lies |
 * | starts | i32 a bin of points, and one more: its first point |
 * | ranges | i32 × 4 a row of points, see `lookup.ts` |
 * | dropped | a bit a point |
 * | xs, ys, zs, classes, marks | the points' columns, i32 × 3 and u8 × 2, room for {@link room} of them and four more |
 * | samples8, samples64 | one point in 8 and one in 64, once all are in place: i32 x, y, z, one column after the other; before, of two rows the least and greatest height of each 16 points, i32 × 2 |
 * | near | i32 × 3 a point near the border |
 * | list, work | see `border.ts`: to the end of the memory |
 */

import { aligned, reachTo } from "../../../../../engine/core/assembly/reach"

export const CHUNK: usize = 8192
export const DISTANCES: usize = 4096

export let wanted: usize = 0
export let shuffles: usize = 0
export let spare: usize = 0
export let sums: usize = 0
export let chunk: usize = 0
export let cells: usize = 0
export let starts: usize = 0
export let ranges: usize = 0
export let dropped: usize = 0
export let xs: usize = 0
export let ys: usize = 0
export let zs: usize = 0
export let classes: usize = 0
export let marks: usize = 0
/** What the passes of the border use one after the other. */
export let work: usize = 0
export let samples8: usize = 0
export let samples64: usize = 0
export let near: usize = 0
/** Where heights of two rows are noted, so many bytes each; there are samples afterwards. */
export let heights: usize = 0
export let heightBytes: usize = 0

/** Places in a column of samples of so many points; four more are read. */
export function sampleRoom(points: i32, stride: i32): usize {
  return <usize>(points / stride) + 8
}

/** Lays the input out: all else comes behind it. @returns 1, or 0 where the memory does not reach */
export function layInput(): i32 {
  wanted = aligned(__heap_base)
  shuffles = wanted + 256
  spare = shuffles + 512
  sums = spare + 32
  chunk = aligned(sums + 24 + 4 * DISTANCES)
  return reachTo(chunk + 13 * CHUNK) ? 1 : 0
}

/** Lays all out for so many cells, bins, rows and points. @returns 1, or 0 where the memory does not reach */
export function layOut(cellCount: i32, binCount: i32, rowCount: i32, room: i32): i32 {
  cells = aligned(chunk + 13 * CHUNK)
  starts = aligned(cells + cellCount)
  ranges = aligned(starts + 4 * (<usize>binCount + 1))
  dropped = aligned(ranges + 16 * <usize>rowCount)
  const points = <usize>room + 4
  xs = aligned(dropped + (points >> 3) + 1)
  ys = aligned(xs + 4 * points)
  zs = aligned(ys + 4 * points)
  classes = aligned(zs + 4 * points)
  marks = aligned(classes + points)
  samples8 = aligned(marks + points)
  samples64 = aligned(samples8 + 12 * sampleRoom(room, 8))
  heights = samples8
  heightBytes = ((points >> 4) + 1) << 3
  near = aligned(samples64 + 12 * sampleRoom(room, 64))
  if (!reachTo(near)) return 0
  memory.fill(cells, 0, cellCount)
  memory.fill(dropped, 0, (points >> 3) + 1)
  memory.fill(sums, 0, 24 + 4 * DISTANCES)
  return 1
}

/** Says where {@link work} begins: behind all points. */
export function placeWork(at: usize): void {
  work = at
}
