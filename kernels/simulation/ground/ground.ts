/**
 * The ground of a tile, on which water passes where the terrain model has no passage: under bridges
 * and in culverts.
 */
import { planRingsOf } from "../../../engine/core/feature-table.js"
import { boxOfRings } from "../../../engine/core/geometry/rings.js"
import { levelCrossings } from "../../../engine/core/geometry/segments.js"
import type { Features, Option, Points, Ports, Raster } from "../../../engine/kernel.js"
import { innerCells, NO_DATA } from "./directions.js"
import { cellAt, type FlowGridWindow, indexAt, placeAt } from "./window.js"

/** Inputs of kernels that read this ground, besides the terrain model. */
export const passagePorts = {
  "flow-deck-points": { kind: "points", classes: [17], mayBeEmpty: true },
  culverts: {
    kind: "features",
    geometry: "LineString",
    external: {
      name: "culverts",
      flag: "--culverts",
      help: { en: "lines of culverts that water passes through", fr: "lignes des buses que l’eau traverse" },
      more: {
        en: "in the same formats; for kernels of drainage",
        fr: "dans les mêmes formats ; pour les noyaux d’écoulement",
      },
    },
  },
} as const satisfies Ports

export const passageOption = {
  type: "number",
  default: 20,
  unit: "m",
  min: 0,
  max: 100,
  help: "how far away the lowest cell under a bridge or in a culvert may be",
} as const satisfies Option

/** What opens passages; `reach` in cells. */
interface Passages {
  readonly deck: Points
  readonly culverts: Features | undefined
  readonly reach: number
  /** Outlines of buildings that water flows around. */
  readonly buildings?: Features
}

/** Height by which buildings rise above the ground, mm: more than water in a street. */
const BUILDING = 10_000

/** Heights of a window and `margin` cells around it, row by row from the north, mm. */
export const openGround = (
  dtm: Raster,
  window: FlowGridWindow,
  margin: number,
  { deck, culverts, reach, buildings }: Passages,
): Int32Array => {
  const ground = groundAround(dtm, window, margin + reach)
  if (buildings !== undefined) raiseBuildings(ground, buildings)
  openDecks(ground, deck, reach)
  openCulverts(ground, culverts, reach)
  return innerCells(ground.heights, ground.window.columns, reach)
}

/** Heights of a window, row by row from the north, mm; rows of the window count downwards. */
interface GroundWindow {
  readonly window: FlowGridWindow
  readonly heights: Int32Array
}

/** Raises each cell whose centre is in an outline, once. O(rows of outlines · vertices) */
const raiseBuildings = ({ window, heights }: GroundWindow, outlines: Features): void => {
  const { cell, column, row, columns, rows } = window
  const side = cell / 1000
  const isRaised = new Uint8Array(heights.length)
  for (const f of outlines.ids.keys()) {
    const rings = planRingsOf(outlines, f)
    const [, minY, , maxY] = boxOfRings(rings)
    const last = Math.min(rows - 1, -Math.floor(minY / side) - row)
    for (let r = Math.max(0, -Math.floor(maxY / side) - row); r <= last; r++) {
      const crossings = levelCrossings(rings, (0.5 - row - r) * side)
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const end = Math.min(columns, Math.ceil(crossings[k + 1]! / side - 0.5) - column)
        for (let c = Math.max(0, Math.ceil(crossings[k]! / side - 0.5) - column); c < end; c++)
          isRaised[r * columns + c] = 1
      }
    }
  }
  for (let i = 0; i < heights.length; i++) if (isRaised[i] === 1 && heights[i] !== NO_DATA) heights[i]! += BUILDING
}

/**
 * Lowers each cell with a point of a deck to the lowest such cell within `reach` columns and rows.
 * The model under a deck is interpolated between its banks. O(cells with points · reach²)
 */
