/** Classifies cells by vegetation height and width: the first step of the coverage. */
import type { Raster, Scratch } from "../../../engine/kernel.js"
import type { CellGrid } from "../../grid/cell-grid.js"
import { DiscMask } from "../../grid/disc-mask.js"

/** Codes of the coverage's cells. `narrow`: high, where no disc of the hedge's width fits. */
export const cover = { none: 0, low: 1, medium: 2, high: 3, narrow: 4 } as const

/** Rules of the coverage's cells, metres. */
export interface CoverRules {
  /** Least heights above ground of low, medium and high vegetation. */
  readonly low: number
  readonly medium: number
  readonly high: number
  /** Gaps between crowns up to twice as wide are closed. */
  readonly close: number
  /** High vegetation up to this width is narrow. */
  readonly hedgeWidth: number
}

/**
 * Farther than this from every vegetation point, metres, the surface's class only bridges a gap of
 * the points and does not count.
 */
const SUPPORT = 2

/**
 * Radius of the window (five by five cells) whose majority decides on low and medium vegetation.
 */
const MAJORITY = 2
/**
 * Radius, cells, of the disc that must fit into low and into medium vegetation: three by three
 * cells.
 */
const LEAST_DISC = 1.5
/**
 * Extent of wide vegetation into adjacent narrow parts, in radii beyond that of its disc: into
 * right-angled corners (√2 − 1), and slightly more.
 */
const CORNER = 0.45

/** Distance, in cells, within which other cells can affect a cell. */
export const coverReach = ({ close, hedgeWidth }: CoverRules, cellMm: number): number => {
  const radius = (metres: number): number => (1000 * metres) / cellMm
  const high = 2 * Math.ceil(radius(close)) + 1
  const wide = Math.ceil((2 + CORNER) * radius(hedgeWidth / 2))
  return high + Math.max(wide, MAJORITY + 6 * Math.ceil(LEAST_DISC)) + 1 + Math.max(1, Math.ceil(radius(SUPPORT)))
}

/**
 * Vegetation by cells of a window: code of each cell, and height of the highest vegetation in it
 * (mm above ground; −1: none).
 */
export interface CoverCells {
  readonly codes: Uint8Array
  readonly heights: Int32Array
}

/**
 * Classifies cells from the surface's class and height above ground.
 *
 * A cell counts if vegetation (classes 3 to 5) covers at least half of it, and a vegetation point
 * is within 2 m. Its height is that of its highest vegetation. High cells are closed by a disc,
 * except over buildings, water and decks, and take the majority of the nine around. Elsewhere a
 * cell is vegetation if most of the 25 around that are not high are, and medium if most of those
 * are. Parts into which three by three cells do not fit are dropped; medium ones become low. High
 * vegetation into which no disc of the hedge's width fits is narrow, except corners of wider
 * vegetation.
 *
 * A code depends on cells up to {@link coverReach} away. Time: linear in cells times the radius.
 * Memory: 13 bytes a cell.
 *
 * @param grid also the grid of `points`: the cell of each vegetation point, −1 outside
 */
export const coverCells = (
  { dhm, classes, points }: { readonly dhm: Raster; readonly classes: Raster; readonly points: Int32Array },
  grid: CellGrid,
  rules: CoverRules,
  scratch: Scratch,
): CoverCells => {
  const size = grid.columns * grid.rows
  const heights = scratch.int32(size).fill(-1)
  const blocked = scratch.uint8(size)
  seenCells(dhm, classes, grid, rules.low, heights, blocked)
  const spare = scratch.uint8(size)
  const near = scratch.uint8(size)
  for (let i = 0; i < points.length; i++) if (points[i] >= 0) near[points[i]] = 1
  DiscMask.grow(near, spare, grid.columns, Math.max(1, (1000 * SUPPORT) / grid.cell))
  for (let i = 0; i < size; i++) if (near[i] === 0) heights[i] = -1
  const high = highMask(heights, blocked, grid, rules, spare, scratch)
  const codes = new Uint8Array(size)
  lowCodes(codes, { heights, blocked, high, spare }, grid, rules, scratch)
  const wide = scratch.uint8(size)
  wide.set(high)
  const radius = (500 * rules.hedgeWidth) / grid.cell
  // Half a cell less, so that vegetation of exactly that width counts as wide.
  DiscMask.shrink(wide, spare, grid.columns, radius - 0.5)
  DiscMask.grow(wide, spare, grid.columns, (1 + CORNER) * radius)
  for (let i = 0; i < size; i++) if (high[i] === 1) codes[i] = wide[i] === 1 ? cover.high : cover.narrow
  return { codes, heights }
}

/**
 * Writes the highest vegetation of each cell at least half covered by it. Marks the other cells
 * with a building, water or a deck as blocked.
 */
