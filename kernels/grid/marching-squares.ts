/** Contour lines of a height grid, void corners included, in pieces that agree between tiles. */

/**
 * Heights on the corners of marching squares. Corner (i, j) is the centre of a raster cell, at ((i
 * + ½)·cell, (j + ½)·cell) in the CRS. Indices count from the CRS origin, i from the west, j from
 * the south. Square (i, j) has that corner as its south-western one.
 */
export interface HeightGrid {
  readonly cell: number
  /** First column and row of the corners, and how many. */
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
  /** Rows from the south; NaN is void. */
  readonly heights: Float32Array
}

/**
 * Segments of each case of a marching square, with higher ground on the left. They are edges
 * entered and left: 0 south, 1 east, 2 north, 3 west. Case bits: 1 south-west above, 2 south-east,
 * 4 north-east, 8 north-west. The saddles 5 and 10 have a second segment, else −1; they cut off the
 * south-western and the north-eastern corner.
 */
export const squareCases = {
  enters: [-1, 0, 1, 1, 2, 0, 2, 2, 3, 0, 3, 1, 3, 0, 3, -1],
  leaves: [-1, 3, 0, 3, 1, 3, 0, 3, 2, 2, 0, 2, 1, 1, 0, -1],
  secondEnters: [-1, -1, -1, -1, -1, 2, -1, -1, -1, -1, 1, -1, -1, -1, -1, -1],
  secondLeaves: [-1, -1, -1, -1, -1, 1, -1, -1, -1, -1, 2, -1, -1, -1, -1, -1],
} as const

/** Heights of a square with void corners; NaN where unknown. */
interface SquareHeights {
  /** SW, SE, NE, NW. */
  readonly corners: readonly number[]
  /** South, east, north, west: the mean of the two corners, or the known one. */
  readonly sides: readonly number[]
  /** Mean of the known corners. */
  readonly centre: number
}

const readHeights = ({ heights, columns }: HeightGrid, square: number): SquareHeights => {
  const corners = [square, square + 1, square + columns + 1, square + columns].map((corner) => heights[corner])
  const known = corners.filter((z) => !Number.isNaN(z))
  const sides = corners.map((z, i) => {
    const next = corners[(i + 1) % 4]
    return Number.isNaN(z) ? next : Number.isNaN(next) ? z : (z + next) / 2
  })
  return { corners, sides, centre: known.reduce((sum, z) => sum + z, 0) / known.length }
}

/**
 * Contour segments of a square with one to three void corners. Each known corner has a quarter: a
 * small square between the corner, the middles of its two sides and the centre. The middle of a
 * side with one void end has the height of its known end; the centre has the mean of the known
 * corners. Lines thus reach half a cell beyond the last heights and end at the void's quarter.
 *
 * Vertices lie on the square's sides, or on lines from the middle of a side to the centre: edge
 * `2·columns·rows + 4·number + side`, sides south, east, north, west.
 */
export const eachVoidSegment = (
  grid: HeightGrid,
  square: number,
  number: number,
  interval: number,
  emit: (level: number, from: number, to: number) => void,
): void => {
  const { columns, rows } = grid
  const { enters, leaves, secondEnters, secondLeaves } = squareCases
  const { corners, sides, centre } = readHeights(grid, square)
  const sideEdges = [2 * square, 2 * square + 3, 2 * (square + columns), 2 * square + 1]
  const inner = 2 * columns * rows + 4 * number
  for (let q = 0; q < 4; q++) {
    if (Number.isNaN(corners[q])) continue
    // Counter-clockwise from the corner: the side that begins there, the centre, the side that ends
    // there.
    const before = (q + 3) % 4
    const turned = [corners[q], sides[q], centre, sides[before]]
    const turnedEdges = [sideEdges[q], inner + q, inner + before, sideEdges[before]]
    // The quarter's own south-western corner first.
    const heights = [0, 1, 2, 3].map((i) => turned[(i - q + 4) % 4])
    const edges = [0, 1, 2, 3].map((i) => turnedEdges[(i - q + 4) % 4])
    const lowest = Math.min(...heights)
    const highest = Math.max(...heights)
    let level = Math.floor(lowest / interval) - 1
    while (level * interval <= lowest) level++
    for (; level * interval <= highest; level++) {
      const form = heights.reduce((bits, z, i) => bits | (z >= level * interval ? 1 << i : 0), 0)
      if (enters[form] >= 0) emit(level, edges[enters[form]], edges[leaves[form]])
      if (secondEnters[form] >= 0) emit(level, edges[secondEnters[form]], edges[secondLeaves[form]])
    }
  }
}

/**
 * Finds where the level crosses the line from the middle of a side to the centre, in a square with
 * void corners. Writes x, y in CRS metres to `out[at]`, `out[at + 1]`.
 */
export const voidSquarePoint = (
  grid: HeightGrid,
  square: number,
  side: number,
  height: number,
  out: Float64Array,
  at: number,
): void => {
  const { sides, centre } = readHeights(grid, square)
  const left = (1 - (height - sides[side]) / (centre - sides[side])) / 2
  const x = grid.column + (square % grid.columns) + 1
  const y = grid.row + Math.floor(square / grid.columns) + 1
  out[at] = (x + (side === 1 ? left : side === 3 ? -left : 0)) * grid.cell
  out[at + 1] = (y + (side === 2 ? left : side === 0 ? -left : 0)) * grid.cell
}

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
