/** Canonical order of points by sorting indices: the general method, for any extent. */
import {
  columnNames,
  emptyColumns,
  firstPoints,
  GrownColumns,
  keepLeast,
  leastTime,
  type PointColumns,
} from "../las/columns.js"

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
  const retained = dropDuplicates(all, order)
  const { intensity, gpsTime, extra = {} } = all
  const further = { intensity: intensity.length > 0, gpsTime: gpsTime.length > 0, extra: Object.keys(extra) }
  const into = new GrownColumns(retained, further)
  into.append(all, order.subarray(0, retained))
  return { points: into.points, duplicates: all.count - retained }
}

/**
 * Canonical order as indices: 1 m cell of the CRS grid (row from the south, then column), then x,
 * y, z, class, return number, number of returns. Points that still tie are duplicates.
 *
 * Two stable counting sorts (column, then row) group the cells. Each cell is then sorted by one
 * double a point: x, y (0–999 each) and z (32 bits) in 52 bits. O(n log(points per cell)) time; 8
 * bytes a point, plus 16 a point of the fullest cell.
 */
export const canonicalOrder = (
  columns: PointColumns,
  origin: readonly [x: number, y: number, z: number],
): Uint32Array => {
  const { count, x, y } = columns
  const order = new Uint32Array(count)
  if (count === 0) return order
  // Offset of the origin in its own cell: cells count from the CRS's origin, not from the tile's.
  const [shiftX, shiftY] = [cellOffset(origin[0]), cellOffset(origin[1])]
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
 * points receive the least intensity and time of their duplicates; see `keepLeast`. The same holds
 * for `others`, further columns of the points.
 *
 * @returns the number of indices that remain
 */
export const dropDuplicates = (
  columns: PointColumns,
  order: Uint32Array,
  count = order.length,
  others: readonly { [index: number]: number }[] = [],
): number => {
  const { x, y, z } = columns
  if (count === 0) return 0
  let retained = 1
  for (let i = 1; i < count; i++) {
    const a = order[retained - 1]!
    const b = order[i]!
    const equal = x[a] === x[b] && y[a] === y[b] && z[a] === z[b] && compareRest(columns, a, b) === 0
    if (equal) {
      keepLeast(columns, a, b)
      for (const column of others) column[a] = leastTime(column[a]!, column[b]!)
    } else order[retained++] = b
  }
  return retained
}

/** Columns that order points of equal coordinates. */
type RestColumns = Pick<PointColumns, "classification" | "returnNumber" | "numberOfReturns">

/** Side of the cells that order points, mm. */
export const CELL_MM = 1000

/** Offset of an origin's coordinate in its own cell, mm; `side` of the cell in mm. */
export const cellOffset = (metres: number, side: number = CELL_MM): number => {
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

/**
 * Maximum number of 1 m cells of an extent: counting more would need more memory than the points.
 */
export const MOST_CELLS = 2 ** 24
/** Maximum number of strips. The write position of each then remains in the processor's cache. */
const MOST_STRIPS = 256

/**
 * Puts points in canonical order and drops duplicates, in their own columns. Gives the same result
 * as `orderPlainly` without a second copy of the columns. Extra bytes are not ordered.
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
  const cells = planCells(points, cellOffset(origin[0]), cellOffset(origin[1]))
  if (cells === undefined) return undefined
  const ends = dealToStrips(points, cells)
  const work = new StripWork(points)
  let [start, retained] = [0, 0]
  ends.forEach((end, strip) => {
    retained = orderStrip(points, { start, end, retained, y: cells.y + strip * cells.stripRows * CELL_MM }, cells, work)
    start = end
  })
  return { points: firstPoints(points, retained), duplicates: points.count - retained }
}

/** Grid of cells that covers the points: south-west corner in mm from the origin, and size. */
interface Cells {
  readonly x: number
  readonly y: number
  readonly columns: number
  readonly rows: number
  readonly stripRows: number
}

const planCells = ({ x, y, count }: PointColumns, offsetX: number, offsetY: number): Cells | undefined => {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < count; i++) {
    const [px, py] = [x[i]!, y[i]!]
    if (px < minX) minX = px
    if (px > maxX) maxX = px
    if (py < minY) minY = py
    if (py > maxY) maxY = py
  }
  const corner = (least: number, offset: number): number => Math.floor((least + offset) / CELL_MM) * CELL_MM - offset
  const [left, bottom] = [corner(minX, offsetX), corner(minY, offsetY)]
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
    const retained = intensity[i]!
    intensity[i] = intensity[j]!
    intensity[j] = retained
  }
  if (gpsTime.length > 0) {
    const retained = gpsTime[i]!
    gpsTime[i] = gpsTime[j]!
    gpsTime[j] = retained
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
  readonly retained: number
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
  let { retained } = strip
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
    putBack(points, retained, copy, order, unique)
    retained += unique
    start += n
  }
  return retained
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
