import type { Box2 } from "../../engine/core/box.js"
import { defineKernel, type Raster } from "../../engine/kernel.js"
import { type ContourLine, contourColumns, contourFeatures } from "../lib/contour-line.js"
import { type ContourPiece, type EdgeKey, encodeContourParts } from "../lib/contour-part.js"
import { crossingPoint, type HeightGrid, traceContours } from "../lib/marching-squares.js"

/** Metres beyond the tile that the DTM must reach: one cell. */
const reach = 1

/**
 * Contours at the multiples of an interval, traced on the DTM by marching squares between the centres of its cells.
 *
 * A tile traces the squares whose south-west corner lies in it. Lines that end inside (closed, or at a void) come out whole; pieces that end on the border of
 * its squares go to `vector.contour-join`. Higher ground is on the left of a line. Rules for heights on a level, saddles and voids: `traceContours`.
 *
 * Lengths are judged, and lines simplified, only when whole, so that the layer is the same for every tiling. Lines of different levels do not cross unless a
 * tolerance makes them. Memory: 30 bytes a DTM cell and 40 a segment.
 */
export default defineKernel({
  id: "vector.contour",
  version: 1,
  summary: "Contour lines traced on the DTM",
  inputs: { dtm: { kind: "raster", type: "float" } },
  outputs: {
    contour: { kind: "features", geometry: "LineString", help: "contour lines", columns: contourColumns },
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
  },
  halo: () => reach,
  memory: ({ areaM2 }) => 200 * areaM2 + 1e6,
  run(tile, input, { interval, index, minLength, tolerance }) {
    const rules = { interval, index: Math.round(index), minLength, tolerance }
    const grid = cornersOf(input.dtm, tile.cell)
    const lines: ContourLine[] = []
    const pieces: ContourPiece[] = []
    const { levels, ends, edges } = traceContours(grid, interval)
    for (let p = 0; p < levels.length; p++) {
      const own = edges.subarray(p > 0 ? ends[p - 1] : 0, ends[p])
      const xy = new Float64Array(2 * own.length)
      for (let v = 0; v < own.length; v++) crossingPoint(grid, own[v], levels[p] * interval, xy, 2 * v)
      const isPiece = own[0] !== own[own.length - 1] && (onBorder(grid, own[0]) || onBorder(grid, own[own.length - 1]))
      if (isPiece) {
        pieces.push({ level: levels[p], xy, first: keyOf(grid, own[0]), last: keyOf(grid, own[own.length - 1]) })
      } else lines.push({ level: levels[p], xy })
    }
    const { features, dropped } = contourFeatures(lines, rules)
    return {
      contour: features,
      "contour-part": encodeContourParts(rules, pieces),
      "contour-quality": { contours: features.ids.length, contourPieces: pieces.length, contoursDropped: dropped },
    }
  },
})

/** The DTM's cell centres in the tile and one more in the north and east: the corners of the squares the tile owns. */
const cornersOf = (dtm: Raster, cell: Box2): HeightGrid => {
  const { cellSize, width, height } = dtm
  if (cellSize > reach) {
    throw new Error(
      `DTM cells of ${cellSize} m, contours reach ${reach} m beyond the tile: give the DTM cells of ${reach} m or less`,
    )
  }
  // Corner i lies at (i + ½)·cellSize.
  const first = (value: number): number => Math.ceil(value / cellSize - 0.5 - 1e-9)
  const [column, row] = [first(cell[0]), first(cell[1])]
  const columns = first(cell[2]) - column + 1
  const rows = first(cell[3]) - row + 1
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

/** True for edges on the outside of the grid's squares: a neighbour may go on from there. */
const onBorder = ({ columns, rows }: HeightGrid, edge: number): boolean => {
  const c = (edge >> 1) % columns
  const r = Math.floor((edge >> 1) / columns)
  return (edge & 1) === 1 ? c === 0 || c === columns - 1 : r === 0 || r === rows - 1
}

const keyOf = (grid: HeightGrid, edge: number): EdgeKey => [
  grid.column + ((edge >> 1) % grid.columns),
  grid.row + Math.floor((edge >> 1) / grid.columns),
  edge & 1,
]
