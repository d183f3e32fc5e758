/** Contour lines of a height grid, linked into pieces whose ends agree between tiles. */
import { type HeightGrid, squareCases } from "./square-cases.js"
import { eachVoidSegment, voidSquarePoint } from "./void-squares.js"

/**
 * Pieces of contour lines. Piece p has the vertices `edges[ends[p − 1] … ends[p])`, each the number
 * of the edge that it lies on. A closed piece repeats its first edge at its end. Its height is
 * `levels[p]` · interval.
 */
export interface ContourPieces {
  readonly levels: Int32Array
  readonly ends: Int32Array
  readonly edges: Int32Array
  /**
   * South-west corners of the squares with void corners, by which edges within them are numbered.
   */
  readonly voidSquares: Int32Array
}

/** Marks a void corner among the level numbers. */
const voidLevel = -0x80000000

/**
 * Contours by marching squares (Lorensen and Cline 1987, in the plane), linked within the grid.
 *
 * A corner at or above a level counts as above it. A saddle always cuts off its south-western and
 * its north-eastern corner, whatever its centre. A square with void corners has contours in the
 * quarters of the others (`eachVoidSegment`). These are GDAL's rules, so the number of contours is
 * the same. Every level in the grid is traced, with higher ground on the left. A square depends
 * only on its four heights, so tiles agree at their borders. No two lines cross.
 *
 * Edge `2·(r·columns + c)` runs east from corner (c, r) of the grid, the next number north. From
 * `2·columns·rows` on, each square of `voidSquares` has four numbers. Memory: 12 bytes a corner, 24
 * a segment. Time: O(corners + segments).
 */
export const traceContours = (grid: HeightGrid, interval: number): ContourPieces => {
  const levelOf = levelNumbers(grid.heights, interval)
  const { squares, voidSquares } = findSquares(grid, levelOf)
  const { counts, first } = countSegments(grid, levelOf, interval, squares, voidSquares)
  const ends = new Int32Array(counts.length)
  let total = 0
  for (let k = 0; k < counts.length; k++) ends[k] = total += counts[k]
  const from = new Int32Array(total)
  const to = new Int32Array(total)
  const table = { first, next: ends.map((end, k) => end - counts[k]), from, to }
  fillSegments(grid, levelOf, squares, table)
  voidSquares.forEach((square, number) => {
    eachVoidSegment(grid, square, number, interval, (level, a, b) => {
      const place = table.next[level - first]++
      from[place] = a
      to[place] = b
    })
  })
  const edgeCount = 2 * grid.columns * grid.rows + 4 * voidSquares.length
  return { ...linkSegments(edgeCount, first, ends, from, to), voidSquares }
}

/** For each corner, the number of the highest level at or below it. */
const levelNumbers = (heights: Float32Array, interval: number): Int32Array => {
  const levels = new Int32Array(heights.length)
  const inverse = 1 / interval
  for (let i = 0; i < heights.length; i++) {
    const z = heights[i]
    if (Number.isNaN(z)) {
      levels[i] = voidLevel
      continue
    }
    let k = Math.floor(z * inverse)
    // The product above is rounded; level · interval decides.
    while ((k + 1) * interval <= z) k++
    while (k * interval > z) k--
    levels[i] = k
  }
  return levels
}

/**
 * The squares with contours (their south-western corners), and those with void corners that may
 * have some.
 */
const findSquares = (
  { columns, rows }: HeightGrid,
  levels: Int32Array,
): { squares: Int32Array; voidSquares: Int32Array } => {
  let squares = new Int32Array(1 << 14)
  const voidSquares: number[] = []
  let count = 0
  for (let r = 0; r + 1 < rows; r++) {
    const west = r * columns
    if (count + columns > squares.length) {
      const larger = new Int32Array(2 * squares.length + columns)
      larger.set(squares)
      squares = larger
    }
    // The east side of a square is the west side of the next.
    let se = levels[west]
    let ne = levels[west + columns]
    for (let at = west, end = west + columns - 1; at < end; at++) {
      const sw = se
      const nw = ne
      se = levels[at + 1]
      ne = levels[at + columns + 1]
      if (sw === se && sw === nw && sw === ne) continue
      if (sw === voidLevel || se === voidLevel || nw === voidLevel || ne === voidLevel) {
        if (differ(sw, se, nw, ne)) voidSquares.push(at)
      } else squares[count++] = at
    }
  }
  return { squares: squares.subarray(0, count), voidSquares: Int32Array.from(voidSquares) }
}

/** True if the corners that are not void differ in level. */
const differ = (...corners: readonly number[]): boolean => {
  const levels = corners.filter((level) => level !== voidLevel)
  return levels.some((level) => level !== levels[0])
}

/** The number of segments of each level, and the first level. */
const countSegments = (
  grid: HeightGrid,
  levels: Int32Array,
  interval: number,
  squares: Int32Array,
  voidSquares: Int32Array,
): { counts: Int32Array; first: number } => {
  const { columns } = grid
  let lowest = 0x7fffffff
  let highest = voidLevel
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i]
    if (level > highest) highest = level
    if (level < lowest && level !== voidLevel) lowest = level
  }
  if (highest <= lowest) return { counts: new Int32Array(0), first: 0 }
  const first = lowest + 1
  const counts = new Int32Array(highest - lowest)
  for (let i = 0; i < squares.length; i++) {
    const at = squares[i]
    const sw = levels[at]
    const se = levels[at + 1]
    const nw = levels[at + columns]
    const ne = levels[at + columns + 1]
    const high = Math.max(sw, se, nw, ne)
    for (let k = Math.min(sw, se, nw, ne) + 1; k <= high; k++) {
      const saddle = sw >= k === ne >= k && se >= k === nw >= k
      counts[k - first] += saddle ? 2 : 1
    }
  }
  voidSquares.forEach((square, number) => {
    eachVoidSegment(grid, square, number, interval, (level) => counts[level - first]++)
  })
  return { counts, first }
}

