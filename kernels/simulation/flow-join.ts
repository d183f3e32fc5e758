/** The kernel `simulation.flow-join`: drainage of a whole job. */
import { defineKernel } from "../../engine/kernel.js"
import { decodePart, encodeDecision } from "./hydrology/handover.js"
import { joinNetworks } from "./hydrology/join.js"

/**
 * Joins the networks of all tiles: where each depression spills, what flows over borders of tiles,
 * and the first stream below each of these places. The result does not depend on the tiles.
 *
 * Memory: 120 bytes a node: a cell of a tile's border, or a pit or saddle between ways through a
 * tile. Time: O(n log n).
 */
export default defineKernel({
  id: "simulation.flow-join",
  version: 1,
  summary: "Joins the drainage of tiles across their borders",
  onRequest: true,
  stages: ["job"],
  inputs: { "flow-part": { kind: "blob", many: true } },
  outputs: { "flow-decision": { kind: "shards" }, "flow-join-quality": { kind: "metrics" } },
  options: {
    streamArea: {
      type: "number",
      default: 10000,
      unit: "m²",
      min: 1,
      max: 1e9,
      help: "smallest area that drains to a stream",
    },
  },
  halo: () => 0,
  memory: ({ bytes }) => 7 * bytes + 16e6,
  run(_tile, input, { streamArea }) {
    const parts = input["flow-part"].map(decodePart)
    const cell = (parts[0]?.window.cell ?? 1000) / 1000
    const least = Math.max(1, Math.ceil(streamArea / (cell * cell)))
    const decisions = joinNetworks(parts, least)
    return {
      "flow-decision": parts.map(({ key }, t) => ({
        key,
        bytes: encodeDecision({ least, decisions: decisions[t] }),
        reads: decisions[t].reads.filter((other) => other !== key).sort(),
      })),
      "flow-join-quality": { flowNodes: parts.reduce((sum, { network }) => sum + network.cells.length, 0) },
    }
  },
})
