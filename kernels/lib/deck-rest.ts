import type { CellGrid } from "./cell-grid.js"
import type { CellRuns } from "./cell-runs.js"
import { noLevel } from "./region-part.js"

/** Cells around a tile with what the points of decks and ground say. */
export interface DeckCells {
  readonly grid: CellGrid
  /** 1: of a deck. */
  readonly mask: Uint8Array
  /** Lowest deck point and mean of the ground points of each cell, mm; `noLevel` without any. */
  readonly deckMm: Int32Array
  readonly groundMm: Int32Array
}

/**
 * Where a deck rests on the ground: for each pair of a deck's cell and a cell of ground at most `reach` cells away (in row and column) whose heights differ by at most `stepMm`,
 * all cells of the rectangle that they span. The pair alone decides, so that each tile finds the rests of its own cells and the job unites them. O(cells · reach²).
 */
export const deckRests = (runs: CellRuns, cells: DeckCells, reach: number, stepMm: number): CellRuns => {
  const { grid, deckMm } = cells
  const found = new Set<number>()
  for (let k = 0; k < runs.rows.length; k++) {
    const row = runs.rows[k] - grid.row
    for (let column = runs.starts[k] - grid.column; column < runs.ends[k] - grid.column; column++) {
      if (deckMm[row * grid.columns + column] !== noLevel) spanRests(cells, column, row, reach, stepMm, found)
    }
  }
  const sorted = [...found].sort((a, b) => a - b)
  return {
    rows: Int32Array.from(sorted, (i) => grid.row + Math.floor(i / grid.columns)),
    starts: Int32Array.from(sorted, (i) => grid.column + (i % grid.columns)),
    ends: Int32Array.from(sorted, (i) => grid.column + (i % grid.columns) + 1),
  }
}

const spanRests = (
  { grid, mask, deckMm, groundMm }: DeckCells,
  column: number,
  row: number,
  reach: number,
  stepMm: number,
  found: Set<number>,
): void => {
  const z = deckMm[row * grid.columns + column]
  for (let r = row - reach; r <= row + reach; r++) {
    for (let c = column - reach; c <= column + reach; c++) {
      const i = r * grid.columns + c
      if (mask[i] === 1 || groundMm[i] === noLevel || Math.abs(groundMm[i] - z) > stepMm) continue
      for (let y = Math.min(r, row); y <= Math.max(r, row); y++)
        for (let x = Math.min(c, column); x <= Math.max(c, column); x++) found.add(y * grid.columns + x)
    }
  }
}
