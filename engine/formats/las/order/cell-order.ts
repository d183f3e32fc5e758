/** Canonical order of points in place, strip by strip: the fast method, for compact extents. */
import { columnNames, emptyColumns, firstPoints, type PointColumns } from "../columns.js"
import {
  CELL_MM,
  type CellSort,
  cellPhase,
  cellSortOf,
  dropDuplicates,
  type OrderedPoints,
  placeKey,
  sortCell,
} from "./canonical-order.js"

/**
 * Maximum number of 1 m cells of an extent: counting more would need more memory than the points.
 */
export const MOST_CELLS = 2 ** 24
/** Maximum number of strips. The write position of each then remains in the processor's cache. */
const MOST_STRIPS = 256

/**
 * Puts points in canonical order and drops duplicates, in their own columns. Gives the same result
 * as `orderPlainly` without a second copy of the columns.
 *
 * Points are swapped until each is in its strip of rows of 1 m cells; every swap puts one point in
 * its final strip. Each strip, small enough for the processor's cache, is then copied, ordered cell
 * by cell, and written back. Extra memory, for one strip: 25 bytes a point, and 4 for its order.
 *
 * @param points in any order; afterwards their columns start with the result, followed by leftover
 * values
 * @returns views of the columns; undefined, with `points` unchanged, if the extent has too many
 * cells
 */
export const orderByCells = (
  points: PointColumns,
  origin: readonly [x: number, y: number, z: number],
): OrderedPoints | undefined => {
  if (points.count === 0) return { points, duplicates: 0 }
  const cells = cellsOf(points, cellPhase(origin[0]), cellPhase(origin[1]))
  if (cells === undefined) return undefined
  const ends = dealToStrips(points, cells)
  const work = new StripWork(points)
  let [start, kept] = [0, 0]
  ends.forEach((end, strip) => {
    kept = orderStrip(points, { start, end, kept, y: cells.y + strip * cells.stripRows * CELL_MM }, cells, work)
    start = end
  })
  return { points: firstPoints(points, kept), duplicates: points.count - kept }
}

/** Grid of cells that covers the points: south-west corner in mm from the origin, and size. */
interface Cells {
  readonly x: number
  readonly y: number
  readonly columns: number
  readonly rows: number
  readonly stripRows: number
}

const cellsOf = ({ x, y, count }: PointColumns, phaseX: number, phaseY: number): Cells | undefined => {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < count; i++) {
    const [px, py] = [x[i]!, y[i]!]
    if (px < minX) minX = px
    if (px > maxX) maxX = px
    if (py < minY) minY = py
    if (py > maxY) maxY = py
  }
  const corner = (least: number, phase: number): number => Math.floor((least + phase) / CELL_MM) * CELL_MM - phase
  const [left, bottom] = [corner(minX, phaseX), corner(minY, phaseY)]
  const [columns, rows] = [Math.floor((maxX - left) / CELL_MM) + 1, Math.floor((maxY - bottom) / CELL_MM) + 1]
  if (columns * rows > MOST_CELLS) return undefined
  return { x: left, y: bottom, columns, rows, stripRows: Math.ceil(rows / MOST_STRIPS) }
}

/** Swaps points until those of each strip are contiguous; returns the end of each strip. */
const dealToStrips = (points: PointColumns, { y: bottom, rows, stripRows }: Cells): Uint32Array => {
  const { y, count } = points
  const side = stripRows * CELL_MM
  const ends = new Uint32Array(Math.ceil(rows / stripRows))
  for (let i = 0; i < count; i++) ends[((y[i]! - bottom) / side) | 0]!++
  const next = new Uint32Array(ends.length)
  for (let strip = 1; strip < ends.length; strip++) {
    next[strip] = ends[strip - 1]!
    ends[strip]! += ends[strip - 1]!
  }
  for (let strip = 0; strip < ends.length; strip++) {
    const end = ends[strip]!
    for (let i = next[strip]!; i < end; i++) {
      let to = ((y[i]! - bottom) / side) | 0
      while (to !== strip) {
        exchange(points, i, next[to]!++)
        to = ((y[i]! - bottom) / side) | 0
      }
    }
  }
  return ends
}

/** One statement per column: a loop over columns would mix array types and run slower. */
const exchange = (points: PointColumns, i: number, j: number): void => {
  const { x, y, z, classification, returnNumber, numberOfReturns, intensity, gpsTime } = points
  const [px, py, pz] = [x[i]!, y[i]!, z[i]!]
  const [code, number, returns] = [classification[i]!, returnNumber[i]!, numberOfReturns[i]!]
  x[i] = x[j]!
  y[i] = y[j]!
  z[i] = z[j]!
  classification[i] = classification[j]!
  returnNumber[i] = returnNumber[j]!
  numberOfReturns[i] = numberOfReturns[j]!
  x[j] = px
  y[j] = py
  z[j] = pz
  classification[j] = code
  returnNumber[j] = number
  numberOfReturns[j] = returns
  if (intensity.length > 0) {
    const kept = intensity[i]!
    intensity[i] = intensity[j]!
    intensity[j] = kept
  }
  if (gpsTime.length > 0) {
    const kept = gpsTime[i]!
    gpsTime[i] = gpsTime[j]!
    gpsTime[j] = kept
  }
}

