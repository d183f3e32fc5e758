/** The drainage of a tile, reduced to the cells that the rest of the job may matter for. */

import { borderCells } from "../ground/basins.js"
import { BEYOND, LEAVES, neighbourOffsets, PIT } from "../ground/directions.js"
import { addArrival, orderOf } from "./arrivals.js"
import type { CarvedTile } from "./carve.js"
import { type Catchments, findCatchments } from "./catchments.js"
import { nodesBelowEnds } from "./data-end.js"

/**
 * Nodes: cells of the tile's border, pits and saddles that the job decides on, cells where their
 * ways meet, those where a stream meets a way or leaves the data, and those that may be an outlet.
 * A way leads from a node down to the next one.
 */
export interface Network {
  /** Cells of the tile, row by row from the north, without a ring; ascending. */
  readonly cells: Uint32Array
  readonly heights: Int32Array
  /** Direction of the cell itself. */
  readonly dirs: Uint8Array
  /** The next node down the way; −1 at a pit, where the way leaves the tile, or the data. */
  readonly next: Int32Array
  /** Cells that drain to the node on no way, with itself. */
  readonly own: Uint32Array
  /** Cells on the way to the next node, and those that drain to them on no way. */
  readonly along: Uint32Array
  /** Bits of {@link nodesBelowEnds}. */
  readonly ends: Uint8Array
  /** Streams that arrive at the node on no way, as {@link addArrival} counts them. */
  readonly arrivals: Uint8Array
  /** Saddles between nodes; −1 in `to`: the data end beside `from`. */
  readonly saddleFrom: Int32Array
  readonly saddleTo: Int32Array
}

/** The cells between the nodes of a {@link Network}: where a stream begins, and its line. */
export interface Ways {
  /** End of each node's way in the lists below. */
  readonly ends: Uint32Array
  /** Height of each cell, and what has drained to the way up to it. */
  readonly heights: Int32Array
  readonly sums: Uint32Array
  /** Direction by which the way enters each cell. */
  readonly steps: Uint8Array
}

/** Marks of cells while the network is made. */
const ON_WAY = 1
const NODE = 2

/**
 * Reduces a tile to its network. O(cells)
 *
 * @param least cells that drain to a stream, at least
 * @param outlets cells of the tile, without a ring, that may be outlets of basins
 */
export const reduceToNetwork = (
  tile: CarvedTile,
  least: number,
  outlets: readonly number[] = [],
): { readonly network: Network; readonly ways: Ways; readonly catchments: Catchments } => {
  const { width, dirs } = tile
  const columns = width - 2
  const marks = markNodes(tile)
  const chosen = outlets
    .map((cell) => (Math.floor(cell / columns) + 1) * width + (cell % columns) + 1)
    .filter((cell) => dirs[cell]! < BEYOND)
  for (const cell of chosen) marks[cell] = NODE
  const order = downstreamOrder(tile)
  const { sums, arrivals } = findMeetings(tile, order, marks, least)
  const cells: number[] = []
  const numbers = new Int32Array(dirs.length).fill(-1)
  for (let i = 0; i < dirs.length; i++) if (marks[i] === NODE) numbers[i] = cells.push(i) - 1
  const flow = sumAlong(tile, order, { marks, numbers, sums }, cells.length)
  const nodeOf = (cell: number): number => (cell < 0 ? -1 : numbers[cell]!)
  const isNode = (cell: number): boolean => marks[cell] === NODE
  const isOff = (cell: number): boolean => marks[cell] === 0
  const network: Network = {
    cells: Uint32Array.from(cells, (i) => (Math.floor(i / width) - 1) * columns + (i % width) - 1),
    heights: Int32Array.from(cells, (i) => tile.heights[i]!),
    dirs: Uint8Array.from(cells, (i) => dirs[i]!),
    ...flow,
    ends: nodesBelowEnds(tile, { numbers, isNode, isOff, count: cells.length }),
    arrivals: Uint8Array.from(cells, (i) => arrivals[i]!),
    saddleFrom: tile.saddles.from.map(nodeOf),
    saddleTo: tile.saddles.to.map(nodeOf),
  }
  return {
    network,
    ways: listWays(tile, cells, marks, sums),
    catchments: findCatchments({ width, dirs, order, numbers, isNode, next: flow.next }, chosen.map(nodeOf)),
  }
}

const markNodes = (tile: CarvedTile): Uint8Array => {
  const { dirs, basins, saddles } = tile
  const marks = new Uint8Array(dirs.length)
  const mark = (cell: number): void => {
    if (cell >= 0 && dirs[cell] < BEYOND) marks[cell] = NODE
  }
  borderCells(tile).forEach(mark)
  saddles.from.forEach(mark)
  saddles.to.forEach(mark)
  // Pits that the tile has drained are no longer pits.
  for (const root of basins.roots) if (root >= 0 && dirs[root] === PIT) mark(root)
  return marks
}

