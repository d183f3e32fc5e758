import { CELL_MM, type CellSort, cellPhase, cellSortOf, compareRest, placeKey, sortCell } from "./cell-sort.js"
import { emptyColumns, type PointColumns } from "./columns.js"
import { type Further, keepLeast } from "./further-columns.js"

/** Points in canonical order, and how many duplicates were left out. */
export interface OrderedPoints {
  readonly points: PointColumns
  readonly duplicates: number
}

/** Cells of an extent beyond which counting them would cost more memory than the points. */
const MOST_CELLS = 2 ** 24

/**
 * The fast way to what `canonicalOrder` and `dropDuplicates` make: points of chunks in canonical order, without duplicates.
 *
 * Points of every 1 m cell are counted, then each chunk is dealt out to the places of its cells, and each cell, whose points then lie in a row, is sorted by itself.
 * Chunks come from small parts of the country, so that the cells they are dealt to stay in the cache; with one sort of indices for all
 * points every column would be read all over memory. Chunks are let go as they are dealt out: `chunks` is empty afterwards.
 *
 * @param further columns that every chunk has
 * @returns undefined, with `chunks` as they were, where the points lie too far apart for counting cells: the plain way does it then
 */
export const orderByCells = (
  chunks: PointColumns[],
  origin: readonly [x: number, y: number, z: number],
  further: Further = { intensity: true, gpsTime: true },
): OrderedPoints | undefined => {
  const count = chunks.reduce((sum, chunk) => sum + chunk.count, 0)
  if (count === 0) {
    chunks.length = 0
    return { points: emptyColumns(0, further), duplicates: 0 }
  }
  const cells = cellsOf(chunks, cellPhase(origin[0]), cellPhase(origin[1]))
  if (cells === undefined) return undefined
  const next = countCells(chunks, cells)
  const points = emptyColumns(count, further)
  for (let c = 0; c < chunks.length; c++) {
    deal(chunks[c]!, cells, next, points)
    // The last reference: the chunk's memory may be used again before the next one is dealt out.
    chunks[c] = emptyColumns(0)
  }
  chunks.length = 0
  // Dealing has moved each cell's start to its end.
  const equal = sortEachCell(points, cells, next)
  return equal === undefined ? { points, duplicates: 0 } : withoutEqual(points, equal)
}

/** The cells that hold the points: mm from the origin to the south-west corner of the first one, and how many. */
interface Cells {
  readonly x: number
  readonly y: number
  readonly columns: number
  readonly rows: number
}

const cellsOf = (chunks: readonly PointColumns[], phaseX: number, phaseY: number): Cells | undefined => {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { x, y, count } of chunks) {
    for (let i = 0; i < count; i++) {
      const [px, py] = [x[i]!, y[i]!]
      if (px < minX) minX = px
      if (px > maxX) maxX = px
      if (py < minY) minY = py
      if (py > maxY) maxY = py
    }
  }
  const corner = (least: number, phase: number): number => Math.floor((least + phase) / CELL_MM) * CELL_MM - phase
  const [x, y] = [corner(minX, phaseX), corner(minY, phaseY)]
  const [columns, rows] = [Math.floor((maxX - x) / CELL_MM) + 1, Math.floor((maxY - y) / CELL_MM) + 1]
  return columns * rows <= MOST_CELLS ? { x, y, columns, rows } : undefined
}

/** Where the points of each cell begin. */
const countCells = (chunks: readonly PointColumns[], cells: Cells): Uint32Array => {
  const starts = new Uint32Array(cells.columns * cells.rows)
  for (const { x, y, count } of chunks) {
    for (let i = 0; i < count; i++) {
      const row = ((y[i]! - cells.y) / CELL_MM) | 0
      starts[row * cells.columns + (((x[i]! - cells.x) / CELL_MM) | 0)]!++
    }
  }
  let sum = 0
  for (let cell = 0; cell < starts.length; cell++) {
    const here = starts[cell]!
    starts[cell] = sum
    sum += here
  }
  return starts
}

const deal = (chunk: PointColumns, cells: Cells, next: Uint32Array, to: PointColumns): void => {
  const { x, y, z, classification, returnNumber, numberOfReturns, intensity, gpsTime, count } = chunk
  const [withIntensity, withTime] = [to.intensity.length > 0, to.gpsTime.length > 0]
  for (let i = 0; i < count; i++) {
    const row = ((y[i]! - cells.y) / CELL_MM) | 0
    const at = next[row * cells.columns + (((x[i]! - cells.x) / CELL_MM) | 0)]!++
    to.x[at] = x[i]!
    to.y[at] = y[i]!
    to.z[at] = z[i]!
    to.classification[at] = classification[i]!
    to.returnNumber[at] = returnNumber[i]!
    to.numberOfReturns[at] = numberOfReturns[i]!
    if (withIntensity) to.intensity[at] = intensity[i]!
    if (withTime) to.gpsTime[at] = gpsTime[i]!
  }
}

