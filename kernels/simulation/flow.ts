/** The kernel `simulation.flow`: where water flows, and how much ground drains to each cell. */
import { defineKernel, type RasterValues } from "../../engine/kernel.js"
import { basinLayer } from "./drain/basin-layer.js"
import { TRUNCATED, WHOLE } from "./drain/data-end.js"
import { finishTile } from "./drain/finish.js"
import { decodeCells, decodeDecision, decodeWays } from "./drain/handover.js"
import type { Ways } from "./drain/network.js"
import { streamLayer, traceStreams } from "./drain/streams.js"
import { LEAVES, PIT } from "./ground/directions.js"
import { metresOf } from "./ground/ground.js"
import { rasterIn } from "./ground/window.js"

/** D8 directions clockwise, with the colours of a wheel. */
const directionValues: RasterValues = {
  1: ["east", [255, 78, 66]],
  2: ["south-east", [255, 169, 38]],
  4: ["south", [214, 214, 46]],
  8: ["south-west", [109, 191, 65]],
  16: ["west", [38, 179, 148]],
  32: ["north-west", [41, 149, 214]],
  64: ["north", [97, 92, 214]],
  128: ["north-east", [189, 76, 189]],
  255: ["leaves the data", [64, 64, 64]],
}

/** Whether the ground that drains to a cell is whole. */
const truncatedValues: RasterValues = {
  [WHOLE]: ["whole", [199, 233, 180]],
  [TRUNCATED]: ["reaches the end of the data", [227, 74, 51]],
}

/**
 * Finishes the drainage of a tile: filled heights, D8 directions, the area that drains to each cell
 * and its height above the first stream below. Exact: every value is that of the whole job computed
 * at once.
 *
 * - `flow-filled`: heights with every depression filled to its spill, m.
 * - `flow-direction`: 1 east, 2 south-east, 4 south, … 128 north-east; 255: leaves the data.
 * - `flow-accumulation`: m², the cell's own area included.
 * - `flow-truncated`: 1 where all ground that drains to the cell is in the data; 2 where some of it
 *   touches a cell without data, so that more ground may drain there.
 * - `height-above-drainage`: m; no data where the water leaves the data before it meets a stream.
 * - `stream`: lines along the cells of streams, each whole.
 * - `basin`: the ground that drains to each outlet, whole, made in the tile of the outlet.
 *
 * Memory: 75 bytes a cell, and the ways of tiles below. Time: linear.
 */
export default defineKernel({
  id: "simulation.flow",
  version: 4,
  summary: "Filled terrain, flow directions, drained area, height above drainage",
  onRequest: true,
  stages: ["model"],
  inputs: {
    "flow-cells": { kind: "blob" },
    "flow-decision": { kind: "blob" },
    "flow-ways": { kind: "blob", listed: true },
  },
  outputs: {
    "flow-filled": { kind: "raster", type: "float", unit: "m" },
    "flow-direction": { kind: "raster", type: "byte", values: directionValues },
    "flow-accumulation": { kind: "raster", type: "float", unit: "m²" },
    "flow-truncated": { kind: "raster", type: "byte", values: truncatedValues },
    "height-above-drainage": {
      kind: "raster",
      type: "float",
      style: {
        ...{ layer: "drainage", label: "Height above drainage", needs: "heights above drainage", unit: "m", low: 0 },
        span: 2,
        ramp: [
          [8, 81, 156],
          [107, 174, 214],
          [199, 233, 192],
          [254, 217, 118],
          [166, 86, 40],
        ],
      },
    },
    basin: basinLayer,
    stream: streamLayer,
  },
  options: {},
  halo: () => 0,
  memory: ({ bytes }) => 15 * bytes + 4e6,
  run(tile, input) {
    const { window, cells, ways: own } = decodeCells(input["flow-cells"])
    const { least, decisions, basins } = decodeDecision(input["flow-decision"])
    const others = new Map(
      input["flow-ways"]
        .filter(({ length }) => length > 0)
        .map((bytes) => {
          const { key, ways } = decodeWays(bytes)
          return [key, ways] as const
        }),
    )
    const readWays = (index: number): Ways => {
      const key = decisions.reads[index]
      const ways = key === tile.key ? own : others.get(key)
      if (ways === undefined) throw new Error(`the ways of tile ${key} are missing. Run again with --force.`)
      return ways
    }
    const flow = finishTile(cells, decisions, least, readWays)
    const area = (window.cell / 1000) ** 2
    return {
      "flow-filled": rasterIn(window, metresOf(flow.filled)),
      "flow-direction": rasterIn(window, flow.dirs.map(codeOf)),
      "flow-accumulation": rasterIn(window, areasOf(flow.accumulation, area)),
      "flow-truncated": rasterIn(window, flow.truncated),
      "height-above-drainage": rasterIn(window, metresOf(flow.aboveDrainage)),
      basin: basins,
      stream: traceStreams(flow, decisions, window, least, readWays),
    }
  },
})

const codeOf = (direction: number): number => (direction < PIT ? 1 << direction : direction === LEAVES ? 255 : 0)

const areasOf = (sums: Float64Array, area: number): Float32Array => {
  const values = new Float32Array(sums.length)
  for (let i = 0; i < sums.length; i++) values[i] = sums[i] === 0 ? Number.NaN : sums[i] * area
  return values
}
