/** Kernel `simulation.sky-view`: the share of the sky that each cell of a surface sees. */
import { defineKernel } from "../../engine/kernel.js"
import { FarHorizon, farOption, reliefPort } from "./sun/far-horizon.js"
import { reachOption, skyPort } from "./sun/options.js"
import { horizonTangents, traceRay } from "./sun/ray.js"
import { cellsOf, rasterOfCore, surfaceWindow, windowBytes } from "./sun/surface-window.js"

/**
 * Sky-view factor: the share of an isotropic sky's light that a horizontal cell receives, and the
 * mean elevation of its horizon.
 *
 * The horizon of each of `directions` azimuths, from north, is the highest elevation of the surface
 * within `reach`, at least 0°; rays are those of `simulation.shadow`. The factor is the mean of
 * cos² of these elevations (T. Oke, Boundary Layer Climates, 1987). Void where the surface is.
 *
 * Time: cells · directions · crossings at most; runs of a ray below the horizon are skipped.
 */
export default defineKernel({
  id: "simulation.sky-view",
  version: 1,
  summary: "Sky-view factor and mean horizon of the surface model",
  onRequest: true,
  inputs: { dsm: { kind: "raster" }, relief: reliefPort },
  outputs: {
    "sky-view": skyPort({
      label: "Sky view",
      ramp: [
        [32, 38, 60],
        [94, 120, 160],
        [250, 248, 235],
      ],
      unit: "",
    }),
    horizon: skyPort({
      label: "Mean horizon",
      ramp: [
        [250, 248, 235],
        [120, 90, 60],
        [40, 24, 20],
      ],
      unit: "°",
    }),
  },
  options: {
    directions: { type: "number", default: 32, min: 4, max: 360, help: "number of azimuths of the horizon" },
    reach: reachOption("what is farther hides no sky"),
    far: farOption,
  },
  halo: ({ reach }) => reach,
  // The surface, and sums and results of the core.
  memory: ({ areaM2 }, { reach }, { dsm } = {}) => windowBytes(areaM2, dsm) + 32 * cellsOf(areaM2, dsm, reach),
  run(tile, { dsm, relief }, options) {
    const window = surfaceWindow(tile, dsm, options.reach)
    const size = window.core.columns * window.core.rows
    const [seen, elevation] = [new Float64Array(size), new Float64Array(size)]
    const tangents = new Float64Array(size)
    const count = Math.round(options.directions)
    const far = relief && new FarHorizon(relief, options)
    for (let k = 0; k < count; k++) {
      horizonTangents(window, traceRay(window, (360 * k) / count, options.reach), tangents)
      far?.raise(window, (360 * k) / count, tangents)
      for (let i = 0; i < size; i++) {
        seen[i] += 1 / (1 + tangents[i] * tangents[i])
        elevation[i] += Math.atan(tangents[i])
      }
    }
    return {
      "sky-view": rasterOfCore(
        window,
        Float32Array.from(seen, (sum) => sum / count),
      ),
      horizon: rasterOfCore(
        window,
        Float32Array.from(elevation, (sum) => ((sum / count) * 180) / Math.PI),
      ),
    }
  },
})
