import type { Box2 } from "../../engine/core/box.js"
import { defineKernel, type Raster } from "../../engine/kernel.js"
import { type ContourLine, contourFeatures } from "../lib/contour-line.js"
import { type ContourPiece, type EdgeKey, encodeContourParts } from "../lib/contour-part.js"
import { type HeightGrid, placePiece, traceContours } from "../lib/marching-squares.js"
import { smoothHeights } from "../lib/smooth-heights.js"

/** Metres beyond the tile that the DTM must reach: one cell. */
const reach = 1

/**
 * Contours at the multiples of an interval, traced on the DTM by marching squares between the centres of its cells.
 *
 * A tile traces the squares whose south-west corner lies in it (where that is void, another one: see `HeightGrid`). Lines that end inside (closed, or at a void) come out whole; pieces that
 * end on the border of its squares go to `vector.contour-join`. Higher ground is on the left of a line. Rules for heights on a level, saddles and voids: `traceContours`; they are those
 * of `gdal_contour`, which makes as many lines of the same raster (with `minLength` 0).
 *
 * `smooth` smooths the heights before lines are traced, each by 0.05 m at most: every vertex lies within 0.05 m of the DTM's bilinear height at its place, and lines do not cross, since they are those of one
 * surface. Lengths are judged, and lines simplified, only when whole, so that the layer is the same for every tiling. Lines do not cross unless a
 * tolerance makes them. Memory: 30 bytes a DTM cell (50 with `smooth`) and 40 a segment.
 */
export default defineKernel({
  id: "vector.contour",
  version: 2,
  summary: "Contour lines traced on the DTM",
  inputs: { dtm: { kind: "raster", type: "float" } },
  outputs: {
    contour: { kind: "features", geometry: "LineString", help: "contour lines: elevation, index, depression, length" },
    "contour-part": { kind: "blob" },
    "contour-quality": { kind: "metrics" },
  },
  options: {
    interval: { type: "number", default: 1, unit: "m", min: 0.05, max: 1000, help: "height between contours" },
    index: { type: "number", default: 5, unit: "levels", min: 1, max: 1000, help: "every so many an index contour" },
    minLength: {
      type: "number",
      default: 10,
      unit: "m",
      min: 0,
      max: 10000,
      help: "shorter closed contours are dropped",
    },
    tolerance: { type: "number", default: 0, unit: "m", min: 0, max: 10, help: "simplification; 0 keeps every vertex" },
    smooth: {
      type: "number",
      default: 0,
      unit: "m",
      min: 0,
      max: 20,
      help: "reach of smoothing, which moves heights by 0.05 m at most; 0: none",
    },
  },
  halo: ({ smooth }) => reach + smooth,
  memory: ({ areaM2 }, { smooth }) => (smooth > 0 ? 300 : 200) * areaM2 + 1e6,
  run(tile, input, { interval, index, minLength, tolerance, smooth }) {
    const rules = { interval, index: Math.round(index), minLength, tolerance, smooth }
    const grid = gridOf(input.dtm, tile.cell, smooth)
    const lines: ContourLine[] = []
    const pieces: ContourPiece[] = []
    const traced = traceContours(grid, interval)
    const { levels, ends, edges, voidSquares } = traced
    for (let p = 0; p < levels.length; p++) {
      const first = edges[p > 0 ? ends[p - 1] : 0]
      const last = edges[ends[p] - 1]
      const line = { level: levels[p], xy: placePiece(grid, traced, p, interval) }
      // An open end on an edge of the grid is another tile's to go on from, unless none is there; at a void, lines end within a square.
      const isPiece = first !== last && (isGridEdge(grid, first) || isGridEdge(grid, last))
      if (isPiece)
        pieces.push({ ...line, first: keyOf(grid, voidSquares, first), last: keyOf(grid, voidSquares, last) })
      else lines.push(line)
    }
    const { features, dropped } = contourFeatures(lines, rules)
    return {
      contour: features,
      "contour-part": encodeContourParts(rules, pieces),
      "contour-quality": { contours: features.ids.length, contourPieces: pieces.length, contoursDropped: dropped },
    }
  },
})

/** The corners that a tile's contours are traced on. */
const gridOf = (dtm: Raster, cell: Box2, smooth: number): HeightGrid => {
  const { cellSize } = dtm
  if (cellSize > reach) {
    throw new Error(
      `DTM cells of ${cellSize} m, contours reach ${reach} m beyond the tile: give the DTM cells of ${reach} m or less`,
    )
  }
  const steps = Math.round(smooth / cellSize)
  return steps > 0 ? smoothHeights(cornersOf(dtm, cell, steps + 1), steps) : cornersOf(dtm, cell, 1)
}

/** The DTM's cell centres in the tile and `margin` more around. */
const cornersOf = (dtm: Raster, cell: Box2, margin: number): HeightGrid => {
  const { cellSize, width, height } = dtm
  // Corner i lies at (i + ½)·cellSize.
  const first = (value: number): number => Math.ceil(value / cellSize - 0.5 - 1e-9)
  const [column, row] = [first(cell[0]) - margin, first(cell[1]) - margin]
  const columns = first(cell[2]) - column + margin
  const rows = first(cell[3]) - row + margin
  const rasterColumn = Math.round(dtm.minX / cellSize)
  const rasterTop = Math.round(dtm.maxY / cellSize) - 1
  const heights = new Float32Array(columns * rows).fill(Number.NaN)
  const shift = column - rasterColumn
  const from = Math.max(0, -shift)
  const to = Math.min(columns, width - shift)
  for (let r = 0; r < rows && from < to; r++) {
    const source = rasterTop - (row + r)
    if (source < 0 || source >= height) continue
    heights.set(dtm.data.subarray(source * width + shift + from, source * width + shift + to), r * columns + from)
  }
  return { cell: cellSize, column, row, columns, rows, heights }
}

/** False for edges within a square with void corners. */
const isGridEdge = ({ columns, rows }: HeightGrid, edge: number): boolean => edge < 2 * columns * rows

/** The name of an edge for all tiles; edges within squares have one of their own, where no other line goes on. */
const keyOf = (grid: HeightGrid, voidSquares: Int32Array, edge: number): EdgeKey => {
  const within = edge - 2 * grid.columns * grid.rows
  const corner = within < 0 ? edge >> 1 : voidSquares[within >> 2]
  const direction = within < 0 ? edge & 1 : 2 + (within & 3)
  return [grid.column + (corner % grid.columns), grid.row + Math.floor(corner / grid.columns), direction]
}
