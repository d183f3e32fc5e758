/** What the kernels that make a terrain or surface model share, from points or from a file. */
import type { Option, RasterPort } from "../../../engine/kernel.js"

export const dtmPort = {
  kind: "raster",
  type: "float",
  heights: "bare-earth",
  cell: ({ cell }) => Number(cell),
} as const satisfies RasterPort

export const dsmPort = {
  kind: "raster",
  type: "float",
  heights: "first-surface",
  cell: ({ cell }) => Number(cell),
  style: { layer: "surface", label: "Surface", needs: "a surface model", unit: "m" },
} as const satisfies RasterPort

/** Side of the cells of a raster that the user brings. */
export const fileCell = {
  type: "number",
  default: 1,
  unit: "m",
  min: 0.001,
  max: 10_000,
  help: "side of the cells of the file; a run reads it from there",
} as const satisfies Option
