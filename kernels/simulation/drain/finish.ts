/** The second pass of a tile: levels, directions, accumulation and heights above drainage. */
import { noHeight } from "../../grid/cell-grid.js"
import { findBasins } from "../ground/basins.js"
import { BEYOND, innerCells, neighbourOffsets, PIT } from "../ground/directions.js"
import { withRing } from "../ground/window.js"
import { cellsBelowEnds } from "./data-end.js"
import type { Decisions } from "./decisions.js"
import { downstreamOrder, type Ways } from "./network.js"

/** A tile after its first pass, row by row from the north, without a ring. */
export interface CarvedCells {
  readonly columns: number
  readonly dirs: Uint8Array
  readonly heights: Int32Array
  readonly filled: Int32Array
}

/** The finished cells of a tile, row by row from the north. */
export interface FinishedFlow {
  /** Height of the ground with all depressions filled, mm. */
  readonly filled: Int32Array
  /** As {@link flowDirections}. */
  readonly dirs: Uint8Array
  /** Cells that drain to each cell, with itself; 0 without data. */
  readonly accumulation: Float64Array
  /** As {@link cellsBelowEnds}, of the whole job. */
  readonly truncated: Uint8Array
  /** Height above the first stream below, mm; `noHeight` where the water leaves the data before. */
  readonly aboveDrainage: Int32Array
}

/**
 * Applies the decisions of the job. O(cells)
 *
 * @param least cells that drain to a stream, at least, as in {@link joinNetworks}
 * @param waysOf ways of another tile by its place in `decisions.reads`
 */
export const finishTile = (
  tile: CarvedCells,
  decisions: Decisions,
  least: number,
  waysOf: (index: number) => Ways,
): FinishedFlow => {
  const { columns } = tile
  const grid = withRing(tile.dirs, tile.heights, columns)
  const { width } = grid
  const at = (cell: number): number => (Math.floor(cell / columns) + 1) * width + (cell % columns) + 1
  const filled = fillBasins(tile, findBasins(grid), decisions, at, width)
  const offsets = neighbourOffsets(width)
  const dirs = grid.dirs.slice()
  for (const [k, from] of decisions.turnedFrom.entries()) {
    const end = at(decisions.turnedTo[k]!)
    for (let cell = at(from); cell !== end; ) {
      const old = grid.dirs[cell]!
      cell += offsets[old]!
      dirs[cell] = (old + 4) & 7
    }
  }
  for (const [k, cell] of decisions.set.entries()) dirs[at(cell)] = decisions.setDirs[k]!
  const order = downstreamOrder({ width, dirs })
  const sums = new Float64Array(dirs.length)
  for (const [k, cell] of decisions.inflows.entries()) sums[at(cell)]! += decisions.amounts[k]!
  for (const cell of order) {
    sums[cell]++
    if (dirs[cell] < PIT) sums[cell + offsets[dirs[cell]]] += sums[cell]
  }
  const bases = streamHeights(
    { width, dirs, heights: grid.heights },
    order,
    sums,
    least,
    exitBases(decisions, at, waysOf),
  )
  return {
    filled,
    dirs: innerCells(dirs, width, 1),
    accumulation: innerCells(sums, width, 1),
    truncated: innerCells(cellsBelowEnds({ width, dirs }, Array.from(decisions.belowEnds, at)), width, 1),
    aboveDrainage: innerCells(bases, width, 1).map((base, i) =>
      base === noHeight ? noHeight : tile.heights[i]! - base,
    ),
  }
}

const fillBasins = (
  { columns, filled }: CarvedCells,
  { labels, roots }: ReturnType<typeof findBasins>,
  decisions: Decisions,
  at: (cell: number) => number,
  width: number,
): Int32Array => {
  const known = new Map<number, number>()
  for (const [k, cell] of decisions.roots.entries()) known.set(at(cell), decisions.levels[k]!)
  const levels = roots.map((root) => known.get(root) ?? -0x80000000)
  const raised = filled.slice()
  for (let i = 0; i < raised.length; i++) {
    const label = labels[(Math.floor(i / columns) + 1) * width + (i % columns) + 1]!
    if (label >= 0 && levels[label]! > raised[i]!) raised[i] = levels[label]!
  }
  return raised
}

/** Height of the first stream below each cell that drains to another tile. */
const exitBases = (
  decisions: Decisions,
  at: (cell: number) => number,
  waysOf: (index: number) => Ways,
): Map<number, number> => {
  const bases = new Map<number, number>()
  for (const [k, cell] of decisions.exits.entries()) {
    const way = decisions.ways[k]!
    const height =
      way < 0
        ? decisions.exitHeights[k]!
        : heightOnWay(waysOf(decisions.tiles[k]!), way, decisions.needs[k]!, decisions.reversed[k] === 1)
    bases.set(at(cell), height)
  }
  return bases
}

/** Height of the first cell of a way to which `need` cells have drained along it. */
const heightOnWay = ({ ends, heights, sums }: Ways, way: number, need: number, reversed: boolean): number => {
  const [start, end] = [way === 0 ? 0 : ends[way - 1]!, ends[way]!]
  if (!reversed) {
    for (let k = start; k < end; k++) if (sums[k]! >= need) return heights[k]!
  } else {
    const total = sums[end - 1]!
    for (let k = end - 1; k >= start; k--) if (total - (k > start ? sums[k - 1]! : 0) >= need) return heights[k]!
  }
  throw new Error("a stream begins on a way that is too short: the tiles' results do not fit together")
}

const streamHeights = (
  { width, dirs, heights }: { readonly width: number; readonly dirs: Uint8Array; readonly heights: Int32Array },
  order: Int32Array,
  sums: Float64Array,
  least: number,
  exits: ReadonlyMap<number, number>,
): Int32Array => {
  const offsets = neighbourOffsets(width)
  const bases = new Int32Array(dirs.length).fill(noHeight)
  for (let k = order.length - 1; k >= 0; k--) {
    const cell = order[k]
    if (sums[cell] >= least) bases[cell] = heights[cell]
    else if (dirs[cell] < PIT) {
      const below = cell + offsets[dirs[cell]]
      bases[cell] = dirs[below] === BEYOND ? (exits.get(cell) ?? noHeight) : bases[below]
    }
  }
  return bases
}
