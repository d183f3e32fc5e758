/** Connected ground below a level, whole over the borders of tiles. */
import { elementAt } from "../../../engine/core/lists.js"
import { usageError } from "../../../engine/core/parse-values.js"
import { EngineError } from "../../../engine/errors.js"
import { UnionFind } from "../../geometry/union-find.js"
import { innerCells, NO_DATA, neighbourOffsets, STEP_X, STEP_Y } from "../ground/directions.js"
import { parsePlaces } from "../ground/places.js"
import { type FlowGridWindow, isIn, windowFinder } from "../ground/window.js"

/** A place where water rises, or where a volume of it is poured, m³; metres of the CRS. */
export interface FloodPlace {
  readonly x: number
  readonly y: number
  readonly volume: number
}

/** Name of the option of sources. */
export const FROM = "simulation.flood-tile.from"

/**
 * Places of a text "x,y x,y,volume"; `volume` where a place has none of its own.
 *
 * @throws EngineError E_USAGE for anything else, and for a volume without a place
 */
export const parseFloodPlaces = (text: string, volume: number): FloodPlace[] => {
  const places = parsePlaces(FROM, text, "volume").map(({ x, y, third: own = volume }) => ({ x, y, volume: own }))
  const negative = places.find((place) => place.volume < 0)
  if (negative !== undefined)
    throw usageError(FROM, `${negative.volume} m³`, "a volume of at least 0 m³", "It is the third number of a place.")
  if (volume > 0 && places.length === 0)
    throw new EngineError(
      "E_USAGE",
      "simulation.flood-tile.volume needs places: add --set simulation.flood-tile.from=x,y",
    )
  return places
}

/** Ground below the level in one tile, 8-connected, numbered from 1. */
export interface LowGround {
  readonly key: string
  readonly window: FlowGridWindow
  /** Number of each cell of the border, in the order of {@link listBorderCells}; 0 for dry ones. */
  readonly border: Uint32Array
  /** Of each number: cells, their depths in sum and at most, mm, and 1 if a source is there. */
  readonly cells: Uint32Array
  readonly depths: Float64Array
  readonly deepest: Int32Array
  readonly sources: Uint8Array
  /** Index of the deepest cell, the first by row and column. */
  readonly places: Uint32Array
}

/** Cells of a window's border: north row, south row, then west and east ends of each row. */
export const listBorderCells = ({ columns, rows }: Pick<FlowGridWindow, "columns" | "rows">): Uint32Array => {
  const cells: number[] = []
  for (let c = 0; c < columns; c++) cells.push(c)
  for (let c = 0; c < columns; c++) cells.push((rows - 1) * columns + c)
  for (let r = 0; r < rows; r++) cells.push(r * columns, r * columns + columns - 1)
  return Uint32Array.from(cells)
}

/** Index of a cell of the border in {@link listBorderCells}. */
const borderIndex = (
  { columns, rows }: Pick<FlowGridWindow, "columns" | "rows">,
  column: number,
  row: number,
): number => {
  if (row === 0) return column
  if (row === rows - 1) return columns + column
  return 2 * (columns + row) + (column === 0 ? 0 : 1)
}

/** Finds cells on borders: their index among the borders of all tiles, −1 outside all tiles. */
export const borderFinder = (
  tiles: readonly { readonly window: FlowGridWindow; readonly border: { readonly length: number } }[],
): ((column: number, row: number) => number) => {
  const starts = [0]
  for (const [t, { border }] of tiles.entries()) starts.push(starts[t]! + border.length)
  const findTile = windowFinder(tiles.map(({ window }) => window))
  return (column, row) => {
    const tile = findTile(column, row)
    if (tile < 0) return -1
    const { window } = elementAt(tiles, tile)
    return starts[tile]! + borderIndex(window, column - window.column, row - window.row)
  }
}

/**
 * Numbers the connected ground up to a level, in order of its first cell. O(cells)
 *
 * @param heights of the window, row by row from the north, mm
 * @param level mm
 */
export const labelLowGround = (heights: Int32Array, columns: number, level: number): Uint32Array => {
  const rows = heights.length / columns
  const width = columns + 2
  const offsets = neighbourOffsets(width)
  const isLow = new Uint8Array(width * (rows + 2))
  for (let i = 0; i < heights.length; i++)
    if (heights[i] <= level) isLow[(Math.floor(i / columns) + 1) * width + (i % columns) + 1] = 1
  const numbers = new Int32Array(isLow.length)
  const stack = new Int32Array(heights.length)
  let count = 0
  for (let first = 0; first < isLow.length; first++) {
    if (isLow[first] === 0 || numbers[first] > 0) continue
    count++
    let size = 0
    stack[size++] = first
    numbers[first] = count
    while (size > 0) {
      const cell = stack[--size]
      for (const offset of offsets) {
        const other = cell + offset
        if (isLow[other] === 0 || numbers[other] > 0) continue
        numbers[other] = count
        stack[size++] = other
      }
    }
  }
  return Uint32Array.from(innerCells(numbers, width, 1))
}

