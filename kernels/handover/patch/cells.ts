/**
 * Finds the connected patches of a mask of cells, their sums, and which of them the tile's border
 * cuts.
 */
import type { Box2 } from "../../../engine/core/geometry/box.js"
import type { Points, Scratch } from "../../../engine/kernel.js"
import { type CellGrid, noHeight } from "../../grid/cell-grid.js"
import { type CellRuns, chooseRuns, connectRuns, groupRuns, runsOfMask } from "../../grid/cell-runs.js"
import { type DataEnd, meetsEnd } from "../extent/data-extent.js"
import { requireColumn } from "../point-set.js"
import type { Patch } from "./join.js"
import { encodePatchParts, noRuns, type PatchPart, type PatchRules } from "./part.js"

/** Cells whose south-west corner is in the half-open box: every cell belongs to one tile. */
export const ownCells = (box: Box2, cell: number): CellGrid => {
  const first = (value: number): number => Math.ceil(Math.round(value * 1000) / cell)
  const [column, row] = [first(box[0]), first(box[1])]
  return { cell, column, row, columns: first(box[2]) - column, rows: first(box[3]) - row }
}

/**
 * Index of each point's cell in the window (rows from the south), −1 outside. Whole millimetres of
 * the CRS make both sides of a border agree.
 */
export const pointCells = (points: Points, grid: CellGrid, cells: Int32Array): Int32Array => {
  const originX = Math.round(points.origin[0] * 1000)
  const originY = Math.round(points.origin[1] * 1000)
  const { cell, column, row, columns, rows } = grid
  for (let i = 0; i < points.count; i++) {
    const c = Math.floor((originX + points.x[i]) / cell) - column
    const r = Math.floor((originY + points.y[i]) / cell) - row
    cells[i] = c >= 0 && c < columns && r >= 0 && r < rows ? r * columns + c : -1
  }
  return cells.subarray(0, points.count)
}

/**
 * The 4-connected patches of a mask on `grid`, among the cells of `own` only, in order of their
 * first run.
 */
export const patchesOf = (mask: Uint8Array, grid: CellGrid, own: CellGrid): CellRuns[] => {
  const inner = { column: own.column - grid.column, row: own.row - grid.row, columns: own.columns, rows: own.rows }
  return patchesOfRuns(runsOfMask(mask, grid.columns, inner, own))
}

/** The 4-connected patches of runs, in order of their first run. O(runs). */
export const patchesOfRuns = (runs: CellRuns): CellRuns[] => {
  const { members, groupEnds } = groupRuns(connectRuns(runs))
  return Array.from(groupEnds, (end, g) => chooseRuns(runs, members.subarray(g > 0 ? groupEnds[g - 1] : 0, end)))
}

/** Writes the number of each patch, from 1, into its cells of `grid`. */
export const labelPatches = (patches: readonly CellRuns[], grid: CellGrid, label: Int32Array): void => {
  for (const [g, runs] of patches.entries()) setRuns(label, grid, runs, g + 1)
}

/**
 * The patches that {@link measurePatches} found, and for each point the number of its patch, from
 * 1; 0 for none.
 */
export interface MeasuredPatches {
  readonly parts: readonly PatchPart[]
  readonly numbers: Int32Array
}

/**
 * The patches of a mask on `grid` in the cells of `own`. Each has its point count, lowest and
 * highest point, and whether it meets the end of the data. Levels and margins stay empty.
 *
 * @param cells of the points, from {@link pointCells}
 * @param code class of the points that count; by default all
 */
