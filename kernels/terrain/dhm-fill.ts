/** Kernel `raster.dhm-fill`: heights above ground where the data enclose a void. */
import { defineKernel } from "../../engine/kernel.js"
import { belowGround, belowGroundThreshold, finishHeights, heightRaster } from "./void/heights-above-ground.js"

/**
 * Finishes the heights above ground of tiles whose terrain model `raster.dtm-fill` finishes:
 * surface minus filled terrain, as `raster.dhm` has them elsewhere. Without a surface or terrain a
 * cell is void.
 */
export default defineKernel({
  id: "raster.dhm-fill",
  version: 2,
  summary: "Heights above ground where the data enclose a void",
  stages: ["model"],
  inputs: { "dhm-rest": { kind: "blob" }, "void-filled": { kind: "blob" } },
  outputs: {
    dhm: { ...heightRaster, finishes: "dhm-rest" },
    "dhm-fill-quality": { kind: "metrics", thresholds: { belowGroundPercent: belowGroundThreshold } },
  },
  options: {},
  halo: () => 0,
  // Read, joined with the ground, copied and written.
  memory: ({ bytes }) => 4 * bytes,
  run(_tile, input) {
    const rest = input["dhm-rest"]
    if (rest.length === 0) return { dhm: undefined, "dhm-fill-quality": {} }
    const dhm = finishHeights(rest, input["void-filled"])
    return { dhm, "dhm-fill-quality": { belowGroundPercent: belowGround(dhm.data) } }
  },
})
