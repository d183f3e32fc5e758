/**
 * Where a tile and its surroundings contain data, so that surfaces close small gaps and end at wide
 * voids.
 */
import type { Points, Tile } from "../../../engine/kernel.js"
import type { CellRuns } from "../../grid/cell-runs.js"

/** Margin, mm, around every file: files up to twice this apart have no gap between them. */
const reach = 1000
/**
 * Bound, mm, on how far a tile's own cells extend beyond it: less than their side, at most 10 m.
 */
const room = 10_000

/** Distance, mm, between the nodes of the extent, and of places where a tile may begin. */
const STEP = 1000

/** The end of the files that a tile reads. */
export interface DataEnd {
  /**
   * True where a box is within a metre of places that no file covers. Millimetres of the CRS, among
   * the tile's own cells.
   */
  meets(west: number, south: number, east: number, north: number): boolean
  /**
   * False for a place beyond the end, whose height would only be filled in. Millimetres of the CRS,
   * within the extent.
   */
  covers(x: number, y: number): boolean
  /**
   * True on a whole metre that is the east or north end of the data. No tile begins there for such
   * points, but a larger tile contains them. Millimetres of the CRS, within the extent.
   */
  isLast(x: number, y: number): boolean
  /**
   * The places that {@link DataEnd.covers} rejects: those strictly inside one of these boxes (west,
   * south, east, north; millimetres of the CRS). Boxes may overlap.
   */
  readonly beyond: readonly (readonly number[])[]
}

/**
 * Where the data ends, by the boxes of the point files. Unlike the border of the outermost tiles,
 * this is the same for every tile size. Files up to two metres apart count as one, because boxes
 * end at a file's last points. Without a list of files the data has no end.
 *
 * O(n²) memory and time in the files that a tile reads; nothing to store if they cover it.
 */
export const dataEnd = ({ extent, sources }: Pick<Tile, "extent" | "sources">): DataEnd => {
  const around = reach * 2 + room
  const window = extent.map((value, i) => millimetres(value) + (i < 2 ? -around : around))
  const bare = sources === undefined ? [] : bareBoxes(window, sources, reach)
  const isBare = (west: number, south: number, east: number, north: number, margin: number): boolean => {
    for (const [w, s, e, n] of bare)
      if (west - margin < e && east + margin > w && south - margin < n && north + margin > s) return true
    return false
  }
  const covers = (x: number, y: number): boolean => !isBare(x, y, x, y, reach)
  return {
    meets: (west, south, east, north) => isBare(west, south, east, north, 2 * reach),
    covers,
    isLast: (x, y) => (x % STEP === 0 && !covers(x + 1, y)) || (y % STEP === 0 && !covers(x, y + 1)),
    beyond: bare.map(([west, south, east, north]) => [west - reach, south - reach, east + reach, north + reach]),
  }
}

/**
 * Marks the nodes a metre or more beyond the end of the files, of a grid of n × n nodes: no surface
 * reaches a tile that the files do not meet. True if there are any.
 *
 * @param first column and row of the first node, metres from the CRS origin
 */
export const markBeyond = (
  marks: Uint8Array,
  n: number,
  first: readonly [column: number, row: number],
  { beyond }: DataEnd,
): boolean => {
  let found = false
  for (const [west, south, east, north] of beyond) {
    // Boxes overlap by more than a metre.
    const low = (side: number, k: 0 | 1): number => Math.max(0, Math.floor((side + STEP - 1) / STEP) + 1 - first[k])
    const high = (side: number, k: 0 | 1): number => Math.min(n, Math.ceil((side - STEP + 1) / STEP) - first[k])
    const [from, to, top] = [low(west, 0), high(east, 0), high(north, 1)]
    for (let row = low(south, 1); row < top && from < to; row++) marks.fill(1, row * n + from, row * n + to)
    found ||= from < to && low(south, 1) < top
  }
  return found
}

/** True where cells of a patch meet the end of the data. */
export const meetsEnd = (end: DataEnd, { rows, starts, ends }: CellRuns, cellMm: number): boolean => {
  for (let k = 0; k < rows.length; k++)
    if (end.meets(starts[k] * cellMm, rows[k] * cellMm, ends[k] * cellMm, (rows[k] + 1) * cellMm)) return true
  return false
}

type Box = readonly number[]

