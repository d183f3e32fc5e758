/** The provisional ground of a ground filter: heights on a grid, and how far points may be off. */
import type { Box2 } from "../../../engine/core/geometry/box.js"
import type { Points } from "../../../engine/kernel.js"
import { type CellGrid, gridAround } from "../../grid/cell-grid.js"
import { fillVoids, fillWindow } from "../raster/fill-voids.js"

/**
 * Opens heights by squares of radius 1, 2, 3 … cells, one radius a call. NaN cells are void: they
 * do not erode, and where no value is in reach the result is −∞. O(cells) a radius; 16 bytes a
 * cell.
 *
 * Source: van Herk, "A fast algorithm for local minimum and maximum filters", 1992.
 */
export class Openings {
  readonly #columns: number
  readonly #rows: number
  /** Erosion by the last radius; +∞ without a value in reach. */
  readonly #eroded: Float32Array
  /** Greatest value from the start of a block of cells to a cell, and from a cell to the end. */
  readonly #before: Float32Array
  readonly #after: Float32Array
  #radius = 0

  constructor(heights: Float32Array, columns: number, rows: number) {
    this.#columns = columns
    this.#rows = rows
    this.#eroded = new Float32Array(heights.length)
    for (let i = 0; i < heights.length; i++)
      this.#eroded[i] = Number.isNaN(heights[i]) ? Number.POSITIVE_INFINITY : heights[i]!
    this.#before = new Float32Array(heights.length)
    this.#after = new Float32Array(heights.length)
  }

  /** Writes the opening by the next radius. */
  next(opened: Float32Array): void {
    this.#radius++
    this.#erode()
    for (let i = 0; i < opened.length; i++) {
      const height = this.#eroded[i]!
      opened[i] = height === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : height
    }
    this.#dilateRows(opened)
    this.#dilateColumns(opened)
  }

  /** Each cell becomes the least of the nine around it. */
  #erode(): void {
    const columns = this.#columns
    const [values, least] = [this.#eroded, this.#before]
    for (let row = 0; row < this.#rows; row++) {
      const last = (row + 1) * columns - 1
      let here = values[row * columns]!
      let before = here
      for (let at = row * columns; at < last; at++) {
        const after = values[at + 1]!
        const side = Math.min(before, after)
        least[at] = Math.min(side, here)
        before = here
        here = after
      }
      least[last] = Math.min(before, here)
    }
    for (let row = 0; row < this.#rows; row++) {
      const below = row === 0 ? 0 : -columns
      const above = row === this.#rows - 1 ? 0 : columns
      for (let at = row * columns; at < (row + 1) * columns; at++) {
        let value = least[at]!
        if (least[at + below]! < value) value = least[at + below]!
        if (least[at + above]! < value) value = least[at + above]!
        values[at] = value
      }
    }
  }

