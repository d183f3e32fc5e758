// @ts-check
/** The kernel of this package: the fuel of each cell of a grid, from points with plant traits. */
import { defineKernel } from "maille/kernels"
import { canopyBase, fuelProfile } from "./profile.js"

/**
 * Names of the strata above height 0, which are the bands of the rasters.
 *
 * @param {Readonly<Record<string, unknown>>} options
 */
const bands = ({ d, top }) =>
  Array.from({ length: Math.ceil(Number(top) / Number(d)) }, (_, i) => `${i * Number(d)} to ${(i + 1) * Number(d)} m`)

/** @type {[number, number, number][]} */
const green = [
  [247, 252, 185],
  [120, 198, 121],
  [0, 90, 50],
]

/** @param {Readonly<Record<string, unknown>>} options */
const cellOf = ({ cell }) => Number(cell)

/**
 * A raster with a band a stratum. Maps show its first band in this style.
 *
 * @param {string} layer
 * @param {string} label
 * @param {string} unit
 */
const byStratum = (layer, label, unit) => ({
  kind: /** @type {const} */ ("raster"),
  bands,
  cell: cellOf,
  style: { layer, label, needs: "points with plant traits", unit, ramp: green },
})

export default defineKernel({
  id: "fuel.profile",
  version: 1,
  summary: "Fuel of forest fires by height: plant area, bulk density, load, and the base of the canopy",
  inputs: {
    // Points whose z is the height above the ground; Zref is the altitude.
    returns: {
      kind: "points",
      extra: ["Easting", "Northing", "Elevation", "Zref", "WD", "LMA"],
      required: true,
      skipReason: "no points",
    },
  },
  outputs: {
    "plant-area": byStratum("plant-area", "Plant-area density", "m²/m³"),
    "bulk-density": byStratum("bulk-density", "Bulk density", "kg/m³"),
    "fuel-load": byStratum("fuel-load", "Fuel load", "kg/m²"),
    "canopy-base": {
      kind: "raster",
      cell: cellOf,
      style: { layer: "canopy-base", label: "Canopy base height", needs: "points with plant traits", unit: "m" },
    },
  },
  options: {
    cell: { type: "number", default: 10, unit: "m", min: 1, max: 1000, help: "side of a cell" },
    top: { type: "number", default: 40, unit: "m", min: 1, max: 100, help: "upper end of the highest stratum" },
    d: { type: "number", default: 1, unit: "m", min: 0.1, max: 10, help: "thickness of a stratum" },
    G: { type: "number", default: 0.5, min: 0.1, max: 1, help: "projection of leaves and twigs across the beam" },
    omega: { type: "number", default: 1, min: 0.1, max: 2, help: "clumping index, 1 for plants spread at random" },
    threshold: { type: "number", default: 0.012, unit: "kg/m³", min: 0, max: 1, help: "least density of the canopy" },
  },
  // Called when a job is planned, before any tile: refuses values that do not fit each other.
  check({ d, top }) {
    if (d > top) throw new Error(`d ${d} m is thicker than the whole profile. Give at most top, ${top} m.`)
  },
  // Cells that cross the border of the tile need all of their points.
  halo: ({ cell }) => cell,
  // Counts by stratum and three rasters of 4 bytes each, and sums of 8 bytes.
  memory: ({ areaM2 }, { cell, top, d }) => (areaM2 / cell ** 2) * (16 * (top / d + 1) + 64),

  run(tile, { returns }, options) {
    const { cell, d, threshold } = options
    const { count, x, y, z, origin, extra } = returns
    const strata = bands(options).length + 1
    // Whole cells that cover the core, counted from the origin of the CRS.
    const [west, south] = [Math.floor(tile.core[0] / cell), Math.floor(tile.core[1] / cell)]
    const width = Math.ceil(tile.core[2] / cell) - west
    const height = Math.ceil(tile.core[3] / cell) - south
    const cells = width * height
    const counts = new Uint32Array(cells * strata)
    const [all, cosines, WD, LMA] = [0, 1, 2, 3].map(() => new Float64Array(cells))
    // Millimetres are whole numbers: sums do not depend on the origin of the tile.
    const [originX, originY] = [Math.round(origin[0] * 1000), Math.round(origin[1] * 1000)]
    const [cellMm, stratumMm] = [Math.round(cell * 1000), Math.round(d * 1000)]
    for (let i = 0; i < count; i++) {
      const [xMm, yMm] = [x[i] + originX, y[i] + originY]
      const [column, row] = [Math.floor(xMm / cellMm) - west, height - 1 - (Math.floor(yMm / cellMm) - south)]
      if (column < 0 || column >= width || row < 0 || row >= height) continue
      const at = row * width + column
      const rise = Math.abs(extra.Zref[i] - extra.Elevation[i])
      all[at]++
      cosines[at] += rise / Math.hypot(xMm / 1000 - extra.Easting[i], yMm / 1000 - extra.Northing[i], rise)
      WD[at] += extra.WD[i]
      LMA[at] += extra.LMA[i]
      // Strata are closed above: a return at 1.000 m belongs to the one from 0 to 1 m.
      const stratum = z[i] <= 0 ? 0 : Math.ceil(z[i] / stratumMm)
      if (stratum < strata) counts[at * strata + stratum]++
    }
    const [plantArea, bulkDensity, load] = [0, 1, 2].map(() => new Float32Array(cells * (strata - 1)).fill(Number.NaN))
    const base = new Float32Array(cells).fill(Number.NaN)
    for (let at = 0; at < cells; at++) {
      const n = all[at]
      if (n === 0) continue
      const means = { cosine: cosines[at] / n, WD: WD[at] / n, LMA: LMA[at] / n }
      const profile = fuelProfile(counts.subarray(at * strata, (at + 1) * strata), means, options)
      base[at] = canopyBase(profile.bulkDensity, threshold, d)
      for (const [band, density] of profile.bulkDensity.entries()) {
        plantArea[band * cells + at] = profile.plantArea[band]
        bulkDensity[band * cells + at] = density
        load[band * cells + at] = density * d
      }
    }
    const place = { width, height, minX: west * cell, maxY: (south + height) * cell, cellSize: cell }
    return {
      "plant-area": { ...place, data: plantArea },
      "bulk-density": { ...place, data: bulkDensity },
      "fuel-load": { ...place, data: load },
      "canopy-base": { ...place, data: base },
    }
  },
})
