/**
 * Connected areas of equal class as labelled runs: the form in which a coverage is stored and
 * joined.
 */
import { UnionFind } from "../../geometry/union-find.js"

/** A window of a grid of classes that is fixed in the CRS. */
export interface ClassGrid {
  /** Grid column and row of the window's south-western cell, from the CRS origin. */
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
  /** Rows from the south, `columns` cells each. */
  readonly classes: Uint8Array | Uint16Array | Int32Array
  /** Cells of this class belong to no region. */
  readonly nodata?: number
}

/**
 * The 4-connected regions of equal class of a window, as runs that cover it whole.
 *
 * Runs of row r (from the south) are `rowEnds[r − 1] … rowEnds[r]`; run k covers the columns `[starts[k], starts[k + 1])` of the window and belongs to region
 * `labels[k]`, −1 for nodata. Neighbours of a row have different labels, and a row closes with a run of no cells at `columns`, of label −1. Regions are numbered
 * by their first run: from south to north, west to east.
 */
export interface LabelledRuns {
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
  readonly rowEnds: Uint32Array
  readonly starts: Int32Array
  readonly labels: Int32Array
  /** Class of each region, and how many cells it has. */
  readonly classes: Int32Array
  readonly cells: Float64Array
}

/** Labels of the cells along the four sides of a window: all that joining its regions to the neighbours' takes. */
export interface WindowBorder {
  readonly column: number
  readonly row: number
  /** By row from the south. */
  readonly west: Int32Array
  readonly east: Int32Array
  /** By column from the west. */
  readonly south: Int32Array
  readonly north: Int32Array
  /** Class of each region of the window. */
  readonly classes: Int32Array
}

/**
 * Labels the regions of a class raster by union-find over runs: cells are connected where they share an edge and have one class (4-connectivity).
 *
 * O(cells + runs · α). Memory: 16 bytes a run while it works, 8 a run and 12 a region in the result.
 *
 * @throws Error when `classes` does not have `columns · rows` cells
 */
export const labelRuns = (grid: ClassGrid): LabelledRuns => {
  const { column, row, columns, rows, classes, nodata } = grid
  if (classes.length !== columns * rows) {
    throw new Error(`a window of ${columns} × ${rows} cells has ${columns * rows} classes, not ${classes.length}`)
  }
  const { rowEnds, starts, values } = findRuns(grid)
  const labels = new Int32Array(starts.length).fill(-1)
  // Provisional labels in order of their first run, hence at most as many as runs.
  const parent = new Int32Array(starts.length)
  let count = 0
  for (let r = 0; r < rows; r++) {
    const last = rowEnds[r] - 1
    const first = r > 0 ? rowEnds[r - 1] : 0
    let below = r > 1 ? rowEnds[r - 2] : 0
    for (let k = first; k < last; k++) {
      const value = values[k]
      if (value === nodata) continue
      const start = starts[k]
      const end = starts[k + 1]
      let label = -1
      if (r > 0) {
        while (starts[below + 1] <= start) below++
        for (let j = below; starts[j] < end; j++) {
          if (values[j] !== value || labels[j] === label) continue
          if (label >= 0) UnionFind.unite(parent, label, labels[j])
          label = UnionFind.find(parent, labels[j])
        }
      }
      if (label < 0) {
        parent[count] = count
        label = count++
      }
      labels[k] = label
    }
  }
  return {
    column,
    row,
    columns,
    rows,
    rowEnds,
    starts,
    labels,
    ...numberRegions(starts, values, labels, parent, count),
  }
}

/**
 * The regions that are one object when cells of one class that share a corner alone are connected too (8-connectivity): for each region the number of its object, by its first region. Since a corner parts the
 * interior, an object's polygon is the multipolygon of its regions' polygons. O(runs · α). Memory: 4 bytes a region.
 */
export const joinDiagonals = ({ rows, rowEnds, starts, labels, classes }: LabelledRuns): Int32Array => {
  const parent = UnionFind.make(classes.length)
  const unite = (a: number, b: number): void => {
    if (a >= 0 && b >= 0 && a !== b && classes[a] === classes[b]) UnionFind.unite(parent, a, b)
  }
  for (let r = 1; r < rows; r++) {
    const lowerEnd = rowEnds[r - 1] - 1
    let below = r > 1 ? rowEnds[r - 2] : 0
    for (let k = rowEnds[r - 1]; k < rowEnds[r] - 1; k++) {
      // Where runs begin at one column in both rows, four cells meet.
      while (below < lowerEnd && starts[below] < starts[k]) below++
      if (starts[k] === 0 || below === lowerEnd || starts[below] !== starts[k]) continue
      unite(labels[below - 1], labels[k])
      unite(labels[below], labels[k - 1])
    }
  }
  let count = 0
  for (let g = 0; g < parent.length; g++) parent[g] = parent[g] === g ? count++ : parent[parent[g]]
  return parent
}

/** Runs of equal class: where each starts, its class (of the closing runs: nodata or 0). */
const findRuns = (grid: ClassGrid): { rowEnds: Uint32Array; starts: Int32Array; values: Int32Array } => {
  const { columns, rows, classes } = grid
  const rowEnds = new Uint32Array(rows)
  let count = 0
  for (let r = 0; r < rows; r++) {
    const from = r * columns
    let value = classes[from]
    count += columns > 0 ? 2 : 1
    for (let i = from + 1, end = from + columns; i < end; i++) {
      const next = classes[i]
      if (next !== value) count++
      value = next
    }
    rowEnds[r] = count
  }
  const starts = new Int32Array(count)
  const values = new Int32Array(count)
  let k = 0
  for (let r = 0; r < rows; r++) {
    const from = r * columns
    let value = -1
    for (let i = from, end = from + columns; i < end; i++) {
      const next = classes[i]
      if (next === value && i > from) continue
      starts[k] = i - from
      values[k++] = next
      value = next
    }
    starts[k++] = columns
  }
  return { rowEnds, starts, values }
}

/** Makes provisional labels numbers of regions, in order of their first run. */
const numberRegions = (
  starts: Int32Array,
  values: Int32Array,
  labels: Int32Array,
  parent: Int32Array,
  count: number,
): { classes: Int32Array; cells: Float64Array } => {
  // A set's representative is its smallest label, hence that of its first run: when it comes up, its number is known.
  let regions = 0
  for (let label = 0; label < count; label++) {
    const root = parent[label]
    parent[label] = root === label ? regions++ : parent[root]
  }
  const classes = new Int32Array(regions)
  const cells = new Float64Array(regions)
  for (let k = 0; k < labels.length; k++) {
    if (labels[k] < 0) continue
    const region = parent[labels[k]]
    labels[k] = region
    classes[region] = values[k]
    cells[region] += starts[k + 1] - starts[k]
  }
  return { classes, cells }
}
