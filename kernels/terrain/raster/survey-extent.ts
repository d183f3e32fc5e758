/**
 * Counts the cells inside the surveyed area that have no height: the completeness metric of
 * rasters.
 */
import { type Presence, PresenceBit, type Scratch, type Tile } from "../../../engine/kernel.js"
import { type CellGrid, gridAround } from "../../grid/cell-grid.js"
import { closeMask } from "../../grid/close-mask.js"
import { maskPresence } from "../../grid/presence-mask.js"
import { dataEnd } from "../../handover/extent/data-extent.js"

/** Side, mm, of a cell that counts as surveyed if it contains a point. */
export const surveyCell = 10_000
const CELL = surveyCell
/** Cells of the radius of the closing: gaps up to 40 m wide close. */
const RADIUS = 2

/** Metres around a tile on which its extent depends; holes that reach farther are open. */
export const surveyReach = ((2 * RADIUS + 1) * CELL) / 1000

/** Cells of a raster inside the surveyed extent, and how many of these have no height. */
export interface SurveyCounts {
  readonly inside: number
  readonly empty: number
}

/**
 * Counts the cells of the window `own` inside the extent of the survey. The extent is the cells of
 * 10 m with a point of any class, closed by a square of radius 20 m. It includes the holes they
 * enclose, but nothing beyond the end of the files. Open water and the border of the data are
 * outside; a gap in the middle is inside.
 *
 * A cell depends on the points within 50 m. Holes are the exception: one that reaches beyond the
 * tile's extent is open, so it counts in large tiles and may not in small ones. O(cells) time, a
 * row of memory and 2 bytes a cell of 10 m.
 *
 * @param source of the cells of `grid`, from the south row: 0 for no height
 * @param hasEmpty false if all cells of `own` have a height, which saves checking each
 */
export const countSurveyed = (
  tile: Tile,
  presence: Presence,
  { source, grid }: { readonly source: Uint8Array; readonly grid: CellGrid },
  own: CellGrid,
  hasEmpty: boolean,
  scratch: Scratch,
): SurveyCounts => {
  const survey = gridAround(tile.extent, CELL)
  const surveyed = surveyedCells(presence, survey, scratch)
  const { beyond } = dataEnd(tile)
  const line = new Uint8Array(own.columns)
  let [inside, empty, lineRow, lineInside] = [0, 0, -1, 0]
  for (let row = own.row; row < own.row + own.rows; row++) {
    const y = (row + 0.5) * own.cell
    const surveyRow = Math.floor(y / CELL) - survey.row
    // Rows differ where files end, else all rows of one survey cell are equal.
    if (surveyRow !== lineRow || beyond.length > 0) {
      fillLine(line, surveyed, surveyRow * survey.columns - survey.column, own)
      leaveOut(line, beyond, y, own)
      lineRow = surveyRow
      lineInside = line.reduce((sum, one) => sum + one, 0)
    }
    inside += lineInside
    if (!hasEmpty || lineInside === 0) continue
    const from = (row - grid.row) * grid.columns + own.column - grid.column
    for (let i = 0; i < line.length; i++) if (source[from + i] === 0) empty += line[i]
  }
  return { inside, empty }
}

/** Writes 1 for each cell of a raster row whose centre lies in a surveyed one. */
const fillLine = (line: Uint8Array, surveyed: Uint8Array, at: number, { cell, column }: CellGrid): void => {
  for (let i = 0; i < line.length; i++) line[i] = surveyed[at + Math.floor(((column + i + 0.5) * cell) / CELL)]
}

/**
 * Clears the cells of a row whose centres lie strictly inside one of the boxes, CRS millimetres.
 */
const leaveOut = (
  line: Uint8Array,
  boxes: readonly (readonly number[])[],
  y: number,
  { cell, column }: CellGrid,
): void => {
  for (const [west, south, east, north] of boxes) {
    if (y <= south || y >= north) continue
    const end = Math.ceil(east / cell - 0.5) - column
    if (end > 0) line.fill(0, Math.max(0, Math.floor(west / cell - 0.5) + 1 - column), end)
  }
}

/** 1 for each cell of the window inside the extent. */
const surveyedCells = (presence: Presence, survey: CellGrid, scratch: Scratch): Uint8Array => {
  const { columns, rows } = survey
  const mask = closedCells(presence, survey, scratch.uint8(columns * rows), scratch.uint8(columns * rows))
  fillHoles(mask, columns, rows)
  return mask
}

/**
 * 1 for each cell of the window with a point of any class but noise, gaps up to 40 m wide closed. A
 * cell depends on the points within 40 m of it. O(cells).
 *
 * @param mask zeros, a byte a cell; returned
 * @param spare as long as the mask
 */
export const closedCells = (presence: Presence, survey: CellGrid, mask: Uint8Array, spare: Uint8Array): Uint8Array => {
  maskPresence(presence, PresenceBit.point, survey, mask)
  closeMask(mask, spare, survey.columns, survey.rows, RADIUS)
  return mask
}

/** Marks unmarked cells that no path across sides joins to the border of the window. */
const fillHoles = (mask: Uint8Array, columns: number, rows: number): void => {
  const OPEN = 2
  const stack: number[] = []
  const visit = (at: number): void => {
    if (mask[at] !== 0) return
    mask[at] = OPEN
    stack.push(at)
  }
  for (let column = 0; column < columns; column++) {
    visit(column)
    visit((rows - 1) * columns + column)
  }
  for (let row = 0; row < rows; row++) {
    visit(row * columns)
    visit((row + 1) * columns - 1)
  }
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const column = at % columns
    if (column > 0) visit(at - 1)
    if (column + 1 < columns) visit(at + 1)
    if (at >= columns) visit(at - columns)
    if (at + columns < mask.length) visit(at + columns)
  }
  for (let at = 0; at < mask.length; at++) mask[at] = mask[at] === OPEN ? 0 : 1
}
