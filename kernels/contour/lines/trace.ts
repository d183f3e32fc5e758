/** Traces the contours of a grid inside one region, and separates whole lines from pieces. */
import { type ContourPieces, type HeightGrid, placePiece, traceContours } from "../../grid/marching-squares.js"
import { cutLine, type RegionPlace, regionBox } from "./cut-lines.js"
import type { ContourLine } from "./line.js"
import { type ContourPiece, cutDirections, type EdgeKey } from "./part.js"

/** Contours of a grid: whole lines, and pieces that continue. */
export interface TracedLines {
  readonly lines: ContourLine[]
  readonly pieces: ContourPiece[]
}

/**
 * Contours of a grid inside one region. Lines that end within it (closed, at a void, or at a side
 * of the region) are whole. The others have an end on an edge of the grid, where the adjacent grid
 * continues them.
 */
export const traceLines = (grid: HeightGrid, interval: number, region: RegionPlace): TracedLines => {
  const traced: TracedLines = { lines: [], pieces: [] }
  const contours = traceContours(grid, interval)
  const { levels, ends, edges } = contours
  const within = 2 * grid.columns * grid.rows
  const inside = isInside(grid, region)
  for (let p = 0; p < levels.length; p++) {
    const first = edges[p > 0 ? ends[p - 1] : 0]
    const last = edges[ends[p] - 1]
    const line = { level: levels[p], xy: placePiece(grid, contours, p, interval) }
    // At a void a line ends within a square of the grid.
    const [begins, ended] = first === last ? [true, true] : [first >= within, last >= within]
    const piece = { ...line, first: nameEdge(grid, contours, first), last: nameEdge(grid, contours, last) }
    if (!inside) addParts(traced, piece, region, begins, ended)
    else if (begins && ended) traced.lines.push(line)
    else traced.pieces.push(piece)
  }
  return traced
}

/** Cuts a line that may leave the region, and adds the parts inside it. */
const addParts = (
  { lines, pieces }: TracedLines,
  piece: ContourPiece,
  region: RegionPlace,
  begins: boolean,
  ended: boolean,
): void => {
  const { level } = piece
  const parts = cutLine(piece.xy)
  // A zero-length piece, around a corner on the level, still joins its neighbours.
  if (parts.length === 0 && holds(region, piece.xy)) pieces.push(piece)
  for (const { region: own, xy, isCutAtStart, isCutAtEnd } of parts) {
    if (own[0] !== region[0] || own[1] !== region[1]) continue
    if ((begins || isCutAtStart) && (ended || isCutAtEnd)) lines.push({ level, xy })
    else {
      const first: EdgeKey = isCutAtStart ? [...region, cutDirections.start] : piece.first
      const last: EdgeKey = isCutAtEnd ? [...region, cutDirections.end] : piece.last
      pieces.push({ level, xy, first, last })
    }
  }
}

/** True if a point lies in a region or on its sides. */
const holds = (region: RegionPlace, [x, y]: Float64Array): boolean => {
  const [west, south, east, north] = regionBox(region)
  return x >= west && x <= east && y >= south && y <= north
}

/** True if all corners of the grid lie in the region: no line can leave it. */
const isInside = ({ cell, column, row, columns, rows }: HeightGrid, region: RegionPlace): boolean => {
  const [west, south, east, north] = regionBox(region)
  const [minX, minY] = [(column + 0.5) * cell, (row + 0.5) * cell]
  const [maxX, maxY] = [(column + columns - 0.5) * cell, (row + rows - 0.5) * cell]
  return minX >= west && minY >= south && maxX < east && maxY < north
}

/**
 * The key of an edge, the same in all grids. Edges within squares have keys of their own, where no
 * other line continues.
 */
const nameEdge = (grid: HeightGrid, { voidSquares }: ContourPieces, edge: number): EdgeKey => {
  const within = edge - 2 * grid.columns * grid.rows
  const corner = within < 0 ? edge >> 1 : voidSquares[within >> 2]
  const direction = within < 0 ? edge & 1 : 2 + (within & 3)
  return [grid.column + (corner % grid.columns), grid.row + Math.floor(corner / grid.columns), direction]
}
