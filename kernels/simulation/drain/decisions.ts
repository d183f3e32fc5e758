/** What the join decides for each tile. */
import { elementAt } from "../../../engine/core/lists.js"
import { beginsReach, orderOf } from "./arrivals.js"
import type { NodeGraph } from "./node-graph.js"

/** What a tile needs to finish. Cells are indices of the tile's own cells. */
export interface Decisions extends StreamsBelow, ReachesBelow {
  /** For each basin its cell without a receiver in the tile, and the level it is filled to, mm. */
  readonly roots: Uint32Array
  readonly levels: Int32Array
  /** Ways whose cells drain the other way: from … to. */
  readonly turnedFrom: Uint32Array
  readonly turnedTo: Uint32Array
  /** Cells with another direction. */
  readonly set: Uint32Array
  readonly setDirs: Uint8Array
  /** Cells that receive water of other tiles, and how many cells drain there. */
  readonly inflows: Uint32Array
  readonly amounts: Float64Array
  /** Strahler orders of the streams that arrive there; 0 without a stream. */
  readonly orders: Uint8Array
  /** Cells to which ground at the end of the data drains from other tiles, or that are there. */
  readonly belowEnds: Uint32Array
  /** Keys of the tiles whose ways this one needs. */
  readonly reads: readonly string[]
}

/**
 * The first stream below each cell that drains to another tile; cells without one are left out.
 * It is at height `exitHeights`, mm, where `ways` is −1. Else it begins on way `ways` of tile
 * `reads[tiles]`, where `needs` cells have drained to the way; from its end where `reversed`.
 */
export interface StreamsBelow {
  readonly exits: Uint32Array
  readonly exitHeights: Int32Array
  readonly ways: Int32Array
  readonly tiles: Uint32Array
  readonly needs: Float64Array
  readonly reversed: Uint8Array
}

/**
 * The reaches that begin in the tile and leave it, each at a cell of `crossings`. The rest of its
 * line leads through the nodes up to its end in `crossingEnds`, then on way `lineWays` of tile
 * `reads[lineTiles]`; −1: straight to the next node.
 */
export interface ReachesBelow {
  readonly crossings: Uint32Array
  readonly crossingEnds: Uint32Array
  /** On the grid of the CRS. */
  readonly lineColumns: Int32Array
  readonly lineRows: Int32Array
  readonly lineWays: Int32Array
  readonly lineTiles: Uint32Array
  readonly lineReversed: Uint8Array
  /** Cells that drain to the last cell of each reach. */
  readonly lineAmounts: Float64Array
}

/** Decides for each tile, in order. */
export const decideTiles = (graph: NodeGraph, least: number): Decisions[] => {
  const [stream, need] = findStreams(graph, least)
  const turned = groupByTile(graph, graph.turned, ([node]) => node)
  const redirected = groupByTile(graph, graph.redirected, ([node]) => node)
  const crossing: number[] = []
  for (const [node, next] of graph.next.entries())
    if (next >= 0 && graph.tile[node] !== graph.tile[next]) crossing.push(node)
  const arriving = groupByTile(graph, crossing, (node) => graph.next[node]!)
  const leaving = groupByTile(graph, crossing, (node) => node)
  return graph.tiles.map(({ network }, t) => {
    const start = graph.starts[t]!
    const cell = (node: number): number => network.cells[node - start]!
    const roots = Array.from(network.next, (next, k) => (next < 0 ? start + k : -1)).filter((node) => node >= 0)
    const [inflows, exits] = [elementAt(arriving, t), elementAt(leaving, t)]
    const [turns, changes] = [elementAt(turned, t), elementAt(redirected, t)]
    const reads = new Map<number, number>()
    const read = (tile: number): number => {
      const place = reads.get(tile) ?? reads.size
      reads.set(tile, place)
      return place
    }
    return {
      roots: Uint32Array.from(roots, cell),
      levels: Int32Array.from(roots, (node) => graph.level[graph.root[node]!]!),
      turnedFrom: Uint32Array.from(turns, ([from]) => cell(from)),
      turnedTo: Uint32Array.from(turns, ([, to]) => cell(to)),
      set: Uint32Array.from(changes, ([node]) => cell(node)),
      setDirs: Uint8Array.from(changes, ([, direction]) => direction),
      inflows: Uint32Array.from(inflows, (node) => cell(graph.next[node]!)),
      amounts: Float64Array.from(inflows, (node) => graph.own[node]!),
      orders: Uint8Array.from(inflows, (node) => (graph.own[node]! < least ? 0 : orderOf(graph.arrivals[node]!))),
      belowEnds: Uint32Array.from(
        [
          ...Array.from(network.cells.keys(), (k) => start + k).filter((node) => graph.isAtEnd[node] === 1),
          ...inflows.flatMap((node) => (graph.ends[node] === 0 ? [] : [graph.next[node]!])),
        ],
        cell,
      ),
      ...describeStreams(graph, exits, cell, stream, need, read),
      ...describeReaches(
        graph,
        exits.filter((node) => graph.own[node]! >= least && graph.origin[node] === t),
        cell,
        read,
      ),
      reads: Array.from(reads.keys(), (tile) => elementAt(graph.tiles, tile).key),
    }
  })
}

