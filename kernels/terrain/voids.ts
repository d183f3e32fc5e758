/** The kernel `terrain.voids`: places of a tile without returns or without ground, for the join. */
import { defineKernel } from "../../engine/kernel.js"
import { findVoids, voidHalo } from "./void/find-voids.js"
import { encodeVoidParts } from "./void/void-part.js"

/**
 * Voids of one tile, as cells of 1 m with the ground points around them. `open` voids are farther
 * than 8 m from any return that the ground mesh reads, after closing. `bare` ones are wider than
 * the terrain model's triangles reach. Only the join knows which of them the data enclose.
 *
 * Memory: 8 bytes a cell of 1 m. Time: linear.
 */
export default defineKernel({
  id: "terrain.voids",
  version: 1,
  summary: "Finds places without returns or without ground",
  evenSkipped: true,
  inputs: {
    "void-points": {
      kind: "points",
      classes: [2, 3, 4, 5, 6, 9, 17, 66],
      attributes: ["classification"],
      spacing: () => 1,
    },
  },
  outputs: { "void-part": { kind: "blob" } },
  options: {},
  halo: () => voidHalo,
  memory: ({ areaM2 }) => 8 * areaM2 + 4e6,
  run(tile, input) {
    return { "void-part": encodeVoidParts(findVoids(tile, input["void-points"])) }
  },
})
