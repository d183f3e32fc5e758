/** The kernel `simulation.flood`: ground under water when it rises to a level. */

import { columnsByName } from "../../engine/core/feature-table.js"
import { objectId } from "../../engine/core/hash.js"
import { defineKernel } from "../../engine/kernel.js"
import { decodeFloodCells, decodeFloodShare } from "./flood/handover.js"
import { pouredDepths } from "./flood/low-basins.js"
import { type FloodBody, risenDepths } from "./flood/rise.js"
import { type FlowGridWindow, rasterIn, withRing } from "./ground/window.js"

const columns = {
  object_id: { type: "string", help: "stable id of the body of water" },
  level: { type: "number", unit: "m", help: "altitude of the water" },
  area: { type: "number", unit: "m²", help: "area under water, of the whole body" },
  volume: { type: "number", unit: "m³", help: "volume between ground and water" },
  depth: { type: "number", unit: "m", help: "largest depth, at the point" },
  method: { type: "string", help: "connected filling: a level surface, without dynamics" },
} as const

/**
 * Depth of water on ground that is connected with its source below the level, or of a poured volume
 * in the depressions that it fills. This is connected filling, without dynamics: no time, no wave,
 * no friction, no infiltration.
 *
 * The layer lists bodies of at least `leastArea` and `leastVolume`. Smaller ones are counted, and
 * their water is in the raster and in the sums.
 *
 * Memory: 40 bytes a cell. Time: linear.
 */
export default defineKernel({
  id: "simulation.flood",
  version: 3,
  summary: "Depth of rising or poured water; connected filling without dynamics",
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
    "flood-quality": {
      kind: "metrics",
      thresholds: {
        floodAboveLevelM3: {
          meaning: "water poured in the tile that would rise above the level; raise simulation.flood-tile.level",
          unit: "m³",
          warn: 0,
        },
      },
    },
  },
  options: {
    leastArea: { type: "number", default: 2, unit: "m²", min: 0, max: 1e6, help: "area of the smallest body listed" },
    leastVolume: {
      type: "number",
      default: 0.1,
      unit: "m³",
      min: 0,
      max: 1e9,
      help: "water of the smallest body listed; a film has less",
    },
  },
  halo: () => 0,
  memory: ({ bytes }) => 10 * bytes + 4e6,
  run(_tile, input, { leastArea, leastVolume }) {
    const { window, heights, level, dirs } = decodeFloodCells(input["flood-cells"])
    const { flooded, levels, bodies: found, poured } = decodeFloodShare(input["flood-share"])
    const depths =
      dirs === undefined || levels === undefined
        ? risenDepths(heights, window.columns, level, flooded)
        : pouredDepths(withRing(dirs, heights, window.columns), flooded, levels)
    const metres = new Float32Array(depths.length)
    let retained = 0
    for (let i = 0; i < depths.length; i++) {
      metres[i] = depths[i] < 0 ? Number.NaN : depths[i] / 1000
      if (depths[i] > 0) retained += depths[i]
    }
    const square = (window.cell / 1000) ** 2
    const bodies = found.filter(
      ({ cells, depths: sum }) => cells * square >= leastArea && (sum / 1000) * square >= leastVolume,
    )
    const places = bodies.map((body) => placeOf(body, window))
    const ids = places.map(([x, y]) => objectId("flood-body", x, y))
    return {
      "flood-depth": rasterIn(window, metres),
      "flood-body": {
        ...{ geometry: "Point", dimension: 2, ids },
        coordinates: Float64Array.from(places.flat()),
        ringEnds: Uint32Array.from(places, (_, k) => k + 1),
        partEnds: Uint32Array.from(places, (_, k) => k + 1),
        columns: columnsByName(
          columns,
          bodies.map((body, k) => describeBody(body, ids[k], window.cell / 1000)),
        ),
      },
      "flood-quality": {
        floodFilms: found.length - bodies.length,
        ...(levels === undefined ? {} : { floodStandingM3: (retained * window.cell ** 2) / 1e9 }),
        ...(poured === undefined
          ? {}
          : { floodPouredM3: poured.volume, floodLostM3: poured.lost, floodAboveLevelM3: poured.above }),
      },
    }
  },
})

/** Centre of the deepest cell, metres. */
const placeOf = ({ column, row }: FloodBody, { cell }: FlowGridWindow): [x: number, y: number] => [
  ((column + 0.5) * cell) / 1000,
  ((0.5 - row) * cell) / 1000,
]

const describeBody = (body: FloodBody, id: string, cell: number): Record<string, number | string> => ({
  object_id: id,
  level: body.level / 1000,
  area: body.cells * cell * cell,
  volume: (body.depths / 1000) * cell * cell,
  depth: body.deepest / 1000,
  method: "connected filling, without dynamics",
})
