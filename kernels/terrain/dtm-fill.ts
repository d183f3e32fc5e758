/** Kernel `raster.dtm-fill`: fills the terrain model where the data enclose a void. */
import { decodeBlob } from "../../engine/core/blob.js"
import { defineKernel } from "../../engine/kernel.js"
import { rasterOf } from "../grid/cell-grid.js"
import type { SurfaceWindow } from "./raster/surface-raster.js"
import { fillCells } from "./void/filled-voids.js"
import { RESTING } from "./void/void-part.js"

/**
 * Finishes the terrain model of tiles with a void that the data may enclose. If they do, its cells
 * get heights between the ground around it, marked 2 (filled) in `dtm-source`; the others stay as
 * they are. Other tiles have their model from `raster.dtm`.
 */
export default defineKernel({
  id: "raster.dtm-fill",
  version: 1,
  summary: "Fills the terrain model where the data enclose a void",
  stages: ["model"],
  inputs: { "dtm-rest": { kind: "blob" }, "void-filled": { kind: "blob" } },
  outputs: {
    dtm: { kind: "raster", type: "float", heights: "bare-earth", finishes: "dtm-rest" },
    "dtm-source": { kind: "raster", type: "byte", finishes: "dtm-rest" },
    "dtm-fill-quality": { kind: "metrics" },
  },
  options: {
    cell: {
      type: "number",
      flag: true,
      default: 0.5,
      unit: "m",
      min: 0.1,
      max: 50,
      help: "cell size, in whole millimetres; raster.dtm and raster.dsm need the same",
    },
  },
  halo: () => 0,
  // The raster is read, copied and written.
  memory: ({ bytes }) => 3 * bytes,
  run(_tile, input) {
    const rest = input["dtm-rest"]
    if (rest.length === 0) return { dtm: undefined, "dtm-source": undefined, "dtm-fill-quality": {} }
    const { grid, values, source } = decodeBlob<SurfaceWindow>(RESTING, rest, "unfinished terrain model")
    const filled = fillCells(values, source, grid, input["void-filled"])
    return {
      dtm: rasterOf(values, grid, grid),
      "dtm-source": rasterOf(source, grid, grid),
      "dtm-fill-quality": { filledCells: filled },
    }
  },
})
