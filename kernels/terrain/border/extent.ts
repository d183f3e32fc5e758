/** Where a tile may have ground: the extent of its data, objects and breaklines. */
import type { Features, Points } from "../../../engine/kernel.js"
import { type DataExtent, extentOf, outsideOf, wholeExtent } from "../../handover/extent/data-extent.js"
import { type LocalObject, placeTo } from "../../handover/footprint/local-object.js"
import type { BorderCore } from "../wasm/ground-border.js"

/** Side of a cell, mm. */
const CELL = 1000

/** Where a tile may have ground. */
export interface TerrainExtent {
  /** Inside the tile. */
  readonly inner: DataExtent
  /** On its sides (south, east, north, west), the same in the tiles across. */
  readonly sides: readonly DataExtent[]
}

/**
 * Where there is data (see `dataExtent`), an object or a breakline: a lake without returns is not a
 * void, nor is ground under a wood or a roof. On a side only objects that meet it count, since the
 * tile across knows no others.
 *
 * @param cells 1 for each metre cell with a return of any class, in the tile and twice `reach`
 * around it; cells of lines are added
 * @param meets for each side the objects that meet it
 * @param core that made `cells`, if any: it finds the nodes outside in WebAssembly
 */
export const terrainExtent = (
  points: Pick<Points, "origin">,
  cells: Uint8Array,
  side: number,
  reach: number,
  objects: readonly LocalObject[],
  meets: readonly (readonly LocalObject[])[],
  lines?: Features,
  core?: BorderCore | null,
): TerrainExtent => {
  if (isDense(cells, side, reach))
    return { inner: wholeExtent, sides: [wholeExtent, wholeExtent, wholeExtent, wholeExtent] }
  if (lines !== undefined) markLines(cells, lines, points.origin, side, 2 * reach)
  const extent = (marked: Uint8Array): DataExtent => {
    const n = Math.round(side / CELL) + 4 * reach + 1
    const outside = core ? core.outside(marked, reach) : outsideOf(asNodes(marked, n), n, reach)
    return outside.length === 0 ? wholeExtent : extentOf(outside, n, 2 * reach)
  }
  const plain = extent(cells)
  if (plain.whole) return { inner: wholeExtent, sides: [wholeExtent, wholeExtent, wholeExtent, wholeExtent] }
  const withObjects = (some: readonly LocalObject[]): DataExtent =>
    some.length === 0 ? plain : extent(withInsides(cells, side, 2 * reach, some))
  return { inner: withObjects(objects), sides: meets.map(withObjects) }
}

/**
 * True if each row of cells has, on both sides of each of its nodes, a marked one within the reach.
 * Then `dataExtent` finds no void, whatever else is marked.
 */
const isDense = (cells: Uint8Array, side: number, reach: number): boolean => {
  const n = Math.round(side / CELL) + 4 * reach
  for (let row = 0; row < n; row++) {
    let run = 0
    for (let at = row * n; at < (row + 1) * n; at++) {
      run = cells[at] === 1 ? 0 : run + 1
      if (run === 2 * reach) return false
    }
  }
  return true
}

/**
 * Marks the cells along lines, at places at most half a metre apart. Computed in the CRS: the same
 * in every tile.
 */
const markLines = (
  cells: Uint8Array,
  { coordinates, dimension, ringEnds }: Features,
  origin: Points["origin"],
  side: number,
  margin: number,
): void => {
  const n = Math.round(side / CELL) + 2 * margin
  const metres = CELL / 1000
  const [west, south] = [origin[0] / metres - margin, origin[1] / metres - margin]
  let start = 0
  for (const end of ringEnds) {
    for (let k = start; k + 1 < end; k++) {
      const [a, b] = [dimension * k, dimension * (k + 1)]
      const [dx, dy] = [coordinates[b] - coordinates[a], coordinates[b + 1] - coordinates[a + 1]]
      const parts = Math.ceil(Math.hypot(dx, dy) / (metres / 2))
      for (let i = 0; i <= parts; i++) {
        const share = parts === 0 ? 0 : i / parts
        const column = Math.floor((coordinates[a] + share * dx) / metres) - west
        const row = Math.floor((coordinates[a + 1] + share * dy) / metres) - south
        if (column >= 0 && row >= 0 && column < n && row < n) cells[row * n + column] = 1
      }
    }
    start = end
  }
}

const middleOf = (k: number, margin: number): number => (k - margin) * CELL + CELL / 2

/** Adds the cells whose centre lies inside an object. */
const withInsides = (cells: Uint8Array, side: number, margin: number, objects: readonly LocalObject[]): Uint8Array => {
  const n = Math.round(side / CELL) + 2 * margin
  const all = cells.slice()
  for (const object of objects) {
    const [minX, minY, maxX, maxY] = object.box.map((value) => Math.floor(value / CELL) + margin)
    for (let row = Math.max(0, minY!); row <= Math.min(n - 1, maxY!); row++) {
      for (let column = Math.max(0, minX!); column <= Math.min(n - 1, maxX!); column++) {
        if (placeTo(object, middleOf(column, margin), middleOf(row, margin)) >= 0) all[row * n + column] = 1
      }
    }
  }
  return all
}

/** The cells in a grid of n × n nodes, which has one more column and row. */
const asNodes = (cells: Uint8Array, n: number): Uint8Array => {
  const nodes = new Uint8Array(n * n)
  for (let row = 0; row + 1 < n; row++) nodes.set(cells.subarray(row * (n - 1), (row + 1) * (n - 1)), row * n)
  return nodes
}
