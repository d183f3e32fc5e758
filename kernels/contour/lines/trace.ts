/** Traces the contours of a grid inside one 10 km region, and separates whole lines from pieces. */
import { type ContourPieces, placePiece, traceContours } from "../../grid/marching-squares.js"
import type { HeightGrid } from "../../grid/square-cases.js"
import { cutLine, type SquarePlace, squareBox } from "./cut-lines.js"
import type { ContourLine } from "./line.js"
import { type ContourPiece, cutDirections, type EdgeKey } from "./part.js"

/** Contours of a grid: whole lines, and pieces that go on. */
export interface TracedLines {
  readonly lines: ContourLine[]
  readonly pieces: ContourPiece[]
}

/**
 * Contours of a grid, as far as they lie in a square of 10 km of the CRS: those that end within it (closed, at a void, or at a line of the square) are whole; the others end on an edge of the grid on one side at least,
 * where the squares of the grid beside it go on.
 */
export const traceLines = (grid: HeightGrid, interval: number, square: SquarePlace): TracedLines => {
  const traced: TracedLines = { lines: [], pieces: [] }
  const contours = traceContours(grid, interval)
  const { levels, ends, edges } = contours
  const within = 2 * grid.columns * grid.rows
  const inside = isInside(grid, square)
  for (let p = 0; p < levels.length; p++) {
    const first = edges[p > 0 ? ends[p - 1] : 0]
    const last = edges[ends[p] - 1]
    const line = { level: levels[p], xy: placePiece(grid, contours, p, interval) }
    // At a void lines end within a square of the grid.
    const [begins, ended] = first === last ? [true, true] : [first >= within, last >= within]
    const piece = { ...line, first: keyOf(grid, contours, first), last: keyOf(grid, contours, last) }
    if (!inside) addParts(traced, piece, square, begins, ended)
    else if (begins && ended) traced.lines.push(line)
    else traced.pieces.push(piece)
  }
  return traced
}

/** Of a line that may cross lines of the squares the parts in one of them. */
const addParts = (
  { lines, pieces }: TracedLines,
  piece: ContourPiece,
  square: SquarePlace,
  begins: boolean,
  ended: boolean,
): void => {
  const { level } = piece
  const parts = cutLine(piece.xy)
  // Of no length, about a corner on the level, it still joins those before and after it.
  if (parts.length === 0 && holds(square, piece.xy)) pieces.push(piece)
  for (const { square: own, xy, isCutAtStart, isCutAtEnd } of parts) {
    if (own[0] !== square[0] || own[1] !== square[1]) continue
    if ((begins || isCutAtStart) && (ended || isCutAtEnd)) lines.push({ level, xy })
    else {
      const first: EdgeKey = isCutAtStart ? [...square, cutDirections.start] : piece.first
      const last: EdgeKey = isCutAtEnd ? [...square, cutDirections.end] : piece.last
      pieces.push({ level, xy, first, last })
    }
  }
}

/** True where a point lies in a square or on its sides. */
const holds = (square: SquarePlace, [x, y]: Float64Array): boolean => {
  const [west, south, east, north] = squareBox(square)
  return x >= west && x <= east && y >= south && y <= north
}

/** True where no line of the grid can leave the square: all its corners lie in it. */
const isInside = ({ cell, column, row, columns, rows }: HeightGrid, square: SquarePlace): boolean => {
  const [west, south, east, north] = squareBox(square)
  const [minX, minY] = [(column + 0.5) * cell, (row + 0.5) * cell]
  const [maxX, maxY] = [(column + columns - 0.5) * cell, (row + rows - 0.5) * cell]
  return minX >= west && minY >= south && maxX < east && maxY < north
}

/** The name of an edge for all grids; edges within squares have one of their own, where no other line goes on. */
const keyOf = (grid: HeightGrid, { voidSquares }: ContourPieces, edge: number): EdgeKey => {
  const within = edge - 2 * grid.columns * grid.rows
  const corner = within < 0 ? edge >> 1 : voidSquares[within >> 2]
  const direction = within < 0 ? edge & 1 : 2 + (within & 3)
  return [grid.column + (corner % grid.columns), grid.row + Math.floor(corner / grid.columns), direction]
}
