/** Kernel `vector.vegetation-join`: joins vegetation polygons that meet across region borders. */
import { defineKernel } from "../../engine/kernel.js"
import { decodeCoverCuts, joinCoverCuts } from "./coverage/cuts.js"
import { coverFeatures, coverLayer } from "./coverage/object.js"

/**
 * Vegetation at the lines of the 10 km grid. Parts on both sides of a line share `object_id`, the
 * attributes of the whole object and the vertices on the line.
 *
 * Memory and time depend on the polygons at the lines, not on the area of the job
 * (`coverage/cuts.ts`).
 */
export default defineKernel({
  id: "vector.vegetation-join",
  version: 1,
  summary: "Joins vegetation across the lines of the 10 km grid",
  stages: ["job"],
  inputs: { "cover-cuts": { kind: "blob", many: true } },
  outputs: {
    vegetation: coverLayer,
    "vegetation-join-quality": { kind: "metrics" },
  },
  options: {},
  halo: () => 0,
  memory: ({ bytes }) => 10 * bytes + 16e6,
  run(_tile, input) {
    const rows = joinCoverCuts(input["cover-cuts"].map(decodeCoverCuts))
    return {
      vegetation: coverFeatures(rows),
      "vegetation-join-quality": {
        joinedVegetation: rows.length,
        truncatedVegetation: rows.filter(({ object }) => object.truncated).length,
      },
    }
  },
})
