/** Joins the networks of tiles: where each depression spills, and what flows over tile borders. */
import { type Decisions, decideTiles } from "./decisions.js"
import { NodeGraph, type TileNetwork } from "./node-graph.js"

/** Where the water of a basin leaves it. */
export interface Outlet {
  readonly tile: number
  /** On the grid of the CRS; rows count downwards. */
  readonly column: number
  readonly row: number
  /** Cells that drain there, those of basins above included. */
  readonly amount: number
  /** Metres from the stated place; NaN at the end of the data. */
  readonly distance: number
  /** Number of the next outlet downstream; −1 without one. */
  readonly downstream: number
}

/** The cells that may be an outlet, the best first; only those of streams if `isStream`. */
export interface OutletPlace {
  readonly name: string
  readonly cells: readonly { readonly column: number; readonly row: number; readonly distance: number }[]
  readonly isStream: boolean
}

/** Outlets of basins, and which one each part of a tile's catchments drains to. */
interface Basins {
  readonly outlets: readonly Outlet[]
  /** Number of the outlet of a part of a tile; −1 without one. */
  readonly outletOf: (tile: number, part: number) => number
}

/**
 * Decides the drainage of all tiles.
 *
 * Basins that tile borders cut become whole by following the ways. Of all saddles, those of the
 * minimum spanning tree connect them, with what leaves the data as the root. A cell beside a
 * missing tile is a saddle out of the data. The order of saddles (height, row, column) is strict
 * and the same in every tile, so the tree does not depend on the tiles.
 *
 * @param least cells that drain to a stream, at least
 * @param places outlets of basins, besides those where a stream leaves the data
 * @returns decisions by tile, in order. O(n log n) time; memory: 105 bytes a node
 */
export const joinNetworks = (
  tiles: readonly TileNetwork[],
  least: number,
  places: readonly OutletPlace[] = [],
): { readonly decisions: Decisions[]; readonly basins: Basins } => {
  const graph = new NodeGraph(tiles)
  graph.enter()
  const tree = graph.spanningTree()
  graph.drain(tree)
  graph.accumulate()
  graph.findReaches(least)
  return { decisions: decideTiles(graph, least), basins: delimitBasins(graph, least, places) }
}

/** Outlets where streams leave the data and at places; each node drains to the first below. */
const delimitBasins = (graph: NodeGraph, least: number, places: readonly OutletPlace[]): Basins => {
  const distances = new Map<number, number>()
  for (const place of places) {
    const [node, distance] = findOutlet(graph, place, least)
    distances.set(node, Math.min(distance, distances.get(node) ?? distance))
  }
  const isOutlet = (node: number): boolean =>
    distances.has(node) || (graph.next[node]! < 0 && graph.own[node]! >= least)
  const nodes: number[] = []
  for (let node = 0; node < graph.count; node++) if (isOutlet(node)) nodes.push(node)
  // By place, not by tile.
  nodes.sort((a, b) => graph.row[a]! - graph.row[b]! || graph.column[a]! - graph.column[b]!)
  const numbers = new Map(nodes.map((node, k) => [node, k]))
  const below = new Int32Array(graph.count).fill(-1)
  const downstream = new Int32Array(nodes.length).fill(-1)
  for (const node of graph.order.toReversed()) {
    const [number, next] = [numbers.get(node), graph.next[node]!]
    const under = next < 0 ? -1 : below[next]!
    below[node] = number ?? under
    if (number !== undefined) downstream[number] = under
  }
  // The node that a way leads on from: of a reversed one, that at its end.
  const upper = new Int32Array(graph.count)
  for (let node = 0; node < graph.count; node++) if (graph.along[node]! > 0) upper[graph.way[node]!] = node
  return {
    outlets: nodes.map((node, k) => ({
      ...{ tile: graph.tile[node]!, column: graph.column[node]!, row: graph.row[node]!, amount: graph.own[node]! },
      ...{ distance: distances.get(node) ?? Number.NaN, downstream: downstream[k]! },
    })),
    outletOf: (tile, part) => {
      const node = graph.starts[tile]! + (part >> 1)
      return part % 2 === 0 ? below[node]! : below[graph.next[upper[node]!]!]!
    },
  }
}

const findOutlet = (
  graph: NodeGraph,
  { name, cells, isStream }: OutletPlace,
  least: number,
): [node: number, distance: number] => {
  for (const { column, row, distance } of cells) {
    const node = graph.find(column, row)
    if (node >= 0 && (!isStream || graph.own[node]! >= least)) return [node, distance]
  }
  throw new Error(
    isStream
      ? `outlet ${name}: no stream so near. Give a place at a stream, a larger snap, or snap=0 for the ground that drains to the place itself`
      : `outlet ${name} is outside the data`,
  )
}
