/** Basins as polygons: all ground that drains to one outlet, over the borders of tiles. */
import { columnsByName, flattenMmRings } from "../../../engine/core/feature-table.js"
import { objectId } from "../../../engine/core/hash.js"
import { addToList, elementAt } from "../../../engine/core/lists.js"
import type { Features, FeaturesPort } from "../../../engine/kernel.js"
import { type CellRuns, chooseRuns, connectRuns, groupRuns, sortRuns } from "../../grid/cell-runs.js"
import { tracePatch } from "../../grid/trace-patches.js"
import { longestMiddle } from "../../handover/patch/outline.js"
import type { FlowGridWindow } from "../ground/window.js"
import { type Catchments, eachRun, NO_CELL } from "./catchments.js"
import type { Outlet } from "./join.js"

const columns = {
  object_id: { type: "string", help: "stable id of the basin, shared by parts that meet at corners only" },
  area: { type: "number", unit: "m²", help: "area of this polygon" },
  drained: { type: "number", unit: "m²", help: "area that drains to the outlet, basins upstream included" },
  outlet_x: { type: "number", unit: "m", help: "centre of the outlet's cell, in the CRS" },
  outlet_y: { type: "number", unit: "m", help: "centre of the outlet's cell, in the CRS" },
  truncated: {
    type: "number",
    help: "share of the basin's outline at the end of the data, where more ground may drain in; 0: whole",
  },
  distance: { type: "number", unit: "m", help: "from the given place to the outlet; NaN at the end of the data" },
  downstream: { type: "string", help: "object_id of the next basin downstream; empty without one" },
} as const

/** The layer of basins. */
export const basinLayer = {
  kind: "features",
  geometry: "Polygon",
  help: "ground that drains to one outlet: where a stream leaves the data, or a place of --set simulation.flow-tile.outlets",
  columns,
  style: {
    colour: "#6a51a3",
    isLow: true,
    map: {
      label: "Basins",
      needs: "basins (--kernel simulation.flow)",
      relief: { fill: "rgba(84,39,143,0.08)", line: "#54278f", width: 1.4 },
      image: { fill: "rgba(218,218,235,0.1)", line: "#dadaeb", width: 1.4 },
    },
  },
} as const satisfies FeaturesPort

/** A tile for {@link traceBasins}. */
interface DrainedTile {
  readonly window: FlowGridWindow
  readonly catchments: Catchments
}

/**
 * The basins as polygons, exact along the edges of cells, for the tiles of their outlets. What
 * meets at a corner only is a feature of its own. O(runs · log)
 *
 * @param outletOf number of the outlet of a part of a tile; −1 without one
 */
export const traceBasins = (
  tiles: readonly DrainedTile[],
  outlets: readonly Outlet[],
  outletOf: (tile: number, part: number) => number,
): Features[] => {
  const runs = new Map<number, CellRuns[]>()
  for (const [t, tile] of tiles.entries())
    for (const [outlet, own] of runsByOutlet(tile, (part) => outletOf(t, part))) addToList(runs, outlet, own)
  const cell = tiles[0]?.window.cell ?? 1000
  const places = outlets.map(({ column, row }): Place => [((column + 0.5) * cell) / 1000, ((0.5 - row) * cell) / 1000])
  const data = united(tiles.map(dataRuns))
  const ids = places.map((place) => objectId("basin", ...place))
  const byTile = tiles.map((): Basin[] => [])
  for (const [k, outlet] of outlets.entries()) {
    const whole = united(runs.get(k) ?? [])
    const truncated = sidesBeyond(whole, data) / sidesBeyond(whole, whole)
    const { members, groupEnds } = groupRuns(connectRuns(whole))
    for (const [g, end] of groupEnds.entries()) {
      const part = chooseRuns(whole, members.subarray(g === 0 ? 0 : groupEnds[g - 1], end))
      const [x, y] = longestMiddle(part, cell)
      const place = elementAt(places, k)
      elementAt(byTile, outlet.tile).push({
        id: objectId("basin-part", x / 1000, y / 1000),
        place,
        rings: tracePatch(part).map((ring) => Array.from(ring, (at) => at * cell)),
        row: {
          object_id: ids[k]!,
          area: part.ends.reduce((sum, to, r) => sum + to - part.starts[r]!, 0) * (cell / 1000) ** 2,
          drained: outlet.amount * (cell / 1000) ** 2,
          outlet_x: place[0],
          outlet_y: place[1],
          truncated,
          distance: outlet.distance,
          downstream: ids[outlet.downstream] ?? "",
        },
      })
    }
  }
  return byTile.map((basins) => ({
    geometry: "Polygon",
    ...flattenMmRings(basins.map(({ rings }) => rings)),
    ids: basins.map(({ id }) => id),
    columns: columnsByName(
      columns,
      basins.map(({ row }) => row),
    ),
    anchors: Float64Array.from(basins.flatMap(({ place }) => place)),
  }))
}

