/**
 * Marks ground points that no surface within the bound can meet, or that repeat another's place.
 */
import type { Points } from "../../../engine/kernel.js"

/** Marks of {@link markGround}. */
export const GroundMark = { usable: 0, merged: 1, step: 2 } as const

/** Distance in plan, mm, within which two points may not differ by more than twice the bound. */
const NEIGHBOUR = 100
const ROW = 1000

/**
 * Marks ground points that a height field within a bound cannot or need not meet.
 *
 * - `merged`: at the place of another; the lowest there stays.
 * - `step`: within 0.10 m in plan of another that differs by more than twice the bound; both are
 *   marked.
 *
 * A point depends only on the points within 0.10 m. O(points · points within a 1 m × 0.20 m strip).
 *
 * @param points in canonical order: rows of 1 m from the south, by x in a row, then y, then z
 * @param marks one a point, zeroed
 * @throws Error for points in another order
 */
export const markGround = (points: Points, bound: number, marks: Uint8Array): void => {
  const { x, y, count } = points
  const limit = 2 * bound
  markMerged(points, marks)
  let rowStart = 0
  while (rowStart < count) {
    const row = Math.floor(y[rowStart] / ROW)
    const rowEnd = endOfRow(points, rowStart, row)
    const upper = (row + 1) * ROW
    // The row above, if any, is walked beside this row.
    const aboveEnd =
      rowEnd < count && Math.floor(y[rowEnd] / ROW) === row + 1 ? endOfRow(points, rowEnd, row + 1) : rowEnd
    let above = rowEnd
    for (let i = rowStart; i < rowEnd; i++) {
      if (marks[i] === GroundMark.merged) continue
      markNeighbours(points, marks, i, i + 1, rowEnd, limit)
      if (upper - y[i] > NEIGHBOUR) continue
      while (above < aboveEnd && x[above] < x[i] - NEIGHBOUR) above++
      markNeighbours(points, marks, i, above, aboveEnd, limit)
    }
    rowStart = rowEnd
  }
}

/**
 * Marks point i and its neighbours (within 0.10 m) that differ by more than the limit. Searches
 * from `from` to before `end`, sorted by x.
 */
const markNeighbours = (
  { x, y, z }: Points,
  marks: Uint8Array,
  i: number,
  from: number,
  end: number,
  limit: number,
): void => {
  for (let j = from; j < end && x[j] - x[i] <= NEIGHBOUR; j++) {
    if (Math.abs(z[j] - z[i]) <= limit || (x[j] - x[i]) ** 2 + (y[j] - y[i]) ** 2 > NEIGHBOUR * NEIGHBOUR) continue
    if (marks[j] === GroundMark.merged) continue
    marks[i] = GroundMark.step
    marks[j] = GroundMark.step
  }
}

/** Points at one place are consecutive, the lowest first. */
const markMerged = ({ x, y, count }: Points, marks: Uint8Array): void => {
  for (let i = 1; i < count; i++) {
    if (x[i] === x[i - 1] && y[i] === y[i - 1]) marks[i] = GroundMark.merged
  }
}

/** Index after the last point of the row; checks the order. */
const endOfRow = ({ x, y, count }: Points, start: number, row: number): number => {
  const upper = (row + 1) * ROW
  let i = start + 1
  for (; i < count && y[i] < upper; i++) {
    // Sorted by x, within cells and by cell.
    if (x[i] < x[i - 1] || y[i] < upper - ROW) throw new Error("ground points: expected canonical order")
  }
  return i
}