/** All cells with data, each after those that drain to it. @param dirs with a ring */
export const downstreamOrder = ({ width, dirs }: { readonly width: number; readonly dirs: Uint8Array }): Int32Array => {
  const offsets = neighbourOffsets(width)
  const waiting = new Uint8Array(dirs.length)
  let count = 0
  for (let i = 0; i < dirs.length; i++) {
    if (dirs[i] < BEYOND) count++
    if (dirs[i] < PIT) waiting[i + offsets[dirs[i]]]++
  }
  const order = new Int32Array(count)
  let end = 0
  for (let i = 0; i < dirs.length; i++) {
    // From each source downwards, as long as nothing else drains to the cell.
    if (waiting[i] !== 0 || dirs[i] >= BEYOND) continue
    let cell = i
    for (;;) {
      order[end++] = cell
      waiting[cell] = VISITED
      if (dirs[cell] >= PIT) break
      cell += offsets[dirs[cell]]
      if (dirs[cell] >= BEYOND || --waiting[cell] > 0) break
    }
  }
  return order.subarray(0, end)
}
/** More than the neighbours of a cell. */
const VISITED = 9

/**
 * Marks the cells below nodes, and as nodes those where ways meet or leave the data, and where
 * streams do. Streams on no way do not depend on other tiles.
 *
 * @returns what drains to each cell on no way, with itself where it is on none, and the streams
 *   that arrive so
 */
const findMeetings = (
  { width, dirs }: CarvedTile,
  order: Int32Array,
  marks: Uint8Array,
  least: number,
): { readonly sums: Uint32Array; readonly arrivals: Uint8Array } => {
  const offsets = neighbourOffsets(width)
  const sums = new Uint32Array(dirs.length)
  const arrivals = new Uint8Array(dirs.length)
  for (const cell of order) {
    const d = dirs[cell]
    const isOff = marks[cell] === 0
    if (isOff) sums[cell]++
    const isStream = isOff && sums[cell] >= least
    if (isOff ? d === LEAVES && isStream : d === LEAVES || arrivals[cell] > 0) {
      marks[cell] = NODE
      if (isOff) sums[cell]--
    }
    if (d >= PIT) continue
    const below = cell + offsets[d]
    if (dirs[below] >= BEYOND) continue
    if (!isOff) marks[below] = marks[below] === 0 ? ON_WAY : NODE
    else {
      sums[below] += sums[cell]
      if (isStream) arrivals[below] = addArrival(arrivals[below], orderOf(arrivals[cell]))
    }
  }
  return { sums, arrivals }
}

/**
 * What {@link Network} says of its nodes. `sums` of cells on ways become what has drained to the
 * way, those of nodes what drains to them on no way.
 */
const sumAlong = (
  { width, dirs }: CarvedTile,
  order: Int32Array,
  { marks, numbers, sums }: { readonly marks: Uint8Array; readonly numbers: Int32Array; readonly sums: Uint32Array },
  count: number,
): Pick<Network, "next" | "own" | "along"> => {
  const offsets = neighbourOffsets(width)
  const next = new Int32Array(count).fill(-1)
  const [own, along] = [new Uint32Array(count), new Uint32Array(count)]
  for (const cell of order) {
    const mark = marks[cell]
    if (mark === 0) continue
    const node = numbers[cell]
    sums[cell]++
    if (mark === NODE) own[node] = sums[cell]
    if (dirs[cell] >= PIT) continue
    const below = cell + offsets[dirs[cell]]
    if (dirs[below] >= BEYOND) continue
    if (marks[below] === NODE) {
      next[node] = numbers[below]
      if (mark === ON_WAY) along[node] = sums[cell]
    } else {
      // Only one way leads to the cell: it takes the number of the way's node.
      numbers[below] = node
      if (mark === ON_WAY) sums[below] += sums[cell]
    }
  }
  return { next, own, along }
}

const listWays = (
  { width, dirs, heights }: CarvedTile,
  cells: readonly number[],
  marks: Uint8Array,
  sums: Uint32Array,
): Ways => {
  const offsets = neighbourOffsets(width)
  const ends = new Uint32Array(cells.length)
  const [listed, steps]: [number[], number[]] = [[], []]
  for (const [node, cell] of cells.entries()) {
    let before = cell
    while (dirs[before]! < PIT) {
      const at = before + offsets[dirs[before]!]!
      if (marks[at] !== ON_WAY) break
      listed.push(at)
      steps.push(dirs[before]!)
      before = at
    }
    ends[node] = listed.length
  }
  return {
    ends,
    heights: Int32Array.from(listed, (i) => heights[i]!),
    sums: Uint32Array.from(listed, (i) => sums[i]!),
    steps: Uint8Array.from(steps),
  }
}
