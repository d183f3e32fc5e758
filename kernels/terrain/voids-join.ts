/** The kernel `terrain.voids-join`: finds which voids the data enclose, and gives them heights. */
import { defineKernel } from "../../engine/kernel.js"
import { regionOf } from "../handover/patch/part.js"
import { regionJoin } from "../handover/patch/settle.js"
import { joinVoids } from "./void/join-voids.js"

/**
 * Voids of all tiles, joined over a 10 km region and then over the job. A void that reaches the end
 * of the data, or a side beyond which the job has no tile, is cut by the outside gaps of 10 m
 * cells. Each enclosed one, and each rest, gets a height every 5 m from a TIN of the ground around
 * it. The same for every tile size.
 *
 * Memory: 40 bytes a run of the parts, 5 a place of enclosed voids. Time: O(n log n).
 */
export default defineKernel({
  id: "terrain.voids-join",
  version: 5,
  summary: "Finds which voids the data enclose, and gives them heights",
  ...regionJoin,
  inputs: { "void-part": { kind: "blob", many: true } },
  outputs: {
    "void-filled": { kind: "shards" },
    "void-part": { kind: "blob" },
    "void-join-quality": { kind: "metrics" },
  },
  run(tile, input) {
    const { shards, left, enclosed, area, groundless } = joinVoids(input["void-part"], regionOf(tile))
    return {
      "void-filled": shards,
      "void-part": left,
      "void-join-quality": { enclosedVoids: enclosed, enclosedM2: area, groundlessVoids: groundless },
    }
  },
})