/** The items of a list by the tile of their node. */
const groupByTile = <T>({ tiles, tile }: NodeGraph, items: readonly T[], nodeAt: (item: T) => number): T[][] => {
  const lists = tiles.map((): T[] => [])
  for (const item of items) elementAt(lists, tile[nodeAt(item)]!).push(item)
  return lists
}

/**
 * The first stream of each node or below: the node whose way it begins on, and what must drain to
 * the way before; 0 where the node itself is in a stream. −1 without a stream.
 */
const findStreams = (graph: NodeGraph, least: number): [node: Int32Array, need: Float64Array] => {
  const [stream, need] = [new Int32Array(graph.count).fill(-1), new Float64Array(graph.count)]
  for (const node of graph.order.toReversed()) {
    const [sum, next] = [graph.own[node]!, graph.next[node]!]
    if (sum >= least) stream[node] = node
    else if (next >= 0 && graph.along[node]! > 0 && sum + graph.along[node]! >= least) {
      stream[node] = node
      need[node] = least - sum
    } else if (next >= 0) {
      stream[node] = stream[next]!
      need[node] = need[next]!
    }
  }
  return [stream, need]
}

/**
 * @param nodes that drain to another tile
 * @param read place of a tile among those whose ways are read
 */
const describeStreams = (
  graph: NodeGraph,
  nodes: readonly number[],
  cell: (node: number) => number,
  stream: Int32Array,
  need: Float64Array,
  read: (tile: number) => number,
): StreamsBelow => {
  const found = nodes.filter((node) => stream[node]! >= 0)
  const at = found.map((node) => stream[node]!)
  const ways = at.map((node, k) => (need[found[k]!]! > 0 ? graph.way[node]! : -1))
  return {
    exits: Uint32Array.from(found, cell),
    exitHeights: Int32Array.from(at, (node) => graph.height[node]!),
    ways: Int32Array.from(ways, (way) => numberInTile(graph, way)),
    tiles: Uint32Array.from(ways, (way) => (way < 0 ? 0 : read(graph.tile[way]!))),
    needs: Float64Array.from(found, (node) => need[node]!),
    reversed: Uint8Array.from(ways, (way, k) => (way >= 0 && way !== at[k] ? 1 : 0)),
  }
}

/** Number of a node in its own tile. */
const numberInTile = (graph: NodeGraph, node: number): number => {
  return node < 0 ? -1 : node - graph.starts[graph.tile[node]!]!
}

/** @param nodes where reaches leave the tile in which they begin */
const describeReaches = (
  graph: NodeGraph,
  nodes: readonly number[],
  cell: (node: number) => number,
  read: (tile: number) => number,
): ReachesBelow => {
  const passed: number[] = []
  const ends: number[] = []
  const amounts: number[] = []
  for (const node of nodes) {
    let [at, before] = [graph.next[node]!, node]
    passed.push(at)
    while (!beginsReach(graph.arrivals[at]!) && graph.next[at]! >= 0) {
      ;[before, at] = [at, graph.next[at]!]
      passed.push(at)
    }
    const isEnd = !beginsReach(graph.arrivals[at]!)
    ends.push(passed.length)
    amounts.push(isEnd ? graph.own[at]! : graph.own[before]! + graph.along[before]!)
  }
  const isLast = new Set(ends)
  const ways = passed.map((node, k) => (isLast.has(k + 1) || graph.along[node] === 0 ? -1 : graph.way[node]!))
  return {
    crossings: Uint32Array.from(nodes, cell),
    crossingEnds: Uint32Array.from(ends),
    lineColumns: Int32Array.from(passed, (node) => graph.column[node]!),
    lineRows: Int32Array.from(passed, (node) => graph.row[node]!),
    lineWays: Int32Array.from(ways, (way) => numberInTile(graph, way)),
    lineTiles: Uint32Array.from(ways, (way) => (way < 0 ? 0 : read(graph.tile[way]!))),
    lineReversed: Uint8Array.from(ways, (way, k) => (way >= 0 && way !== passed[k] ? 1 : 0)),
    lineAmounts: Float64Array.from(amounts),
  }
}
