/**
 * The basins of a tile below a level, for water that is poured: where they drain, the saddles
 * between them, and how much ground each has at each height.
 */
import { UnionFind } from "../../geometry/union-find.js"
import { type FlowGrid, findBasins, findSaddles, OUTSIDE, type Saddles } from "../ground/basins.js"
import { innerCells, PIT } from "../ground/directions.js"
import type { FlowGridWindow } from "../ground/window.js"
import { listBorderCells } from "./rise.js"

/** A basin ends in a pit, or where its water leaves the tile. Basin 0 is outside the data. */
export interface LowBasins {
  readonly key: string
  readonly window: FlowGridWindow
  /** Last cell of each basin, its height, mm, and its direction. */
  readonly roots: Uint32Array
  readonly heights: Int32Array
  readonly dirs: Uint8Array
  /** Basin and height of each cell of the border, in the order of `borderOf`; −1 without data. */
  readonly border: Int32Array
  readonly borderHeights: Int32Array
  /** Saddles up to the level; −1 in `to`: the data end beside `from`. */
  readonly saddles: Saddles
  /** Ground up to the level by height: bytes of {@link encodeProfiles}, and their ends by basin. */
  readonly profiles: Uint8Array
  readonly profileEnds: Uint32Array
  /** Basin of each place; −1: not in this tile, −2: no data there. */
  readonly places: Int32Array
}

/** Cells, in the order of rows from the north. A strict order that is the same in all tiles. */
type SaddleOrder = (a: number, b: number) => number

/** Saddles of the minimum spanning tree of basins (Kruskal), in the given order. O(n log n) */
export const spanningSaddles = (
  count: number,
  from: ArrayLike<number>,
  to: ArrayLike<number>,
  order: SaddleOrder,
): Int32Array => {
  const sets = UnionFind.make(count)
  return Int32Array.from({ length: from.length }, (_, k) => k)
    .sort(order)
    .filter((k) => {
      const [a, b] = [UnionFind.find(sets, from[k]!), UnionFind.find(sets, to[k]!)]
      UnionFind.unite(sets, a, b)
      return a !== b
    })
}

/**
 * Basins of a tile that matter below a level, or that water above it may run into from other tiles.
 *
 * @param grid with a ring of one cell
 * @param places cells of the tile; −1: elsewhere
 * @returns O(cells · log) time
 */
export const findLowBasins = (
  key: string,
  window: FlowGridWindow,
  grid: FlowGrid,
  level: number,
  places: readonly number[],
): LowBasins => {
  const { width } = grid
  const basins = findBasins(grid)
  const labels = innerCells(basins.labels, width, 1)
  const heights = innerCells(grid.heights, width, 1)
  const border = listBorderCells(window)
  const numbers = new Int32Array(basins.roots.length).fill(-1)
  for (const [label, root] of basins.roots.entries())
    if (label === OUTSIDE || grid.heights[root]! <= level) numbers[label] = 0
  for (const cell of border) if (labels[cell]! >= 0) numbers[labels[cell]!] = 0
  for (const cell of places) if (cell >= 0 && labels[cell]! >= 0) numbers[labels[cell]!] = 0
  let count = 0
  for (let label = 0; label < numbers.length; label++) if (numbers[label] === 0) numbers[label] = count++
  const lowRoots = basins.roots.filter((_, label) => numbers[label]! >= 0)
  const numberOf = (label: number): number => (label < 0 ? -1 : numbers[label]!)
  const ownCell = (at: number): number => cellWithoutRing(at, width)
  return {
    ...{ key, window },
    roots: Uint32Array.from(lowRoots, (root) => Math.max(0, ownCell(root))),
    heights: lowRoots.map((root) => (root < 0 ? 0 : grid.heights[root]!)),
    dirs: Uint8Array.from(lowRoots, (root) => (root < 0 ? PIT : grid.dirs[root]!)),
    border: Int32Array.from(border, (cell) => numberOf(labels[cell]!)),
    borderHeights: Int32Array.from(border, (cell) => heights[cell]!),
    saddles: lowSaddles(findSaddles(grid, basins), level, basins.roots.length, numberOf, ownCell),
    ...encodeProfiles(heights, labels.map(numberOf), count, level),
    places: Int32Array.from(places, (cell) => (cell < 0 ? -1 : labels[cell]! < 0 ? -2 : numberOf(labels[cell]!))),
  }
}