/** What a tile hands to {@link joinFlood}. `isSource` for each of its cells. */
export const findLowGround = (
  key: string,
  window: FlowGridWindow,
  heights: Int32Array,
  level: number,
  isSource: (cell: number) => boolean,
): LowGround => {
  const numbers = labelLowGround(heights, window.columns, level)
  const count = numbers.reduce((most, number) => Math.max(most, number), 0)
  const cells = new Uint32Array(count)
  const depths = new Float64Array(count)
  const deepest = new Int32Array(count).fill(-1)
  const [sources, places] = [new Uint8Array(count), new Uint32Array(count)]
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] === 0) continue
    const k = numbers[i] - 1
    const depth = level - heights[i]
    cells[k]++
    depths[k] += depth
    if (depth > deepest[k]) {
      deepest[k] = depth
      places[k] = i
    }
    if (isSource(i)) sources[k] = 1
  }
  const border = listBorderCells(window).map((cell) => numbers[cell])
  return { key, window, border, cells, depths, deepest, sources, places }
}

/** A body of water over all tiles; its level, mm. */
export interface FloodBody {
  readonly level: number
  readonly cells: number
  /** Sum of the depths of its cells, and the largest, mm. */
  readonly depths: number
  readonly deepest: number
  /** Column and row of the deepest cell, the first from the north, then west. */
  readonly column: number
  readonly row: number
}

/**
 * Joins low ground over borders of tiles. Only bodies with a source are flooded.
 *
 * @returns the bodies by row and column of their place, and for each tile the numbers that are
 *   flooded, ascending. O(cells of borders · log)
 */
export const joinFlood = (
  tiles: readonly LowGround[],
  level: number,
): { readonly bodies: readonly FloodBody[]; readonly flooded: readonly Uint32Array[] } => {
  const starts: number[] = []
  let count = 0
  for (const { cells } of tiles) {
    starts.push(count)
    count += cells.length
  }
  const sets = UnionFind.make(count)
  // Number of each border cell among those of all tiles; −1 for dry ones.
  const border = Int32Array.from(
    tiles.flatMap((low, t) => Array.from(low.border, (number) => (number === 0 ? -1 : starts[t] + number - 1))),
  )
  const find = borderFinder(tiles)
  for (const { window } of tiles) {
    for (const cell of listBorderCells(window)) {
      const [column, row] = [window.column + (cell % window.columns), window.row + Math.floor(cell / window.columns)]
      const own = border[find(column, row)]
      if (own < 0) continue
      for (let d = 0; d < 8; d++) {
        const [x, y] = [column + STEP_X[d]!, row + STEP_Y[d]!]
        const at = isIn(window, x, y) ? -1 : find(x, y)
        if (at >= 0 && border[at] >= 0) UnionFind.unite(sets, own, border[at])
      }
    }
  }
  const isWet = new Uint8Array(count)
  for (const [t, { sources }] of tiles.entries())
    for (const [k, source] of sources.entries()) if (source === 1) isWet[UnionFind.find(sets, starts[t] + k)] = 1
  const bodies = new Map<number, FloodBody>()
  for (const [t, low] of tiles.entries()) {
    for (let k = 0; k < low.cells.length; k++) {
      const set = UnionFind.find(sets, starts[t] + k)
      if (isWet[set] === 1) bodies.set(set, together(bodies.get(set), describeBody(low, k, level)))
    }
  }
  return {
    bodies: [...bodies.values()].sort((a, b) => a.row - b.row || a.column - b.column),
    flooded: tiles.map(({ cells }, t) =>
      Uint32Array.from(cells.keys())
        .filter((k) => isWet[UnionFind.find(sets, starts[t] + k)] === 1)
        .map((k) => k + 1),
    ),
  }
}

const describeBody = ({ window, cells, depths, deepest, places }: LowGround, k: number, level: number): FloodBody => ({
  level,
  ...{ cells: cells[k], depths: depths[k], deepest: deepest[k] },
  column: window.column + (places[k] % window.columns),
  row: window.row + Math.floor(places[k] / window.columns),
})

/** Sums of whole numbers: the order does not matter. */
const together = (a: FloodBody | undefined, b: FloodBody): FloodBody => {
  if (a === undefined) return b
  const order = b.deepest - a.deepest || a.row - b.row || a.column - b.column
  return { ...(order > 0 ? b : a), cells: a.cells + b.cells, depths: a.depths + b.depths }
}

/** Depth of each cell of a tile below the level, mm; −1 for dry ones. */
export const risenDepths = (heights: Int32Array, columns: number, level: number, flooded: Uint32Array): Int32Array => {
  const isFlooded = new Set(flooded)
  const numbers = labelLowGround(heights, columns, level)
  return heights.map((z, i) => (z !== NO_DATA && isFlooded.has(numbers[i]) ? level - z : -1))
}