/**
 * Working memory of one strip: a copy of its points, their order by cell, and the sort of one cell.
 */
class StripWork {
  copy: PointColumns = emptyColumns(0)
  indices = new Uint32Array(0)
  order = new Uint32Array(256)
  sort: CellSort = cellSortOf(256)
  /** Next write position of each cell. */
  next = new Uint32Array(0)
  readonly #like: PointColumns

  constructor(like: PointColumns) {
    this.#like = like
  }

  makeRoom(count: number, cells: number): void {
    if (count > this.indices.length) {
      const room = Math.min(this.#like.count, Math.ceil(1.25 * count))
      const { intensity, gpsTime } = this.#like
      this.copy = emptyColumns(room, { intensity: intensity.length > 0, gpsTime: gpsTime.length > 0 })
      this.indices = new Uint32Array(room)
    }
    if (cells > this.next.length) this.next = new Uint32Array(cells)
    else this.next.fill(0)
  }

  makeCellRoom(count: number): void {
    if (count <= this.order.length) return
    this.order = new Uint32Array(2 ** Math.ceil(Math.log2(count)))
    this.sort = cellSortOf(this.order.length)
  }
}

/** Points `[start, end)`, to be written in order from `kept` on; `y` of their lowest row, mm. */
interface Strip {
  readonly start: number
  readonly end: number
  readonly kept: number
  readonly y: number
}

/** Orders the points of a strip and drops duplicates; returns the end of its points. */
const orderStrip = (points: PointColumns, strip: Strip, cells: Cells, work: StripWork): number => {
  const count = strip.end - strip.start
  const inStrip = cells.stripRows * cells.columns
  work.makeRoom(count, inStrip)
  const { copy, indices, next } = work
  for (const name of columnNames) {
    if (points[name].length > 0) copy[name].set(points[name].subarray(strip.start, strip.end))
  }
  indexByCell(copy, count, { ...cells, y: strip.y }, work)
  let { kept } = strip
  let start = 0
  for (let cell = 0; cell < inStrip; cell++) {
    // Indexing advanced each cell's start to its end.
    const n = next[cell]! - start
    if (n === 0) continue
    work.makeCellRoom(n)
    const { order, sort } = work
    const baseX = cells.x + (cell % cells.columns) * CELL_MM
    const baseY = strip.y + Math.floor(cell / cells.columns) * CELL_MM
    for (let k = 0; k < n; k++) {
      const i = indices[start + k]!
      order[k] = i
      sort.keys[k] = placeKey(copy.x[i]! - baseX, copy.y[i]! - baseY, copy.z[i]!)
    }
    sortCell(copy, order, n, sort)
    const unique = dropDuplicates(copy, order, n)
    putBack(points, kept, copy, order, unique)
    kept += unique
    start += n
  }
  return kept
}

/**
 * Sorts the indices of the first `count` points by cell; `work.next` becomes the end of each cell.
 */
const indexByCell = ({ x, y }: PointColumns, count: number, cells: Cells, { indices, next }: StripWork): void => {
  const cellOf = (i: number): number =>
    (((y[i]! - cells.y) / CELL_MM) | 0) * cells.columns + (((x[i]! - cells.x) / CELL_MM) | 0)
  for (let i = 0; i < count; i++) next[cellOf(i)]!++
  let sum = 0
  for (let cell = 0; cell < cells.stripRows * cells.columns; cell++) {
    const here = next[cell]!
    next[cell] = sum
    sum += here
  }
  for (let i = 0; i < count; i++) indices[next[cellOf(i)]!++] = i
}

/** Writes the first `n` points of `order` to `points`, from `at` on. */
const putBack = (points: PointColumns, at: number, copy: PointColumns, order: Uint32Array, n: number): void => {
  const { x, y, z, classification, returnNumber, numberOfReturns, intensity, gpsTime } = points
  const [withIntensity, withTime] = [intensity.length > 0, gpsTime.length > 0]
  for (let k = 0; k < n; k++) {
    const from = order[k]!
    const to = at + k
    x[to] = copy.x[from]!
    y[to] = copy.y[from]!
    z[to] = copy.z[from]!
    classification[to] = copy.classification[from]!
    returnNumber[to] = copy.returnNumber[from]!
    numberOfReturns[to] = copy.numberOfReturns[from]!
    if (withIntensity) intensity[to] = copy.intensity[from]!
    if (withTime) gpsTime[to] = copy.gpsTime[from]!
  }
}