const millimetres = (metres: number): number => Math.round(metres * 1000)

/** The parts of a tile's cell that no file covers, mm of the CRS; they do not overlap. */
export const filelessBoxes = ({ cell, sources }: Pick<Tile, "cell" | "sources">): Box[] =>
  sources === undefined ? [] : bareBoxes(cell.map(millimetres), sources, 0)

/** The parts of a window, mm, that no file, grown by `margin`, covers; boxes do not overlap. */
const bareBoxes = (window: Box, sources: readonly Box[], margin: number): Box[] => {
  const files = sources.map((box) => box.map((value, i) => millimetres(value) + (i < 2 ? -margin : margin)))
  const rows = cuts(files, window, 1)
  const bare: Box[] = []
  for (let r = 0; r + 1 < rows.length; r++) {
    const [south, north] = [rows[r], rows[r + 1]]
    const beside = files.filter((box) => box[1] <= south && box[3] >= north).sort((a, b) => a[0] - b[0])
    let covered = window[0]
    for (const [west, , east] of beside) {
      if (west > covered) bare.push([covered, south, Math.min(west, window[2]), north])
      covered = Math.max(covered, east)
      if (covered >= window[2]) break
    }
    if (covered < window[2]) bare.push([covered, south, window[2], north])
  }
  return bare.filter(([west, , east]) => west < east)
}

/**
 * Coordinates of the window's and the files' borders along an axis within the window, ascending.
 */
const cuts = (files: readonly Box[], window: Box, axis: 0 | 1): number[] => {
  const [low, high] = [window[axis], window[axis + 2]]
  const inside = files.flatMap((box) => [box[axis], box[axis + 2]]).filter((value) => value > low && value < high)
  return [...new Set([low, ...inside, high])].sort((a, b) => a - b)
}

/**
 * Nodes farther than `reach` from the data are void; the extent begins `reach` minus this many
 * metres from them.
 */
const RIM = 1.5

/**
 * Where a tile's surroundings contain data: small gaps closed, wide voids excluded. Places in mm
 * relative to the tile's origin.
 */
export interface DataExtent {
  /** True without a void in the tile or at its border. */
  readonly whole: boolean
  /** True where the node nearest to the place belongs to the extent. */
  covers(x: number, y: number): boolean
  /** True inside the outline ({@link outlined}). */
  contains(x: number, y: number): boolean
  /**
   * True where a straight line meets the lines of the nodes' grid only between nodes of the extent.
   * A triangle is inside the outline if this holds for its sides, and its corners and the nodes in
   * it are inside.
   */
  coversLine(x1: number, y1: number, x2: number, y2: number): boolean
  /** True where the nodes nearest to a straight line, a place every metre, belong to the extent. */
  coversNear(x1: number, y1: number, x2: number, y2: number): boolean
  /** True where the extent covers all nodes within `distance` (mm, along the axes) of the place. */
  coversAround(x: number, y: number, distance: number): boolean
}

/**
 * The morphological closing of the points with a disc, on nodes of a 1 m grid fixed in the CRS. A
 * node is void if no occupied 1 m cell has its centre within `reach`. Nodes within `reach` − 1.5 m
 * of a void node are outside the extent. Gaps narrower than twice the reach are therefore inside,
 * and wide voids end about a metre from the points around them.
 *
 * A node depends only on the points within `2 · reach` of it, so neighbours agree on their border.
 * O(points + area · reach) time, 3 bytes a square metre.
 *
 * @param side of the tile, mm, a whole number of metres; its origin is on whole metres
 * @param reach whole metres; needs all points within twice that of the tile
 */
export const dataExtent = (points: Points, side: number, reach: number): DataExtent => {
  const margin = 2 * reach
  const n = Math.round(side / STEP) + 2 * margin + 1
  const occupied = new Uint8Array(n * n)
  markPoints(points.x, points.y, points.count, occupied, n, margin)
  return makeExtent(markOutside(occupied, n, reach), n, margin)
}

/**
 * 1 for each of n × n nodes outside the extent of the marked cells. A node and the cell north-east
 * of it share a number.
 */
export const markOutside = (occupied: Uint8Array, n: number, reach: number): Uint8Array => {
  // Each pass is its own function, so V8 optimises it once instead of this whole function after
  // each loop.
  const near = within(occupied, n, 1, 2 * reach)
  const empty = new Uint8Array(n * n)
  for (let row = reach; row < n - reach; row++) markVoids(near, empty, row * n + reach, (row + 1) * n - reach)
  return within(empty, n, 0, 2 * (reach - RIM))
}

