/** Kernel `raster.dtm`: the digital terrain model of a tile, with the source of each cell. */
import { encodeBlob } from "../../engine/core/blob.js"
import { defineKernel, type Tile } from "../../engine/kernel.js"
import { cutRaster } from "../grid/cell-grid.js"
import { dtmPort } from "./raster/height-models.js"
import {
  ownWindow,
  type Surface,
  type SurfaceValues,
  sourceValues,
  surfaceHalo,
  surfaceKernel,
  surfaceMetrics,
  surfaceRaster,
  surfaceThresholds,
} from "./raster/surface-raster.js"
import { cutEnd } from "./void/cut-end.js"
import { isUnfinished, voidHalo } from "./void/find-voids.js"
import { decodeVoidParts, RESTING, type RestingModel } from "./void/void-part.js"

const noGround =
  "no ground points (class 2, 9 or 66) in reach. Let maille find them with --classify ground, or make only --products dsm"

/**
 * Digital terrain model: the height of a Delaunay TIN at each cell's centre. The TIN has ground
 * (2), water (9) and virtual (66) points, one a cell (the nearest to the centre). Cells without a
 * triangle whose circumcircle is within `reach` are filled from a pyramid of means, up to `fill`;
 * farther ones stay void. `dtm-source`: 0 void, 1 interpolated, 2 filled. A model with cells in a
 * void that the data may enclose, or at the end of the data, also goes to the blob `dtm-rest`,
 * uncut. It is finished once that is known. The raster of this stage ends where the returns end.
 *
 * Heights in metres of the points' vertical system. Ignores breaklines; under a bridge it has only
 * class 2 points.
 */
export default defineKernel({
  id: "raster.dtm",
  version: 11,
  summary: "Terrain model: a TIN of ground, water and virtual points on a grid",
  evenSkipped: true,
  inputs: {
    ground: {
      kind: "points",
      classes: [2, 9, 66],
      chunked: true,
      required: true,
      skipReason: noGround,
      within: (options) => surfaceHalo(options as SurfaceValues),
    },
    survey: { kind: "presence" },
    "void-part": { kind: "blob", optional: true },
  },
  outputs: {
    dtm: dtmPort,
    "dtm-source": { kind: "raster", type: "byte", values: sourceValues },
    "dtm-rest": { kind: "blob" },
    "dtm-quality": { kind: "metrics", thresholds: surfaceThresholds("terrain") },
  },
  // Where the data end depends on the points within the halo of voids.
  ...surfaceKernel(voidHalo),
  run(tile, input, options, scratch) {
    const surface = surfaceRaster(tile, input.ground, options, "ground", scratch)
    const { voidPercent = 0, ...metrics } = surfaceMetrics(tile, surface, input.survey, scratch)
    const survey = { voidPercent, surveyedPercent: metrics["surveyedPercent"] ?? 0 }
    const rest = encodeUnfinished(tile, surface, survey, input["void-part"])
    if (input["void-part"] !== undefined) cutEnd(tile, surface, input.survey)
    return {
      dtm: cutRaster(surface.values, surface.grid, surface.core),
      "dtm-source": cutRaster(surface.source, surface.grid, surface.core),
      "dtm-rest": rest,
      // The kernel that finishes the model counts its void cells.
      "dtm-quality": rest.length > 0 ? metrics : { voidPercent, ...metrics },
    }
  },
})

/** The model where a later kernel may fill it, else no bytes. */
const encodeUnfinished = (
  tile: Tile,
  { counts, ...surface }: Surface,
  survey: RestingModel["survey"],
  voids: Uint8Array | undefined,
): Uint8Array => {
  if (voids === undefined) return new Uint8Array(0)
  const parts = decodeVoidParts(voids)
  if (counts[0] + counts[2] === 0 && parts.outside.rows.length === 0) return new Uint8Array(0)
  const own = ownWindow(tile, surface)
  return isUnfinished(own.source, own.grid, parts)
    ? encodeBlob(RESTING, { ...own, survey, outside: parts.outside } satisfies RestingModel)
    : new Uint8Array(0)
}
