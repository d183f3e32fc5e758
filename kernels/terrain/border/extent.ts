/** Where a tile may have ground, with the breaklines that are clipped to it. */
import { concatenate } from "../../../engine/core/lists.js"
import type { Features, Points } from "../../../engine/kernel.js"
import type { CellRuns } from "../../grid/cell-runs.js"
import {
  type DataEnd,
  type DataExtent,
  makeExtent,
  markBeyond,
  markOutside,
  wholeExtent,
} from "../../handover/extent/data-extent.js"
import { type LocalObject, placeTo } from "../../handover/footprint/footprint.js"
import type { BorderCore } from "../wasm/ground.js"

/** Pieces of lines inside a square tile; integers of mm relative to its origin. */
export interface ClippedLines {
  /** Ends of straight pieces: x, y, z, x, y, z each. */
  readonly pieces: Int32Array
  /** The same for pieces along a side of the square. */
  readonly sidePieces: Int32Array
  /** Places on the sides of the square: x, y, z each. */
  readonly crossings: Int32Array
}

type Place = readonly [x: number, y: number, z: number]

/**
 * Clips lines with heights to the square [0, side]². A crossing with a side is computed from the
 * ends of its segment, the smaller (x, then y) first. It is rounded to whole mm: the tile across
 * finds the same. Vertices on a side are crossings too. O(vertices).
 */
export const clipLines = (lines: Features, origin: readonly [number, number, number], side: number): ClippedLines =>
  clip(lines.ringEnds, (k) => [0, 1, 2].map((axis) => millimetres(lines, k, axis, origin)) as unknown as Place, side)

/** The same for lines in whole mm relative to the square's corner, x, y, z a vertex. */
export const clipLocalLines = (lines: readonly Int32Array[], side: number): ClippedLines => {
  let count = 0
  const ends = lines.map((line) => (count += line.length / 3))
  const all = concatenate(Int32Array, lines)
  return clip(ends, (k) => [all[3 * k], all[3 * k + 1], all[3 * k + 2]], side)
}

/** @param ends number of vertices up to the end of each line */
const clip = (ends: Iterable<number>, place: (k: number) => Place, side: number): ClippedLines => {
  const pieces: number[] = []
  const sidePieces: number[] = []
  const crossings: number[] = []
  let start = 0
  for (const end of ends) {
    for (let k = start; k < end; k++) {
      const here = place(k)
      if (isInside(here, side) && isOnSide(here, side)) crossings.push(...here)
      if (k > start) clipSegment(place(k - 1), here, side, { pieces, sidePieces, crossings })
    }
    start = end
  }
  return {
    pieces: Int32Array.from(pieces),
    sidePieces: Int32Array.from(sidePieces),
    crossings: Int32Array.from(crossings),
  }
}

const millimetres = (
  { coordinates, dimension }: Features,
  k: number,
  axis: number,
  origin: readonly [number, number, number],
): number => Math.round(coordinates[dimension * k + axis] * 1000) - Math.round(origin[axis as 0 | 1 | 2] * 1000)

const isInside = ([x, y]: Place, side: number): boolean => x >= 0 && y >= 0 && x <= side && y <= side
const isOnSide = ([x, y]: Place, side: number): boolean => x === 0 || y === 0 || x === side || y === side