/**
 * The extent that excludes the marked ones of n × n nodes.
 *
 * @param margin nodes around the tile's own
 */
export const makeExtent = (outside: Uint8Array, n: number, margin: number): DataExtent => {
  const nodes = n - 1 - 2 * margin
  let whole = true
  for (let row = margin; row <= margin + nodes && whole; row++)
    whole = isClear(outside, row * n + margin, row * n + margin + nodes)
  const covers = (x: number, y: number): boolean =>
    outside[(Math.round(y / STEP) + margin) * n + Math.round(x / STEP) + margin] === 0
  const flipped = (y: number, x: number): boolean => covers(x, y)
  return {
    whole,
    covers,
    contains: (x, y) => outlined((column, row) => !covers(STEP * column, STEP * row), x / STEP, y / STEP),
    coversLine: (x1, y1, x2, y2) => coversCuts(covers, x1, y1, x2, y2) && coversCuts(flipped, y1, x1, y2, x2),
    coversNear: (x1, y1, x2, y2) => {
      const count = Math.max(1, Math.ceil(Math.hypot(x2 - x1, y2 - y1) / STEP))
      for (let k = 0; k <= count; k++)
        if (!covers(x1 + ((x2 - x1) * k) / count, y1 + ((y2 - y1) * k) / count)) return false
      return true
    },
    coversAround: (x, y, distance) => {
      for (let dy = -distance; dy <= distance; dy += STEP) {
        for (let dx = -distance; dx <= distance; dx += STEP) if (!covers(x + dx, y + dy)) return false
      }
      return true
    },
  }
}

/** True where a line meets the columns of nodes, and ends on them, between covered nodes. */
const coversCuts = (covers: DataExtent["covers"], x1: number, y1: number, x2: number, y2: number): boolean => {
  const [from, to] = [Math.min(x1, x2), Math.max(x1, x2)]
  for (let x = Math.ceil(from / STEP) * STEP; x <= to; x += STEP) {
    const y = x1 === x2 ? y1 : y1 + ((y2 - y1) * (x - x1)) / (x2 - x1)
    const south = Math.floor(y / STEP) * STEP
    if (!covers(x, south) || (y > south && !covers(x, south + STEP))) return false
    if (x1 === x2 && y2 !== y1 && y2 % STEP !== 0) {
      const other = Math.floor(y2 / STEP) * STEP
      if (!covers(x, other) || !covers(x, other + STEP)) return false
    }
  }
  return true
}

/**
 * True inside the outline of the extent: in squares of four covered nodes, and in the half of a
 * square at three. `isOutside` has the nodes; the place is in steps of the nodes.
 */
export const outlined = (isOutside: (column: number, row: number) => boolean, x: number, y: number): boolean => {
  const [column, row] = [Math.floor(x), Math.floor(y)]
  const [right, up] = [x - column, y - row]
  // On a line between squares only its own nodes count.
  const [east, north] = [right > 0 ? column + 1 : column, up > 0 ? row + 1 : row]
  const [sw, se] = [isOutside(column, row), isOutside(east, row)]
  const [nw, ne] = [isOutside(column, north), isOutside(east, north)]
  const count = Number(sw) + Number(se) + Number(nw) + Number(ne)
  if (count !== 1) return count === 0
  return sw ? right + up >= 1 : ne ? right + up <= 1 : se ? up >= right : right >= up
}

/** Marks the cells of an n × n grid that contain a point. */
const markPoints = (
  x: Int32Array,
  y: Int32Array,
  count: number,
  occupied: Uint8Array,
  n: number,
  margin: number,
): void => {
  for (let i = 0; i < count; i++) {
    const column = Math.floor(x[i] / STEP) + margin
    const row = Math.floor(y[i] / STEP) + margin
    if (column >= 0 && row >= 0 && column < n && row < n) occupied[row * n + column] = 1
  }
}

/** Marks voids in the half-open range of nodes. */
const markVoids = (near: Uint8Array, empty: Uint8Array, from: number, to: number): void => {
  for (let at = from; at < to; at++) if (near[at] === 0) empty[at] = 1
}

