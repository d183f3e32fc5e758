/** The kernel `vector.water`: lakes and rivers of one tile, and the parts that its border cuts. */
import { defineKernel } from "../../engine/kernel.js"
import { findWater, type WaterOptions, waterHalo, waterOptions, waterOutputs } from "./surface/find-water.js"

/**
 * Lakes and rivers from class 9, and from virtual points (66) where they form an area.
 *
 * The points in and around a cell of a grid fixed in the CRS decide whether it is water
 * (`waterMask`); 4-connected cells form a body. Bodies inside the work tile are output whole: a
 * lake with one level, a river with levels that fall along it (`waterLevelOf`). Bodies that touch
 * the border of the tile's cells go to `vector.water-join`, with their counts of heights. Outlines
 * are at least `clear` less the tolerance from buildings. Outlines of two bodies have room in
 * between. The ground can therefore use all of them as edges.
 *
 * Virtual points away from class 9 make water if the cells that only they claim cover `minArea`,
 * with ground points in at most 5 % of them. This is decided for whole bodies (`claimsHold`).
 *
 * Water without points is not found: they must be at most twice `close` apart. Rough seas count as
 * rivers. Memory: 30 bytes a cell and 4 a point. Time: linear.
 */
export default defineKernel({
  id: "vector.water",
  version: 9,
  summary: "Lakes and rivers (classes 9 and 66) as polygons, with their levels",
  inputs: {
    "water-surface-points": {
      kind: "points",
      classes: [2, 6, 9, 17, 66],
      attributes: ["classification"],
      near: { classes: [9, 66], reach: (options) => waterHalo(options as unknown as WaterOptions) },
    },
  },
  outputs: waterOutputs,
  options: waterOptions,
  halo: waterHalo,
  memory: ({ points, areaM2 }, { cell }) => 12 * points + 30 * (areaM2 / (cell * cell)) + 1e6,
  run: (tile, input, options, scratch) => findWater(tile, input["water-surface-points"], options, scratch),
})
