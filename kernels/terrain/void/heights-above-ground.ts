/** Heights above ground as a raster, and those that wait for the terrain in enclosed voids. */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
import type { Raster, RasterPort } from "../../../engine/kernel.js"
import { type CellGrid, cellMillimetres, cutRaster } from "../../grid/cell-grid.js"
import type { CellRuns } from "../../grid/cell-runs.js"
import { finishCells, RESTING, type RestingModel } from "./void-part.js"

/** Heights of a tile whose terrain model may be filled, from the south row. */
interface RestingHeights {
  readonly grid: CellGrid
  /** Metres above ground; NaN without. */
  readonly heights: Float32Array
  /** Of the terrain model: 0 void, 1 interpolated, 2 filled. */
  readonly source: Uint8Array
  /** Surface model of the cells that are not interpolated, in their order. */
  readonly surface: Float32Array
  /** Nodes outside the returns' extent. */
  readonly outside: CellRuns
}

const MARK = "DHR2"

/** Heights above ground as a raster, and how maps show them. */
export const heightRaster = {
  kind: "raster",
  type: "float",
  style: {
    layer: "height",
    label: "Height above ground",
    needs: "heights above ground",
    unit: "m",
    low: 0,
    span: 1,
    // Leaves out grass and the noise of the points.
    least: 0.5,
    shaded: true,
    // Light at the ground, dark at the tree tops.
    ramp: [
      [253, 246, 214],
      [213, 226, 138],
      [120, 192, 110],
      [48, 148, 127],
      [38, 98, 130],
      [64, 50, 105],
    ],
  },
} as const satisfies RasterPort

/** Bound on {@link belowGround}. */
export const belowGroundThreshold = {
  meaning: "cells whose surface is more than 0.5 m below the terrain",
  unit: "%",
  warn: 1,
  fail: 5,
} as const

/** Per cent of the cells whose surface is more than 0.5 m below the terrain. */
export const belowGround = (heights: ArrayLike<number>): number => {
  let negative = 0
  for (let i = 0; i < heights.length; i++) if (heights[i]! < -0.5) negative++
  return Math.round((1e4 * negative) / heights.length) / 100
}

/**
 * The heights of a tile where its unfinished terrain model may get heights below a surface, or lose
 * some; else no bytes. O(cells).
 *
 * @param model of `dtm-rest`
 */
export const restingHeights = (model: Uint8Array | undefined, dsm: Raster): Uint8Array => {
  if (model === undefined || model.length === 0) return new Uint8Array(0)
  const { grid, values, source, outside } = decodeBlob<RestingModel>(RESTING, model, "unfinished terrain model")
  const tops = ownCells(dsm, grid)
  const heights = tops.map((top, at) => top - values[at]!)
  const surface = tops.filter((_, at) => source[at] !== 1)
  if (outside.rows.length === 0 && surface.every(Number.isNaN)) return new Uint8Array(0)
  return encodeBlob(MARK, { grid, heights, source, surface, outside } satisfies RestingHeights)
}

/** The cells of a raster in a window, from the south row. */
const ownCells = ({ data, width, minX, maxY, cellSize }: Raster, grid: CellGrid): Float32Array => {
  const cell = cellMillimetres(cellSize)
  const first = grid.column - Math.round((minX * 1000) / cell)
  const top = Math.round((maxY * 1000) / cell) - 1 - grid.row
  const own = new Float32Array(grid.columns * grid.rows)
  for (let row = 0; row < grid.rows; row++) {
    const from = (top - row) * width + first
    own.set(data.subarray(from, from + grid.columns), row * grid.columns)
  }
  return own
}

/**
 * The finished heights: surface minus terrain where this is filled, none where it is cut. O(cells).
 *
 * @param voids `void-filled`
 */
export const finishHeights = (bytes: Uint8Array, voids: Uint8Array): Raster & { readonly data: Float32Array } => {
  const rest = decodeBlob<RestingHeights>(MARK, bytes, "unfinished heights above ground")
  const { grid, heights, source, surface, outside } = rest
  const values = new Float32Array(heights.length).fill(Number.NaN)
  const { values: ground, source: later } = finishCells({ values, source, grid, outside }, voids)
  const finished = heights.map((height, at) => (later[at] === 0 ? Number.NaN : height))
  for (let at = 0, next = 0; at < heights.length; at++) {
    if (source[at] === 1) continue
    const top = surface[next++]!
    if (!Number.isNaN(ground[at])) finished[at] = top - ground[at]!
  }
  return cutRaster(finished, grid, grid)
}
