import { defineKernel } from "../../engine/kernel.js"
import { commonRules, joinRegions } from "../lib/region-join.js"
import { decodeRegionParts } from "../lib/region-part.js"
import { leafGridOf, shardsOf, tilesMet } from "../lib/tile-lines.js"
import { waterColumns, waterFeatures, waterRows } from "../lib/water-object.js"

/**
 * Lakes and rivers that touch borders of work tiles, each made whole and once, with levels from the counts of all their parts: for the layer, and for every tile that they meet, with rings that cross the lines of the tile grid in
 * vertices. The rules come with the parts; the order of the tiles does not matter. `truncated` marks bodies at a side of a tile beyond which the job holds no tile.
 *
 * Memory: 40 bytes a run of the parts. Time: O(n log n).
 */
export default defineKernel({
  id: "vector.water-join",
  version: 3,
  summary: "Lakes and rivers across tile borders, whole and once",
  scopes: ["job"],
  inputs: { "water-part": { kind: "blob", many: true } },
  outputs: {
    water: {
      kind: "features",
      geometry: "Polygon",
      help: "lakes, whole, and rivers, cut at the lines of the 10 km grid",
      columns: waterColumns,
    },
    "water-object": { kind: "shards" },
    "water-join-quality": { kind: "metrics" },
  },
  options: {},
  halo: () => 0,
  memory: ({ bytes }) => Math.min(24 * bytes, 9 * bytes + 120e6) + 16e6,
  run(tile, input) {
    const tiles = input["water-part"].map(decodeRegionParts)
    const rules = commonRules(tiles)
    const leaf = leafGridOf(tile)
    const { rows, dropped } = waterRows(joinRegions(tiles), rules, leaf.sideMm)
    const met = rows.map(({ region, outline, object }) => ({
      object,
      meets: tilesMet(region.runs, rules.cellMm, outline.rings, leaf),
      parts: region.tiles,
    }))
    return {
      water: waterFeatures(rows),
      "water-object": shardsOf(met, new Set(tiles.map(({ key }) => key))),
      "water-join-quality": {
        joinedWaters: rows.length,
        truncatedWaters: rows.filter(({ region }) => region.truncated).length,
        joinedDropped: dropped,
      },
    }
  },
})