/** True if no node of the closed range is marked. */
const isClear = (marks: Uint8Array, first: number, last: number): boolean => {
  for (let at = first; at <= last; at++) if (marks[at] !== 0) return false
  return true
}

/** An extent without voids. */
export const wholeExtent: DataExtent = {
  whole: true,
  covers: () => true,
  contains: () => true,
  coversLine: () => true,
  coversNear: () => true,
  coversAround: () => true,
}

/**
 * 1 for each node of an n × n grid with a mark within `reach`. All in half metres: node (i, j) is
 * at (2i, 2j), mark (i, j) at (2i + shift, 2j + shift).
 */
const within = (marks: Uint8Array, n: number, shift: number, reach: number): Uint8Array => {
  const across = new Uint8Array(n * n).fill(FAR)
  const isNear = new Uint8Array(n)
  // Rows are separate functions, so V8 optimises each once instead of this function after each
  // loop.
  for (let row = 0; row < n; row++) isNear[row] = measureAcross(marks, across, row * n, n, shift) <= reach ? 1 : 0
  const found = new Uint8Array(n * n).fill(1)
  const room = [new Int32Array(n + 2), new Int32Array(n + 2)] as const
  for (let row = 0; row < n; row++) {
    const runs = runsBeyond({ across, isNear, n, shift, reach }, row, room)
    for (let k = 0; k < runs.length; k += 2) found.fill(0, row * n + runs[k], row * n + runs[k + 1])
  }
  return found
}

/** Represents any greater distance along a row. */
const FAR = 255

/**
 * Distance along a row, from index `at`, to the nearest mark, by one pass each way. Returns the
 * least.
 */
const measureAcross = (marks: Uint8Array, across: Uint8Array, at: number, n: number, shift: number): number => {
  let least = FAR
  let near = -FAR
  for (let column = 0; column < n; column++) {
    if (shift === 0 && marks[at + column] === 1) near = 2 * column
    across[at + column] = Math.min(FAR, 2 * column - near)
    if (marks[at + column] === 1) near = 2 * column + shift
  }
  near = 2 * n + FAR
  for (let column = n - 1; column >= 0; column--) {
    if (marks[at + column] === 1) near = 2 * column + shift
    across[at + column] = Math.min(across[at + column], near - 2 * column)
    least = Math.min(least, across[at + column])
  }
  return least
}

/** Distances along rows, and 1 for each row with one in reach. */
interface Across {
  readonly across: Uint8Array
  readonly isNear: Uint8Array
  readonly n: number
  readonly shift: number
  readonly reach: number
}

/**
 * Finds the nodes of a row beyond reach of all marks, as runs of columns (half-open). Near rows
 * come first because they leave fewest.
 *
 * @param room for the runs and for the ones before
 */
const runsBeyond = (
  { across, isNear, n, shift, reach }: Across,
  row: number,
  room: readonly [Int32Array, Int32Array],
): Int32Array => {
  const rows = (reach + 1) >> 1
  let [runs, spare] = room
  runs[0] = 0
  runs[1] = n
  let count = 2
  for (let k = 0; k <= 2 * rows + 1 && count > 0; k++) {
    const other = (k & 1) === 0 ? row + (k >> 1) : row - ((k + 1) >> 1)
    if (other < Math.max(0, row - rows - shift) || other > Math.min(n - 1, row + rows)) continue
    const up = 2 * other + shift - 2 * row
    const rest = reach * reach - up * up
    if (rest < 0 || isNear[other] === 0) continue
    count = leaveOutNear(across, other * n, Math.floor(Math.sqrt(rest)), runs.subarray(0, count), spare)
    ;[runs, spare] = [spare, runs]
  }
  return runs.subarray(0, count)
}

/**
 * Cuts the nodes up to `limit` from a mark of a row, from index `base`, out of runs. Returns the
 * number of elements of the result.
 */
const leaveOutNear = (across: Uint8Array, base: number, limit: number, runs: Int32Array, into: Int32Array): number => {
  let count = 0
  for (let k = 0; k < runs.length; k += 2) {
    const end = base + runs[k + 1]
    for (let at = base + runs[k]; at < end; at++) {
      if (across[at] <= limit) continue
      into[count++] = at - base
      while (at < end && across[at] > limit) at++
      into[count++] = at - base
    }
  }
  return count
}