  #dilateRows(values: Float32Array): void {
    const [columns, radius] = [this.#columns, this.#radius]
    const [before, after] = [this.#before, this.#after]
    const block = 2 * radius + 1
    const spans = windowEnds(columns, radius)
    for (let row = 0; row < this.#rows; row++) {
      const first = row * columns
      for (let from = 0; from < columns; from += block) {
        const end = Math.min(columns, from + block)
        let most = Number.NEGATIVE_INFINITY
        for (let column = from; column < end; column++) {
          const value = values[first + column]!
          if (value > most) most = value
          before[column] = most
        }
        most = Number.NEGATIVE_INFINITY
        for (let column = end - 1; column >= from; column--) {
          const value = values[first + column]!
          if (value > most) most = value
          after[column] = most
        }
      }
      for (let column = 0; column < columns; column++) {
        const [from, to] = [spans[2 * column]!, spans[2 * column + 1]!]
        const a = from < 0 ? Number.NEGATIVE_INFINITY : after[from]!
        const b = to < 0 ? Number.NEGATIVE_INFINITY : before[to]!
        values[first + column] = Math.max(a, b)
      }
    }
  }

  /** As {@link Openings.#dilateRows} along columns, but row after row for the cache. */
  #dilateColumns(values: Float32Array): void {
    const [columns, rows] = [this.#columns, this.#rows]
    const [before, after] = [this.#before, this.#after]
    const block = 2 * this.#radius + 1
    const spans = windowEnds(rows, this.#radius)
    for (let row = 0; row < rows; row++) {
      const back = row % block === 0 ? 0 : columns
      for (let at = row * columns; at < (row + 1) * columns; at++) {
        const value = values[at]!
        before[at] = back > 0 && before[at - back]! > value ? before[at - back]! : value
      }
    }
    for (let row = rows - 1; row >= 0; row--) {
      const on = row === rows - 1 || (row + 1) % block === 0 ? 0 : columns
      for (let at = row * columns; at < (row + 1) * columns; at++) {
        const value = values[at]!
        after[at] = on > 0 && after[at + on]! > value ? after[at + on]! : value
      }
    }
    for (let row = 0; row < rows; row++) {
      const [from, to] = [spans[2 * row]! * columns, spans[2 * row + 1]! * columns]
      for (let column = 0; column < columns; column++) {
        const a = from < 0 ? Number.NEGATIVE_INFINITY : after[from + column]!
        const b = to < 0 ? Number.NEGATIVE_INFINITY : before[to + column]!
        values[row * columns + column] = Math.max(a, b)
      }
    }
  }
}

/**
 * For each cell of a line, the cells to read `after` and `before` at: the ends of its window. −1
 * where that would reach beyond the window, which the other one then covers.
 */
const windowEnds = (length: number, radius: number): Int32Array => {
  const block = 2 * radius + 1
  const spans = new Int32Array(2 * length)
  for (let cell = 0; cell < length; cell++) {
    const from = cell - radius
    const to = Math.min(length - 1, cell + radius)
    spans[2 * cell] = from < 0 ? -1 : from
    spans[2 * cell + 1] = from >= 0 && Math.floor(from / block) === Math.floor(to / block) ? -1 : to
  }
  return spans
}

/** Options of the filter, metres; slopes as metres per metre. */
export interface FilterValues {
  readonly window: number
  readonly slope: number
  readonly step: number
  readonly distance: number
  readonly distanceSlope: number
}

/** Side of a cell, millimetres. */
const CELL = 1000
/** Levels of the pyramids that fill cells without points, and cells of objects. */
const POINT_LEVELS = 3
const OBJECT_LEVELS = 4
/** Millimetres that a low outlier is below all its neighbours: Pingel's slope of 500 %. */
const LOW = 5000

/**
 * Metres around a point that its label depends on: filling of cells, low outliers, the opening's
 * erosion and dilation, filling of objects, then smoothing, slope and sample, one cell each, and a
 * cell for rounding.
 */
export const filterHalo = ({ window }: Pick<FilterValues, "window">): number =>
  2 * 2 ** POINT_LEVELS + 2 + 2 * Math.ceil(window) + 2 * 2 ** OBJECT_LEVELS + 4

/** Upper estimate of bytes for {@link groundSurface}, by the area of the extent. */
export const filterBytes = (areaM2: number): number => {
  const side = Math.sqrt(areaM2) + 1 + 4 * 2 ** OBJECT_LEVELS
  return 48 * side * side
}

/** Provisional ground on a window of 1 m cells of the CRS, from the south row. */
export interface GroundSurface {
  readonly grid: CellGrid
  /** Millimetres; NaN beyond the reach of ground cells. */
  readonly heights: Float32Array
  /** Most millimetres that a ground point may be above or below. */
  readonly tolerance: Float32Array
}

/**
 * Simple morphological filter. The lowest point of each cell is opened by squares of growing
 * radius. A cell that a radius lowers by more than `step` + `slope` · radius belongs to an object.
 * The others are the provisional ground, smoothed, with objects filled from a pyramid of means.
 *
 * Every value depends only on the points within {@link filterHalo}. O(cells · window).
 *
 * Source: Pingel, Clarke, McBride, "An improved simple morphological filter for the terrain
 * classification of airborne LIDAR data", ISPRS Journal 77, 2013; here with squares instead of
 * discs, a constant part of the threshold, and filling from a pyramid.
 */
export const groundSurface = (
  points: Points,
  isCandidate: Uint8Array,
  extent: Box2,
  options: FilterValues,
): GroundSurface => {
  const grid = fillWindow(gridAround(extent, CELL), OBJECT_LEVELS)
  const ground = findLowest(points, isCandidate, grid)
  const filled = ground.slice()
  fillVoids(filled, grid, POINT_LEVELS)
  raiseLow(filled, ground, grid)
  removeObjects(filled, ground, grid, options)
  fillVoids(ground, grid, OBJECT_LEVELS)
  const heights = filled
  smooth(ground, heights, grid)
  return { grid, heights, tolerance: writeTolerance(heights, ground, grid, options) }
}

/** Height of the lowest candidate of each cell, millimetres; NaN without one. */
const findLowest = (
  { count, x, y, z, origin }: Points,
  isCandidate: Uint8Array,
  { column, row, columns, rows }: CellGrid,
): Float32Array => {
  const lowest = new Float32Array(columns * rows).fill(Number.NaN)
  const west = column * CELL - Math.round(origin[0] * 1000)
  const south = row * CELL - Math.round(origin[1] * 1000)
  for (let i = 0; i < count; i++) {
    if (isCandidate[i] === 0) continue
    const at = Math.floor((y[i]! - south) / CELL) * columns + Math.floor((x[i]! - west) / CELL)
    if (!(lowest[at]! <= z[i]!)) lowest[at] = z[i]!
  }
  return lowest
}

/** Voids the ground at low outliers, and raises the filled heights there by a closing. */
const raiseLow = (filled: Float32Array, ground: Float32Array, { columns, rows }: CellGrid): void => {
  const closed = new Float32Array(filled.length)
  new Openings(
    filled.map((height) => -height),
    columns,
    rows,
  ).next(closed)
  for (let i = 0; i < filled.length; i++) {
    const raised = -closed[i]!
    if (!(raised - filled[i]! > LOW) || raised === Number.POSITIVE_INFINITY) continue
    filled[i] = raised
    ground[i] = Number.NaN
  }
}

/** Voids the ground in cells of objects. `filled` becomes the last opening. */
const removeObjects = (
  filled: Float32Array,
  ground: Float32Array,
  { columns, rows }: CellGrid,
  { window, slope, step }: FilterValues,
): void => {
  const openings = new Openings(filled, columns, rows)
  const opened = new Float32Array(filled.length)
  const radii = Math.ceil((window * 1000) / CELL)
  for (let radius = 1; radius <= radii; radius++) {
    openings.next(opened)
    const most = 1000 * step + slope * radius * CELL
    for (let i = 0; i < filled.length; i++) {
      if (Number.isNaN(filled[i])) continue
      if (filled[i]! - opened[i]! > most) ground[i] = Number.NaN
      filled[i] = opened[i]!
    }
  }
}

/** Binomial mean of nine cells, of those that have a value; void where the cell itself is. */
const smooth = (from: Float32Array, to: Float32Array, { columns, rows }: CellGrid): void => {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column
      let [sum, weight] = [0, 0]
      for (let dy = row === 0 ? 0 : -1; dy <= (row === rows - 1 ? 0 : 1); dy++) {
        for (let dx = column === 0 ? 0 : -1; dx <= (column === columns - 1 ? 0 : 1); dx++) {
          const value = from[at + dy * columns + dx]!
          if (Number.isNaN(value)) continue
          const share = (dx === 0 ? 2 : 1) * (dy === 0 ? 2 : 1)
          sum += share * value
          weight += share
        }
      }
      to[at] = Number.isNaN(from[at]) ? Number.NaN : sum / weight
    }
  }
}

/** Writes the tolerance of each cell over `to`: it grows with the slope of the smoothed heights. */
const writeTolerance = (
  heights: Float32Array,
  to: Float32Array,
  { columns, rows }: CellGrid,
  { distance, distanceSlope }: FilterValues,
): Float32Array => {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column
      const x = gradient(heights, at, column === 0 ? 0 : 1, column === columns - 1 ? 0 : 1)
      const y = gradient(heights, at, row === 0 ? 0 : columns, row === rows - 1 ? 0 : columns)
      to[at] = 1000 * distance + distanceSlope * Math.sqrt(x * x + y * y)
    }
  }
  return to
}

