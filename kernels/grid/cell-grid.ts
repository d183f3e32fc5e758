/** Cells of the grid that is fixed in the CRS: windows, rasters, and heights at points. */
import type { Box2 } from "../../engine/core/geometry/box.js"
import type { Raster } from "../../engine/kernel.js"

/**
 * A window of a grid of square cells fixed in the CRS. Cell (column, row) covers
 * `[column·cell, (column + 1)·cell)` by `[row·cell, …)`, millimetres of the CRS, whatever the tile.
 * `column` and `row` are the window's first; rows count from the SOUTH.
 */
export interface CellGrid {
  readonly cell: number
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
}

/**
 * Side of a cell in whole millimetres.
 *
 * @param cell metres
 * @throws Error if `cell` is not a whole number of millimetres, since point coordinates are
 */
export const cellMillimetres = (cell: number): number => {
  const millimetres = Math.round(cell * 1000)
  if (millimetres < 1 || Math.abs(millimetres - cell * 1000) > 1e-6) {
    throw new Error(`cells of ${cell} m are not whole millimetres. Choose another cell size, such as 0.5.`)
  }
  return millimetres
}

/** The smallest window of cells of `cell` mm that covers a box (CRS metres). */
export const gridAround = (box: Box2, cell: number): CellGrid => {
  const column = Math.floor(Math.round(box[0] * 1000) / cell)
  const row = Math.floor(Math.round(box[1] * 1000) / cell)
  return {
    cell,
    column,
    row,
    columns: Math.ceil(Math.round(box[2] * 1000) / cell) - column,
    rows: Math.ceil(Math.round(box[3] * 1000) / cell) - row,
  }
}

export const growGrid = (grid: CellGrid, margin: number): CellGrid => ({
  cell: grid.cell,
  column: grid.column - margin,
  row: grid.row - margin,
  columns: grid.columns + 2 * margin,
  rows: grid.rows + 2 * margin,
})

/** The smallest window that covers two of the same grid. */
export const joinGrids = (a: CellGrid, b: CellGrid): CellGrid => {
  const [column, row] = [Math.min(a.column, b.column), Math.min(a.row, b.row)]
  return {
    cell: a.cell,
    column,
    row,
    columns: Math.max(a.column + a.columns, b.column + b.columns) - column,
    rows: Math.max(a.row + a.rows, b.row + b.rows) - row,
  }
}

/**
 * Cuts `target` out of values on `grid` (south row first) and makes a raster of it (north row
 * first). `target` must lie within `grid`.
 */
export const cutRaster = <T extends Float32Array | Uint8Array>(
  values: T,
  grid: CellGrid,
  target: CellGrid,
): Raster & { readonly data: T } => {
  const { columns, rows, cell } = target
  const size = columns * rows
  const data = (values instanceof Float32Array ? new Float32Array(size) : new Uint8Array(size)) as T
  for (let row = 0; row < rows; row++) {
    const from = (row + target.row - grid.row) * grid.columns + target.column - grid.column
    data.set(values.subarray(from, from + columns), (rows - 1 - row) * columns)
  }
  return {
    width: columns,
    height: rows,
    minX: (target.column * cell) / 1000,
    maxY: ((target.row + rows) * cell) / 1000,
    cellSize: cell / 1000,
    data,
  }
}

/** Marks an unknown height, in whole millimetres. */
export const noHeight = 0x7fffffff

/**
 * Value of a raster at a point, all in millimetres of the CRS; `noHeight` outside and in voids.
 * Cells are half-open from the south-west, as tiles are.
 */
export const sampleMm = ({ data, width, height, minX, maxY, cellSize }: Raster, xMm: number, yMm: number): number => {
  const cellMm = Math.round(cellSize * 1000)
  const column = Math.floor((xMm - Math.round(minX * 1000)) / cellMm)
  const row = height - 1 - Math.floor((yMm - Math.round(maxY * 1000) + height * cellMm) / cellMm)
  if (column < 0 || column >= width || row < 0 || row >= height) return noHeight
  const value = data[row * width + column]
  return Number.isNaN(value) ? noHeight : Math.round(value * 1000)
}
