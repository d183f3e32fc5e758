/** The kernel `vector.water-voids`: water of one tile, with lakes that gave no returns. */
import { defineKernel } from "../../engine/kernel.js"
import { findWater, waterHalo, waterOptions, waterOutputs } from "./surface/find-water.js"

/**
 * Lakes and rivers as `vector.water` finds them, and voids with level banks (`--water-from voids`).
 *
 * A void is a place that a disc of 4 m without any return covers. It is water if it covers
 * `minArea`, the data enclose it, and the lowest ground within 2 m of its shore is level: the
 * middle 80 % of it, in steps of 5 m, within 0.3 m. Its level is their median. This is decided for
 * whole bodies, those of points and voids together.
 *
 * Memory: 45 bytes a cell and 4 a point. Time: linear.
 */
export default defineKernel({
  id: "vector.water-voids",
  version: 1,
  summary: "Lakes and rivers; also lakes without returns between level banks",
  inputs: {
    "water-return-points": {
      kind: "points",
      classes: [1, 2, 3, 4, 5, 6, 9, 17, 64, 66],
      attributes: ["classification"],
    },
  },
  outputs: waterOutputs,
  options: waterOptions,
  halo: (options) => waterHalo(options, true),
  memory: ({ points, areaM2 }, { cell }) => 12 * points + 45 * (areaM2 / (cell * cell)) + 1e6,
  run: (tile, input, options, scratch) => findWater(tile, input["water-return-points"], options, true, scratch),
})
