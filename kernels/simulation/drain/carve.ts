/** Drains the depressions of a tile whose spill does not depend on other tiles. */
import { UnionFind } from "../../geometry/union-find.js"
import {
  type Basins,
  borderCells,
  type FlowGrid,
  findBasins,
  findSaddles,
  OUTSIDE,
  type Saddles,
} from "../ground/basins.js"
import { LEAVES, neighbourOffsets, PIT } from "../ground/directions.js"

/** A tile after its first pass. */
export interface CarvedTile extends FlowGrid {
  /** Heights with those depressions filled, as far as the tile knows. */
  readonly filled: Int32Array
  /** Basins that the rest of the job decides on. */
  readonly basins: Basins
  /** Saddles between these basins, for the job to choose from. */
  readonly saddles: Saddles
}

/**
 * Drains what the tile can decide. The saddles of the final drainage form a minimum spanning tree
 * of all basins, so in the tile only those of its own minimum spanning tree count. Basins that
 * touch the tile's border, or the end of the data, are ends of ways through the tile. Branches of
 * the tree without such a basin drain towards the rest, whatever surrounds the tile: each of their
 * pits is connected to its saddle by reversing the directions between (Cordonnier et al. 2019).
 *
 * Changes `grid.dirs`. O(cells + basins · log)
 */
export const carveTile = (grid: FlowGrid): CarvedTile => {
  const found = findBasins(grid)
  const saddles = findSaddles(grid, found)
  const tree = spanningTree(saddles, found.roots.length)
  const { order, way, left } = prune(saddles, tree, findRetainedBasins(grid, found))
  const offsets = neighbourOffsets(grid.width)
  const owner = Int32Array.from(found.roots, (_, b) => b)
  const levels = new Int32Array(found.roots.length).fill(-0x80000000)
  for (const basin of [...order].reverse()) {
    const saddle = way[basin]!
    const isFrom = saddles.basinFrom[saddle] === basin
    const next = isFrom ? saddles.basinTo[saddle]! : saddles.basinFrom[saddle]!
    owner[basin] = owner[next]!
    levels[basin] = Math.max(levels[next]!, saddles.heights[saddle]!)
    const [from, to] = [saddles.from[saddle]!, saddles.to[saddle]!]
    reversePath(grid.dirs, offsets, isFrom ? from : to, directionOf(offsets, isFrom ? from : to, isFrom ? to : from))
  }
  const filled = grid.heights.slice()
  const { labels } = found
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!
    if (label < 0) continue
    if (levels[label]! > filled[i]!) filled[i] = levels[label]!
    labels[i] = owner[label]!
  }
  return { ...grid, filled, basins: found, saddles: chosenSaddles(saddles, left, labels) }
}

/** Direction from a cell to a neighbour; {@link LEAVES} for −1. */
const directionOf = (offsets: Int32Array, from: number, to: number): number =>
  to < 0 ? LEAVES : offsets.indexOf(to - from)

/** Gives a cell a new direction, and lets the cells from there to the pit flow back to it. */
const reversePath = (dirs: Uint8Array, offsets: Int32Array, start: number, direction: number): void => {
  let [cell, turned] = [start, direction]
  for (;;) {
    const old = dirs[cell]!
    dirs[cell] = turned
    if (old >= PIT) return
    cell += offsets[old]!
    turned = (old + 4) & 7
  }
}

/** Saddles of the minimum spanning tree (Kruskal), in the order of height, then place. */
const spanningTree = ({ heights, from, to, basinFrom, basinTo }: Saddles, basins: number): Int32Array => {
  const order = Int32Array.from(heights, (_, k) => k)
  // Saddles with the same first cell are sorted by direction; outwards comes last.
  const place = (k: number): number => (to[k]! < 0 ? Number.POSITIVE_INFINITY : to[k]!)
  order.sort((a, b) => heights[a]! - heights[b]! || from[a]! - from[b]! || place(a) - place(b))
  const sets = UnionFind.make(basins)
  return order.filter((k) => {
    if (UnionFind.find(sets, basinFrom[k]!) === UnionFind.find(sets, basinTo[k]!)) return false
    UnionFind.unite(sets, basinFrom[k]!, basinTo[k]!)
    return true
  })
}

/** 1 for basins that touch the border of the tile, and for what leaves the data. */
const findRetainedBasins = (grid: FlowGrid, { labels, roots }: Basins): Uint8Array => {
  const retained = new Uint8Array(roots.length)
  retained[OUTSIDE] = 1
  for (const cell of borderCells(grid)) if (labels[cell] >= 0) retained[labels[cell]] = 1
  return retained
}

/**
 * Takes leaves off the tree that need not be kept, one after another: `order`, with the saddle
 * towards the rest of each in `way`. `left` are the saddles that remain.
 */
const prune = (
  { basinFrom, basinTo }: Saddles,
  tree: Int32Array,
  retained: Uint8Array,
): { readonly order: readonly number[]; readonly way: Int32Array; readonly left: number[] } => {
  const degrees = new Int32Array(retained.length)
  // Exclusive or of a basin's saddles: of the last one it is the saddle itself.
  const last = new Int32Array(retained.length)
  for (const k of tree) {
    for (const basin of [basinFrom[k]!, basinTo[k]!]) {
      degrees[basin]!++
      last[basin]! ^= k
    }
  }
  const order: number[] = []
  const way = new Int32Array(retained.length).fill(-1)
  const isLeaf = (basin: number): boolean => degrees[basin] === 1 && retained[basin] === 0
  for (let b = 0; b < retained.length; b++) if (isLeaf(b)) order.push(b)
  for (let at = 0; at < order.length; at++) {
    const basin = order[at]!
    const saddle = last[basin]!
    way[basin] = saddle
    const next = basinFrom[saddle] === basin ? basinTo[saddle]! : basinFrom[saddle]!
    degrees[next]!--
    last[next]! ^= saddle
    if (isLeaf(next)) order.push(next)
  }
  const gone = new Set(order.map((basin) => way[basin]!))
  return { order, way, left: [...tree].filter((k) => !gone.has(k)) }
}

const chosenSaddles = (saddles: Saddles, chosen: readonly number[], labels: Int32Array): Saddles => {
  const pick = (values: Int32Array): Int32Array => Int32Array.from(chosen, (k) => values[k]!)
  const [from, to] = [pick(saddles.from), pick(saddles.to)]
  return {
    ...{ from, to, heights: pick(saddles.heights) },
    basinFrom: from.map((cell) => labels[cell]!),
    basinTo: to.map((cell) => (cell < 0 ? OUTSIDE : labels[cell]!)),
  }
}
