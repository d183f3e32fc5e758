/**
 * The kernel `vector.bridge-join`: joins the parts of decks that tile borders cut, over a 10 km
 * region and then over the job.
 */
import { defineKernel } from "../../engine/kernel.js"
import { joinFootprints, regionJoin } from "../handover/patch/settle.js"
import { deckFeatures, deckLayer, deckRows } from "./object.js"

/**
 * Bridge decks that touch borders of work tiles, each made whole and once, for the layer and for the tiles that they meet. The rules (cell, areas, tolerance) come with the
 * parts; the order of the tiles does not matter. `truncated` marks decks at a side of a tile beyond which the job holds no tile.
 *
 * In a region: the decks that come to none of its lines; the parts of the others are left to the job.
 *
 * Memory: 40 bytes a run of the parts, and a byte a cell of the box of a deck. Time: O(n log n).
 */
export default defineKernel({
  id: "vector.bridge-join",
  version: 5,
  summary: "Bridge decks across tile borders, whole and once",
  ...regionJoin,
  inputs: { "deck-part": { kind: "blob", many: true } },
  outputs: {
    bridge: deckLayer,
    "deck-object": { kind: "shards" },
    "deck-part": { kind: "blob" },
    "bridge-join-quality": { kind: "metrics" },
  },
  run(tile, input) {
    const { rows, dropped, truncated, shards, left } = joinFootprints(tile, input["deck-part"], (patches, common) =>
      deckRows(patches, { step: 0, ...common }),
    )
    return {
      bridge: deckFeatures(rows),
      "deck-object": shards,
      "deck-part": left,
      "bridge-join-quality": { joinedBridges: rows.length, truncatedBridges: truncated, joinedDropped: dropped },
    }
  },
})
