/**
 * Layout of the memory, in this order:
 *
 * - samples: 16 bytes a cell of the sample grid, from the south row: i32 x, y from the grid's
 *   corner, i32 z, and a last word. The word is the class of a highest point, or the key of a
 *   nearest point's distance. An empty cell has −1 and the lowest z. Records of the triangulation's
 *   helpers follow.
 * - taken: u8 a cell of the sample grid, 1 if it has a sample; and one more, of no cell
 * - values: f32 a cell of the grid
 * - source: u8 a cell of the grid: 0 void, 1 from points, 2 filled. Until the filling, cells of
 *   wide triangles have 0 too
 * - classes: u8 a cell of the grid, if classes are wanted
 * - work: to the end of the memory. First the chunk of points; then for each block its flags, rows,
 *   triangles and stack; finally the pyramid of the filling
 */

import { CHUNK, placeChunk } from "../../../../../engine/core/assembly/point-chunk"
import { aligned, reachTo } from "../../../../../engine/core/assembly/reach"

/** Offset from the start of the chunk to the cells and keys of a batch of its points. */
export const CELLS: usize = 13 * CHUNK

export let cell: i32 = 0
/** Cells of the sample grid. */
export let columns: i32 = 0
export let rows: i32 = 0
/** Cells of the grid, and its first cell in the sample grid. */
export let width: i32 = 0
export let height: i32 = 0
export let left: i32 = 0
export let bottom: i32 = 0

export let samples: usize = 0
export let taken: usize = 0
export let values: usize = 0
export let source: usize = 0
export let classes: usize = 0
export let hasClasses: bool = false
export let work: usize = 0

/** Address of a sample. */
@inline
export function sampleAt(id: i32): usize {
  return samples + (<usize>id << 4)
}

/** Index of the first helper. */
@inline
export function firstHelper(): i32 {
  return columns * rows
}

/**
 * Places everything for a sample grid and a grid within it, without samples and values.
 *
 * @returns 1, or 0 if memory is insufficient
 */
export function placeGrids(
  cellMm: i32,
  sampleColumns: i32,
  sampleRows: i32,
  gridColumns: i32,
  gridRows: i32,
  fromLeft: i32,
  fromBottom: i32,
  withClasses: i32,
): i32 {
  cell = cellMm
  columns = sampleColumns
  rows = sampleRows
  width = gridColumns
  height = gridRows
  left = fromLeft
  bottom = fromBottom
  hasClasses = withClasses !== 0
  const cells = <usize>columns * <usize>rows
  const own = <usize>width * <usize>height
  samples = aligned(__heap_base)
  taken = aligned(samples + 16 * (cells + 2 * (<usize>rows + 2)))
  values = aligned(taken + cells + 1)
  source = aligned(values + 4 * own)
  classes = aligned(source + own)
  work = aligned(classes + (hasClasses ? own : 0))
  placeChunk(work)
  if (!reachTo(work + 14 * CHUNK)) return 0
  memory.fill(taken, 0, cells + 1)
  const empty = i32x4(-1, -1, i32.MIN_VALUE, -1)
  for (let at = samples; at < samples + 16 * cells; at += 16) v128.store(at, empty)
  for (let at = values; at < values + 4 * own; at += 4) store<f32>(at, f32.NaN)
  memory.fill(source, 0, own)
  if (hasClasses) memory.fill(classes, 0, own)
  return 1
}
