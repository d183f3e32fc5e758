/** The kernel `vector.water-voids`: water of one tile, with lakes that gave no returns. */
import { defineKernel } from "../../engine/kernel.js"
import { findWater, voidOptions, waterHalo, waterOutputs } from "./surface/find-water.js"

/**
 * Lakes and rivers as `vector.water` finds them, and voids with level banks (`--water-from voids`).
 *
 * A void is a place that a disc of `empty` without any return but water's covers, with what trees
 * cover beside it. It is water if it covers `minArea`, at least half of its shore has ground
 * within 2 m, and that is level: its lowest 60 %, in steps of 5 m, within 0.3 m, and 90 % within 1
 * m (quays are higher). Its level is their median. The data enclose it, or it is 30 m long and at
 * most 30 % of its outline follow the end of the data. This is decided for whole bodies, those of
 * points and voids together.
 *
 * Memory: 45 bytes a cell and 4 a point. Time: linear.
 */
export default defineKernel({
  id: "vector.water-voids",
  version: 3,
  summary: "Lakes and rivers; also lakes without returns between level banks",
  inputs: {
    "water-return-points": {
      kind: "points",
      classes: [1, 2, 3, 4, 5, 6, 9, 17, 64, 66],
      attributes: ["classification"],
    },
  },
  outputs: waterOutputs,
  options: voidOptions,
  halo: waterHalo,
  memory: ({ points, areaM2 }, { cell }) => 12 * points + 45 * (areaM2 / (cell * cell)) + 1e6,
  run: (tile, input, options, scratch) => findWater(tile, input["water-return-points"], options, scratch),
})
