/**
 * The kernel `vector.bridge-join`: joins the parts of decks that tile borders cut, over a 10 km
 * region and then over the job.
 */
import { defineKernel } from "../../engine/kernel.js"
import { squareOf } from "../handover/region/left-parts.js"
import { joinParts, leftRegionParts, settledIn } from "../handover/region/settle.js"
import { leafGridOf, shardsOf, tilesMet } from "../handover/region/tile-lines.js"
import { deckFeatures, deckLayer, deckRows } from "./object.js"

/**
 * Bridge decks that touch borders of work tiles, each made whole and once, for the layer and for the tiles that they meet. The rules (cell, areas, tolerance) come with the
 * parts; the order of the tiles does not matter. `truncated` marks decks at a side of a tile beyond which the job holds no tile.
 *
 * In a square: the decks that come to none of its lines; the parts of the others are left to the job.
 *
 * Memory: 40 bytes a run of the parts, and a byte a cell of the box of a deck. Time: O(n log n).
 */
export default defineKernel({
  id: "vector.bridge-join",
  version: 5,
  summary: "Bridge decks across tile borders, whole and once",
  stages: ["region", "job"],
  inputs: { "deck-part": { kind: "blob", many: true } },
  outputs: {
    bridge: deckLayer,
    "deck-object": { kind: "shards" },
    "deck-part": { kind: "blob" },
    "bridge-join-quality": { kind: "metrics" },
  },
  options: {},
  halo: () => 0,
  memory: ({ bytes }) => Math.min(24 * bytes, 9 * bytes + 120e6) + 16e6,
  run(tile, input) {
    const leaf = leafGridOf(tile)
    const square = squareOf(tile)
    const { tiles, rules: common, inside, left } = joinParts(input["deck-part"], square)
    const rules = { step: 0, ...common }
    const { rows: made, dropped } = deckRows(inside, rules)
    const met = made.map((row) => {
      const rings = [...row.outline.rings, ...row.object.members.flatMap((one) => one.rings)]
      const meets = tilesMet(row.region.runs, rules.cellMm, rings, leaf)
      return { ...row, meets, parts: row.region.tiles }
    })
    const { settled: rows, left: over } = settledIn(met, leaf, square)
    return {
      bridge: deckFeatures(rows),
      "deck-object": shardsOf(rows, new Set(tiles.map(({ key }) => key))),
      "deck-part": leftRegionParts(tiles, [...left, ...over]),
      "bridge-join-quality": {
        joinedBridges: rows.length,
        truncatedBridges: rows.filter(({ region }) => region.truncated).length,
        joinedDropped: dropped,
      },
    }
  },
})
