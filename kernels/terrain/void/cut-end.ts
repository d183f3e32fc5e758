/** Cuts the terrain model of a tile where the returns end, before the voids are joined. */
import { type Presence, PresenceBit, type Tile } from "../../../engine/kernel.js"
import { type CellGrid, gridAround, growGrid } from "../../grid/cell-grid.js"
import { runsOfMask } from "../../grid/cell-runs.js"
import { maskPresence } from "../../grid/presence-mask.js"
import { dataEnd, markBeyond, markOutside } from "../../handover/extent/data-extent.js"
import type { Surface } from "../raster/surface-raster.js"
import { surveyCell } from "../raster/survey-extent.js"
import { hasGap } from "./find-voids.js"
import { cutCells, metresAround, openReach, runMargin } from "./void-part.js"

/** Half the width, metres, of the narrowest gap in which a tile's kernels have no ground. */
const GAP_REACH = 20

/**
 * Removes the heights of `core` beyond the outline of the returns, in place; returns the number of
 * cells. The outline is that of `raster.dtm-fill`, except at gaps into which a disc of 40 m fits:
 * only the join knows whether the data enclose one, so it is cut here in any case. A cell depends
 * on the points within 60 m. O(cells of 1 m).
 */
export const cutEnd = (tile: Tile, { values, source, grid, core }: Surface, presence: Presence): number => {
  const window = gridAround(tile.extent, 1000)
  const n = Math.max(window.columns, window.rows)
  const square = { ...window, columns: n, rows: n }
  const points = maskPresence(presence, PresenceBit.point, square, new Uint8Array(n * n))
  const end = dataEnd(tile)
  const isCut = hasGap(points, n, GAP_REACH)
  if (!isCut && end.beyond.length === 0) return 0
  const outside = isCut ? nodesAtGaps(points, square) : new Uint8Array(n * n)
  markBeyond(outside, n, [square.column, square.row], end)
  const around = growGrid(metresAround(core), runMargin + 1)
  const place = { ...around, column: around.column - square.column, row: around.row - square.row }
  const nodes = runsOfMask(outside, n, place, around)
  return cutCells(values, source, grid, nodes, { core })
}

/**
 * Nodes outside the returns' extent in cells of 10 m with a part of a gap, or beside such cells.
 *
 * @param points cells with a point of any class but noise: the join fills places near one
 */
const nodesAtGaps = (points: Uint8Array, { column, row, columns: n }: CellGrid): Uint8Array => {
  const side = surveyCell / 1000
  const [firstColumn, firstRow] = [Math.floor(column / side) - 1, Math.floor(row / side) - 1]
  const width = Math.ceil(n / side) + 3
  const zone = new Uint8Array(width * width)
  const gaps = markOutside(points, n, GAP_REACH)
  const cellOf = (at: number): number =>
    (Math.floor((row + Math.floor(at / n)) / side) - firstRow) * width +
    Math.floor((column + (at % n)) / side) -
    firstColumn
  for (let at = gaps.indexOf(1); at >= 0; at = gaps.indexOf(1, at + 1)) {
    const cell = cellOf(at)
    if (zone[cell] === 2) continue
    for (let r = -width; r <= width; r += width) for (let c = -1; c <= 1; c++) zone[cell + r + c] ||= 1
    zone[cell] = 2
  }
  const nodes = markOutside(points, n, openReach)
  for (let at = nodes.indexOf(1); at >= 0; at = nodes.indexOf(1, at + 1)) if (zone[cellOf(at)] === 0) nodes[at] = 0
  return nodes
}
