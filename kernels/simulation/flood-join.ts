/** The kernel `simulation.flood-join`: which low ground of a job is flooded. */
import { defineKernel } from "../../engine/kernel.js"
import { joinFlood } from "./hydrology/flood.js"
import { decodeLowGround, encodeFloodShare } from "./hydrology/handover.js"

/**
 * Joins low ground over the borders of tiles. Ground is flooded if it is connected, over any number
 * of tiles, with a place where water can come from.
 *
 * Memory: 100 bytes a cell of a border below the level. Time: linear.
 */
export default defineKernel({
  id: "simulation.flood-join",
  version: 1,
  summary: "Finds the low ground that water reaches",
  onRequest: true,
  stages: ["job"],
  inputs: { "flood-part": { kind: "blob", many: true } },
  outputs: { "flood-share": { kind: "shards" }, "flood-join-quality": { kind: "metrics" } },
  options: {},
  halo: () => 0,
  memory: ({ bytes }) => 25 * bytes + 16e6,
  run(_tile, input) {
    const tiles = input["flood-part"].map(decodeLowGround)
    const { bodies, flooded } = joinFlood(tiles)
    return {
      "flood-share": tiles.map(({ key, window }, t) => {
        const inTile = bodies.filter(
          ({ column, row }) =>
            column >= window.column &&
            row >= window.row &&
            column < window.column + window.columns &&
            row < window.row + window.rows,
        )
        return { key, bytes: encodeFloodShare({ flooded: flooded[t], bodies: inTile }), reads: [] }
      }),
      "flood-join-quality": { floodBodies: bodies.length },
    }
  },
})
