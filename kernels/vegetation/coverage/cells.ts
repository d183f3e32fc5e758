/** Classifies cells by vegetation height and width: the first step of the coverage. */
import type { Raster, Scratch } from "../../../engine/kernel.js"
import type { CellGrid } from "../../grid/cell-grid.js"
import { DiscMask } from "../../grid/disc-mask.js"

/** What a cell of the coverage is. `narrow`: high, where no disc of the hedge's width fits in. */
export const cover = { none: 0, low: 1, medium: 2, high: 3, narrow: 4 } as const

/** Rules of the coverage's cells, metres. */
export interface CoverRules {
  /** Heights above ground from which vegetation is told, is medium, is high. */
  readonly low: number
  readonly medium: number
  readonly high: number
  /** Gaps between crowns up to twice as wide are closed. */
  readonly close: number
  /** Up to this width high vegetation is narrow. */
  readonly hedgeWidth: number
}

/** Farther from every point of vegetation, metres, the surface's class is drawn over a gap of the points and tells nothing. */
const SUPPORT = 2

/** Cells around a place that decide by majority whether there is low or medium vegetation: five by five. */
const MAJORITY = 2
/** Radius, cells, of the disc that must fit into low and into medium vegetation: three by three cells. */
const LEAST_DISC = 1.5
/** How far wide vegetation reaches into what is narrow beside it, in radii beyond the one of its disc: into corners of a right angle, √2 − 1, and some more. */
const CORNER = 0.45

/** How far away, in cells, what decides about a cell may lie. */
export const coverReach = ({ close, hedgeWidth }: CoverRules, cellMm: number): number => {
  const radius = (metres: number): number => (1000 * metres) / cellMm
  const high = 2 * Math.ceil(radius(close)) + 1
  const wide = Math.ceil((2 + CORNER) * radius(hedgeWidth / 2))
  return high + Math.max(wide, MAJORITY + 6 * Math.ceil(LEAST_DISC)) + 1 + Math.max(1, Math.ceil(radius(SUPPORT)))
}

/** Vegetation by cells of a window: what each cell is, and the highest vegetation seen in it (mm above ground; −1: none). */
export interface CoverCells {
  readonly codes: Uint8Array
  readonly heights: Int32Array
}

/**
 * The coverage's cells from the surface's class and height above ground.
 *
 * A cell that vegetation (classes 3 to 5) covers half of is as high as the highest in it, where a point of vegetation lies within 2 m. High cells are closed by a disc, but not over buildings, water and decks, and take the majority of the nine around. Elsewhere a cell is vegetation where most of the 25
 * around that are not high are, and medium where most of those are; what three by three cells do not fit into is let go (of medium: is low). High vegetation that no disc of the hedge's width fits into, corners of wider one aside,
 * is narrow. `points`: cell of each point of vegetation, −1 outside. A cell's code depends on the cells up to {@link coverReach} away. Time: linear in cells times the radius. Memory: 13 bytes a cell.
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
  // Less than all of the width: a stand as wide as that is wide.
  DiscMask.shrink(wide, spare, grid.columns, radius - 0.5)
  DiscMask.grow(wide, spare, grid.columns, (1 + CORNER) * radius)
  for (let i = 0; i < size; i++) if (high[i] === 1) codes[i] = wide[i] === 1 ? cover.high : cover.narrow
  return { codes, heights }
}

/** Writes the highest vegetation of each cell that vegetation covers half of, and which of the others hold a building, water or a deck. */
const seenCells = (
  dhm: Raster,
  classes: Raster,
  grid: CellGrid,
  least: number,
  heights: Int32Array,
  blocked: Uint8Array,
): void => {
  const columns = placesOf(grid.column, grid.columns, grid.cell, Math.round(dhm.minX * 1000), dhm)
  const south = Math.round(dhm.maxY * 1000) - dhm.height * Math.round(dhm.cellSize * 1000)
  const rows = placesOf(grid.row, grid.rows, grid.cell, south, dhm)
  for (let r = 0; r < grid.rows; r++) {
    for (let c = 0; c < grid.columns; c++) {
      let [all, seen, high, other] = [0, 0, 0, 0]
      for (let line = Math.max(0, rows.first[r]); line < Math.min(dhm.height, rows.end[r]); line++) {
        const base = (dhm.height - 1 - line) * dhm.width
        for (let at = Math.max(0, columns.first[c]); at < Math.min(dhm.width, columns.end[c]); at++) {
          const kind = classes.data[base + at]
          const height = dhm.data[base + at]
          all++
          // NaN fails the comparison, and is no vegetation.
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

/** Of each cell of the coverage the raster's cells whose centres it holds, or, where those are larger, the one that holds its own centre. */
const placesOf = (
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

/** How many of the (2 · reach + 1)² cells around each are set; those beyond the window are not. */
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
