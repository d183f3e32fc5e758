/** The kernel `simulation.flow-tile`: drainage of one tile, as far as it can know. */
import { missingOption } from "../../engine/core/parse-values.js"
import { defineKernel } from "../../engine/kernel.js"
import { footprintsPort } from "../handover/footprint/footprint.js"
import { carveTile } from "./drain/carve.js"
import { encodeCells, encodePart, encodeWays } from "./drain/handover.js"
import { reduceToNetwork } from "./drain/network.js"
import { cellsNear, OUTLETS, type OutletRules, parseOutlets } from "./drain/outlets.js"
import { directionMargin, flatReach, flowDirections, innerCells } from "./ground/directions.js"
import { openGround, passageOption, passagePorts } from "./ground/ground.js"
import { parsePlaces, requireInside } from "./ground/places.js"
import { type FlowGridWindow, findWindow, indexAt, withRing } from "./ground/window.js"

/**
 * D8 directions of the terrain model, and the network of ways that the rest of the job decides on.
 * Heights count in whole millimetres. Cells without data are outside: water leaves there. It passes
 * under bridges (points of class 17) and through culverts (`--culverts`). With `buildings=raise`,
 * it flows around `--footprints`, whose cells are 10 m higher.
 *
 * Memory: 65 bytes a cell. Time: linear.
 */
export default defineKernel({
  id: "simulation.flow-tile",
  version: 5,
  summary: "Drainage of one tile, with the ways through it",
  onRequest: true,
  inputs: { dtm: { kind: "raster" }, footprints: footprintsPort, ...passagePorts },
  outputs: {
    "flow-part": { kind: "blob" },
    "flow-cells": { kind: "blob" },
    "flow-ways": { kind: "blob" },
  },
  options: {
    flat: {
      type: "number",
      default: 30,
      unit: "m",
      min: 1,
      max: 100,
      help: "how far into a flat its lower and higher edges steer the water; at most 250 cells",
    },
    passage: passageOption,
    buildings: {
      type: "string",
      default: "ignore",
      choices: ["raise", "ignore"],
      help: "whether water flows around the buildings of --footprints (raise) or through them",
    },
    streamArea: {
      type: "number",
      default: 10000,
      unit: "m²",
      min: 1,
      max: 1e9,
      help: "smallest area that drains to a stream",
    },
    outlets: {
      type: "string",
      list: "places",
      default: "",
      help: "places where basins end, such as 843400,6520800 843900,6520100, besides the end of the data",
    },
    snap: {
      type: "number",
      default: 20,
      unit: "m",
      min: 0,
      max: 100,
      help: "how far from a place of outlets its stream may be; 0: the cell of the place, stream or not",
    },
  },
  halo: ({ flat, passage }, { dtm = 0.5 } = {}) =>
    (directionMargin(flatReach(flat, dtm)) + Math.ceil(passage / dtm)) * dtm,
  memory: ({ areaM2 }, _options, { dtm = 0.5 } = {}) => 65 * (areaM2 / dtm ** 2) + 4e6,
  check({ outlets, buildings }, { box, external }) {
    if (buildings === "raise" && !external.includes("footprints")) throw missingOption("--footprints", NO_FOOTPRINTS)
    requireInside(OUTLETS, parsePlaces(OUTLETS, outlets), box)
  },
  run(tile, { dtm, footprints, "flow-deck-points": deck, culverts }, options) {
    const { flat, passage, streamArea, outlets, snap } = options
    const reach = flatReach(flat, dtm.cellSize)
    const [margin, beyond] = [directionMargin(reach), Math.ceil(passage / dtm.cellSize)]
    const window = findWindow(tile, dtm)
    const { columns, rows } = window
    const least = Math.max(1, Math.ceil(streamArea / dtm.cellSize ** 2))
    const around = openGround(dtm, window, margin, {
      ...{ deck, culverts, reach: beyond },
      ...(options.buildings === "raise" && footprints !== undefined && { buildings: footprints }),
    })
    const dirs = flowDirections(around, { width: columns + 2 * margin, height: rows + 2 * margin }, reach)
    const heights = innerCells(around, columns + 2 * margin, margin)
    const carved = carveTile(withRing(dirs, heights, columns))
    const rules = { least, outlets, snap: Math.round(snap * 1000) }
    const { network, ways, catchments } = reduceToNetwork(carved, least, outletCells(window, rules))
    const cells = {
      columns,
      dirs: innerCells(carved.dirs, columns + 2, 1),
      heights,
      filled: innerCells(carved.filled, columns + 2, 1),
    }
    return {
      "flow-part": encodePart({ key: tile.key, window, rules, network, catchments }),
      "flow-cells": encodeCells({ window, cells, ways }),
      "flow-ways": encodeWays(tile.key, ways),
    }
  },
})

const NO_FOOTPRINTS =
  "buildings=raise reads it. Give a file, such as vector/building.fgb of an earlier run, or leave buildings=ignore."

/** Cells of a window that may be the outlet of a given place. */
const outletCells = (window: FlowGridWindow, { outlets, snap }: OutletRules): number[] =>
  parseOutlets(outlets)
    .flatMap((place) => cellsNear(place, snap, window.cell))
    .map(({ column, row }) => indexAt(window, column - window.column, row - window.row))
    .filter((cell) => cell >= 0)
