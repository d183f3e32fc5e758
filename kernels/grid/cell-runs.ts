/**
 * Cells as runs in rows, and their connected components, for tracing outlines and joining tiles.
 */
import { UnionFind } from "../geometry/union-find.js"

/**
 * Cells of a grid fixed in the CRS as runs: run k covers the cells `[starts[k], ends[k])` of row
 * `rows[k]`. Columns count from the west and rows from the south, both from the CRS origin. Sorted
 * by row, then column; runs of a row do not overlap nor, in canonical form, touch.
 */
export interface CellRuns {
  readonly rows: Int32Array
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/**
 * Runs of the set cells of a mask.
 *
 * @param mask rows from the south, `width` cells each; only the window is read
 * @param window first column and row of the mask to read, and how many
 * @param place grid column and row of the window's first cell
 */
export const runsOfMask = (
  mask: Uint8Array,
  width: number,
  window: { column: number; row: number; columns: number; rows: number },
  place: { column: number; row: number },
): CellRuns => {
  let count = 0
  for (let r = 0; r < window.rows; r++) {
    let at = (window.row + r) * width + window.column
    let before = 0
    for (const end = at + window.columns; at < end; at++) {
      if (mask[at] > before) count++
      before = mask[at]
    }
  }
  const runs = { rows: new Int32Array(count), starts: new Int32Array(count), ends: new Int32Array(count) }
  let k = 0
  for (let r = 0; r < window.rows; r++) {
    const base = (window.row + r) * width + window.column
    for (let c = 0; c < window.columns; ) {
      if (mask[base + c] === 0) {
        c++
        continue
      }
      runs.rows[k] = place.row + r
      runs.starts[k] = place.column + c
      while (c < window.columns && mask[base + c] === 1) c++
      runs.ends[k++] = place.column + c
    }
  }
  return runs
}

/**
 * Component of each run: cells that share an edge are connected (4-connectivity). A component's
 * number is the index of its first run: numbers grow from south to north, west to east. Touching
 * runs of one row count as connected. O(runs).
 */
export const connectRuns = (runs: CellRuns): Int32Array => {
  const { rows, starts, ends } = runs
  const parent = UnionFind.make(rows.length)
  let below = 0
  for (let k = 0; k < rows.length; k++) {
    if (k > 0 && rows[k - 1] === rows[k] && ends[k - 1] === starts[k]) UnionFind.unite(parent, k - 1, k)
    // The first run of the row below that may overlap this or a later run.
    while (below < k && (rows[below] < rows[k] - 1 || (rows[below] === rows[k] - 1 && ends[below] <= starts[k])))
      below++
    for (let j = below; j < k && rows[j] === rows[k] - 1 && starts[j] < ends[k]; j++) UnionFind.unite(parent, j, k)
  }
  for (let k = 0; k < parent.length; k++) parent[k] = UnionFind.find(parent, k)
  return parent
}

/** Runs chosen by index (ascending), with touching runs of a row merged: the canonical form. */
export const chooseRuns = (runs: CellRuns, indices: Int32Array): CellRuns => {
  const rows = new Int32Array(indices.length)
  const starts = new Int32Array(indices.length)
  const ends = new Int32Array(indices.length)
  let count = 0
  for (const k of indices) {
    if (count > 0 && rows[count - 1] === runs.rows[k] && ends[count - 1] === runs.starts[k]) {
      ends[count - 1] = runs.ends[k]
      continue
    }
    rows[count] = runs.rows[k]
    starts[count] = runs.starts[k]
    ends[count++] = runs.ends[k]
  }
  return { rows: rows.slice(0, count), starts: starts.slice(0, count), ends: ends.slice(0, count) }
}

/**
 * Members of each component: those of group g are `members[groupEnds[g − 1] … groupEnds[g])`,
 * ascending. Groups are in order of their component's number.
 */
export const groupRuns = (component: Int32Array): { members: Int32Array; groupEnds: Int32Array } => {
  const sizes = new Int32Array(component.length)
  for (const root of component) sizes[root]++
  const ends: number[] = []
  const next = new Int32Array(component.length)
  let end = 0
  for (let root = 0; root < sizes.length; root++) {
    if (sizes[root] === 0) continue
    next[root] = end
    end += sizes[root]
    ends.push(end)
  }
  const members = new Int32Array(component.length)
  for (let k = 0; k < component.length; k++) members[next[component[k]]++] = k
  return { members, groupEnds: Int32Array.from(ends) }
}

/** All runs of several lists, sorted by row, then column, and the list of each. O(n log n). */
export const sortRuns = (lists: readonly CellRuns[]): { runs: CellRuns; owner: Int32Array } => {
  const count = lists.reduce((sum, runs) => sum + runs.rows.length, 0)
  const all = { rows: new Int32Array(count), starts: new Int32Array(count), ends: new Int32Array(count) }
  const list = new Int32Array(count)
  let at = 0
  lists.forEach((runs, p) => {
    all.rows.set(runs.rows, at)
    all.starts.set(runs.starts, at)
    all.ends.set(runs.ends, at)
    list.fill(p, at, at + runs.rows.length)
    at += runs.rows.length
  })
  const order = Uint32Array.from({ length: count }, (_, k) => k).sort(
    (a, b) => all.rows[a] - all.rows[b] || all.starts[a] - all.starts[b],
  )
  const pick = (values: Int32Array): Int32Array => Int32Array.from(order, (k) => values[k])
  return { runs: { rows: pick(all.rows), starts: pick(all.starts), ends: pick(all.ends) }, owner: pick(list) }
}
