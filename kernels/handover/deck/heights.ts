/**
 * Picks the cells around a deck's rim that decide the ground under it, and unites those of several
 * tiles.
 */

import { noHeight } from "../../grid/cell-grid.js"
import type { CellRuns } from "../../grid/cell-runs.js"
import type { DeckCells } from "./bearing.js"

/** Farthest ground, mm, in row and column, that can give the height of the ground beside a deck. */
export const RIM_REACH = 8000
/** Farthest deck cells, mm, that give the height of its top where it meets the ground. */
export const TOP_REACH = 8000
/** Ground within this distance, mm, can meet the deck. */
export const MEETING_REACH = 2500

/**
 * Lists the cells that `deckGround` needs: those beside the deck with ground, or with water well
 * below it, and the deck's own cells around the places where the ground reaches its height. O(cells
 * at the deck's rim · reach²).
 *
 * @param runs the tile's own cells of the deck
 * @param cells must be complete for 16 m around `runs`
 * @param stepMm largest step between deck and ground where they meet
 * @returns rows of column, row, lowest deck point and mean of the points of ground, else of water
 *   (mm, `noHeight` for none), sorted by row and column. Values come from all points of a cell, so
 *   tiles that list the same cell agree.
 */
export const deckHeights = (runs: CellRuns, cells: DeckCells, stepMm: number): Int32Array => {
  const { grid, mask, deckMm, groundMm, waterMm } = cells
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
    rows[4 * k + 3] = mask[i] === 1 ? noHeight : groundMm[i] === noHeight ? waterMm[i] : groundMm[i]
  })
  return rows
}

/**
 * Finds the ground around a cell of the rim and, where it reaches the deck's height, the deck's
 * cells around.
 */
const findAround = (
  { grid, mask, deckMm, groundMm, waterMm }: DeckCells,
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
      if (mask[i] === 1) continue
      if (groundMm[i] === noHeight) {
        // A deck never rests on water: at its height it floats there.
        if (waterMm[i] !== noHeight && deck !== noHeight && deck - waterMm[i] > 2 * stepMm) found.add(i)
        continue
      }
      found.add(i)
      const isNear = Math.max(Math.abs(r - row), Math.abs(c - column)) <= near
      // Twice the step, because the lowest point of one cell is not yet a surface. A cell in a
      // closed gap has no height.
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

/** Unites the lists of several tiles, each cell once. */
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