const openDecks = ({ window, heights }: GroundWindow, points: Points, reach: number): void => {
  if (points.count === 0) return
  const { columns, rows } = window
  const isDeck = new Uint8Array(heights.length)
  for (let i = 0; i < points.count; i++) {
    const at = cellAt(window, points.origin[0] * 1000 + points.x[i], points.origin[1] * 1000 + points.y[i])
    if (at >= 0) isDeck[at] = 1
  }
  const before = heights.slice()
  for (let at = 0; at < isDeck.length; at++) {
    if (isDeck[at] === 0 || before[at] === NO_DATA) continue
    const [c, r] = [at % columns, Math.floor(at / columns)]
    for (let y = Math.max(0, r - reach); y <= Math.min(rows - 1, r + reach); y++) {
      for (let x = Math.max(0, c - reach); x <= Math.min(columns - 1, c + reach); x++) {
        const other = y * columns + x
        if (isDeck[other] === 1 && before[other] < heights[at]) heights[at] = before[other]
      }
    }
  }
}

/**
 * Lowers each cell of a culvert to the lowest of its cells within `reach` cells along the line. The
 * cells of a line follow from its vertices only, so all tiles find the same. O(cells of lines ·
 * reach)
 */
const openCulverts = ({ window, heights }: GroundWindow, lines: Features | undefined, reach: number): void => {
  if (lines === undefined) return
  const before = heights.slice()
  const { coordinates, dimension, ringEnds } = lines
  let vertex = 0
  for (const end of ringEnds) {
    const cells: number[] = []
    for (; vertex + 1 < end; vertex++) {
      const [a, b] = [vertex * dimension, (vertex + 1) * dimension]
      addCells(window, coordinates.subarray(a, a + 2), coordinates.subarray(b, b + 2), cells)
    }
    vertex = end
    for (const [k, at] of cells.entries()) {
      if (at < 0 || before[at] === NO_DATA) continue
      for (const other of cells.slice(Math.max(0, k - reach), k + reach + 1))
        if (other >= 0 && before[other] < heights[at]) heights[at] = before[other]
    }
  }
}

/** The cells between two vertices (Bresenham), metres of the CRS; −1 outside the window. */
const addCells = (window: FlowGridWindow, from: Float64Array, to: Float64Array, cells: number[]): void => {
  let [c, r] = placeAt(window, from[0] * 1000, from[1] * 1000)
  const [endC, endR] = placeAt(window, to[0] * 1000, to[1] * 1000)
  const [across, down] = [Math.abs(endC - c), Math.abs(endR - r)]
  let error = across - down
  for (;;) {
    cells.push(indexAt(window, c, r))
    if (c === endC && r === endR) return
    const twice = 2 * error
    if (twice > -down) {
      error -= down
      c += Math.sign(endC - c)
    }
    if (twice < across) {
      error += across
      r += Math.sign(endR - r)
    }
  }
}

const groundAround = (
  { data, width: across, height: down, minX, maxY }: Raster,
  { cell, column, row, columns, rows }: FlowGridWindow,
  margin: number,
): GroundWindow => {
  const [width, height] = [columns + 2 * margin, rows + 2 * margin]
  const heights = new Int32Array(width * height).fill(NO_DATA)
  const west = Math.round((minX * 1000) / cell)
  const north = 1 - Math.round((maxY * 1000) / cell)
  for (let r = 0; r < height; r++) {
    const y = row - margin + r - north
    if (y < 0 || y >= down) continue
    for (let c = 0; c < width; c++) {
      const x = column - margin + c - west
      if (x < 0 || x >= across) continue
      const value = data[y * across + x]
      if (!Number.isNaN(value)) heights[r * width + c] = Math.round(value * 1000)
    }
  }
  return { window: { cell, column: column - margin, row: row - margin, columns: width, rows: height }, heights }
}

/** Metres; NaN without data. */
export const metresOf = (mm: Int32Array): Float32Array => {
  const values = new Float32Array(mm.length)
  for (let i = 0; i < mm.length; i++) values[i] = mm[i] >= NO_DATA ? Number.NaN : mm[i] / 1000
  return values
}