interface SegmentTable {
  readonly first: number
  /** Next free place of each level. */
  readonly next: Int32Array
  readonly from: Int32Array
  readonly to: Int32Array
}

const fillSegments = ({ columns }: HeightGrid, levels: Int32Array, squares: Int32Array, table: SegmentTable): void => {
  const { first, next, from, to } = table
  const { enters, leaves, secondEnters, secondLeaves } = squareCases
  const edges = new Int32Array(4)
  for (let i = 0; i < squares.length; i++) {
    const at = squares[i]
    const north = at + columns
    const sw = levels[at]
    const se = levels[at + 1]
    const nw = levels[north]
    const ne = levels[north + 1]
    edges[0] = 2 * at
    edges[1] = 2 * at + 3
    edges[2] = 2 * north
    edges[3] = 2 * at + 1
    const high = Math.max(sw, se, nw, ne)
    for (let k = Math.min(sw, se, nw, ne) + 1; k <= high; k++) {
      const form = (sw >= k ? 1 : 0) | (se >= k ? 2 : 0) | (ne >= k ? 4 : 0) | (nw >= k ? 8 : 0)
      const place = next[k - first]++
      from[place] = edges[enters[form]]
      to[place] = edges[leaves[form]]
      if (form === 5 || form === 10) {
        const second = next[k - first]++
        from[second] = edges[secondEnters[form]]
        to[second] = edges[secondLeaves[form]]
      }
    }
  }
}

/** Chains the segments of each level: open chains from their beginning, then rings. */
const linkSegments = (
  edgeCount: number,
  first: number,
  ends: Int32Array,
  from: Int32Array,
  to: Int32Array,
): Omit<ContourPieces, "voidSquares"> => {
  // The segment that starts on an edge, plus one; zero again after each level.
  const startsAt = new Int32Array(edgeCount)
  const following = new Int32Array(from.length)
  const hasPrevious = new Uint8Array(from.length)
  const levels: number[] = []
  const pieceEnds: number[] = []
  // Each segment adds a vertex and each piece one more; there are at most as many pieces as
  // segments.
  const edges = new Int32Array(2 * from.length)
  let length = 0
  const follow = (start: number): void => {
    edges[length++] = from[start]
    for (let s = start; s >= 0; ) {
      edges[length++] = to[s]
      const next = following[s] - 1
      following[s] = -1
      s = next === start ? -1 : next
    }
  }
  for (let k = 0; k < ends.length; k++) {
    const begin = k === 0 ? 0 : ends[k - 1]
    for (let s = begin; s < ends[k]; s++) startsAt[from[s]] = s + 1
    for (let s = begin; s < ends[k]; s++) {
      following[s] = startsAt[to[s]]
      if (following[s] > 0) hasPrevious[following[s] - 1] = 1
    }
    for (let s = begin; s < ends[k]; s++) startsAt[from[s]] = 0
    for (const rings of [false, true]) {
      for (let s = begin; s < ends[k]; s++) {
        if (following[s] < 0 || (!rings && hasPrevious[s] === 1)) continue
        follow(s)
        levels.push(first + k)
        pieceEnds.push(length)
      }
    }
  }
  return { levels: Int32Array.from(levels), ends: Int32Array.from(pieceEnds), edges: edges.slice(0, length) }
}

/** The vertices of a piece, x and y in CRS metres. */
export const placePiece = (grid: HeightGrid, pieces: ContourPieces, p: number, interval: number): Float64Array => {
  const { levels, ends, edges, voidSquares } = pieces
  const start = p > 0 ? ends[p - 1] : 0
  const height = levels[p] * interval
  const xy = new Float64Array(2 * (ends[p] - start))
  for (let v = start, at = 0; v < ends[p]; v++, at += 2) {
    const within = edges[v] - 2 * grid.columns * grid.rows
    if (within < 0) crossingPoint(grid, edges[v], height, xy, at)
    else voidSquarePoint(grid, voidSquares[within >> 2], within & 3, height, xy, at)
  }
  return xy
}

/**
 * Writes where the level crosses an edge as x, y to `out[at]`, `out[at + 1]`, CRS metres. Linear
 * from the western or southern corner, and computed only from heights and grid numbers: both sides
 * of a border get the same bits.
 */
const crossingPoint = (grid: HeightGrid, edge: number, height: number, out: Float64Array, at: number): void => {
  const corner = edge >> 1
  const isNorth = (edge & 1) === 1
  const a = grid.heights[corner]
  const b = grid.heights[isNorth ? corner + grid.columns : corner + 1]
  const share = (height - a) / (b - a)
  const column = grid.column + (corner % grid.columns)
  const row = grid.row + Math.floor(corner / grid.columns)
  out[at] = (column + 0.5 + (isNorth ? 0 : share)) * grid.cell
  out[at + 1] = (row + 0.5 + (isNorth ? share : 0)) * grid.cell
}