type Place = readonly [x: number, y: number]

/** A polygon of the layer; `place` is the outlet, whose tile has the whole basin. */
interface Basin {
  readonly id: string
  readonly place: Place
  readonly rings: number[][]
  readonly row: Readonly<Record<string, number | string>>
}

/** Runs of a tile by outlet, in rows from the south. */
const runsByOutlet = (
  { window, catchments }: DrainedTile,
  outletOf: (part: number) => number,
): Map<number, CellRuns> => {
  const found = new Map<number, { rows: number[]; starts: number[]; ends: number[] }>()
  eachRun(catchments, window.columns, (line, from, to, part) => {
    const outlet = part < 0 ? -1 : outletOf(part)
    if (outlet < 0) return
    const [row, start, end] = [-(window.row + line), window.column + from, window.column + to]
    const own = found.get(outlet) ?? { rows: [], starts: [], ends: [] }
    if (own.rows.length === 0) found.set(outlet, own)
    const last = own.rows.length - 1
    if (own.rows[last] === row && own.ends[last] === start) own.ends[last] = end
    else {
      own.rows.push(row)
      own.starts.push(start)
      own.ends.push(end)
    }
  })
  return new Map(
    Array.from(found, ([outlet, own]) => [
      outlet,
      { rows: Int32Array.from(own.rows), starts: Int32Array.from(own.starts), ends: Int32Array.from(own.ends) },
    ]),
  )
}

/** The cells of a tile that have data. */
const dataRuns = ({ window, catchments }: DrainedTile): CellRuns => {
  const [rows, starts, ends]: [number[], number[], number[]] = [[], [], []]
  eachRun(catchments, window.columns, (line, from, to, part) => {
    if (part === NO_CELL) return
    const [row, start] = [-(window.row + line), window.column + from]
    if (rows.at(-1) === row && ends.at(-1) === start) ends[ends.length - 1] = window.column + to
    else {
      rows.push(row)
      starts.push(start)
      ends.push(window.column + to)
    }
  })
  return { rows: Int32Array.from(rows), starts: Int32Array.from(starts), ends: Int32Array.from(ends) }
}

/** Sides of cells of runs that have no cell of `others` beyond them. O(runs · log) */
const sidesBeyond = ({ rows, starts, ends }: CellRuns, others: CellRuns): number => {
  let sides = 0
  for (const [k, row] of rows.entries()) {
    const [start, end] = [starts[k]!, ends[k]!]
    for (const [beside, from, to] of [
      [row - 1, start, end],
      [row + 1, start, end],
      [row, start - 1, start],
      [row, end, end + 1],
    ] as const)
      sides += to - from - cellsWithin(others, beside, from, to)
  }
  return sides
}

/** Cells of runs in `[from, to)` of a row. */
const cellsWithin = ({ rows, starts, ends }: CellRuns, row: number, from: number, to: number): number => {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows[middle]! < row || (rows[middle] === row && ends[middle]! <= from)) low = middle + 1
    else high = middle
  }
  let cells = 0
  for (; low < rows.length && rows[low] === row && starts[low]! < to; low++)
    cells += Math.min(to, ends[low]!) - Math.max(from, starts[low]!)
  return cells
}

/** All runs in canonical form. */
const united = (lists: readonly CellRuns[]): CellRuns => {
  const { runs } = sortRuns(lists)
  return chooseRuns(
    runs,
    Int32Array.from(runs.rows, (_, k) => k),
  )
}
