/** Cuts the terrain model of a tile where the returns end, before the voids are joined. */
import { type Presence, PresenceBit, type Tile } from "../../../engine/kernel.js"
import { type CellGrid, gridAround, growGrid } from "../../grid/cell-grid.js"
import { type CellRuns, runsOfMask } from "../../grid/cell-runs.js"
import { maskPresence } from "../../grid/presence-mask.js"
import { dataEnd, markBeyond, markOutside } from "../../handover/extent/data-extent.js"
import type { Surface } from "../raster/surface-raster.js"
import { closedCells, surveyCell } from "../raster/survey-extent.js"
import { cutCells, openReach } from "./void-part.js"

/** Metres around the core from which nodes outside the returns' extent depend on points. */
const NODE_MARGIN = 2 * openReach + 4

/**
 * Removes the heights of `core` beyond the outline of the returns, in place; returns the number of
 * cells. The outline is that of `raster.dtm-fill`, except at gaps over 40 m wide: only the join
 * knows whether the data enclose one, so it is cut here in any case. A cell depends on the points
 * within 60 m. O(cells of 1 m); of 10 m where there is no gap.
 */
export const cutEnd = (tile: Tile, { values, source, grid, core }: Surface, presence: Presence): number => {
  const window = growGrid(gridAround(tile.core, 1000), NODE_MARGIN)
  const zone = gapZone(tile, presence)
  const { beyond } = dataEnd(tile)
  if (zone === undefined && beyond.length === 0) return 0
  return cutCells(values, source, grid, outsideNodes(presence, window, zone, tile), { core })
}

/** Cells of 10 m in a gap or beside one: 1. */
interface Zone extends CellGrid {
  readonly marks: Uint8Array
}

/** Undefined without a gap. */
const gapZone = ({ extent }: Tile, presence: Presence): Zone | undefined => {
  const grid = gridAround(extent, surveyCell)
  const { columns, rows } = grid
  const surveyed = closedCells(presence, grid, new Uint8Array(columns * rows), new Uint8Array(columns * rows))
  if (!surveyed.includes(0)) return undefined
  const marks = new Uint8Array(columns * rows)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (surveyed[row * columns + column] === 1) continue
      const [from, to] = [Math.max(0, column - 1), Math.min(columns, column + 2)]
      for (let r = Math.max(0, row - 1); r < Math.min(rows, row + 2); r++)
        marks.fill(1, r * columns + from, r * columns + to)
    }
  }
  return { ...grid, marks }
}

/** Nodes of 1 m beyond the files, and those outside the returns' extent in a zone. */
const outsideNodes = (presence: Presence, window: CellGrid, zone: Zone | undefined, tile: Tile): CellRuns => {
  const n = Math.max(window.columns, window.rows)
  const grid = { ...window, columns: n, rows: n }
  const outside = new Uint8Array(n * n)
  if (zone) {
    const nodes = markOutside(maskPresence(presence, PresenceBit.surface, grid, new Uint8Array(n * n)), n, openReach)
    const side = surveyCell / 1000
    for (let at = 0; at < nodes.length; at++) {
      if (nodes[at] === 0) continue
      const column = Math.floor((grid.column + (at % n)) / side) - zone.column
      const row = Math.floor((grid.row + Math.floor(at / n)) / side) - zone.row
      outside[at] = zone.marks[row * zone.columns + column] ?? 0
    }
  }
  markBeyond(outside, n, [grid.column, grid.row], dataEnd(tile))
  return runsOfMask(outside, n, { column: 0, row: 0, columns: n, rows: n }, grid)
}
