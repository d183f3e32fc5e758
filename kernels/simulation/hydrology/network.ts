/** The drainage of a tile, reduced to the cells that the rest of the job may matter for. */
import { borderCells } from "./basins.js"
import type { CarvedTile } from "./carve.js"
import { BEYOND, LEAVES, NO_DATA, neighbourOffsets, PIT } from "./directions.js"

/**
 * Nodes: cells of the tile's border, pits and saddles that the job decides on, and cells where
 * their ways meet. A way leads from a node down to the next one.
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
  /** Saddles between nodes; −1 in `to`: the data end beside `from`. */
  readonly saddleFrom: Int32Array
  readonly saddleTo: Int32Array
}

/** The cells between the nodes of a {@link Network}, to find where a stream begins. */
export interface Ways {
  /** End of each node's way in the lists below. */
  readonly ends: Uint32Array
  /** Height of each cell, and what has drained to the way up to it. */
  readonly heights: Int32Array
  readonly sums: Uint32Array
}

/** Marks of cells while the network is made. */
const ON_WAY = 1
const NODE = 2

/** Reduces a tile to its network. O(cells) */
export const networkOf = (tile: CarvedTile): { readonly network: Network; readonly ways: Ways } => {
  const { width, dirs } = tile
  const marks = markNodes(tile)
  const order = downstreamOrder(tile)
  findMeetings(tile, order, marks)
  const cells: number[] = []
  const numbers = new Int32Array(dirs.length).fill(-1)
  for (let i = 0; i < dirs.length; i++) if (marks[i] === NODE) numbers[i] = cells.push(i) - 1
  const flow = sumAlong(tile, order, marks, numbers, cells.length)
  const columns = width - 2
  const nodeOf = (cell: number): number => (cell < 0 ? -1 : numbers[cell]!)
  const network: Network = {
    cells: Uint32Array.from(cells, (i) => (Math.floor(i / width) - 1) * columns + (i % width) - 1),
    heights: Int32Array.from(cells, (i) => tile.heights[i]!),
    dirs: Uint8Array.from(cells, (i) => dirs[i]!),
    ...{ next: flow.next, own: flow.own, along: flow.along },
    saddleFrom: tile.saddles.from.map(nodeOf),
    saddleTo: tile.saddles.to.map(nodeOf),
  }
  return { network, ways: listWays(tile, cells, marks, flow.sums) }
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

/** Marks the cells below nodes, and as nodes those where two ways meet or leave the data. */
const findMeetings = ({ width, dirs }: CarvedTile, order: Int32Array, marks: Uint8Array): void => {
  const offsets = neighbourOffsets(width)
  for (const cell of order) {
    if (marks[cell] === 0) continue
    const d = dirs[cell]
    if (d === LEAVES) marks[cell] = NODE
    if (d >= PIT) continue
    const next = cell + offsets[d]
    if (dirs[next] < BEYOND) marks[next] = marks[next] === 0 ? ON_WAY : NODE
  }
}

/** What {@link Network} says of its nodes; `sums` of cells on ways: what has drained to them. */
const sumAlong = (
  { width, dirs }: CarvedTile,
  order: Int32Array,
  marks: Uint8Array,
  numbers: Int32Array,
  count: number,
): Pick<Network, "next" | "own" | "along"> & { readonly sums: Uint32Array } => {
  const offsets = neighbourOffsets(width)
  const sums = new Uint32Array(dirs.length)
  const next = new Int32Array(count).fill(-1)
  const [own, along] = [new Uint32Array(count), new Uint32Array(count)]
  for (const cell of order) {
    sums[cell]++
    const mark = marks[cell]
    const node = numbers[cell]
    if (mark === NODE) own[node] = sums[cell]
    if (dirs[cell] >= PIT) continue
    const below = cell + offsets[dirs[cell]]
    if (dirs[below] >= BEYOND) continue
    if (mark === 0) sums[below] += sums[cell]
    else if (marks[below] === NODE) {
      next[node] = numbers[below]
      if (mark === ON_WAY) along[node] = sums[cell]
    } else {
      // Only one way leads to the cell: it takes the number of the way's node.
      numbers[below] = node
      if (mark === ON_WAY) sums[below] += sums[cell]
    }
  }
  return { next, own, along, sums }
}

const listWays = (
  { width, dirs, heights }: CarvedTile,
  cells: readonly number[],
  marks: Uint8Array,
  sums: Uint32Array,
): Ways => {
  const offsets = neighbourOffsets(width)
  const ends = new Uint32Array(cells.length)
  const listed: number[] = []
  for (const [node, cell] of cells.entries()) {
    if (dirs[cell]! < PIT) {
      let at = cell + offsets[dirs[cell]!]!
      while (marks[at] === ON_WAY) {
        listed.push(at)
        at += offsets[dirs[at]!]!
      }
    }
    ends[node] = listed.length
  }
  return {
    ends,
    heights: Int32Array.from(listed, (i) => heights[i]!),
    sums: Uint32Array.from(listed, (i) => sums[i]!),
  }
}

/** The tile's cells inside a ring that is {@link BEYOND} it. */
export const withRing = (
  dirs: Uint8Array,
  heights: Int32Array,
  columns: number,
): { readonly width: number; readonly height: number; readonly dirs: Uint8Array; readonly heights: Int32Array } => {
  const rows = dirs.length / columns
  const width = columns + 2
  const ringed = new Uint8Array(width * (rows + 2)).fill(BEYOND)
  const heightsRinged = new Int32Array(ringed.length).fill(NO_DATA)
  for (let row = 0; row < rows; row++) {
    ringed.set(dirs.subarray(row * columns, (row + 1) * columns), (row + 1) * width + 1)
    heightsRinged.set(heights.subarray(row * columns, (row + 1) * columns), (row + 1) * width + 1)
  }
  return { width, height: rows + 2, dirs: ringed, heights: heightsRinged }
}
