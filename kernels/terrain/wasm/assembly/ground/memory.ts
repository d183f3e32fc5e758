/** Layout of the memory, in the order of {@link placeInput} and {@link placePoints}. */

import { placeChunk } from "../../../../../engine/core/assembly/point-chunk"
import { aligned, reachTo } from "../../../../../engine/core/assembly/reach"

export const DISTANCES: usize = 4096

/** 256 bytes, 1 for each class to take. */
export let wanted: usize = 0
/**
 * 16 bytes for each set of four lanes, which move those lanes together: for words, then for bytes.
 */
export let shuffles: usize = 0
/** f64 × 4. */
export let spare: usize = 0
/** u32 × {@link DISTANCES} points by distance. */
export let histogram: usize = 0
let inputEnd: usize = 0
/** u8 a metre cell of the tile and around it: 1 if it has a return; the caller writes them. */
export let cells: usize = 0
/** i32 a bin of points, and one more: its first point. */
export let starts: usize = 0
/** i32 × 4 a row of points, see `lookup.ts`. */
export let ranges: usize = 0
/** A bit a point. */
export let dropped: usize = 0
/** Columns of the points, i32 × 3 and u8 × 2, with room for four more than `room`. */
export let xs: usize = 0
export let ys: usize = 0
export let zs: usize = 0
export let classes: usize = 0
export let marks: usize = 0
/** Memory that the passes of the border reuse in turn, to the end; see `border.ts`. */
export let work: usize = 0
/**
 * One point in 8 and one in 64, once all are in place: i32 x, y, z, one column after another.
 * Before, the least and greatest height of each 16 points of two rows, i32 × 2.
 */
export let samples8: usize = 0
export let samples64: usize = 0
/** i32 × 3 a point near the border. */
export let near: usize = 0
/** Notes of the heights of two rows, `heightBytes` each; samples replace them later. */
export let heights: usize = 0
export let heightBytes: usize = 0

/** Places in a column of samples of so many points; reads go up to four further. */
export function sampleRoom(points: i32, stride: i32): usize {
  return <usize>(points / stride) + 8
}

/** Places the input; everything else follows it. @returns 1, or 0 if memory is insufficient */
export function placeInput(): i32 {
  wanted = aligned(__heap_base)
  shuffles = wanted + 256
  spare = shuffles + 512
  histogram = spare + 32
  inputEnd = placeChunk(aligned(histogram + 4 * DISTANCES))
  return reachTo(inputEnd) ? 1 : 0
}

/**
 * Places everything for these numbers of cells, bins, rows and points.
 *
 * @returns 1, or 0 if memory is insufficient
 */
export function placePoints(cellCount: i32, binCount: i32, rowCount: i32, room: i32): i32 {
  cells = aligned(inputEnd)
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
  memory.fill(dropped, 0, (points >> 3) + 1)
  memory.fill(histogram, 0, 4 * DISTANCES)
  return 1
}

/** Sets where {@link work} begins, after all points. */
export function placeWork(at: usize): void {
  work = at
}
