/** The kernel `simulation.flood-tile`: ground of one tile below a level. */
import { usageError } from "../../engine/core/parse-values.js"
import { defineKernel } from "../../engine/kernel.js"
import { pointCells } from "../handover/patch/cells.js"
import { lowGroundOf } from "./hydrology/flood.js"
import { openGround, passageOption, passagePorts, windowOf } from "./hydrology/ground.js"
import { encodeFloodCells, encodeLowGround } from "./hydrology/handover.js"
import type { FlowGridWindow } from "./hydrology/join.js"

/**
 * Connected ground below the level, with its depths, and whether water can come from there: cells
 * with a point of class 9, or the places of `from`. Water passes under bridges and in culverts.
 *
 * Memory: 40 bytes a cell. Time: linear.
 */
export default defineKernel({
  id: "simulation.flood-tile",
  version: 1,
  summary: "Connected ground of one tile below a level",
  onRequest: true,
  inputs: { dtm: { kind: "raster" }, "flood-water-points": { kind: "points", classes: [9] }, ...passagePorts },
  outputs: { "flood-part": { kind: "blob" }, "flood-cells": { kind: "blob" } },
  options: {
    level: {
      type: "number",
      default: 0,
      unit: "m",
      min: -500,
      max: 9000,
      help: "altitude of the water, in the job's height system",
    },
    from: {
      type: "string",
      default: "",
      help: "places where water rises, such as 843400,6520800 843900,6520100; empty: all water of class 9",
    },
    passage: passageOption,
  },
  halo: ({ passage }, { dtm = 0.5 } = {}) => Math.ceil(passage / dtm) * dtm,
  memory: ({ areaM2 }, _options, { dtm = 0.5 } = {}) => 40 * (areaM2 / dtm ** 2) + 4e6,
  check({ from }) {
    parsePlaces(from)
  },
  run(tile, input, { level, from, passage }) {
    const window = windowOf(tile, input.dtm)
    const passages = { deck: input["flow-deck-points"], culverts: input.culverts }
    const reach = Math.ceil(passage / input.dtm.cellSize)
    const heights = openGround(input.dtm, window, 0, { ...passages, reach })
    const { cell, column, row, columns, rows } = window
    const points = input["flood-water-points"]
    // Rows of points' cells count from the south.
    const south = { cell, column, row: 1 - row - rows, columns, rows }
    const wet = new Set(placesOf(from, window))
    if (from === "") {
      for (const at of pointCells(points, south, new Int32Array(points.count)))
        if (at >= 0) wet.add((rows - 1 - Math.floor(at / columns)) * columns + (at % columns))
    }
    const levelMm = Math.round(level * 1000)
    return {
      "flood-part": encodeLowGround(lowGroundOf(tile.key, window, heights, levelMm, (at) => wet.has(at))),
      "flood-cells": encodeFloodCells({ window, heights, level: levelMm }),
    }
  },
})

/** Cells of a window that contain the places of a text "x,y x,y", metres. */
const placesOf = (text: string, { cell, column, row, columns, rows }: FlowGridWindow): number[] =>
  parsePlaces(text).flatMap(([x, y]) => {
    const c = Math.floor(Math.round(x * 1000) / cell) - column
    const r = -Math.floor(Math.round(y * 1000) / cell) - row
    return c < 0 || r < 0 || c >= columns || r >= rows ? [] : [r * columns + c]
  })

/** The places of a text "x,y x,y". @throws EngineError E_USAGE for another form */
const parsePlaces = (text: string): (readonly [x: number, y: number])[] =>
  text
    .split(/[\s;]+/)
    .filter((place) => place !== "")
    .map((place) => {
      const [x = Number.NaN, y = Number.NaN, ...rest] = place.split(",").map((part) => Number(part || "?"))
      if (!Number.isFinite(x + y) || rest.length > 0)
        throw usageError(
          "simulation.flood-tile.from",
          `"${place}"`,
          "places x,y in metres of the CRS",
          "Put spaces between places, such as 843400,6520800 843900,6520100.",
        )
      return [x, y]
    })
