/**
 * The kernel `vector.artificial-join`: joins the parts that tile borders cut, over a 10 km region
 * and then over the job.
 */
import { defineKernel } from "../../engine/kernel.js"
import { regionOf } from "../handover/patch/part.js"
import { joinParts, leftPatchParts, regionJoin } from "../handover/patch/settle.js"
import { artificialFeatures, artificialLayer, artificialRows, artificialSpotLayer, artificialSpots } from "./object.js"

/**
 * Things of classes 64 and 67 that touch borders of work tiles, each whole and once. The parts
 * carry the rules; the order of the tiles does not matter. In a region: only things that touch no
 * line of it; the parts of the others are left to the job.
 *
 * Memory: 40 bytes a run of the parts. Time: O(n log n).
 */
export default defineKernel({
  id: "vector.artificial-join",
  version: 3,
  summary: "Joins the parts of structures (classes 64, 67) across tile borders",
  ...regionJoin,
  inputs: { "lasting-part": { kind: "blob", many: true }, "built-part": { kind: "blob", many: true } },
  outputs: {
    artificial: artificialLayer,
    "artificial-spot": artificialSpotLayer,
    "lasting-part": { kind: "blob" },
    "built-part": { kind: "blob" },
    "artificial-join-quality": { kind: "metrics" },
  },
  run(tile, input) {
    const made = ([64, 67] as const).map((classification) => {
      const blobs = input[classification === 64 ? "lasting-part" : "built-part"]
      const { tiles, rules, inside, left } = joinParts(blobs, regionOf(tile))
      return { ...artificialRows(classification, inside, rules), left: leftPatchParts(tiles, left) }
    })
    const polygons = made.flatMap((rows) => rows.polygons)
    const spots = made.flatMap((rows) => rows.spots)
    return {
      artificial: artificialFeatures(polygons),
      "artificial-spot": artificialSpots(spots),
      "lasting-part": made[0].left,
      "built-part": made[1].left,
      "artificial-join-quality": {
        joinedArtificial: polygons.length,
        joinedArtificialSpots: spots.length,
        truncatedArtificial: [...polygons, ...spots].filter(({ patch }) => patch.truncated).length,
        joinedDropped: made.reduce((sum, { dropped }) => sum + dropped, 0),
      },
    }
  },
})
