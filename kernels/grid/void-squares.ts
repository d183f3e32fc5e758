/** Contour segments of squares with void corners, at the edge of the data. */
import { type HeightGrid, squareCases } from "./square-cases.js"

/** Heights of a square with void corners; NaN where unknown. */
interface SquareHeights {
  /** SW, SE, NE, NW. */
  readonly corners: readonly number[]
  /** South, east, north, west: the mean of the two corners, or the known one. */
  readonly sides: readonly number[]
  /** Mean of the known corners. */
  readonly centre: number
}

const heightsOf = ({ heights, columns }: HeightGrid, square: number): SquareHeights => {
  const corners = [square, square + 1, square + columns + 1, square + columns].map((corner) => heights[corner])
  const known = corners.filter((z) => !Number.isNaN(z))
  const sides = corners.map((z, i) => {
    const next = corners[(i + 1) % 4]
    return Number.isNaN(z) ? next : Number.isNaN(next) ? z : (z + next) / 2
  })
  return { corners, sides, centre: known.reduce((sum, z) => sum + z, 0) / known.length }
}

/**
 * Contour segments of a square with one to three void corners. Each known corner has a quarter: a
 * small square between the corner, the middles of its two sides and the centre. The middle of a
 * side with one void end has the height of its known end; the centre has the mean of the known
 * corners. Lines thus reach half a cell beyond the last heights and end at the void's quarter.
 *
 * Vertices lie on the square's sides, or on lines from the middle of a side to the centre: edge
 * `2·columns·rows + 4·number + side`, sides south, east, north, west.
 */
export const eachVoidSegment = (
  grid: HeightGrid,
  square: number,
  number: number,
  interval: number,
  emit: (level: number, from: number, to: number) => void,
): void => {
  const { columns, rows } = grid
  const { enters, leaves, secondEnters, secondLeaves } = squareCases
  const { corners, sides, centre } = heightsOf(grid, square)
  const sideEdges = [2 * square, 2 * square + 3, 2 * (square + columns), 2 * square + 1]
  const inner = 2 * columns * rows + 4 * number
  for (let q = 0; q < 4; q++) {
    if (Number.isNaN(corners[q])) continue
    // Counter-clockwise from the corner: the side that begins there, the centre, the side that ends
    // there.
    const before = (q + 3) % 4
    const turned = [corners[q], sides[q], centre, sides[before]]
    const turnedEdges = [sideEdges[q], inner + q, inner + before, sideEdges[before]]
    // The quarter's own south-western corner first.
    const heights = [0, 1, 2, 3].map((i) => turned[(i - q + 4) % 4])
    const edges = [0, 1, 2, 3].map((i) => turnedEdges[(i - q + 4) % 4])
    const lowest = Math.min(...heights)
    const highest = Math.max(...heights)
    let level = Math.floor(lowest / interval) - 1
    while (level * interval <= lowest) level++
    for (; level * interval <= highest; level++) {
      const form = heights.reduce((bits, z, i) => bits | (z >= level * interval ? 1 << i : 0), 0)
      if (enters[form] >= 0) emit(level, edges[enters[form]], edges[leaves[form]])
      if (secondEnters[form] >= 0) emit(level, edges[secondEnters[form]], edges[secondLeaves[form]])
    }
  }
}

/**
 * Finds where the level crosses the line from the middle of a side to the centre, in a square with
 * void corners. Writes x, y in CRS metres to `out[at]`, `out[at + 1]`.
 */
export const voidSquarePoint = (
  grid: HeightGrid,
  square: number,
  side: number,
  height: number,
  out: Float64Array,
  at: number,
): void => {
  const { sides, centre } = heightsOf(grid, square)
  const left = (1 - (height - sides[side]) / (centre - sides[side])) / 2
  const x = grid.column + (square % grid.columns) + 1
  const y = grid.row + Math.floor(square / grid.columns) + 1
  out[at] = (x + (side === 1 ? left : side === 3 ? -left : 0)) * grid.cell
  out[at + 1] = (y + (side === 2 ? left : side === 0 ? -left : 0)) * grid.cell
}
