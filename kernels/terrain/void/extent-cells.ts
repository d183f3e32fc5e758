/** The extent of the data in cells of 10 m: which gaps are outside, and what of voids is inside. */
import type { Points, Tile } from "../../../engine/kernel.js"
import { type CellGrid, gridAround, growGrid } from "../../grid/cell-grid.js"
import { type CellRuns, sortRuns } from "../../grid/cell-runs.js"
import { dataEnd, meetsEnd } from "../../handover/extent/data-extent.js"
import { ownCells, patchesOf } from "../../handover/patch/cells.js"
import { type ConnectedParts, connectParts } from "../../handover/patch/join.js"
import { noRuns, type RegionMm, runsMeetLines } from "../../handover/patch/part.js"
import { closedCells, surveyCell } from "../raster/survey-extent.js"
import { eachCell, type Gaps, nodeSquares, type VoidParts, voidKinds } from "./void-part.js"

/** Metres of a cell's side. */
const SIDE = surveyCell / 1000

/** The tile's window without a gap. */
export const noGaps = ({ cell }: Tile): Gaps => {
  const { column, row, columns, rows } = ownCells(cell, surveyCell)
  return { window: [column, row, column + columns, row + rows], parts: [], outside: noRuns }
}

/**
 * The gaps of a tile. A cell depends on the points within 60 m of the tile.
 *
 * @param points of any class but noise, one a metre is enough
 */
export const findGaps = (tile: Tile, points: Points): Gaps => {
  const own = ownCells(tile.cell, surveyCell)
  const grid = gridAround(tile.extent, surveyCell)
  const size = grid.columns * grid.rows
  const gaps = closedCells(points, grid, new Uint8Array(size), new Uint8Array(size)).map((one) => 1 - one)
  const end = dataEnd(tile)
  const parts = patchesOf(gaps, grid, own).map((runs) => ({ runs, atEnd: meetsEnd(end, runs, surveyCell) }))
  const around = patchesOf(gaps, grid, growGrid(own, 1)).filter((runs) => meetsEnd(end, runs, surveyCell))
  return { ...noGaps(tile), parts, outside: sortRuns(around).runs }
}

/** Some cells of 10 m and those around them: starts and ends of runs by row, ascending. */
export type Zone = ReadonlyMap<number, readonly number[]>

/** The cells of some runs and the eight around each. O(n log n). */
export const zoneAround = (lists: readonly CellRuns[]): Zone => {
  const { runs } = sortRuns(lists)
  const spans = new Map<number, [start: number, end: number][]>()
  for (let k = 0; k < runs.rows.length; k++) {
    for (let row = runs.rows[k]! - 1; row <= runs.rows[k]! + 1; row++) {
      const list = spans.get(row) ?? []
      spans.set(row, list)
      list.push([runs.starts[k]! - 1, runs.ends[k]! + 1])
    }
  }
  const zone = new Map<number, number[]>()
  for (const [row, list] of spans) {
    const merged: number[] = []
    for (const [start, end] of list.sort((a, b) => a[0] - b[0])) {
      const last = merged.length - 1
      if (last >= 0 && start <= merged[last]!) merged[last] = Math.max(merged[last]!, end)
      else merged.push(start, end)
    }
    zone.set(row, merged)
  }
  return zone
}

/** Runs of cells of 1 m without those in the zone. */
export const leaveOut = ({ rows, starts, ends }: CellRuns, zone: Zone): CellRuns => {
  const rest: { rows: number[]; starts: number[]; ends: number[] } = { rows: [], starts: [], ends: [] }
  const add = (row: number, start: number, end: number): void => {
    if (start >= end) return
    rest.rows.push(row)
    rest.starts.push(start)
    rest.ends.push(end)
  }
  for (let k = 0; k < rows.length; k++) {
    const cuts = zone.get(Math.floor(rows[k]! / SIDE)) ?? []
    let from = starts[k]!
    for (let i = 0; i < cuts.length; i += 2) {
      add(rows[k]!, from, Math.min(ends[k]!, cuts[i]! * SIDE))
      from = Math.max(from, cuts[i + 1]! * SIDE)
    }
    add(rows[k]!, from, ends[k]!)
  }
  return { rows: Int32Array.from(rest.rows), starts: Int32Array.from(rest.starts), ends: Int32Array.from(rest.ends) }
}

/** Number of cells. */
export const countCells = ({ starts, ends }: CellRuns): number =>
  starts.reduce((sum, start, k) => sum + ends[k]! - start, 0)

/** Zones of outside gaps, and of gaps that only the job can judge. */
interface Outside {
  readonly outside: Zone
  readonly unknown: Zone
}

/**
 * Connects the gaps of tiles: one that meets the end of the data, or a side beyond which there is
 * no tile, is outside. So are cells in the ring around a tile that meet the end: no tile may have
 * them. In a region a gap that meets its `inner` lines is unknown. O(n log n).
 */
export const outsideGaps = (gaps: readonly Gaps[], inner: RegionMm | undefined): Outside => {
  const [outside, unknown]: [CellRuns[], CellRuns[]] = [gaps.map((tile) => tile.outside), []]
  const meets = ({ parts }: ConnectedParts<Gaps>): boolean => parts.some(({ cut }) => cut)
  for (const group of connectParts(gaps)) {
    if (group.parts.some(({ part }) => part.atEnd)) outside.push(group.runs)
    else if (inner !== undefined && runsMeetLines(group.runs, surveyCell, inner)) unknown.push(group.runs)
    else if (meets(group)) outside.push(group.runs)
  }
  return { outside: zoneAround(outside), unknown: zoneAround(unknown) }
}

/**
 * True where `raster.dtm` leaves the model of a tile unfinished: cells beside nodes outside the
 * extent of the returns, or void ones without ground that may be inside.
 */
export const isUnfinished = (source: Uint8Array, grid: CellGrid, voids: VoidParts): boolean => {
  const around = zoneAround([voids.gaps.outside])
  let found = false
  const visit = (runs: CellRuns, isFound: (source: number) => boolean): void => {
    if (!found) eachCell(grid, runs, (at) => (found ||= isFound(source[at]!)))
  }
  visit(nodeSquares(voids.outside), (one) => one > 0)
  for (const kind of voidKinds) {
    for (const { runs, atEnd } of voids[kind])
      visit(atEnd ? leaveOut(runs, around) : runs, (one) => one === 0 || (one === 2 && kind === "open"))
  }
  return found
}
