/** Joins the labelled runs of neighbouring tiles into one window. */
import { UnionFind } from "../../geometry/union-find.js"
import type { LabelledRuns, WindowBorder } from "./class-runs.js"

/** Labels of the cells along the sides of a window. */
export const borderOf = (runs: LabelledRuns): WindowBorder => {
  const { column, row, columns, rows, rowEnds, starts, labels, classes } = runs
  const west = new Int32Array(rows)
  const east = new Int32Array(rows)
  for (let r = 0; r < rows; r++) {
    west[r] = labels[r > 0 ? rowEnds[r - 1] : 0]
    // The last run but the closing one.
    east[r] = labels[rowEnds[r] - 2]
  }
  const cellsOf = (r: number): Int32Array => {
    const cells = new Int32Array(columns)
    for (let k = r > 0 ? rowEnds[r - 1] : 0; k < rowEnds[r] - 1; k++) cells.fill(labels[k], starts[k], starts[k + 1])
    return cells
  }
  return { column, row, west, east, south: cellsOf(0), north: cellsOf(rows - 1), classes }
}

/**
 * Regions of windows of one grid made one where they go on in the neighbour, from what lies along the windows' sides alone: for every window the number of each of its regions in the
 * whole, from 0, and how many there are. Numbers follow the order of the windows given and of their regions; windows that touch must share whole sides.
 *
 * O(border cells · α). Memory: 4 bytes a region and 16 a border cell.
 */
export const joinLabels = (borders: readonly WindowBorder[]): { numbers: readonly Int32Array[]; count: number } => {
  const offsets = new Int32Array(borders.length)
  const places = new Map<string, number>()
  let total = 0
  borders.forEach((border, w) => {
    offsets[w] = total
    total += border.classes.length
    places.set(`${border.column} ${border.row}`, w)
  })
  const parent = UnionFind.make(total)
  const unite = (w: number, side: Int32Array, other: number, otherSide: Int32Array): void => {
    if (side.length !== otherSide.length) {
      throw new Error(
        `windows that touch have sides of ${side.length} and ${otherSide.length} cells: expected one grid`,
      )
    }
    const [classes, otherClasses] = [borders[w].classes, borders[other].classes]
    for (let i = 0; i < side.length; i++) {
      if (side[i] < 0 || otherSide[i] < 0 || classes[side[i]] !== otherClasses[otherSide[i]]) continue
      UnionFind.unite(parent, offsets[w] + side[i], offsets[other] + otherSide[i])
    }
  }
  borders.forEach(({ column, row, east, north }, w) => {
    const inEast = places.get(`${column + north.length} ${row}`)
    if (inEast !== undefined) unite(w, east, inEast, borders[inEast].west)
    const inNorth = places.get(`${column} ${row + east.length}`)
    if (inNorth !== undefined) unite(w, north, inNorth, borders[inNorth].south)
  })
  let count = 0
  for (let i = 0; i < total; i++) {
    const root = parent[i]
    // A representative is the smallest of its set: it has its number by now.
    parent[i] = root === i ? count++ : parent[root]
  }
  return { numbers: borders.map(({ classes }, w) => parent.slice(offsets[w], offsets[w] + classes.length)), count }
}

/**
 * The labelled runs of the smallest window that holds all given ones: the same as `labelRuns` of the raster put together, cells without a window being nodata.
 * The order of the windows does not matter.
 *
 * O(runs + rows · windows abreast). Memory: 8 bytes a run of the result and of the windows.
 *
 * @throws Error without a window, or where windows that touch do not share whole sides
 */
export const joinRuns = (windows: readonly LabelledRuns[]): LabelledRuns => {
  if (windows.length === 0) throw new Error("no window to join")
  const sorted = [...windows].sort((a, b) => a.row - b.row || a.column - b.column)
  const { numbers, count } = joinLabels(sorted.map(borderOf))
  const column = Math.min(...sorted.map((w) => w.column))
  const row = sorted[0].row
  const columns = Math.max(...sorted.map((w) => w.column + w.columns)) - column
  const rows = Math.max(...sorted.map((w) => w.row + w.rows)) - row
  const most = sorted.reduce((sum, w) => sum + w.starts.length + w.rows, 2 * rows)
  const writer = new RunWriter(most, rows, columns)
  for (let r = 0, from = 0; r < rows; r++) {
    while (from < sorted.length && sorted[from].row + sorted[from].rows <= row + r) from++
    for (let w = from; w < sorted.length && sorted[w].row <= row + r; w++) {
      if (sorted[w].row + sorted[w].rows <= row + r) continue
      writer.add(sorted[w], row + r - sorted[w].row, sorted[w].column - column, numbers[w])
    }
    writer.closeRow()
  }
  const { rowEnds, starts, labels } = writer.result()
  return { column, row, columns, rows, rowEnds, starts, labels, ...renumber(sorted, numbers, labels, count) }
}

class RunWriter {
  private readonly rowEnds: Uint32Array
  private readonly starts: Int32Array
  private readonly labels: Int32Array
  private readonly columns: number
  private row = 0
  private count = 0
  private first = 0
  /** Where the row's runs end so far. */
  private end = 0

  constructor(most: number, rows: number, columns: number) {
    this.rowEnds = new Uint32Array(rows)
    this.starts = new Int32Array(most)
    this.labels = new Int32Array(most)
    this.columns = columns
  }

  /** Row r of a window, shifted, with its regions' numbers. */
  add(window: LabelledRuns, r: number, shift: number, numbers: Int32Array): void {
    if (shift > this.end) this.put(this.end, -1)
    const { rowEnds, starts, labels } = window
    for (let k = r > 0 ? rowEnds[r - 1] : 0; k < rowEnds[r] - 1; k++) {
      this.put(shift + starts[k], labels[k] < 0 ? -1 : numbers[labels[k]])
    }
    this.end = shift + window.columns
  }

  closeRow(): void {
    if (this.end < this.columns) this.put(this.end, -1)
    this.starts[this.count] = this.columns
    this.labels[this.count++] = -1
    this.rowEnds[this.row++] = this.count
    this.first = this.count
    this.end = 0
  }

  result(): Pick<LabelledRuns, "rowEnds" | "starts" | "labels"> {
    const { rowEnds, starts, labels, count } = this
    return { rowEnds, starts: starts.slice(0, count), labels: labels.slice(0, count) }
  }

  private put(start: number, label: number): void {
    if (this.count > this.first && this.labels[this.count - 1] === label) return
    this.starts[this.count] = start
    this.labels[this.count++] = label
  }
}

/** Numbers the regions by their first run, and adds up what the windows know of them. */
const renumber = (
  windows: readonly LabelledRuns[],
  numbers: readonly Int32Array[],
  labels: Int32Array,
  count: number,
): { classes: Int32Array; cells: Float64Array } => {
  const region = new Int32Array(count).fill(-1)
  let next = 0
  for (let k = 0; k < labels.length; k++) {
    if (labels[k] < 0) continue
    if (region[labels[k]] < 0) region[labels[k]] = next++
    labels[k] = region[labels[k]]
  }
  const classes = new Int32Array(count)
  const cells = new Float64Array(count)
  windows.forEach((window, w) => {
    for (let g = 0; g < window.classes.length; g++) {
      const at = region[numbers[w][g]]
      classes[at] = window.classes[g]
      cells[at] += window.cells[g]
    }
  })
  return { classes, cells }
}
