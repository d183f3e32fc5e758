/** Kernel `raster.dsm`: the digital surface model of a tile, with the class of each cell. */
import { defineKernel } from "../../engine/kernel.js"
import { cutRaster } from "../grid/cell-grid.js"
import { requireColumn } from "../handover/point-set.js"
import { dsmPort } from "./raster/height-models.js"
import { surfaceKernel, surfaceMetrics, surfaceRaster, surfaceThresholds } from "./raster/surface-raster.js"
import { surveyReach } from "./raster/survey-extent.js"

/**
 * Digital surface model: the highest point of each cell, of ground, vegetation, buildings, water
 * and bridge decks. Empty cells take the Delaunay TIN of those points at their true places, where
 * its circumcircles are within `reach`. Beyond, a pyramid of means fills them, up to `fill`.
 *
 * `class` is the class of the highest point; in TIN cells that of the nearest vertex, in filled
 * ones 0. Heights in metres of the points' vertical system.
 */
export default defineKernel({
  id: "raster.dsm",
  version: 5,
  summary: "Surface model: the highest point of each cell; a TIN fills empty cells",
  inputs: {
    surface: {
      kind: "points",
      classes: [2, 3, 4, 5, 6, 9, 17],
      attributes: ["classification"],
      chunked: true,
      required: true,
      skipReason: "no points of classes 2, 3, 4, 5, 6, 9 or 17",
    },
    survey: { kind: "presence" },
  },
  outputs: {
    dsm: dsmPort,
    class: { kind: "raster", type: "byte", publish: false },
    "dsm-quality": { kind: "metrics", thresholds: surfaceThresholds("surface") },
  },
  ...surfaceKernel(surveyReach),
  run(tile, input, options, scratch) {
    const surface = surfaceRaster(tile, input.surface, options, "top", scratch)
    return {
      dsm: cutRaster(surface.values, surface.grid, surface.core),
      class: cutRaster(
        requireColumn({ classification: surface.classes }, "classification"),
        surface.grid,
        surface.core,
      ),
      "dsm-quality": surfaceMetrics(tile, surface, input.survey, scratch),
    }
  },
})
