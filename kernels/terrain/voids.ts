/** The kernel `terrain.voids`: places of a tile without returns or without ground, for the join. */
import { defineKernel } from "../../engine/kernel.js"
import { findVoids, rimHalo, voidHalo } from "./void/find-voids.js"
import { encodeVoidParts } from "./void/void-part.js"

/**
 * Voids of one tile, as cells of 1 m with the ground points around them. `open` voids are farther
 * than 8 m from any return that the ground mesh reads, after closing. `bare` ones are wider than
 * the terrain model's triangles reach. Gaps of 10 m cells bound the extent of the data. Only the
 * join knows which voids the data enclose.
 *
 * Memory: 8 bytes a cell of 1 m. Time: linear.
 */
export default defineKernel({
  id: "terrain.voids",
  version: 5,
  summary: "Finds places without returns or without ground",
  evenSkipped: true,
  inputs: {
    "void-presence": { kind: "presence" },
    "void-ground": { kind: "points", classes: [2, 9, 66], chunked: true, within: () => rimHalo },
  },
  outputs: { "void-part": { kind: "blob" } },
  options: {},
  halo: () => voidHalo,
  memory: ({ areaM2 }) => 8 * areaM2 + 4e6,
  run(tile, input) {
    return { "void-part": encodeVoidParts(findVoids(tile, input["void-presence"], input["void-ground"])) }
  },
})