const seenCells = (
  dhm: Raster,
  classes: Raster,
  grid: CellGrid,
  least: number,
  heights: Int32Array,
  blocked: Uint8Array,
): void => {
  const columns = locateCells(grid.column, grid.columns, grid.cell, Math.round(dhm.minX * 1000), dhm)
  const south = Math.round(dhm.maxY * 1000) - dhm.height * Math.round(dhm.cellSize * 1000)
  const rows = locateCells(grid.row, grid.rows, grid.cell, south, dhm)
  for (let r = 0; r < grid.rows; r++) {
    for (let c = 0; c < grid.columns; c++) {
      let [all, seen, high, other] = [0, 0, 0, 0]
      for (let line = Math.max(0, rows.first[r]); line < Math.min(dhm.height, rows.end[r]); line++) {
        const base = (dhm.height - 1 - line) * dhm.width
        for (let at = Math.max(0, columns.first[c]); at < Math.min(dhm.width, columns.end[c]); at++) {
          const kind = classes.data[base + at]
          const height = dhm.data[base + at]
          all++
          // NaN fails the comparison and is not vegetation.
          if (kind >= 3 && kind <= 5 && height >= least) {
            seen++
            if (height > high) high = height
          } else if (kind === 6 || kind === 9 || kind === 17) other = 1
        }
      }
      const cell = r * grid.columns + c
      if (seen > 0 && 2 * seen >= all) heights[cell] = Math.round(1000 * high)
      else blocked[cell] = other
    }
  }
}

/**
 * For each cell of the coverage the raster cells whose centres it contains or, if those are larger,
 * the one that contains its own centre.
 */
const locateCells = (
  first: number,
  count: number,
  cellMm: number,
  originMm: number,
  { cellSize }: Raster,
): { first: Int32Array; end: Int32Array } => {
  const side = Math.round(cellSize * 1000)
  const places = { first: new Int32Array(count), end: new Int32Array(count) }
  for (let i = 0; i < count; i++) {
    const from = (first + i) * cellMm - originMm
    places.first[i] = Math.ceil(from / side - 0.5)
    places.end[i] = Math.ceil((from + cellMm) / side - 0.5)
    if (places.first[i] < places.end[i]) continue
    places.first[i] = Math.floor((from + cellMm / 2) / side)
    places.end[i] = places.first[i] + 1
  }
  return places
}

const highMask = (
  heights: Int32Array,
  blocked: Uint8Array,
  { cell, columns }: CellGrid,
  rules: CoverRules,
  spare: Uint8Array,
  scratch: Scratch,
): Uint8Array => {
  const high = scratch.uint8(heights.length)
  const least = Math.round(1000 * rules.high)
  for (let i = 0; i < high.length; i++) high[i] = heights[i] >= least ? 1 : 0
  DiscMask.close(high, spare, columns, (1000 * rules.close) / cell)
  for (let i = 0; i < high.length; i++) if (blocked[i] === 1) high[i] = 0
  const counts = scratch.int32(high.length)
  countAround(high, counts, columns, 1)
  for (let i = 0; i < high.length; i++) high[i] = counts[i] >= 5 && blocked[i] === 0 ? 1 : 0
  return high
}

/**
 * Number of set cells among the (2 · reach + 1)² around each; cells beyond the window are not set.
 */
const countAround = (mask: Uint8Array, counts: Int32Array, width: number, reach: number): void => {
  const height = mask.length / width
  const sums = new Int32Array(width)
  const add = (row: number, step: number): void => {
    for (let c = 0, i = row * width; c < width; c++, i++) sums[c] += step * mask[i]
  }
  for (let row = 0; row < Math.min(reach, height); row++) add(row, 1)
  for (let row = 0; row < height; row++) {
    if (row + reach < height) add(row + reach, 1)
    if (row - reach - 1 >= 0) add(row - reach - 1, -1)
    let count = 0
    for (let c = 0; c < Math.min(reach, width); c++) count += sums[c]
    for (let c = 0; c < width; c++) {
      if (c + reach < width) count += sums[c + reach]
      if (c - reach - 1 >= 0) count -= sums[c - reach - 1]
      counts[row * width + c] = count
    }
  }
}

interface Masks {
  readonly heights: Int32Array
  readonly blocked: Uint8Array
  readonly high: Uint8Array
  readonly spare: Uint8Array
}

const lowCodes = (
  codes: Uint8Array,
  { heights, blocked, high, spare }: Masks,
  { columns }: CellGrid,
  rules: CoverRules,
  scratch: Scratch,
): void => {
  const size = codes.length
  const mask = scratch.uint8(size)
  const least = Math.round(1000 * rules.medium)
  const count = (holds: (i: number) => boolean): Int32Array => {
    const counts = scratch.int32(size)
    for (let i = 0; i < size; i++) mask[i] = high[i] === 0 && holds(i) ? 1 : 0
    countAround(mask, counts, columns, MAJORITY)
    return counts
  }
  const open = count(() => true)
  const seen = count((i) => heights[i] >= 0)
  const medium = count((i) => heights[i] >= least)
  for (let i = 0; i < size; i++) {
    const most = high[i] === 0 && blocked[i] === 0 && 2 * seen[i] > open[i]
    codes[i] = most ? (2 * medium[i] > seen[i] ? cover.medium : cover.low) : cover.none
  }
  const keep = (holds: (code: number) => boolean, other: number): void => {
    for (let i = 0; i < size; i++) mask[i] = holds(codes[i]) ? 1 : 0
    DiscMask.open(mask, spare, columns, LEAST_DISC)
    for (let i = 0; i < size; i++) if (mask[i] === 0 && holds(codes[i])) codes[i] = other
  }
  keep((code) => code !== cover.none, cover.none)
  keep((code) => code === cover.medium, cover.low)
}
