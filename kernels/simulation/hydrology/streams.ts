/** Streams of a tile, as lines along the cells to which enough ground drains. */
import { objectId } from "../../../engine/core/hash.js"
import type { Features, FeaturesPort } from "../../../engine/kernel.js"
import { columnsOf } from "../../handover/columns.js"
import { neighbourOffsets, PIT, STEP_X, STEP_Y } from "./directions.js"
import type { FinishedFlow } from "./finish.js"
import type { Decisions, FlowGridWindow } from "./join.js"
import { withRing } from "./network.js"

const columns = {
  object_id: { type: "string", help: "stable id of the reach" },
  area: { type: "number", unit: "m²", help: "area that drains to the last cell of the reach" },
  length: { type: "number", unit: "m", help: "length of the line" },
} as const

/** The layer of streams. */
export const streamLayer = {
  kind: "features",
  geometry: "LineString",
  help: "streams from the area that drains to them, from one confluence to the next, cut at borders of tiles",
  columns,
  style: {
    colour: "#1f78b4",
    isLow: true,
    map: {
      label: "Streams",
      needs: "streams (--kernel simulation.flow)",
      relief: { line: "#1f78b4", width: 1.6 },
      image: { line: "#6fc3ff", width: 1.6 },
    },
  },
} as const satisfies FeaturesPort

/**
 * Reaches through cell centres, downstream. Each begins where a stream begins, where streams meet,
 * or where one enters the tile. The last vertex of a reach that leaves the tile is in the next one.
 * O(cells)
 *
 * @param least cells that drain to a stream, at least
 */
export const streamsOf = (
  { dirs, accumulation }: FinishedFlow,
  { inflows, amounts }: Decisions,
  window: FlowGridWindow,
  least: number,
): Features => {
  const ringed = withRing(dirs, new Int32Array(dirs.length), window.columns)
  const { width } = ringed
  const ringAt = (cell: number): number => (Math.floor(cell / window.columns) + 1) * width + (cell % window.columns) + 1
  const offsets = neighbourOffsets(width)
  // Streams that drain to each cell. Those of other tiles count twice: a reach begins there.
  const arriving = new Uint8Array(ringed.dirs.length)
  const streams: number[] = []
  for (const [cell, sum] of accumulation.entries()) {
    if (sum < least) continue
    streams.push(cell)
    if (dirs[cell]! < PIT) arriving[ringAt(cell) + offsets[dirs[cell]!]!]!++
  }
  for (const [k, cell] of inflows.entries()) if (amounts[k]! >= least) arriving[ringAt(cell)]! += 2
  const lines: number[][] = []
  const rows: Record<string, number | string>[] = []
  for (const first of streams) {
    if (arriving[ringAt(first)] === 1) continue
    const { line, last } = reachFrom(first, dirs, window, (cell) => arriving[ringAt(cell)] !== 1)
    if (line.length < 4) continue
    lines.push(line)
    rows.push({
      object_id: objectId("stream", line[0]!, line[1]!),
      area: accumulation[last]! * (window.cell / 1000) ** 2,
      length: lengthOf(line),
    })
  }
  return {
    ...{ geometry: "LineString", dimension: 2, ids: rows.map((row) => String(row["object_id"])) },
    coordinates: Float64Array.from(lines.flat()),
    ringEnds: endsOf(lines),
    partEnds: Uint32Array.from(lines, (_, k) => k + 1),
    columns: columnsOf(columns, rows),
    anchors: Float64Array.from(lines.flatMap((line) => line.slice(0, 2))),
  }
}

/** Cell centres from `first` to where the next reach begins; `last` is the cell before. */
const reachFrom = (
  first: number,
  dirs: Uint8Array,
  { cell: side, column, row, columns, rows }: FlowGridWindow,
  begins: (cell: number) => boolean,
): { readonly line: number[]; readonly last: number } => {
  const line: number[] = []
  let [c, r] = [first % columns, Math.floor(first / columns)]
  let last = first
  for (;;) {
    line.push(((column + c + 0.5) * side) / 1000, ((0.5 - row - r) * side) / 1000)
    if (c < 0 || r < 0 || c >= columns || r >= rows) return { line, last }
    const cell = r * columns + c
    if (cell !== first && begins(cell)) return { line, last }
    last = cell
    const d = dirs[cell]!
    if (d >= PIT) return { line, last }
    c += STEP_X[d]!
    r += STEP_Y[d]!
  }
}

const lengthOf = (line: readonly number[]): number => {
  let length = 0
  for (let k = 2; k < line.length; k += 2) length += Math.hypot(line[k]! - line[k - 2]!, line[k + 1]! - line[k - 1]!)
  return length
}

const endsOf = (lines: readonly (readonly number[])[]): Uint32Array => {
  let end = 0
  return Uint32Array.from(lines, (line) => {
    end += line.length / 2
    return end
  })
}
