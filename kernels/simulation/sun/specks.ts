/** Takes specks out of shadows: small groups of cells that differ from those around them. */
import { connectRuns, groupRuns, runsOfMask } from "../../grid/cell-runs.js"

const LIT = 0
const SHADED = 1
/** A cell without a height; it is in no group. */
export const EMPTY = 2

/** The most cells of a speck, by its area, m². */
export const speckCells = (areaM2: number, cellSize: number): number => Math.floor(areaM2 / cellSize ** 2 + 1e-9)

/**
 * Cells around a core within which its filtered values are the same for any tile: a group and those
 * around it, first of one kind, then of the other.
 */
export const speckMargin = (cells: number): number => 2 * cells

/**
 * Lights groups of shaded cells, then shades groups of lit cells: those of at most `most` cells
 * that touch a cell of the other kind. Cells of a group share sides. In place. O(cells)
 */
export const removeSpecks = (mask: Uint8Array, columns: number, most: number): void => {
  if (most === 0) return
  flipGroups(mask, columns, most, SHADED)
  flipGroups(mask, columns, most, LIT)
}

const flipGroups = (mask: Uint8Array, columns: number, most: number, kind: number): void => {
  const other = kind === LIT ? SHADED : LIT
  const whole = { column: 0, row: 0, columns, rows: mask.length / columns }
  const runs = runsOfMask(
    mask.map((value) => (value === kind ? 1 : 0)),
    columns,
    whole,
    whole,
  )
  const { members, groupEnds } = groupRuns(connectRuns(runs))
  const flipped: number[] = []
  for (let g = 0, first = 0; g < groupEnds.length; first = groupEnds[g++]) {
    const cells: number[] = []
    for (let m = first; m < groupEnds[g] && cells.length <= most; m++) {
      const k = members[m]
      for (let c = runs.starts[k]; c < runs.ends[k]; c++) cells.push(runs.rows[k] * columns + c)
    }
    if (cells.length <= most && cells.some((cell) => touches(mask, columns, cell, other))) flipped.push(...cells)
  }
  for (const cell of flipped) mask[cell] = other
}

/** Whether a cell shares a side with one of a kind. */
const touches = (mask: Uint8Array, columns: number, cell: number, kind: number): boolean =>
  (cell % columns > 0 && mask[cell - 1] === kind) ||
  ((cell + 1) % columns > 0 && mask[cell + 1] === kind) ||
  mask[cell - columns] === kind ||
  mask[cell + columns] === kind
