/** Sorts the points of one cell of 1 m: the step that both methods of this folder share. */
import type { PointColumns } from "../columns.js"

/** What orders points of one place. */
type RestColumns = Pick<PointColumns, "classification" | "returnNumber" | "numberOfReturns">

/** Side of the cells by which points are ordered, mm. */
export const CELL_MM = 1000

/** Where a coordinate of the origin lies in its own cell, mm. */
export const cellPhase = (metres: number): number => {
  const mm = Math.round(metres * 1000)
  return mm - Math.floor(mm / CELL_MM) * CELL_MM
}

/** Working memory of the sort of one cell; `keys` are filled by the caller. */
export interface CellSort {
  keys: Float64Array
  otherKeys: Float64Array
  otherOrder: Uint32Array
}

/** Working memory for cells of up to `points`. */
export const cellSortOf = (points: number): CellSort => ({
  keys: new Float64Array(points),
  otherKeys: new Float64Array(points),
  otherOrder: new Uint32Array(points),
})

/** x and y in the cell (0–999 mm each) and z as one double, exactly: they sort as x, y, z do. */
export const placeKey = (inX: number, inY: number, z: number): number =>
  (inX * CELL_MM + inY) * 4294967296 + (z + 2147483648)

/** Runs of this length are sorted by insertion, then merged. */
const RUN = 16

/** Brings the first `n` of `order`, points of one cell whose keys are in `work.keys`, into canonical order. */
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

/** Order of two points of equal x, y and z; 0 for duplicates: points of one class and return too. */
export const compareRest = (
  { classification, returnNumber, numberOfReturns }: RestColumns,
  a: number,
  b: number,
): number =>
  classification[a]! - classification[b]! ||
  returnNumber[a]! - returnNumber[b]! ||
  numberOfReturns[a]! - numberOfReturns[b]!
