import { defineKernel } from "../../engine/kernel.js"
import { deckColumns, deckFeatures, deckRows } from "../lib/deck-object.js"
import { commonRules, joinRegions } from "../lib/region-join.js"
import { decodeRegionParts } from "../lib/region-part.js"
import { leafGridOf, shardsOf, tilesMet } from "../lib/tile-lines.js"

/**
 * Bridge decks that touch borders of work tiles, each made whole and once, for the layer and for the tiles that they meet. The rules (cell, areas, tolerance) come with the
 * parts; the order of the tiles does not matter. `truncated` marks decks at a side of a tile beyond which the job holds no tile.
 *
 * Memory: 40 bytes a run of the parts, and a byte a cell of the box of a deck. Time: O(n log n).
 */
export default defineKernel({
  id: "vector.bridge-join",
  version: 3,
  summary: "Bridge decks across tile borders, whole and once",
  scopes: ["job"],
  inputs: { "deck-part": { kind: "blob", many: true } },
  outputs: {
    bridge: { kind: "features", geometry: "Polygon", help: "bridge decks", columns: deckColumns },
    "deck-object": { kind: "shards" },
    "bridge-join-quality": { kind: "metrics" },
  },
  options: {},
  halo: () => 0,
  memory: ({ bytes }) => Math.min(24 * bytes, 9 * bytes + 120e6) + 16e6,
  run(tile, input) {
    const tiles = input["deck-part"].map(decodeRegionParts)
    const rules = { step: 0, ...commonRules(tiles) }
    const { rows, dropped } = deckRows(joinRegions(tiles), rules)
    const leaf = leafGridOf(tile)
    const met = rows.map(({ region, object, outline }) => ({
      object,
      meets: tilesMet(
        region.runs,
        rules.cellMm,
        [...outline.rings, ...object.members.flatMap((one) => one.rings)],
        leaf,
      ),
      parts: region.tiles,
    }))
    return {
      bridge: deckFeatures(rows),
      "deck-object": shardsOf(met, new Set(tiles.map(({ key }) => key))),
      "bridge-join-quality": {
        joinedBridges: rows.length,
        truncatedBridges: rows.filter(({ region }) => region.truncated).length,
        joinedDropped: dropped,
      },
    }
  },
})
