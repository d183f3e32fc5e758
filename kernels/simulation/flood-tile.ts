/** The kernel `simulation.flood-tile`: ground of one tile below a level. */
import { missingOption } from "../../engine/core/parse-values.js"
import { defineKernel, type Points } from "../../engine/kernel.js"
import { pointCells } from "../handover/patch/cells.js"
import { encodeFloodCells, encodeFloodPart } from "./flood/handover.js"
import { findLowBasins } from "./flood/low-basins.js"
import { type FloodPlace, FROM, findLowGround, parseFloodPlaces } from "./flood/rise.js"
import { directionMargin, flatReach, flowDirections, innerCells } from "./ground/directions.js"
import { openGround, passageOption, passagePorts } from "./ground/ground.js"
import { requireInside } from "./ground/places.js"
import { cellAt, type FlowGridWindow, findWindow, withRing } from "./ground/window.js"

/** A number, for options have one; no ground lies so low. */
const NO_LEVEL = -500

/** Steers water on flats as `simulation.flow` does by default, metres. */
const FLAT = 30

/** True where a place has a volume: water is poured. Else it rises to the level. */
const isPoured = (places: readonly FloodPlace[]): boolean => places.some(({ volume }) => volume > 0)

/**
 * Ground below the level, for one of two floods. Water rises to it from cells with a point of class
 * 9 or the places of `from`: connected ground with its depths. Or a volume is poured at places:
 * basins with the saddles between them. Water passes under bridges and in culverts.
 *
 * Memory: 40 bytes a cell, for volumes 80. Time: linear, for volumes O(cells · log).
 */
export default defineKernel({
  id: "simulation.flood-tile",
  version: 3,
  summary: "Ground of one tile below a level, connected or by basins",
  onRequest: true,
  inputs: {
    dtm: { kind: "raster" },
    "flood-water-points": { kind: "points", classes: [9], mayBeEmpty: true },
    ...passagePorts,
  },
  outputs: { "flood-part": { kind: "blob" }, "flood-cells": { kind: "blob" } },
  options: {
    level: {
      type: "number",
      default: NO_LEVEL,
      unit: "m",
      min: NO_LEVEL,
      max: 9000,
      help: "altitude of the water, in the job's height system; of poured water the highest one; must be given",
    },
    from: {
      type: "string",
      list: "places",
      default: "",
      help: "places where water rises or is poured, such as 843400,6520800 843900,6520100; a third number is a volume of its own; empty: all water of class 9",
    },
    volume: {
      type: "number",
      default: 0,
      unit: "m³",
      min: 0,
      max: 1e12,
      help: "water poured at each place of from; 0: water rises to the level",
    },
    passage: passageOption,
  },
  halo: ({ passage, from, volume }, { dtm = 0.5 } = {}) => {
    const margin = isPoured(parseFloodPlaces(from, volume)) ? directionMargin(flatReach(FLAT, dtm)) : 0
    return (margin + Math.ceil(passage / dtm)) * dtm
  },
  memory: ({ areaM2 }, { from, volume }, { dtm = 0.5 } = {}) =>
    (isPoured(parseFloodPlaces(from, volume)) ? 80 : 40) * (areaM2 / dtm ** 2) + 4e6,
  check({ level, from, volume }, { box }) {
    const remedy = "Give the altitude of the water in metres: --set simulation.flood-tile.level=VALUE."
    if (level === NO_LEVEL) throw missingOption("simulation.flood-tile.level", remedy)
    requireInside(FROM, parseFloodPlaces(from, volume), box)
  },
  run(tile, input, { level, from, volume, passage }) {
    const { dtm, culverts, "flow-deck-points": deck, "flood-water-points": points } = input
    const window = findWindow(tile, dtm)
    const { columns, rows } = window
    const places = parseFloodPlaces(from, volume)
    const isPouring = isPoured(places)
    const reach = flatReach(FLAT, dtm.cellSize)
    const margin = isPouring ? directionMargin(reach) : 0
    const passages = { deck, culverts, reach: Math.ceil(passage / dtm.cellSize) }
    const around = openGround(dtm, window, margin, passages)
    const levelMm = Math.round(level * 1000)
    const part = { key: tile.key, window, level: levelMm }
    const cells = places.map(({ x, y }) => cellAt(window, x * 1000, y * 1000))
    if (isPouring) {
      const heights = innerCells(around, columns + 2 * margin, margin)
      const dirs = flowDirections(around, { width: columns + 2 * margin, height: rows + 2 * margin }, reach)
      const basins = findLowBasins(tile.key, window, withRing(dirs, heights, columns), levelMm, cells)
      return {
        "flood-part": encodeFloodPart({ ...part, pour: { basins, places } }),
        "flood-cells": encodeFloodCells({ window, heights, level: levelMm, dirs }),
      }
    }
    const wet = from === "" ? findPointCells(points, window) : new Set(cells)
    const rise = findLowGround(tile.key, window, around, levelMm, (at) => wet.has(at))
    return {
      "flood-part": encodeFloodPart({ ...part, rise }),
      "flood-cells": encodeFloodCells({ window, heights: around, level: levelMm }),
    }
  },
})

/** Cells of a window that have points. */
const findPointCells = (points: Points, { cell, column, row, columns, rows }: FlowGridWindow): Set<number> => {
  // Rows of points' cells count from the south.
  const south = { cell, column, row: 1 - row - rows, columns, rows }
  const cells = new Set<number>()
  for (const at of pointCells(points, south, new Int32Array(points.count)))
    if (at >= 0) cells.add((rows - 1 - Math.floor(at / columns)) * columns + (at % columns))
  return cells
}
