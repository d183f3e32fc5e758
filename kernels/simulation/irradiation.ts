/** Kernel `simulation.irradiation`: the light of a year on the roofs of a surface model. */
import { Box2 } from "../../engine/core/geometry/box.js"
import { defineKernel, type Raster, type Tile } from "../../engine/kernel.js"
import { gridAround } from "../grid/cell-grid.js"
import { parseLinke } from "./sun/clear-sky.js"
import { FarHorizon, farOption, reliefPort } from "./sun/far-horizon.js"
import { localTilt } from "./sun/local-tilt.js"
import { lightRamp, reachOption, skyPort } from "./sun/options.js"
import { lightBehind } from "./sun/plane-light.js"
import { horizonTangents, traceRay } from "./sun/ray.js"
import { encodeRoofHorizons, type RoofHorizons } from "./sun/roof-horizon.js"
import { SolarLightCache } from "./sun/solar-light-cache.js"
import { cellsOf, type SurfaceWindow, surfaceWindow, windowBytes } from "./sun/surface-window.js"

/** Class of buildings. */
const BUILDING = 6
/** Degrees: steps of slope and aspect of a cell. */
const [SLOPE_STEP, ASPECT_STEP] = [3, 10]

/**
 * Light of a cloudless year on each cell of a building: direct, from the sky, and reflected by the
 * ground; void elsewhere. Clouds take about a third of it in central Europe.
 *
 * The horizon of each cell is that of `simulation.sky-view` in 32 azimuths. The tilt is that of the
 * plane through the building's cells within two of the cell, by least squares, in steps of 3° and
 * 10°. The horizons within `overhang` of the tile also go to `simulation.roof-sun`, which has the
 * planes of the roofs. Time: cells of buildings · azimuths · crossings at most.
 */
export default defineKernel({
  id: "simulation.irradiation",
  version: 1,
  summary: "Solar irradiation of roofs in a cloudless year, by cell",
  onRequest: true,
  inputs: { dsm: { kind: "raster" }, class: { kind: "raster", type: "byte" }, relief: reliefPort },
  outputs: {
    irradiation: skyPort({
      label: "Irradiation",
      layer: "irradiation",
      needs: "buildings",
      ramp: lightRamp,
      unit: "kWh/m²",
      low: 400,
    }),
    "roof-horizon": { kind: "blob" },
  },
  options: {
    linke: {
      type: "string",
      list: "numbers",
      default: "2.1,2.2,2.5,2.9,3.2,3.4,3.5,3.3,2.9,2.6,2.3,2.2",
      help: "Linke turbidity of the months from January, air mass 2; the default is that of rural areas in central Europe",
    },
    albedo: { type: "number", default: 0.2, min: 0, max: 1, help: "share of the light that the ground reflects" },
    overhang: {
      type: "number",
      default: 50,
      unit: "m",
      min: 5,
      max: 500,
      help: "distance that a roof may reach beyond its tile; planes that reach farther get no value",
    },
    reach: { ...reachOption("what is farther hides nothing"), default: 100 },
    far: farOption,
  },
  halo: ({ reach, overhang }) => reach + overhang,
  // The surface, and the horizons of a tile full of buildings.
  memory: ({ areaM2 }, { reach }, { dsm } = {}) =>
    windowBytes(areaM2, dsm) + (2 * SECTORS + 24) * cellsOf(areaM2, dsm, reach),
  check({ linke }) {
    parseLinke(linke)
  },
  run(tile, input, options) {
    const linke = parseLinke(options.linke)
    const window = surfaceWindow({ ...tile, core: Box2.grow(tile.core, options.overhang) }, input.dsm, options.reach)
    const roofs = { ...roofHorizons(window, input, options), linke, albedo: options.albedo }
    return { irradiation: lightOfCells(tile, window, roofs), "roof-horizon": encodeRoofHorizons(roofs) }
  },
})

/** Azimuths of a horizon. */
const SECTORS = 32

const roofHorizons = (
  window: SurfaceWindow,
  { class: classes, relief }: { readonly class: Raster; readonly relief: Raster | undefined },
  options: { readonly reach: number; readonly far: number },
): Pick<RoofHorizons, "grid" | "numbers" | "sectors" | "horizons"> => {
  const { core } = window
  const only = new Uint8Array(core.columns * core.rows)
  const numbers = new Int32Array(only.length)
  const left = Math.round((classes.minX * 1000) / core.cell) - core.column
  const top = core.row + core.rows - Math.round((classes.maxY * 1000) / core.cell)
  let count = 0
  for (let row = 0, at = 0; row < core.rows; row++) {
    for (let column = 0; column < core.columns; column++, at++) {
      const [x, y] = [column - left, row - top]
      if (x < 0 || y < 0 || x >= classes.width || y >= classes.height) continue
      if (classes.data[y * classes.width + x] !== BUILDING) continue
      only[at] = 1
      numbers[at] = ++count
    }
  }
  const horizons = new Uint8Array(count * SECTORS)
  const tangents = new Float64Array(only.length)
  const far = relief && new FarHorizon(relief, options)
  for (let sector = 0; sector < SECTORS && count > 0; sector++) {
    horizonTangents(window, traceRay(window, (360 * sector) / SECTORS, options.reach), tangents, only)
    far?.raise(window, (360 * sector) / SECTORS, tangents, { only })
    for (let at = 0; at < numbers.length; at++) {
      if (numbers[at] === 0) continue
      horizons[(numbers[at] - 1) * SECTORS + sector] = Math.round((Math.atan(tangents[at]) * 180) / Math.PI)
    }
  }
  return { grid: core, numbers, sectors: SECTORS, horizons }
}

/** The light on the cells of the tile's own core. */
const lightOfCells = (tile: Tile, window: SurfaceWindow, roofs: RoofHorizons): Raster => {
  const { grid, numbers, horizons, sectors } = roofs
  const core = gridAround(tile.core, grid.cell)
  const data = new Float32Array(core.columns * core.rows).fill(Number.NaN)
  const lights = new SolarLightCache(tile, roofs)
  const side = window.cellSize
  const [left, top] = [core.column - grid.column, grid.row + grid.rows - core.row - core.rows]
  for (let row = 0, at = 0; row < core.rows; row++) {
    for (let column = 0; column < core.columns; column++, at++) {
      const number = numbers[(row + top) * grid.columns + column + left]
      if (number === 0) continue
      const i = (row + top + window.margin) * window.columns + column + left + window.margin
      const [slope, aspect] = localTilt(window, numbers, [column + left, row + top])
      const [x, y] = [(core.column + column) * side, (core.row + core.rows - 1 - row) * side]
      const plane = lights.planeAt(
        [x, y, window.heights[i]],
        SLOPE_STEP * Math.round(slope / SLOPE_STEP),
        (ASPECT_STEP * Math.round(aspect / ASPECT_STEP)) % 360,
      )
      data[at] = lightBehind(plane, horizons, (number - 1) * sectors, sectors)
    }
  }
  const [minX, maxY] = [(core.column * core.cell) / 1000, ((core.row + core.rows) * core.cell) / 1000]
  return { width: core.columns, height: core.rows, minX, maxY, cellSize: side, data }
}
