/** Encodes the points that a tile keeps for display (`--keep-points`). */
import type { Box2 } from "../../core/geometry/box.js"
import { thinPoints } from "../../formats/las/thin.js"
import { encodeLas } from "../../formats/las/write/las-writer.js"
import type { PointsPort } from "../../kernel.js"
import { type FullPoints, selectPoints } from "./select-points.js"

/** A port that takes every point, with all its attributes. */
export const EVERYTHING: PointsPort = {
  kind: "points",
  attributes: ["classification", "returnNumber", "numberOfReturns", "intensity", "gpsTime"],
}

/**
 * The points of a tile that a spacing keeps, as LAS of format 6 without a CRS, in steps of 1 cm as in LiDAR HD: what `--keep-points` gathers. The cells of the
 * spacing are whole when `points` were read for it; a tile writes those whose place lies in its own cell, half-open.
 *
 * @param points of the tile's extent, canonical order, noise and duplicates left out
 */
export const encodeKeptPoints = (points: FullPoints, cell: Box2, spacing: number): Uint8Array => {
  const kept = selectPoints(points, EVERYTHING, cell, thinPoints(points, spacing))
  return encodeLas(kept, { pointFormat: 6, scale: 0.01, offset: [0, 0, 0] })
}
