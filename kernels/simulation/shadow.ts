/** Kernel `simulation.shadow`: the shadows of a surface at given times, or for one sun position. */
import { Box2 } from "../../engine/core/geometry/box.js"
import { elementAt } from "../../engine/core/lists.js"
import { defineKernel, type Tile } from "../../engine/kernel.js"
import type { CellGrid } from "../grid/cell-grid.js"
import { innerCells } from "./ground/directions.js"
import { groundUnderCrowns } from "./sun/crowns.js"
import { FarHorizon, farOption, reliefPort } from "./sun/far-horizon.js"
import { reachOption, skyPort } from "./sun/options.js"
import { addShadows, type CellRange, traceRay } from "./sun/ray.js"
import { EMPTY, removeSpecks, speckCells, speckMargin } from "./sun/specks.js"
import { locatePlace, parseTimes, type SunPosition, sunPosition } from "./sun/sun-position.js"
import {
  cellsOf,
  rasterOfCore,
  type SurfaceWindow,
  surfaceWindow,
  VOID,
  windowBytes,
  withNarrowerCore,
} from "./sun/surface-window.js"

/** Side of the squares of the CRS that share a sun position, metres: it changes by 0.01°. */
const SQUARE = 1000

const SURFACE = "surface"
const GROUND = "ground"
const underGround = { option: "under", is: GROUND } as const

/**
 * Share of the given times at which a cell is in shadow: 0 in the sun, 1 in the shadow of something
 * within `reach`, or at night. Void where the surface is.
 *
 * The surface is `dsm`: trees cast shadows like buildings, and shadows fall on roofs and crowns. It
 * is linear between the centres of cells. A ray from the centre of a cell towards the sun is
 * checked wherever it crosses the line between two neighbouring centres, so no narrow object is
 * missed. Cells without a height cast no shadow.
 *
 * The sun is that of the middle of the square kilometre of the CRS. Azimuths that users give are
 * from grid north. `specks` takes small groups of cells out, of each time by itself: most of them
 * are low vegetation, whose height is random from cell to cell.
 *
 * With `under=ground`, cells of vegetation have the value of the ground below, and cells of
 * buildings none. Light that meets crowns only, once or often, is weakened to `transmittance`.
 *
 * Time: cells · times · crossings at most; cells near a shadow's cause take some ten steps.
 */
export default defineKernel({
  id: "simulation.shadow",
  version: 2,
  summary: "Shadows of the surface model at given times, or for one position of the sun",
  onRequest: true,
  inputs: {
    dsm: { kind: "raster" },
    class: { kind: "raster", type: "byte", when: underGround },
    dtm: { kind: "raster", when: underGround },
    relief: reliefPort,
  },
  outputs: {
    shadow: skyPort({
      label: "In shadow",
      layer: "shadow",
      ramp: [
        [255, 244, 214],
        [38, 44, 66],
      ],
      unit: "",
    }),
  },
  options: {
    time: {
      type: "string",
      list: "texts",
      default: "",
      help: 'dates and times with their offset from UTC, separated by commas: "2026-06-21T12:00Z"; without any, the sun is at azimuth and altitude',
    },
    azimuth: { type: "number", default: 180, unit: "°", min: 0, max: 360, help: "sun, clockwise from grid north" },
    altitude: { type: "number", default: 30, unit: "°", min: 0.1, max: 90, help: "sun, above the horizon" },
    reach: reachOption("what is farther casts no shadow"),
    far: farOption,
    specks: {
      type: "number",
      default: 0,
      unit: "m²",
      min: 0,
      max: 10,
      help: "largest speck that is taken out: a group of cells in shadow, or then in the sun, within the other; 0: none",
    },
    under: {
      type: "string",
      default: SURFACE,
      choices: [SURFACE, GROUND],
      help: "what receives the light where vegetation is: its surface, or the ground under it",
    },
    transmittance: {
      type: "number",
      default: 0.03,
      min: 0,
      max: 1,
      help: "with under=ground, share of the sun's light that passes crowns: 0.03 with leaves, 0.5 without",
    },
    crown: {
      type: "number",
      default: 0.5,
      unit: "m",
      min: 0.1,
      max: 10,
      help: "with under=ground, least height of vegetation; lower vegetation counts as ground",
    },
  },
  halo: ({ reach, specks }, { dsm = 0.5 } = {}) => reach + speckMargin(speckCells(specks, dsm)) * dsm,
  // The surface; the result and its sums; for each time shadows, tangents, and groups of cells.
  // For the ground under crowns a second surface, receivers, and two masks more.
  memory({ areaM2 }, { reach, under }, { dsm } = {}) {
    const surface = windowBytes(areaM2, dsm) + 24 * cellsOf(areaM2, dsm, reach)
    if (under === SURFACE) return surface
    return surface + windowBytes(areaM2, dsm) + 4 * cellsOf(areaM2, dsm) + 2 * cellsOf(areaM2, dsm, reach)
  },
  check({ time }) {
    parseTimes(time)
  },
  run(tile, { dsm, class: classes, dtm, relief }, options) {
    const most = speckCells(options.specks, dsm.cellSize)
    const margin = speckMargin(most)
    const core = Box2.grow(tile.core, margin * dsm.cellSize)
    const window = surfaceWindow({ ...tile, core }, dsm, options.reach)
    const ground = classes && dtm && groundUnderCrowns(window, { class: classes, dtm }, options.crown)
    const receivers = ground?.receivers ?? window.heights
    const far = relief && new FarHorizon(relief, options)
    const squares = listSquares(core).map((square) => {
      return { range: cellsIn(square, window.core), positions: positionsAt(tile, square, options) }
    })
    const count = Math.max(1, parseTimes(options.time).length)
    const shaded = new Float32Array(window.core.columns * window.core.rows)
    const mask = new Uint8Array(shaded.length)
    const castShadows = (casters: SurfaceWindow, k: number, horizon?: FarHorizon): void => {
      for (const { range, positions } of squares) {
        const { azimuth, altitude } = elementAt(positions, k)
        // At night the line of sight goes straight down, below every cell.
        const slope = altitude <= 0 ? Number.NEGATIVE_INFINITY : Math.tan((altitude * Math.PI) / 180)
        const ray = traceRay(casters, azimuth, options.reach)
        addShadows(casters, ray, slope, range, mask, receivers)
        if (horizon !== undefined && altitude > 0)
          addFarShadows({ window: { ...window, heights: receivers }, far: horizon, range }, { azimuth, slope }, mask)
      }
      if (most > 0) {
        markEmpty(window, receivers, mask)
        removeSpecks(mask, window.core.columns, most)
      }
    }
    const crowned = ground && new Uint8Array(shaded.length)
    for (let k = 0; k < count; k++) {
      if (ground !== undefined && crowned !== undefined) {
        mask.set(ground.covered)
        castShadows(window, k)
        crowned.set(mask)
      }
      mask.fill(0)
      castShadows(ground?.solid ?? window, k, far)
      addMask(shaded, mask, crowned && { crowned, weight: 1 - options.transmittance })
    }
    const inner = margin === 0 ? shaded : innerCells(shaded, window.core.columns, margin)
    return {
      shadow: rasterOfCore(
        withNarrowerCore({ ...window, heights: receivers }, margin),
        inner.map((times) => times / count),
      ),
    }
  },
})

