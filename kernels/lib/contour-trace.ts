import type { ContourLine } from "./contour-line.js"
import type { ContourPiece, EdgeKey } from "./contour-part.js"
import { type ContourPieces, type HeightGrid, placePiece, traceContours } from "./marching-squares.js"

/**
 * Contours of a grid: those that end within it (closed, or at a void) are whole; the others end on an edge of the grid on one side at least, where the squares beside it go on.
 */
export const traceLines = (grid: HeightGrid, interval: number): { lines: ContourLine[]; pieces: ContourPiece[] } => {
  const lines: ContourLine[] = []
  const pieces: ContourPiece[] = []
  const traced = traceContours(grid, interval)
  const { levels, ends, edges } = traced
  const within = 2 * grid.columns * grid.rows
  for (let p = 0; p < levels.length; p++) {
    const first = edges[p > 0 ? ends[p - 1] : 0]
    const last = edges[ends[p] - 1]
    const line = { level: levels[p], xy: placePiece(grid, traced, p, interval) }
    // At a void lines end within a square.
    if (first === last || (first >= within && last >= within)) lines.push(line)
    else pieces.push({ ...line, first: keyOf(grid, traced, first), last: keyOf(grid, traced, last) })
  }
  return { lines, pieces }
}

/** The name of an edge for all grids; edges within squares have one of their own, where no other line goes on. */
const keyOf = (grid: HeightGrid, { voidSquares }: ContourPieces, edge: number): EdgeKey => {
  const within = edge - 2 * grid.columns * grid.rows
  const corner = within < 0 ? edge >> 1 : voidSquares[within >> 2]
  const direction = within < 0 ? edge & 1 : 2 + (within & 3)
  return [grid.column + (corner % grid.columns), grid.row + Math.floor(corner / grid.columns), direction]
}
