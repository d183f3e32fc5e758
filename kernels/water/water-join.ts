/**
 * The kernel `vector.water-join`: joins the parts of lakes and rivers that tile borders cut, over a
 * 10 km region and then over the job.
 */
import { defineKernel } from "../../engine/kernel.js"
import { joinFootprints, regionJoin } from "../handover/patch/settle.js"
import { waterFeatures, waterLayer, waterRows } from "./surface/object.js"

/**
 * Lakes and rivers that touch borders of work tiles, each whole and once, for the layer and for
 * every tile that they meet. Levels come from the counts of all parts; rings have vertices at the
 * lines of the tile grid. The parts carry the rules; the order of the tiles does not matter. The
 * column `truncated` marks bodies at the end of the data, or at a tile side beyond which the job
 * has no tile.
 *
 * In a region: only bodies that touch no line of it; the parts of the others are left to the job.
 * Memory: 40 bytes a run of the parts. Time: O(n log n).
 */
export default defineKernel({
  id: "vector.water-join",
  version: 9,
  summary: "Joins the parts of lakes and rivers across tile borders",
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