/** Millimetres a cell along an axis, from the neighbours that have a height. */
const gradient = (heights: Float32Array, at: number, back: number, on: number): number => {
  const before = Number.isNaN(heights[at - back]) ? at : at - back
  const after = Number.isNaN(heights[at + on]) ? at : at + on
  const cells = (before === at ? 0 : 1) + (after === at ? 0 : 1)
  return cells === 0 ? 0 : (heights[after]! - heights[before]!) / cells
}

/**
 * 1 for each candidate within the tolerance of the surface, both interpolated between the centres
 * of the four nearest cells that have a height.
 */
export const nearGround = (
  { count, x, y, z, origin }: Points,
  isCandidate: Uint8Array,
  { grid: { column, row, columns, rows }, heights, tolerance }: GroundSurface,
): Uint8Array => {
  const isGround = new Uint8Array(count)
  // Relative to the centre of the first cell.
  const west = column * CELL - Math.round(origin[0] * 1000) + CELL / 2
  const south = row * CELL - Math.round(origin[1] * 1000) + CELL / 2
  for (let i = 0; i < count; i++) {
    if (isCandidate[i] === 0) continue
    const east = (x[i]! - west) / CELL
    const north = (y[i]! - south) / CELL
    const left = Math.floor(east)
    const low = Math.floor(north)
    let sum = 0
    let most = 0
    let weight = 0
    for (let r = Math.max(0, low); r <= low + 1 && r < rows; r++) {
      for (let c = Math.max(0, left); c <= left + 1 && c < columns; c++) {
        const height = heights[r * columns + c]!
        if (Number.isNaN(height)) continue
        const share = (1 - Math.abs(east - c)) * (1 - Math.abs(north - r))
        sum += share * height
        most += share * tolerance[r * columns + c]!
        weight += share
      }
    }
    if (weight > 0 && Math.abs(z[i]! - sum / weight) <= most / weight) isGround[i] = 1
  }
  return isGround
}