/** Cells in the shadow of crowns, and how much that counts. */
interface Crowned {
  readonly crowned: Uint8Array
  readonly weight: number
}

const addMask = (sums: Float32Array, mask: Uint8Array, crowns: Crowned | undefined): void => {
  for (let i = 0; i < mask.length; i++) sums[i] += mask[i]
  if (crowns === undefined) return
  const { crowned, weight } = crowns
  for (let i = 0; i < mask.length; i++) if (mask[i] === 0 && crowned[i] === 1) sums[i] += weight
}

const markEmpty = ({ core, margin, columns }: SurfaceWindow, receivers: Float32Array, mask: Uint8Array): void => {
  for (let i = 0; i < mask.length; i++) {
    const at = (Math.floor(i / core.columns) + margin) * columns + (i % core.columns) + margin
    if (receivers[at] === VOID) mask[i] = EMPTY
  }
}

interface Sight {
  readonly window: SurfaceWindow
  readonly far: FarHorizon
  readonly range: CellRange
}

/** Sets each cell of a range in the shadow of the relief to 1. */
const addFarShadows = (
  { window, far, range }: Sight,
  { azimuth, slope }: { readonly azimuth: number; readonly slope: number },
  shaded: Uint8Array,
): void => {
  const tangents = new Float64Array(shaded.length)
  far.raise(window, azimuth, tangents, { range })
  for (let i = 0; i < shaded.length; i++) if (tangents[i] > slope) shaded[i] = 1
}

type Square = readonly [column: number, row: number]

/** The squares of the CRS that meet a box. */
const listSquares = (core: Box2): Square[] => {
  const found: Square[] = []
  // Cells may exceed the core by less than one square.
  for (let row = Math.floor(core[1] / SQUARE) - 1; row <= Math.floor(core[3] / SQUARE) + 1; row++)
    for (let column = Math.floor(core[0] / SQUARE) - 1; column <= Math.floor(core[2] / SQUARE) + 1; column++)
      found.push([column, row])
  return found
}

/** The cells of the core whose south-west corners are in a square. */
const cellsIn = ([column, row]: Square, core: CellGrid): CellRange => {
  const range = (square: number, first: number, count: number): readonly [number, number] => {
    const at = (metres: number): number => Math.ceil((metres * 1000) / core.cell) - first
    return [Math.max(0, at(square * SQUARE)), Math.min(count, at((square + 1) * SQUARE))]
  }
  const [south, north] = range(row, core.row, core.rows)
  return { columns: range(column, core.column, core.columns), rows: [core.rows - north, core.rows - south] }
}

/** The sun over a square, by azimuth from grid north. */
const positionsAt = (
  tile: Tile,
  [column, row]: Square,
  { time, azimuth, altitude }: { readonly time: string; readonly azimuth: number; readonly altitude: number },
): SunPosition[] => {
  const times = parseTimes(time)
  if (times.length === 0) return [{ azimuth, altitude }]
  const { longitude, latitude, gridNorth } = locatePlace(tile, (column + 0.5) * SQUARE, (row + 0.5) * SQUARE)
  return times.map((timeMs) => {
    const sun = sunPosition(timeMs, longitude, latitude)
    return { azimuth: sun.azimuth - gridNorth, altitude: sun.altitude }
  })
}