export const measurePatches = (
  mask: Uint8Array,
  { grid, own, end }: { readonly grid: CellGrid; readonly own: CellGrid; readonly end: DataEnd },
  points: Points,
  cells: Int32Array,
  scratch: Scratch,
  code?: number,
): MeasuredPatches => {
  const patches = patchesOf(mask, grid, own)
  const label = scratch.int32(mask.length)
  labelPatches(patches, grid, label)
  const heights = points.z
  const classes = code === undefined ? undefined : requireColumn(points, "classification")
  const numbers = new Int32Array(cells.length)
  const counts = new Int32Array(patches.length + 1)
  const low = new Int32Array(patches.length + 1).fill(noHeight)
  const high = new Int32Array(patches.length + 1).fill(noHeight)
  const zero = Math.round(points.origin[2] * 1000)
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] < 0 || (classes !== undefined && classes[i] !== code)) continue
    const g = label[cells[i]]
    if (g === 0) continue
    numbers[i] = g
    const z = zero + heights[i]
    counts[g]++
    if (z < low[g]) low[g] = z
    if (high[g] === noHeight || z > high[g]) high[g] = z
  }
  const parts = patches.map((runs, g) => ({
    ...{ runs, points: counts[g + 1], lowMm: low[g + 1], highMm: high[g + 1], levels: new Int32Array(0) },
    ...{ margin: noRuns, atEnd: meetsEnd(end, runs, grid.cell) },
  }))
  return { parts, numbers }
}

/** True where a patch has a cell among the `near` outermost cells of the window. */
export const comesNearBorder = ({ rows, starts, ends }: CellRuns, own: CellGrid, near = 1): boolean => {
  if (rows[0] < own.row + near || rows[rows.length - 1] >= own.row + own.rows - near) return true
  for (let k = 0; k < rows.length; k++)
    if (starts[k] < own.column + near || ends[k] > own.column + own.columns - near) return true
  return false
}

/**
 * Separates whole patches from parts that the tile's border cuts; `bytes` has the latter for the
 * join, `cut` marks them.
 */
export const splitAtBorder = (
  key: string,
  rules: PatchRules,
  own: CellGrid,
  parts: readonly PatchPart[],
): { readonly whole: readonly Patch[]; readonly cut: readonly boolean[]; readonly bytes: Uint8Array } => {
  const cut = parts.map((part) => comesNearBorder(part.runs, own))
  const window = [own.column, own.row, own.column + own.columns, own.row + own.rows] as const
  const whole = parts.filter((_, p) => !cut[p])
  return {
    whole: whole.map((part) => ({ ...part, truncated: part.atEnd, tiles: [] })),
    cut,
    bytes: encodePatchParts({ key, rules, window, parts: parts.filter((_, p) => cut[p]) }),
  }
}

/** Cells with a set one within `radius` columns and rows. */
export const growCells = (
  mask: Uint8Array,
  { columns, rows }: Pick<CellGrid, "columns" | "rows">,
  radius: number,
): Uint8Array => {
  const grown = new Uint8Array(mask.length)
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] === 0) continue
    const [c, r] = [at % columns, Math.floor(at / columns)]
    for (let j = Math.max(0, r - radius); j <= Math.min(rows - 1, r + radius); j++)
      grown.fill(1, j * columns + Math.max(0, c - radius), j * columns + Math.min(columns, c + radius + 1))
  }
  return grown
}

/** A separate mask, just large enough for some runs and `margin` cells around. */
export const maskOfRuns = (lists: readonly CellRuns[], margin: number): { mask: Uint8Array; grid: CellGrid } => {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { rows, starts, ends } of lists) {
    for (let k = 0; k < rows.length; k++) {
      if (starts[k] < west) west = starts[k]
      if (ends[k] > east) east = ends[k]
      if (rows[k] < south) south = rows[k]
      if (rows[k] >= north) north = rows[k] + 1
    }
  }
  const [column, row] = [west - margin, south - margin]
  const [columns, rows] = [east - west + 2 * margin, north - south + 2 * margin]
  const mask = new Uint8Array(columns * rows)
  const grid = { cell: 0, column, row, columns, rows }
  for (const runs of lists) setRuns(mask, grid, runs)
  return { mask, grid }
}

/** Sets the cells of some runs in a mask on `grid`. */
export const setRuns = (mask: Uint8Array | Int32Array, grid: CellGrid, runs: CellRuns, value = 1): void => {
  const { rows, starts, ends } = runs
  for (let k = 0; k < rows.length; k++) {
    const base = (rows[k] - grid.row) * grid.columns - grid.column
    mask.fill(value, base + starts[k], base + ends[k])
  }
}
