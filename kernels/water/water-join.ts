/**
 * The kernel `vector.water-join`: joins the parts of lakes and rivers that tile borders cut, over a
 * 10 km region and then over the job.
 */
import { defineKernel } from "../../engine/kernel.js"
import { joinFootprints, regionJoin } from "../handover/patch/settle.js"
import { waterFeatures, waterLayer, waterRows } from "./surface/object.js"

/**
 * Lakes and rivers that touch borders of work tiles, each made whole and once, with levels from the counts of all their parts: for the layer, and for every tile that they meet, with rings that cross the lines of the tile grid in
 * vertices. The rules come with the parts; the order of the tiles does not matter. `truncated` marks bodies at a side of a tile beyond which the job holds no tile.
 *
 * In a region: the bodies that come to none of its lines; the parts of the others are left to the job.
 *
 * Memory: 40 bytes a run of the parts. Time: O(n log n).
 */
export default defineKernel({
  id: "vector.water-join",
  version: 6,
  summary: "Lakes and rivers across tile borders, whole and once",
  ...regionJoin,
  inputs: { "water-part": { kind: "blob", many: true } },
  outputs: {
    water: waterLayer,
    "water-object": { kind: "shards" },
    "water-part": { kind: "blob" },
    "water-join-quality": { kind: "metrics" },
  },
  run(tile, input) {
    const { rows, dropped, truncated, shards, left } = joinFootprints(tile, input["water-part"], waterRows)
    return {
      water: waterFeatures(rows),
      "water-object": shards,
      "water-part": left,
      "water-join-quality": { joinedWaters: rows.length, truncatedWaters: truncated, joinedDropped: dropped },
    }
  },
})
