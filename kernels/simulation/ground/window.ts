/** The cells of a tile on the grid of the CRS; rows count downwards. */
import { addToList, elementAt } from "../../../engine/core/lists.js"
import type { Raster, Tile } from "../../../engine/kernel.js"
import { cellMillimetres } from "../../grid/cell-grid.js"
import { BEYOND, NO_DATA } from "./directions.js"

/** A tile's cells on the grid of the CRS; rows count downwards. */
export interface FlowWindow {
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
}

/** Size and place of a tile's cells; `cell` in millimetres. */
export interface FlowGridWindow extends FlowWindow {
  readonly cell: number
}

/**
 * The cells of a tile: those that its rasters are cut to, by their centres. A centre on a border
 * belongs to the tile in the west or north. Rows count downwards.
 */
export const findWindow = ({ cell: [minX, minY, maxX, maxY] }: Tile, { cellSize }: Raster): FlowGridWindow => {
  const cell = cellMillimetres(cellSize)
  const inCells = (metres: number): number => Math.round(metres * 1000) / cell
  const [column, end] = [Math.floor(inCells(minX) + 0.5), Math.floor(inCells(maxX) + 0.5)]
  const [south, north] = [Math.ceil(inCells(minY) - 0.5), Math.ceil(inCells(maxY) - 0.5)]
  return { cell, column, row: 1 - north, columns: end - column, rows: north - south }
}

/** Column and row of a place, from the window's first cell; millimetres of the CRS. */
export const placeAt = ({ cell, column, row }: FlowGridWindow, x: number, y: number): [c: number, r: number] => [
  Math.floor(Math.round(x) / cell) - column,
  -Math.floor(Math.round(y) / cell) - row,
]

/** Index of a cell by its column and row in the window; −1 outside. */
export const indexAt = ({ columns, rows }: FlowGridWindow, c: number, r: number): number =>
  c < 0 || r < 0 || c >= columns || r >= rows ? -1 : r * columns + c

/** Index of the cell that contains a place, millimetres of the CRS; −1 outside. */
export const cellAt = (window: FlowGridWindow, x: number, y: number): number =>
  indexAt(window, ...placeAt(window, x, y))

/** True for a cell of a window. */
export const isIn = (window: FlowWindow, column: number, row: number): boolean =>
  column >= window.column &&
  row >= window.row &&
  column < window.column + window.columns &&
  row < window.row + window.rows

/** Finds the window that contains a cell, by its number; −1 outside all. */
export const windowFinder = (windows: readonly FlowWindow[]): ((column: number, row: number) => number) => {
  const side = windows.reduce((most, { columns, rows }) => Math.max(most, columns, rows), 1)
  const byPlace = new Map<string, number[]>()
  for (const [t, w] of windows.entries()) {
    for (let y = Math.floor(w.row / side); y <= Math.floor((w.row + w.rows - 1) / side); y++)
      for (let x = Math.floor(w.column / side); x <= Math.floor((w.column + w.columns - 1) / side); x++)
        addToList(byPlace, `${x} ${y}`, t)
  }
  let last = 0
  const contains = (t: number, column: number, row: number): boolean => isIn(elementAt(windows, t), column, row)
  return (column, row) => {
    if (contains(last, column, row)) return last
    const near = byPlace.get(`${Math.floor(column / side)} ${Math.floor(row / side)}`) ?? []
    const found = near.find((t) => contains(t, column, row)) ?? -1
    if (found >= 0) last = found
    return found
  }
}

/** The tile's cells inside a ring that is {@link BEYOND} it. */
export const withRing = (
  dirs: Uint8Array,
  heights: Int32Array,
  columns: number,
): { readonly width: number; readonly height: number; readonly dirs: Uint8Array; readonly heights: Int32Array } => {
  const rows = dirs.length / columns
  const width = columns + 2
  const ringed = new Uint8Array(width * (rows + 2)).fill(BEYOND)
  const heightsRinged = new Int32Array(ringed.length).fill(NO_DATA)
  for (let row = 0; row < rows; row++) {
    ringed.set(dirs.subarray(row * columns, (row + 1) * columns), (row + 1) * width + 1)
    heightsRinged.set(heights.subarray(row * columns, (row + 1) * columns), (row + 1) * width + 1)
  }
  return { width, height: rows + 2, dirs: ringed, heights: heightsRinged }
}

/** A raster of the cells of a window. */
export const rasterIn = <T extends Float32Array | Uint8Array>(
  { cell, column, row, columns, rows }: FlowGridWindow,
  data: T,
): Raster => ({
  width: columns,
  height: rows,
  minX: (column * cell) / 1000,
  maxY: ((1 - row) * cell) / 1000,
  cellSize: cell / 1000,
  data,
})
