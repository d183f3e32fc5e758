/**
 * Kernel `vector.vegetation-region`: the vegetation polygons of a region from the cells of its
 * tiles.
 */

import { elementAt } from "../../engine/core/lists.js"
import { defineKernel, regionSide } from "../../engine/kernel.js"
import { encodeCoverCuts } from "./coverage/cuts.js"
import { coverFeatures, coverLayer, coverRows } from "./coverage/object.js"
import { decodeCoverTile } from "./coverage/part.js"
import { commonCoverRules, coverRegion } from "./coverage/region.js"

/**
 * The coverage of vegetation in one 10 km region, from the cells of its tiles. Polygons are traced
 * with holes and simplified once for both sides of each boundary (`coverage/region.ts`).
 *
 * Polygons inside the region are output whole. Polygons at its lines go to
 * `vector.vegetation-join`, vertices on the lines unchanged. Order and size of the tiles do not
 * matter.
 *
 * Memory: that of one region, never of the job: 20 bytes for each byte of its tiles' blobs, which
 * take about 4 a run of cells. Time: O(runs).
 */
export default defineKernel({
  id: "vector.vegetation-region",
  version: 2,
  summary: "Vegetation polygons: woods, hedges, groups of trees, shrubs, low vegetation",
  stages: ["region"],
  inputs: { "cover-tile": { kind: "blob", many: true } },
  outputs: {
    vegetation: coverLayer,
    "cover-cuts": { kind: "blob" },
    "vegetation-region-quality": { kind: "metrics" },
  },
  options: {},
  halo: () => 0,
  memory: ({ bytes }) => 20 * bytes + 64e6,
  run(_tile, input) {
    const tiles = input["cover-tile"].map(decodeCoverTile)
    const rules = commonCoverRules(tiles)
    const side = (1000 * regionSide) / rules.cellMm
    const { column, row } = elementAt(tiles, 0).runs
    const [west, south] = [side * Math.floor(column / side), side * Math.floor(row / side)]
    const polygons = coverRegion(tiles, rules, { column: west, row: south, columns: side, rows: side })
    const rows = polygons.filter(({ cut }) => !cut).flatMap((polygon) => coverRows([polygon], rules))
    const cuts = polygons.filter(({ cut }) => cut)
    const windows = tiles.map(({ runs: w }) => {
      const corners = [w.column, w.row, w.column + w.columns, w.row + w.rows]
      return corners.map((cells) => cells * rules.cellMm) as [number, number, number, number]
    })
    return {
      vegetation: coverFeatures(rows),
      "cover-cuts": encodeCoverCuts({ rules, windows, polygons: cuts }),
      "vegetation-region-quality": { vegetation: rows.length, vegetationCuts: cuts.length },
    }
  },
})