/** Those up to the level that can be in the tree of the whole job. */
const lowSaddles = (
  { from, to, basinFrom, basinTo, heights }: Saddles,
  level: number,
  count: number,
  numberOf: (label: number) => number,
  ownCell: (cell: number) => number,
): Saddles => {
  const order: SaddleOrder = (a, b) =>
    heights[a]! - heights[b]! || from[a]! - from[b]! || Number(to[a]! < 0) - Number(to[b]! < 0) || to[a]! - to[b]!
  const tree = spanningSaddles(count, basinFrom, basinTo, order).filter((k) => heights[k]! <= level)
  return {
    from: tree.map((k) => ownCell(from[k]!)),
    to: tree.map((k) => ownCell(to[k]!)),
    basinFrom: tree.map((k) => numberOf(basinFrom[k]!)),
    basinTo: tree.map((k) => numberOf(basinTo[k]!)),
    heights: tree.map((k) => heights[k]!),
  }
}

/**
 * Counts the cells of each basin by height, up to the level, ascending. Of each height: twice the
 * rise from the one before (the first: from the basin's lowest), plus 1 if there are several cells;
 * then their number. Seven bits a byte, the lowest first; the eighth says that more follow.
 */
const encodeProfiles = (
  heights: Int32Array,
  basins: Int32Array,
  count: number,
  level: number,
): Pick<LowBasins, "profiles" | "profileEnds"> => {
  // Basin and height in one number below 2^53; heights of the ground are above −2^23 mm.
  const isLow = (i: number): boolean => basins[i]! > OUTSIDE && heights[i]! <= level
  let size = 0
  for (let i = 0; i < heights.length; i++) if (isLow(i)) size++
  const keys = new Float64Array(size)
  for (let i = 0, k = 0; k < size; i++) if (isLow(i)) keys[k++] = basins[i]! * SPAN + heights[i]! + DEEPEST
  keys.sort()
  const ends = new Uint32Array(count)
  let bytes = new Uint8Array(2 * size + 16)
  let [at, basin, last] = [0, 0, 0]
  const put = (value: number): void => {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = 128 + (rest % 128)
    bytes[at++] = rest
  }
  for (let k = 0; k < size; ) {
    let same = 1
    while (keys[k + same] === keys[k]) same++
    const own = Math.floor(keys[k]! / SPAN)
    if (own !== basin) {
      ends.fill(at, basin, own)
      ;[basin, last] = [own, keys[k]!]
    }
    if (at + 10 > bytes.length) {
      const more = new Uint8Array(2 * bytes.length)
      more.set(bytes)
      bytes = more
    }
    put(2 * (keys[k]! - last) + Number(same > 1))
    if (same > 1) put(same)
    last = keys[k]!
    k += same
  }
  ends.fill(at, basin)
  return { profiles: bytes.slice(0, at), profileEnds: ends }
}
const SPAN = 2 ** 25
const DEEPEST = 2 ** 23

/**
 * Depth of each cell of a tile under poured water, mm; −1 for dry ones.
 *
 * @param flooded last cells of basins under water, and the level there, mm
 */
export const pouredDepths = (grid: FlowGrid, flooded: Uint32Array, levels: Float64Array): Float64Array => {
  const { width } = grid
  const { labels, roots } = findBasins(grid)
  const levelAt = new Map(Array.from(flooded, (cell, k) => [cell, levels[k]!]))
  const byBasin = Float64Array.from(
    roots,
    (root) => levelAt.get(cellWithoutRing(root, width)) ?? Number.NEGATIVE_INFINITY,
  )
  const heights = innerCells(grid.heights, width, 1)
  return Float64Array.from(innerCells(labels, width, 1), (label, i) => {
    const depth = label < 0 ? -1 : byBasin[label]! - heights[i]!
    return depth > 0 ? depth : -1
  })
}

const cellWithoutRing = (at: number, width: number): number =>
  at < 0 ? -1 : (Math.floor(at / width) - 1) * (width - 2) + (at % width) - 1
