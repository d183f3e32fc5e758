/**
 * The kernel `vector.contour`: contours of one tile of the DTM, and the pieces that end on its
 * border.
 */
import type { Box2 } from "../../engine/core/geometry/box.js"
import { defineKernel, type Raster, regionSide } from "../../engine/kernel.js"
import type { HeightGrid } from "../grid/marching-squares.js"
import { regionAt } from "./lines/cut-lines.js"
import { contourFeatures, contourLayer } from "./lines/line.js"
import { type ContourBorder, encodeContourPart } from "./lines/part.js"
import { smoothHeights } from "./lines/smooth-heights.js"
import { traceLines } from "./lines/trace.js"

/**
 * Contours at the multiples of an interval, traced by marching squares between the DTM's cell
 * centres.
 *
 * A tile traces the squares whose four corners lie in it. Lines that end inside (closed, or at a
 * void) are whole. Pieces that end on the border, and the heights along it, go into the blob for
 * `vector.contour-join`, which traces the other squares.
 *
 * Lines are cut where they cross x, y = k · 10 km of the CRS, at a vertex that both parts share. A
 * tile at such a line traces one more row of corners from its own halo, and needs no neighbour.
 * Higher ground is on the left of a line. Rules for heights on a level, saddles and voids: see
 * `traceContours`. They are those of `gdal_contour`. GDAL makes as many lines from a DTM, except
 * for zero-length rings around summits on a level.
 *
 * `smooth` moves each height by at most 0.05 m before tracing. Every vertex then lies within 0.05 m
 * of the DTM's bilinear height at its place. Lines still do not cross, since one surface yields
 * them all; only a tolerance can make them cross. Lengths and simplification apply to whole lines
 * only: the layer is the same for every tiling.
 *
 * Memory: 30 bytes a DTM cell (50 with `smooth`) and 40 a segment.
 */
export default defineKernel({
  id: "vector.contour",
  version: 4,
  summary: "Contour lines of the terrain model",
  inputs: { dtm: { kind: "raster", type: "float" } },
  outputs: {
    contour: contourLayer,
    "contour-part": { kind: "blob" },
    "contour-quality": { kind: "metrics" },
  },
  options: {
    interval: {
      type: "number",
      flag: true,
      default: 1,
      unit: "m",
      min: 0.05,
      max: 1000,
      help: "height difference between contours",
    },
    index: {
      type: "number",
      default: 5,
      unit: "levels",
      min: 1,
      max: 1000,
      help: "number of intervals between index contours",
    },
    minLength: {
      type: "number",
      default: 0,
      unit: "m",
      min: 0,
      max: 10000,
      help: "shortest length of a closed contour; 10 leaves out rings too small for a map",
    },
    tolerance: {
      type: "number",
      default: 0,
      unit: "m",
      min: 0,
      max: 10,
      help: "simplification tolerance; 0 keeps every vertex",
    },
    smooth: {
      type: "number",
      default: 0,
      unit: "m",
      min: 0,
      max: 20,
      help: "smoothing radius; heights move by at most 0.05 m; 0 turns smoothing off",
    },
  },
  // The next corner, at most a cell away, where the border is a side of the region.
  halo: ({ smooth }, cells) => smooth + (cells?.["dtm"] ?? 1),
  memory: ({ areaM2 }, { smooth }) => (smooth > 0 ? 300 : 200) * areaM2 + 1e6,
  run(tile, input, { interval, index, minLength, tolerance, smooth }) {
    const rules = { interval, index: Math.round(index), minLength, tolerance, smooth }
    const grid = gridOf(input.dtm, tile.cell, smooth)
    const region = regionAt(tile.cell)
    const { lines, pieces } = traceLines(grid, interval, region)
    const { features, dropped } = contourFeatures(lines, rules)
    return {
      contour: features,
      "contour-part": encodeContourPart({ rules, region, border: readBorder(grid), pieces }),
      "contour-quality": { contours: features.ids.length, contourPieces: pieces.length, contoursDropped: dropped },
    }
  },
})

const gridOf = (dtm: Raster, cell: Box2, smooth: number): HeightGrid => {
  // The halo reaches one cell farther.
  const steps = Math.floor(smooth / dtm.cellSize + 1e-9)
  return steps > 0 ? smoothHeights(cutCorners(dtm, cell, steps), steps) : cutCorners(dtm, cell, 0)
}

/** The tile's cell centres, one more row beyond a region's side, and `margin` more all around. */
const cutCorners = (dtm: Raster, cell: Box2, margin: number): HeightGrid => {
  const { cellSize, width, height } = dtm
  // The centre of cell i is at (i + ½)·cellSize.
  const first = (value: number): number => Math.ceil(value / cellSize - 0.5 - 1e-9)
  const beyond = (value: number): number => (Math.round(1000 * value) % (1000 * regionSide) === 0 ? 1 : 0)
  const [west, south] = [first(cell[0]), first(cell[1])]
  const isEmpty = first(cell[2]) === west || first(cell[3]) === south
  const [column, row] = [west - margin - beyond(cell[0]), south - margin - beyond(cell[1])]
  const columns = isEmpty ? 0 : first(cell[2]) - column + margin + beyond(cell[2])
  const rows = isEmpty ? 0 : first(cell[3]) - row + margin + beyond(cell[3])
  const rasterColumn = Math.round(dtm.minX / cellSize)
  const rasterTop = Math.round(dtm.maxY / cellSize) - 1
  if (!isEmpty && (column < rasterColumn || column + columns > rasterColumn + width))
    throw new Error(`the DTM ends at the tile. The kernel that makes it must declare its cells of ${cellSize} m.`)
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

const readBorder = ({ cell, column, row, columns, rows, heights }: HeightGrid): ContourBorder => {
  const columnOf = (c: number): Float32Array => Float32Array.from({ length: rows }, (_, r) => heights[r * columns + c])
  return {
    cell,
    column,
    row,
    west: columnOf(0),
    east: columnOf(columns - 1),
    south: heights.slice(0, columns),
    north: heights.slice((rows - 1) * columns),
  }
}