/** Working memory of one cell: its points, and the order they are to have. */
interface CellWork {
  readonly capacity: number
  readonly sort: CellSort
  readonly order: Uint32Array
  readonly copy: PointColumns
}

const cellWork = (capacity: number, { intensity, gpsTime }: PointColumns): CellWork => ({
  capacity,
  sort: cellSortOf(capacity),
  order: new Uint32Array(capacity),
  copy: emptyColumns(capacity, { intensity: intensity.length > 0, gpsTime: gpsTime.length > 0 }),
})

/** Sorts the points of each cell where they lie; gives 1 for each duplicate of the one before, undefined where there is none. */
const sortEachCell = (points: PointColumns, cells: Cells, ends: Uint32Array): Uint8Array | undefined => {
  const { x, y, z } = points
  let work = cellWork(256, points)
  let equal: Uint8Array | undefined
  let start = 0
  for (let cell = 0; cell < ends.length; cell++) {
    const end = ends[cell]!
    const n = end - start
    if (n < 2) {
      start = end
      continue
    }
    if (n > work.capacity) work = cellWork(2 ** Math.ceil(Math.log2(n)), points)
    const { keys } = work.sort
    const { order } = work
    const baseX = cells.x + (cell % cells.columns) * CELL_MM
    const baseY = cells.y + Math.floor(cell / cells.columns) * CELL_MM
    for (let i = 0; i < n; i++) {
      keys[i] = placeKey(x[start + i]! - baseX, y[start + i]! - baseY, z[start + i]!)
      order[i] = start + i
    }
    sortCell(points, order, n, work.sort)
    reorder(points, start, n, work)
    let kept = start
    for (let i = start + 1; i < end; i++) {
      if (x[i] !== x[i - 1] || y[i] !== y[i - 1] || z[i] !== z[i - 1] || compareRest(points, i - 1, i) !== 0) {
        kept = i
        continue
      }
      equal ??= new Uint8Array(x.length)
      equal[i] = 1
      keepLeast(points, kept, i)
    }
    start = end
  }
  return equal
}

/** Brings the `n` points from `start` on into the order of `work.order`. */
const reorder = (points: PointColumns, start: number, n: number, { order, copy }: CellWork): void => {
  const { x, y, z, classification, returnNumber, numberOfReturns, intensity, gpsTime } = points
  const [withIntensity, withTime] = [intensity.length > 0, gpsTime.length > 0]
  for (let i = 0; i < n; i++) {
    const from = order[i]!
    copy.x[i] = x[from]!
    copy.y[i] = y[from]!
    copy.z[i] = z[from]!
    copy.classification[i] = classification[from]!
    copy.returnNumber[i] = returnNumber[from]!
    copy.numberOfReturns[i] = numberOfReturns[from]!
    if (withIntensity) copy.intensity[i] = intensity[from]!
    if (withTime) copy.gpsTime[i] = gpsTime[from]!
  }
  for (let i = 0; i < n; i++) {
    const to = start + i
    x[to] = copy.x[i]!
    y[to] = copy.y[i]!
    z[to] = copy.z[i]!
    classification[to] = copy.classification[i]!
    returnNumber[to] = copy.returnNumber[i]!
    numberOfReturns[to] = copy.numberOfReturns[i]!
    if (withIntensity) intensity[to] = copy.intensity[i]!
    if (withTime) gpsTime[to] = copy.gpsTime[i]!
  }
}

/** Columns that can be shortened in place. */
interface Numbers {
  readonly length: number
  [index: number]: number
  slice(begin: number, end: number): this
}

const withoutEqual = (points: PointColumns, equal: Uint8Array): OrderedPoints => {
  let kept = 0
  for (let i = 0; i < equal.length; i++) if (equal[i] === 0) kept++
  const shorten = <A extends Numbers>(column: A): A => {
    if (column.length === 0) return column
    let n = 0
    for (let i = 0; i < equal.length; i++) if (equal[i] === 0) column[n++] = column[i]!
    return column.slice(0, kept)
  }
  return {
    points: {
      count: kept,
      x: shorten(points.x),
      y: shorten(points.y),
      z: shorten(points.z),
      classification: shorten(points.classification),
      returnNumber: shorten(points.returnNumber),
      numberOfReturns: shorten(points.numberOfReturns),
      intensity: shorten(points.intensity),
      gpsTime: shorten(points.gpsTime),
    },
    duplicates: points.count - kept,
  }
}
