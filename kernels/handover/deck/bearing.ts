/** Finds where a bridge deck rests on the ground, so that its body extends to there. */
import { type CellGrid, noHeight } from "../../grid/cell-grid.js"
import type { CellRuns } from "../../grid/cell-runs.js"

/** Cells around a tile with heights of deck and ground points. */
export interface DeckCells {
  readonly grid: CellGrid
  /** 1 for cells of a deck. */
  readonly mask: Uint8Array
  /**
   * Lowest deck point and mean of the ground points of each cell, mm; `noHeight` without points.
   */
  readonly deckMm: Int32Array
  readonly groundMm: Int32Array
  /** Mean of the points of water and of virtual points of each cell. */
  readonly waterMm: Int32Array
}

/** Radius around a cell, metres, within which the deck's cells give its direction. */
export const AXIS_REACH = 20
/** A deck has a direction if the variance along it is at least this many times that across. */
const LONG = 2
/** Cosine of the largest angle between the deck's direction and a rest. */
const ALONG = 0.9

/**
 * Finds where a deck rests on the ground. A deck cell and a ground cell form a pair within `reach`
 * rows and columns if their heights differ by at most `stepMm`. All cells of the rectangle that a
 * pair spans are rests.
 *
 * Where the deck has a direction, only pairs along it count: ground beside its ends is no part of
 * it. Only the pair and the deck around it decide, so each tile finds the rests of its own cells
 * and the join unites them. O(cells · reach²), plus the cells within 20 m of each cell with a pair.
 */
export const deckRests = (runs: CellRuns, cells: DeckCells, reach: number, stepMm: number): CellRuns => {
  const { grid, deckMm } = cells
  const found = new Set<number>()
  for (let k = 0; k < runs.rows.length; k++) {
    const row = runs.rows[k] - grid.row
    for (let column = runs.starts[k] - grid.column; column < runs.ends[k] - grid.column; column++) {
      if (deckMm[row * grid.columns + column] !== noHeight) spanRests(cells, column, row, reach, stepMm, found)
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
  cells: DeckCells,
  column: number,
  row: number,
  reach: number,
  stepMm: number,
  found: Set<number>,
): void => {
  const { grid, mask, deckMm, groundMm } = cells
  const z = deckMm[row * grid.columns + column]
  let axis: Axis | undefined
  for (let r = row - reach; r <= row + reach; r++) {
    for (let c = column - reach; c <= column + reach; c++) {
      const i = r * grid.columns + c
      if (mask[i] === 1 || groundMm[i] === noHeight || Math.abs(groundMm[i] - z) > stepMm) continue
      axis ??= axisAt(cells, column, row)
      const [dx, dy] = [c - column, r - row]
      if (axis !== "none" && Math.abs(dx * axis[0] + dy * axis[1]) < ALONG * Math.hypot(dx, dy)) continue
      for (let y = Math.min(r, row); y <= Math.max(r, row); y++)
        for (let x = Math.min(c, column); x <= Math.max(c, column); x++) found.add(y * grid.columns + x)
    }
  }
}

type Axis = readonly [x: number, y: number] | "none"

/**
 * Longer principal axis of the deck's cells around a cell, as a unit vector. Sums of whole numbers
 * give every tile the same bits.
 */
const axisAt = ({ grid, mask }: DeckCells, column: number, row: number): Axis => {
  const reach = Math.floor((AXIS_REACH * 1000) / grid.cell)
  let [n, sx, sy, sxx, sxy, syy] = [0, 0, 0, 0, 0, 0]
  for (let dy = -reach; dy <= reach; dy++) {
    const middle = (row + dy) * grid.columns + column
    const span = Math.floor(Math.sqrt(reach * reach - dy * dy))
    for (let dx = -span; dx <= span; dx++) {
      if (mask[middle + dx] === 0) continue
      n++
      sx += dx
      sy += dy
      sxx += dx * dx
      sxy += dx * dy
      syy += dy * dy
    }
  }
  const [xx, xy, yy] = [n * sxx - sx * sx, n * sxy - sx * sy, n * syy - sy * sy]
  const [mean, spread] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)]
  if (mean + spread < LONG * (mean - spread)) return "none"
  const angle = Math.atan2(2 * xy, xx - yy) / 2
  return [Math.cos(angle), Math.sin(angle)]
}
