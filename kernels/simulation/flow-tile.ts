/** The kernel `simulation.flow-tile`: drainage of one tile, as far as it can know. */
import { defineKernel, type Raster, type Tile } from "../../engine/kernel.js"
import { cellMillimetres } from "../grid/cell-grid.js"
import { ownCells } from "../handover/patch/cells.js"
import { carveTile } from "./hydrology/carve.js"
import { directionMargin, flowDirections, innerCells, NO_DATA, type Window } from "./hydrology/directions.js"
import { encodeCells, encodePart, encodeWays, type FlowGridWindow } from "./hydrology/handover.js"
import { networkOf, withRing } from "./hydrology/network.js"

/** Cells within which flats drain by their edges. */
const reachOf = (flat: number, cell: number): number => Math.min(250, Math.max(1, Math.ceil(flat / cell)))

/**
 * D8 directions of the terrain model, and the network of ways that the rest of the job decides on.
 * Heights count in whole millimetres. Cells without data are outside: water leaves there.
 *
 * Memory: 60 bytes a cell. Time: linear.
 */
export default defineKernel({
  id: "simulation.flow-tile",
  version: 1,
  summary: "Drainage of one tile, with the ways through it",
  onRequest: true,
  inputs: { dtm: { kind: "raster" } },
  outputs: {
    "flow-part": { kind: "blob" },
    "flow-cells": { kind: "blob" },
    "flow-ways": { kind: "blob" },
  },
  options: {
    flat: {
      type: "number",
      default: 30,
      unit: "m",
      min: 1,
      max: 100,
      help: "how far into a flat its lower and higher edges steer the water; at most 250 cells",
    },
  },
  halo: ({ flat }, { dtm = 0.5 } = {}) => directionMargin(reachOf(flat, dtm)) * dtm,
  memory: ({ areaM2 }) => 60 * (areaM2 / 0.25) + 4e6,
  run(tile, { dtm }, { flat }) {
    const reach = reachOf(flat, dtm.cellSize)
    const window = windowOf(tile, dtm)
    const around = heightsAround(dtm, window, directionMargin(reach))
    const { columns, rows } = window
    const dirs = flowDirections(around.heights, around, reach)
    const heights = innerCells(around.heights, around.width, directionMargin(reach))
    const carved = carveTile(withRing(dirs, heights, columns))
    const { network, ways } = networkOf(carved)
    const cells = {
      columns,
      dirs: innerCells(carved.dirs, columns + 2, 1),
      heights,
      filled: innerCells(carved.filled, columns + 2, 1),
    }
    if (rows * columns !== heights.length) throw new Error("the terrain model does not cover the tile")
    return {
      "flow-part": encodePart({ key: tile.key, window, network }),
      "flow-cells": encodeCells({ window, cells, ways }),
      "flow-ways": encodeWays(tile.key, ways),
    }
  },
})

/** The cells of a tile; rows count downwards. */
const windowOf = (tile: Tile, { cellSize }: Raster): FlowGridWindow => {
  const { cell, column, row, columns, rows } = ownCells(tile.cell, cellMillimetres(cellSize))
  return { cell, column, row: 1 - row - rows, columns, rows }
}

/** Heights of a window and `margin` cells around, mm. */
const heightsAround = (
  { data, width: across, height: down, minX, maxY, cellSize }: Raster,
  { cell, column, row, columns, rows }: FlowGridWindow,
  margin: number,
): Window & { readonly heights: Int32Array } => {
  const [width, height] = [columns + 2 * margin, rows + 2 * margin]
  const heights = new Int32Array(width * height).fill(NO_DATA)
  const west = Math.round((minX * 1000) / cell)
  const north = 1 - Math.round((maxY * 1000) / cell)
  if (Math.round(cellSize * 1000) !== cell) throw new Error(`cells of ${cellSize} m are not whole millimetres`)
  for (let r = 0; r < height; r++) {
    const y = row - margin + r - north
    if (y < 0 || y >= down) continue
    for (let c = 0; c < width; c++) {
      const x = column - margin + c - west
      if (x < 0 || x >= across) continue
      const value = data[y * across + x]
      if (!Number.isNaN(value)) heights[r * width + c] = Math.round(value * 1000)
    }
  }
  return { width, height, heights }
}