const clipSegment = (
  from: Place,
  to: Place,
  side: number,
  into: { pieces: number[]; sidePieces: number[]; crossings: number[] },
): void => {
  if (Math.max(from[0], to[0]) < 0 || Math.min(from[0], to[0]) > side) return
  if (Math.max(from[1], to[1]) < 0 || Math.min(from[1], to[1]) > side) return
  if (from[0] === to[0] && from[1] === to[1]) return
  const [a, b] = from[0] < to[0] || (from[0] === to[0] && from[1] < to[1]) ? [from, to] : [to, from]
  const cuts: { share: number; place: Place }[] = []
  for (const axis of [0, 1] as const) {
    for (const line of [0, side]) {
      if ((a[axis] - line) * (b[axis] - line) >= 0) continue
      // Uses only differences, which are equal in every tile.
      const share = (line - a[axis]) / (b[axis] - a[axis])
      const other = 1 - axis
      const at = a[other]! + Math.round((b[other]! - a[other]!) * share)
      const z = a[2] + Math.round((b[2] - a[2]) * share)
      cuts.push({ share, place: axis === 0 ? [line, at, z] : [at, line, z] })
    }
  }
  cuts.sort((one, two) => one.share - two.share)
  const places = [a, ...cuts.map((cut) => cut.place), b]
  for (const { place } of cuts) if (isInside(place, side)) into.crossings.push(...place)
  for (let i = 1; i < places.length; i++) {
    const p = places[i - 1]!
    const q = places[i]!
    if (!isInside(p, side) || !isInside(q, side) || (p[0] === q[0] && p[1] === q[1])) continue
    const alongSide = [0, 1].some((axis) => p[axis] === q[axis] && (p[axis] === 0 || p[axis] === side))
    if (alongSide) into.sidePieces.push(...p, ...q)
    else into.pieces.push(...p, ...q)
  }
}

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
 * Where there are returns (see `dataExtent`), an object or a breakline: a lake without returns is
 * not a void, nor is ground under a wood or a roof. Filled voids are inside too; nothing is a metre
 * beyond the end of the files. On a side only objects that meet it count, since the tile across
 * knows no others.
 *
 * @param cells 1 for each metre cell with a return of any class, in the tile and twice `reach`
 * around it; cells of lines are added
 * @param meets for each side the objects that meet it
 * @param core that gathered the ground, if any: it finds the nodes outside in WebAssembly
 */
export const terrainExtent = (
  { origin }: Pick<Points, "origin">,
  cells: Uint8Array,
  side: number,
  reach: number,
  {
    objects = [],
    meets = [[], [], [], []],
    lines,
    filled = [],
    end,
    core,
  }: {
    readonly objects?: readonly LocalObject[]
    readonly meets?: readonly (readonly LocalObject[])[]
    readonly lines?: Features | undefined
    readonly filled?: readonly CellRuns[]
    readonly end?: DataEnd
    readonly core?: BorderCore | null
  },
): TerrainExtent => {
  const whole = { inner: wholeExtent, sides: [wholeExtent, wholeExtent, wholeExtent, wholeExtent] }
  const n = Math.round(side / CELL) + 4 * reach + 1
  const first = [0, 1].map((k) => Math.round(origin[k as 0 | 1]) - 2 * reach) as [number, number]
  if (isDense(cells, side, reach)) return whole
  if (lines !== undefined) markLines(cells, lines, origin, side, 2 * reach)
  const extent = (marked: Uint8Array): DataExtent => {
    const made = core ? core.outside(marked, reach) : markOutside(asNodes(marked, n), n, reach)
    const outside = made.length === 0 ? new Uint8Array(n * n) : made
    for (const runs of filled) clearRuns(outside, runs, n, first)
    const isCut = end !== undefined && markBeyond(outside, n, first, end)
    return made.length === 0 && !isCut ? wholeExtent : makeExtent(outside, n, 2 * reach)
  }
  const plain = extent(cells)
  if (plain.whole) return whole
  const withObjects = (some: readonly LocalObject[]): DataExtent =>
    some.length === 0 ? plain : extent(withInsides(cells, side, 2 * reach, some))
  return { inner: withObjects(objects), sides: meets.map(withObjects) }
}

/** Clears the marks of the runs that the n × n nodes contain. */
const clearRuns = (
  marks: Uint8Array,
  { rows, starts, ends }: CellRuns,
  n: number,
  [west, south]: readonly [number, number],
): void => {
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k]! - south
    if (row < 0 || row >= n) continue
    marks.fill(0, row * n + Math.max(0, starts[k]! - west), row * n + Math.min(n, Math.max(0, ends[k]! - west)))
  }
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
    const [minX, minY, maxX, maxY] = object.box.map((value) => Math.floor(value / CELL) + margin) as [
      number,
      number,
      number,
      number,
    ]
    for (let row = Math.max(0, minY); row <= Math.min(n - 1, maxY); row++) {
      for (let column = Math.max(0, minX); column <= Math.min(n - 1, maxX); column++) {
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
