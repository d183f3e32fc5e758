/** Rasters in plain arrays, in the form and the window of a kernel's port. */

import type { Box2 } from "../core/geometry/box.js"
import { optionError } from "../core/parse-values.js"
import { rasterArgument, typedData } from "../formats/raster/open/raster-array.js"
import type { Raster, RasterPort } from "../kernel.js"
import type { RasterArray } from "./types.js"

/** Share of a cell by which a place may miss the border of cells, for sides such as 0.1. */
const SLACK = 1e-4

/**
 * A raster in the type of its port, cut or extended to the cells that meet `extent`. The array
 * itself where it fits already.
 *
 * @param name in messages
 * @throws EngineError E_USAGE for a raster of another length, that begins within a cell, or whose
 *   values are infinite or unstated markers of cells without data
 */
export const fitRaster = (stated: RasterArray, port: RasterPort, extent: Box2, name: string): Raster => {
  const raster = rasterArgument(stated, name)
  const { data, width, height, minX, maxY, cellSize } = raster
  const bands = data.length / (width * height)
  if (!Number.isInteger(bands) || bands < 1)
    throw optionError(
      name,
      `${data.length} values do not fill ${width} × ${height} cells of ${cellSize} m. Give { data, width, height, minX, maxY, cellSize }.`,
    )
  const [column, row] = [minX / cellSize, maxY / cellSize]
  if (Math.abs(column - Math.round(column)) > SLACK || Math.abs(row - Math.round(row)) > SLACK)
    throw optionError(
      name,
      `it begins at ${minX}, ${maxY}, which are no multiples of its cells of ${cellSize} m. Resample it to such a grid.`,
    )
  const typed = typedData(raster, port.type)
  if (typed instanceof Float32Array) requireValues(typed, raster.noData, name)
  const first = Math.floor(extent[0] / cellSize + SLACK) - Math.round(column)
  const end = Math.ceil(extent[2] / cellSize - SLACK) - Math.round(column)
  const top = Math.round(row) - Math.ceil(extent[3] / cellSize - SLACK)
  const bottom = Math.round(row) - Math.floor(extent[1] / cellSize + SLACK)
  if (first === 0 && top === 0 && end === width && bottom === height)
    return { data: typed, width, height, minX, maxY, cellSize }
  const [columns, rows] = [end - first, bottom - top]
  const cut =
    typed instanceof Uint8Array
      ? new Uint8Array(bands * columns * rows)
      : new Float32Array(bands * columns * rows).fill(NaN)
  const [left, right] = [Math.max(0, first), Math.min(width, end)]
  for (let band = 0; band < bands; band++)
    for (let r = Math.max(0, top); left < right && r < Math.min(height, bottom); r++) {
      const from = (band * height + r) * width
      cut.set(typed.subarray(from + left, from + right), (band * rows + r - top) * columns + left - first)
    }
  return {
    data: cut,
    width: columns,
    height: rows,
    minX: minX + first * cellSize,
    maxY: maxY - top * cellSize,
    cellSize,
  }
}

/** Markers of cells without data, such as 1e38 and the largest float, are above all measures. */
const MOST = 1e30
/** The marker that most programs write. */
const USUAL_MARKER = -9999

/**
 * Refuses values that would count as heights: infinite ones, and markers of cells without data
 * that the caller did not state.
 *
 * @throws EngineError E_USAGE
 */
const requireValues = (data: Float32Array, noData: number | undefined, name: string): void => {
  const marker = noData === undefined ? USUAL_MARKER : Number.NaN
  for (let k = 0; k < data.length; k++) {
    const value = data[k] as number
    if (Math.abs(value) < MOST ? value !== marker : Number.isNaN(value)) continue
    const remedy =
      value === marker
        ? "State noData: -9999; noData: NaN if it is a value."
        : "State noData, or give NaN where there is no value."
    throw optionError(name, `value ${k} is ${value}, which marks cells without data. ${remedy}`)
  }
}
