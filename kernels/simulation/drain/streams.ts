/** Streams as lines along the cells to which enough ground drains. */
import { columnsByName, flattenRings } from "../../../engine/core/feature-table.js"
import { objectId } from "../../../engine/core/hash.js"
import type { Features, FeaturesPort } from "../../../engine/kernel.js"
import { neighbourOffsets, PIT, STEP_X, STEP_Y } from "../ground/directions.js"
import { type FlowGridWindow, withRing } from "../ground/window.js"
import { addArrival, beginsReach, orderOf } from "./arrivals.js"
import type { Decisions } from "./decisions.js"
import type { FinishedFlow } from "./finish.js"
import type { Ways } from "./network.js"

const columns = {
  object_id: { type: "string", help: "stable id of the reach" },
  order: { type: "integer", help: "Strahler order: 1 from a source; where two of the highest meet, one more" },
  area: { type: "number", unit: "m²", help: "area that drains to the last cell of the reach" },
  length: { type: "number", unit: "m", help: "length of the line" },
} as const

/** The layer of streams. */
export const streamLayer = {
  kind: "features",
  geometry: "LineString",
  help: "streams from the area that drains to them, from a source or confluence to the next",
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
 * The reaches that begin in a tile, downstream through cell centres: from a source or a confluence
 * to the next confluence, or to where the water leaves the data. Each is whole, also beyond the
 * tile. O(cells + streams · log)
 *
 * @param least cells that drain to a stream, at least
 * @param waysOf ways of another tile by its place in `decisions.reads`
 */
export const traceStreams = (
  { dirs, accumulation }: FinishedFlow,
  decisions: Decisions,
  window: FlowGridWindow,
  least: number,
  waysOf: (index: number) => Ways,
): Features => {
  const ringed = withRing(dirs, new Int32Array(dirs.length), window.columns)
  const { width } = ringed
  const ringAt = (cell: number): number => (Math.floor(cell / window.columns) + 1) * width + (cell % window.columns) + 1
  const offsets = neighbourOffsets(width)
  const arrivals = new Uint8Array(ringed.dirs.length)
  for (const [k, cell] of decisions.inflows.entries()) {
    const [at, order] = [ringAt(cell), decisions.orders[k]!]
    if (order > 0) arrivals[at] = addArrival(arrivals[at]!, order)
  }
  const streams: number[] = []
  for (const [cell, sum] of accumulation.entries()) if (sum >= least) streams.push(cell)
  // More drains to a cell than to those above it.
  for (const cell of streams.toSorted((a, b) => accumulation[a]! - accumulation[b]!)) {
    if (dirs[cell]! >= PIT) continue
    const below = ringAt(cell) + offsets[dirs[cell]!]!
    arrivals[below] = addArrival(arrivals[below]!, orderOf(arrivals[ringAt(cell)]!))
  }
  const begins = (cell: number): boolean => beginsReach(arrivals[ringAt(cell)]!)
  const crossings = new Map(Array.from(decisions.crossings, (cell, k) => [cell, k]))
  const lines: number[][] = []
  const rows: Record<string, number | string>[] = []
  for (const first of streams.filter(begins)) {
    const { line, last, isOut } = reachFrom(first, dirs, window, begins)
    // Without a crossing, the water leaves towards a tile that the job lacks.
    const crossing = isOut ? crossings.get(last) : undefined
    if (crossing !== undefined) extendLine(line, decisions, crossing, window, waysOf)
    if (line.length < 4) continue
    lines.push(line)
    rows.push({
      object_id: objectId("stream", line[0]!, line[1]!),
      order: orderOf(arrivals[ringAt(first)]!),
      area:
        (crossing === undefined ? accumulation[last]! : decisions.lineAmounts[crossing]!) * (window.cell / 1000) ** 2,
      length: lengthOf(line),
    })
  }
  return {
    geometry: "LineString",
    ...flattenRings(lines.map((line) => [line])),
    ids: rows.map((row) => String(row["object_id"])),
    columns: columnsByName(columns, rows),
    anchors: Float64Array.from(lines.flatMap((line) => line.slice(0, 2))),
  }
}

/** Centre of a cell of the CRS grid, metres. */
const centreOf = (side: number, column: number, row: number): [x: number, y: number] => [
  ((column + 0.5) * side) / 1000,
  ((0.5 - row) * side) / 1000,
]

/** Cell centres in the tile up to where the next reach begins; `last` is the cell before that. */
const reachFrom = (
  first: number,
  dirs: Uint8Array,
  { cell: side, column, row, columns, rows }: FlowGridWindow,
  begins: (cell: number) => boolean,
): { readonly line: number[]; readonly last: number; readonly isOut: boolean } => {
  const line: number[] = []
  let [c, r] = [first % columns, Math.floor(first / columns)]
  let last = first
  for (;;) {
    if (c < 0 || r < 0 || c >= columns || r >= rows) return { line, last, isOut: true }
    line.push(...centreOf(side, column + c, row + r))
    const cell = r * columns + c
    if (cell !== first && begins(cell)) return { line, last, isOut: false }
    last = cell
    const d = dirs[cell]!
    if (d >= PIT) return { line, last, isOut: false }
    c += STEP_X[d]!
    r += STEP_Y[d]!
  }
}

/** Leads a line on from a crossing of the tile's border, through other tiles. */
const extendLine = (
  line: number[],
  decisions: Decisions,
  crossing: number,
  { cell: side }: FlowGridWindow,
  waysOf: (index: number) => Ways,
): void => {
  const { crossingEnds, lineColumns, lineRows, lineWays, lineTiles, lineReversed } = decisions
  for (let k = crossing === 0 ? 0 : crossingEnds[crossing - 1]!; k < crossingEnds[crossing]!; k++) {
    line.push(...centreOf(side, lineColumns[k]!, lineRows[k]!))
    const way = lineWays[k]!
    if (way < 0) continue
    const { ends, steps } = waysOf(lineTiles[k]!)
    const isReversed = lineReversed[k] === 1
    // A reversed way begins at the next node.
    let [c, r] = isReversed ? [lineColumns[k + 1]!, lineRows[k + 1]!] : [lineColumns[k]!, lineRows[k]!]
    const cells: [x: number, y: number][] = []
    for (let at = way === 0 ? 0 : ends[way - 1]!; at < ends[way]!; at++) {
      c += STEP_X[steps[at]!]!
      r += STEP_Y[steps[at]!]!
      cells.push(centreOf(side, c, r))
    }
    for (const cell of isReversed ? cells.reverse() : cells) line.push(...cell)
  }
}

const lengthOf = (line: readonly number[]): number => {
  let length = 0
  for (let k = 2; k < line.length; k += 2) length += Math.hypot(line[k]! - line[k - 2]!, line[k + 1]! - line[k - 1]!)
  return length
}
