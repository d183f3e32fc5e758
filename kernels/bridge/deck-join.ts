/**
 * The kernel `vector.bridge-join`: joins the parts of decks that tile borders cut, over a 10 km
 * region and then over the job.
 */
import { defineKernel } from "../../engine/kernel.js"
import { joinFootprints, regionJoin } from "../handover/patch/settle.js"
import { deckFeatures, deckLayer, deckRows } from "./object.js"

/**
 * Bridge decks that touch borders of work tiles, each whole and once, for the layer and for the
 * tiles that they meet. The parts carry the rules (cell, areas, tolerance); the order of the tiles
 * does not matter. The column `truncated` marks decks at the end of the data, or at a tile side
 * beyond which the job has no tile.
 *
 * In a region: only decks that touch no line of it; the parts of the others are left to the job.
 * Memory: 40 bytes a run of the parts, and a byte a cell of the box of a deck. Time: O(n log n).
 */
export default defineKernel({
  id: "vector.bridge-join",
  version: 5,
  summary: "Joins the parts of bridge decks across tile borders",
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
