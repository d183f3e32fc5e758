/**
 * Picks the cells around a deck's rim that decide the ground under it, and unites those of several
 * tiles.
 */
import type { CellRuns } from "../../grid/cell-runs.js"
import { noHeight } from "../../grid/sample-raster.js"
import type { DeckCells } from "./bearing.js"

/** Farthest ground, mm, in row and column, beside a deck that tells how high the ground lies at the deck's outline. */
export const RIM_REACH = 8000
/** Farthest cells of a deck, mm, that tell how high its top is where it meets the ground. */
export const TOP_REACH = 8000
/** Ground that the deck meets lies so close to it, mm. */
export const MEETING_REACH = 2500

/**
 * What the ground under a deck is made of (see `deckGround`): the ground beside the deck, and the deck's own cells around the places where the ground reaches its height. Rows of column, row,
 * lowest deck point and mean of the ground points, mm, `noHeight` for none; sorted by row and column. A cell's values are those of all its points, so that tiles which both list it agree.
 *
 * O(cells at the deck's rim · reach²).
 *
 * @param runs the tile's own cells of the deck; `cells` must be whole for 16 m around them
 * @param stepMm largest step between deck and ground where they meet
 */
export const deckHeights = (runs: CellRuns, cells: DeckCells, stepMm: number): Int32Array => {
  const { grid, mask, deckMm, groundMm } = cells
  const found = new Set<number>()
  for (let k = 0; k < runs.rows.length; k++) {
    const row = runs.rows[k] - grid.row
    for (let column = runs.starts[k] - grid.column; column < runs.ends[k] - grid.column; column++) {
      const i = row * grid.columns + column
      if (mask[i - 1] === 0 || mask[i + 1] === 0 || mask[i - grid.columns] === 0 || mask[i + grid.columns] === 0)
        findAround(cells, column, row, stepMm, found)
    }
  }
  const sorted = Int32Array.from(found).sort()
  const rows = new Int32Array(4 * sorted.length)
  sorted.forEach((i, k) => {
    rows[4 * k] = grid.column + (i % grid.columns)
    rows[4 * k + 1] = grid.row + Math.floor(i / grid.columns)
    rows[4 * k + 2] = mask[i] === 1 ? deckMm[i] : noHeight
    rows[4 * k + 3] = mask[i] === 1 ? noHeight : groundMm[i]
  })
  return rows
}

/** Finds the ground around a cell of the rim; where it comes up to the deck's height, the deck's cells around too. */
const findAround = (
  { grid, mask, deckMm, groundMm }: DeckCells,
  column: number,
  row: number,
  stepMm: number,
  found: Set<number>,
): void => {
  const [rim, top, near] = [RIM_REACH, TOP_REACH, MEETING_REACH].map((reach) => Math.ceil(reach / grid.cell))
  const deck = deckMm[row * grid.columns + column]
  let meets = false
  for (let r = row - rim; r <= row + rim; r++) {
    for (let c = column - rim; c <= column + rim; c++) {
      const i = r * grid.columns + c
      if (mask[i] === 1 || groundMm[i] === noHeight) continue
      found.add(i)
      const isNear = Math.max(Math.abs(r - row), Math.abs(c - column)) <= near
      // Twice the step: the lowest point of one cell is no surface yet. A cell in a closed gap knows none.
      if (isNear && (deck === noHeight || Math.abs(groundMm[i] - deck) <= 2 * stepMm)) meets = true
    }
  }
  for (let r = row - top; meets && r <= row + top; r++) {
    for (let c = column - top; c <= column + top; c++) {
      const i = r * grid.columns + c
      if (mask[i] === 1 && deckMm[i] !== noHeight) found.add(i)
    }
  }
}

/** The rows of several tiles' lists, each cell once. */
export const uniteHeights = (lists: readonly Int32Array[]): Int32Array => {
  const rows = new Map<string, Int32Array>()
  for (const list of lists)
    for (let i = 0; i < list.length; i += 4) rows.set(`${list[i]} ${list[i + 1]}`, list.subarray(i, i + 4))
  const sorted = [...rows.values()].sort((a, b) => a[1] - b[1] || a[0] - b[0])
  const united = new Int32Array(4 * sorted.length)
  sorted.forEach((row, k) => {
    united.set(row, 4 * k)
  })
  return united
}
