/** Canonical order of points by sorting indices: the general method, for any extent. */
import { GrownColumns, keepLeast, type PointColumns } from "../columns.js"

/**
 * Part of the hash of every task that reads points. Increase it when the same files give kernels
 * other points or another order.
 */
export const POINTS_VERSION = 3

/** Points in canonical order, and the number of duplicates dropped. */
export interface OrderedPoints {
  readonly points: PointColumns
  readonly duplicates: number
}

/**
 * Puts points of any extent in canonical order by sorting all their indices. Where `orderByCells`
 * applies, both give the same points.
 */
export const orderPlainly = (all: PointColumns, origin: readonly [x: number, y: number, z: number]): OrderedPoints => {
  const order = canonicalOrder(all, origin)
  const kept = dropDuplicates(all, order)
  const { intensity, gpsTime } = all
  const into = new GrownColumns(kept, { intensity: intensity.length > 0, gpsTime: gpsTime.length > 0 })
  into.append(all, order.subarray(0, kept))
  return { points: into.points, duplicates: all.count - kept }
}

/**
 * Canonical order as indices: 1 m cell of the CRS grid (row from the south, then column), then x,
 * y, z, class, return number, number of returns. Points that still tie are duplicates.
 *
 * Two stable counting sorts (column, then row) group the cells. Each cell is then sorted by one
 * double a point: x, y (0–999 each) and z (32 bits) in 52 bits. O(n log(points per cell)) time; 8
 * bytes a point, plus 16 a point of the fullest cell.
 */
const canonicalOrder = (columns: PointColumns, origin: readonly [x: number, y: number, z: number]): Uint32Array => {
  const { count, x, y } = columns
  const order = new Uint32Array(count)
  if (count === 0) return order
  // Offset of the origin in its own cell: cells count from the CRS's origin, not from the tile's.
  const [shiftX, shiftY] = [cellPhase(origin[0]), cellPhase(origin[1])]
  const byColumn = new Uint32Array(count)
  countingSort(x, shiftX, undefined, byColumn)
  countingSort(y, shiftY, byColumn, order)
  sortCells(columns, order, shiftX, shiftY)
  return order
}

const cellOf = (mm: number, shift: number): number => Math.floor((mm + shift) / CELL_MM)

/** Stable sort of the indices `from` (default: all) by the cell of `values`, into `into`. */
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

/**
 * Compacts the first `count` of `order` (sorted) to one index per set of duplicates. The remaining
 * points receive the least intensity and time of their duplicates; see `keepLeast`.
 *
 * @returns the number of indices that remain
 */
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

/** Columns that order points of equal coordinates. */
type RestColumns = Pick<PointColumns, "classification" | "returnNumber" | "numberOfReturns">

/** Side of the cells that order points, mm. */
export const CELL_MM = 1000

/** Offset of an origin's coordinate in its own cell, mm; `side` of the cell in mm. */
export const cellPhase = (metres: number, side: number = CELL_MM): number => {
  const mm = Math.round(metres * 1000)
  return mm - Math.floor(mm / side) * side
}

/** Working memory for sorting one cell; the caller fills `keys`. */
export interface CellSort {
  keys: Float64Array
  otherKeys: Float64Array
  otherOrder: Uint32Array
}

/** Working memory for cells of up to `points` points. */
export const cellSortOf = (points: number): CellSort => ({
  keys: new Float64Array(points),
  otherKeys: new Float64Array(points),
  otherOrder: new Uint32Array(points),
})

/**
 * Packs x and y in the cell (0–999 mm each) and z into one exact double that sorts as (x, y, z).
 */
export const placeKey = (inX: number, inY: number, z: number): number =>
  (inX * CELL_MM + inY) * 4294967296 + (z + 2147483648)

/** Runs of this length are sorted by insertion, then merged. */
const RUN = 16

/**
 * Puts the first `n` indices of `order` in canonical order: points of one cell, with their keys in
 * `work.keys`.
 */
export const sortCell = (columns: RestColumns, order: Uint32Array, n: number, work: CellSort): void => {
  for (let start = 0; start < n; start += RUN) insertionSort(columns, work.keys, order, start, Math.min(start + RUN, n))
  if (n <= RUN) return
  let [keys, others] = [work.keys, work.otherKeys]
  let [indices, otherIndices] = [order, work.otherOrder]
  for (let width = RUN; width < n; width *= 2) {
    for (let low = 0; low < n; low += 2 * width) {
      const middle = Math.min(low + width, n)
      const high = Math.min(low + 2 * width, n)
      let left = low
      let right = middle
      for (let at = low; at < high; at++) {
        const takeLeft =
          right >= high ||
          (left < middle &&
            (keys[left]! < keys[right]! ||
              (keys[left]! === keys[right]! && compareRest(columns, indices[left]!, indices[right]!) <= 0)))
        const from = takeLeft ? left++ : right++
        others[at] = keys[from]!
        otherIndices[at] = indices[from]!
      }
    }
    const nextKeys = others
    others = keys
    keys = nextKeys
    const nextIndices = otherIndices
    otherIndices = indices
    indices = nextIndices
  }
  if (indices !== order) order.set(indices.subarray(0, n))
}

const insertionSort = (
  columns: RestColumns,
  keys: Float64Array,
  order: Uint32Array,
  start: number,
  end: number,
): void => {
  for (let i = start + 1; i < end; i++) {
    const key = keys[i]!
    const index = order[i]!
    let at = i
    while (at > start) {
      const before = keys[at - 1]!
      if (before < key || (before === key && compareRest(columns, order[at - 1]!, index) <= 0)) break
      keys[at] = before
      order[at] = order[at - 1]!
      at--
    }
    keys[at] = key
    order[at] = index
  }
}

/** Order of two points of equal x, y and z; 0 for duplicates. */
const compareRest = ({ classification, returnNumber, numberOfReturns }: RestColumns, a: number, b: number): number =>
  classification[a]! - classification[b]! ||
  returnNumber[a]! - returnNumber[b]! ||
  numberOfReturns[a]! - numberOfReturns[b]!
