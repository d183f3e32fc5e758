/** The kernel `simulation.flow-join`: drainage of a whole job. */
import { defineKernel } from "../../engine/kernel.js"
import { commonRules } from "../handover/patch/join.js"
import { traceBasins } from "./drain/basin-layer.js"
import { decodePart, encodeDecision } from "./drain/handover.js"
import { joinNetworks } from "./drain/join.js"
import { cellsNear, parseOutlets } from "./drain/outlets.js"

/**
 * Joins the networks of all tiles: where each depression spills, what flows over borders of tiles,
 * and the first stream below each of these places. Also makes the basins. The results do not
 * depend on the tiles.
 *
 * Memory: 120 bytes a node: a cell of a tile's border, or a pit or saddle between ways through a
 * tile. Time: O(n log n).
 */
export default defineKernel({
  id: "simulation.flow-join",
  version: 4,
  summary: "Joins the drainage of tiles across their borders",
  onRequest: true,
  stages: ["job"],
  inputs: { "flow-part": { kind: "blob", many: true, requestedOnly: true } },
  outputs: { "flow-decision": { kind: "shards" }, "flow-join-quality": { kind: "metrics" } },
  options: {},
  halo: () => 0,
  // At least 2 bytes a cell, as long as the bytes of the parts are unknown.
  memory: ({ areaM2, bytes }, _options, { dtm = 0.5 } = {}) => Math.max(8 * bytes, 2 * (areaM2 / dtm ** 2)) + 16e6,
  run(_tile, input) {
    const parts = input["flow-part"].map(decodePart)
    const { least, outlets, snap } = commonRules(parts, { least: 1, outlets: "", snap: 0 })
    const cell = parts[0]?.window.cell ?? 1000
    const places = parseOutlets(outlets).map((place) => ({
      ...{ name: place.text, cells: cellsNear(place, snap, cell), isStream: snap > 0 },
    }))
    const { decisions, basins } = joinNetworks(parts, least, places)
    const polygons = traceBasins(parts, basins.outlets, basins.outletOf)
    return {
      "flow-decision": parts.map(({ key }, t) => ({
        key,
        bytes: encodeDecision({ least, decisions: decisions[t], basins: polygons[t] }),
        reads: decisions[t].reads.filter((other) => other !== key).sort(),
      })),
      "flow-join-quality": { flowNodes: parts.reduce((sum, { network }) => sum + network.cells.length, 0) },
    }
  },
})
