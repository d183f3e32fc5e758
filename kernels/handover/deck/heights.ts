/**
 * Where a bridge deck rests on the ground, so that its body extends to there; the cells around its
 * rim that decide the ground under it, united over tiles.
 */
import { type CellGrid, noHeight } from "../../grid/cell-grid.js"
import type { CellRuns } from "../../grid/cell-runs.js"

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
