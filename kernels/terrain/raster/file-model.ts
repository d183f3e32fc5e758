/** The option that `raster.dtm-file` and `raster.dsm-file` share. */
import type { Option } from "../../../engine/kernel.js"

/** Side of the cells of a raster that the user brings. */
export const fileCell = {
  type: "number",
  default: 1,
  unit: "m",
  min: 0.001,
  max: 10_000,
  help: "side of the cells of the file; a run reads it from there",
} as const satisfies Option
