/** The kernel `simulation.flood`: ground under water when it rises to a level. */
import { objectId } from "../../engine/core/hash.js"
import { defineKernel } from "../../engine/kernel.js"
import { columnsOf } from "../handover/columns.js"
import { depthsOf, type FloodBody } from "./hydrology/flood.js"
import { rasterIn } from "./hydrology/ground.js"
import { decodeFloodCells, decodeFloodShare } from "./hydrology/handover.js"
import type { FlowGridWindow } from "./hydrology/join.js"

const columns = {
  object_id: { type: "string", help: "stable id of the body of water" },
  level: { type: "number", unit: "m", help: "altitude of the water" },
  area: { type: "number", unit: "m²", help: "area under water, of the whole body" },
  volume: { type: "number", unit: "m³", help: "volume between ground and water" },
  depth: { type: "number", unit: "m", help: "largest depth, at the point" },
  method: { type: "string", help: "connected filling: a level surface, without dynamics" },
} as const

/**
 * Depth of water on ground that is connected with its source below the level. This is connected
 * filling, without dynamics: no time, no volume of rain or of a wave, no friction.
 *
 * Memory: 40 bytes a cell. Time: linear.
 */
export default defineKernel({
  id: "simulation.flood",
  version: 1,
  summary: "Depth of water that rises to a level; connected filling without dynamics",
  onRequest: true,
  stages: ["model"],
  inputs: { "flood-cells": { kind: "blob" }, "flood-share": { kind: "blob" } },
  outputs: {
    "flood-depth": {
      kind: "raster",
      type: "float",
      style: {
        ...{ layer: "flood", label: "Flood depth", needs: "a flood", unit: "m", low: 0, span: 1, least: 0.001 },
        ramp: [
          [198, 219, 239],
          [107, 174, 214],
          [33, 113, 181],
          [8, 48, 107],
        ],
      },
    },
    "flood-body": {
      kind: "features",
      geometry: "Point",
      help: "bodies of water of a flood, at their deepest place",
      columns,
      style: { colour: "#2171b5" },
    },
  },
  options: {},
  halo: () => 0,
  memory: ({ bytes }) => 10 * bytes + 4e6,
  run(_tile, input) {
    const { window, heights, level } = decodeFloodCells(input["flood-cells"])
    const { flooded, bodies } = decodeFloodShare(input["flood-share"])
    const depths = depthsOf(heights, window.columns, level, flooded)
    const metres = new Float32Array(depths.length)
    for (let i = 0; i < depths.length; i++) metres[i] = depths[i] < 0 ? Number.NaN : depths[i] / 1000
    const places = bodies.map((body) => placeOf(body, window))
    const ids = places.map(([x, y]) => objectId("flood-body", x, y))
    return {
      "flood-depth": rasterIn(window, metres),
      "flood-body": {
        ...{ geometry: "Point", dimension: 2, ids },
        coordinates: Float64Array.from(places.flat()),
        ringEnds: Uint32Array.from(places, (_, k) => k + 1),
        partEnds: Uint32Array.from(places, (_, k) => k + 1),
        columns: columnsOf(
          columns,
          bodies.map((body, k) => rowOf(body, ids[k], level, window.cell / 1000)),
        ),
      },
    }
  },
})

/** Centre of the deepest cell, metres. */
const placeOf = ({ column, row }: FloodBody, { cell }: FlowGridWindow): [x: number, y: number] => [
  ((column + 0.5) * cell) / 1000,
  ((0.5 - row) * cell) / 1000,
]

const rowOf = (body: FloodBody, id: string, level: number, cell: number): Record<string, number | string> => ({
  object_id: id,
  level: level / 1000,
  area: body.cells * cell * cell,
  volume: (body.depths / 1000) * cell * cell,
  depth: body.deepest / 1000,
  method: "connected filling, without dynamics",
})
