/** Canonical order of points by sorting indices: the general method, for points of any extent. */
import { keepLeast, type PointColumns } from "../columns.js"
import { CELL_MM, type CellSort, cellPhase, cellSortOf, compareRest, placeKey, sortCell } from "./cell-sort.js"

/** Raised when the same files give kernels other points, or in another order: part of the hash of every task that reads points. */
export const POINTS_VERSION = 3

/**
 * Canonical order of points, as indices: 1 m cell of the CRS grid (row from the south, then column), then x, y, z, class, return number, number of
 * returns. Points that still tie are duplicates.
 *
 * Two stable counting sorts (column, then row) bring cells together; a cell is then sorted by one double a point, which
 * holds x, y (0–999 each) and z (32 bits) in 52 bits. O(n log(points a cell)); 8 bytes a point, 16 a point of the fullest cell.
 */
export const canonicalOrder = (
  columns: PointColumns,
  origin: readonly [x: number, y: number, z: number],
): Uint32Array => {
  const { count, x, y } = columns
  const order = new Uint32Array(count)
  if (count === 0) return order
  // The origin's place in its own cell: cells count from the CRS's origin, not from the tile's.
  const [shiftX, shiftY] = [cellPhase(origin[0]), cellPhase(origin[1])]
  const byColumn = new Uint32Array(count)
  countingSort(x, shiftX, undefined, byColumn)
  countingSort(y, shiftY, byColumn, order)
  sortCells(columns, order, shiftX, shiftY)
  return order
}

const cellOf = (mm: number, shift: number): number => Math.floor((mm + shift) / CELL_MM)

/** Stable sort of the indices `from` (all in turn when absent) by the cell of `values`, into `into`. */
const countingSort = (values: Int32Array, shift: number, from: Uint32Array | undefined, into: Uint32Array): void => {
  let [least, most] = [Infinity, -Infinity]
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value < least) least = value
    if (value > most) most = value
  }
  const first = cellOf(least, shift)
  const starts = new Uint32Array(cellOf(most, shift) - first + 2)
  for (let i = 0; i < values.length; i++) starts[cellOf(values[i]!, shift) - first + 1]!++
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!
  for (let i = 0; i < values.length; i++) {
    const index = from === undefined ? i : from[i]!
    const cell = cellOf(values[index]!, shift) - first
    into[starts[cell]!++] = index
  }
}

const sortCells = (columns: PointColumns, order: Uint32Array, shiftX: number, shiftY: number): void => {
  const { x, y, z } = columns
  const work = cellSortOf(256)
  for (let start = 0; start < order.length; ) {
    const cellX = cellOf(x[order[start]!]!, shiftX)
    const cellY = cellOf(y[order[start]!]!, shiftY)
    const baseX = cellX * CELL_MM - shiftX
    const baseY = cellY * CELL_MM - shiftY
    let end = start
    while (end < order.length) {
      const i = order[end]!
      const inX = x[i]! - baseX
      const inY = y[i]! - baseY
      if (inX < 0 || inX >= CELL_MM || inY < 0 || inY >= CELL_MM) break
      const n = end - start
      if (n >= work.keys.length) grow(work)
      work.keys[n] = placeKey(inX, inY, z[i]!)
      end++
    }
    sortCell(columns, order.subarray(start, end), end - start, work)
    start = end
  }
}

const grow = (work: CellSort): void => {
  const keys = new Float64Array(work.keys.length * 2)
  keys.set(work.keys)
  work.keys = keys
  work.otherKeys = new Float64Array(keys.length)
  work.otherOrder = new Uint32Array(keys.length)
}

/** Moves one point of each run of duplicates to the front of the first `count` of `order` (already sorted) and returns how many there are; `columns` get the least of what they differ in. */
export const dropDuplicates = (columns: PointColumns, order: Uint32Array, count = order.length): number => {
  const { x, y, z } = columns
  if (count === 0) return 0
  let kept = 1
  for (let i = 1; i < count; i++) {
    const a = order[kept - 1]!
    const b = order[i]!
    const equal = x[a] === x[b] && y[a] === y[b] && z[a] === z[b] && compareRest(columns, a, b) === 0
    if (equal) keepLeast(columns, a, b)
    else order[kept++] = b
  }
  return kept
}
