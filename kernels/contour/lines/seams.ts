/** Grids of the heights between tiles, which no tile has complete, for the join to trace. */
import type { HeightGrid } from "../../grid/marching-squares.js"
import type { ContourBorder } from "./part.js"

/**
 * The squares that no window of corners covers completely, as small grids. These are strips of two
 * columns or rows between adjacent windows, and single squares where four meet. Corners outside
 * every window are void; this includes the squares around all windows.
 *
 * Windows that touch must share whole sides. The grids follow the order of the windows. O(corners
 * on sides).
 */
export const seamGrids = (windows: readonly ContourBorder[]): HeightGrid[] => {
  const grids = new Map<string, HeightGrid>()
  const gridAt = (cell: number, column: number, row: number, columns: number, rows: number): HeightGrid => {
    const key = `${column} ${row} ${columns} ${rows}`
    const known = grids.get(key)
    if (known !== undefined) return known
    const heights = new Float32Array(columns * rows).fill(Number.NaN)
    const grid = { cell, column, row, columns, rows, heights }
    grids.set(key, grid)
    return grid
  }
  for (const { cell, column, row, west, east, south, north } of windows) {
    const [columns, rows] = [south.length, west.length]
    if (columns === 0 || rows === 0) continue
    const [endColumn, endRow] = [column + columns, row + rows]
    const inWest = gridAt(cell, column - 1, row, 2, rows)
    const inEast = gridAt(cell, endColumn - 1, row, 2, rows)
    for (let r = 0; r < rows; r++) {
      inWest.heights[2 * r + 1] = west[r]
      inEast.heights[2 * r] = east[r]
    }
    gridAt(cell, column, row - 1, columns, 2).heights.set(south, columns)
    gridAt(cell, column, endRow - 1, columns, 2).heights.set(north, 0)
    gridAt(cell, column - 1, row - 1, 2, 2).heights[3] = south[0]
    gridAt(cell, endColumn - 1, row - 1, 2, 2).heights[2] = south[columns - 1]
    gridAt(cell, column - 1, endRow - 1, 2, 2).heights[1] = north[0]
    gridAt(cell, endColumn - 1, endRow - 1, 2, 2).heights[0] = north[columns - 1]
  }
  return [...grids.values()]
}
