/**
 * Heights on the corners of marching squares, and the squares to walk. Corner (i, j) lies at ((i + ½)·cell, (j + ½)·cell) in the CRS: the centre of a
 * raster cell; i from the west, j from the south, from the CRS origin. Square (i, j) has it as its south-west corner.
 */
export interface HeightGrid {
  readonly cell: number
  /** Corners: first column and row, how many. */
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
  /** Rows from the south; NaN is void. */
  readonly heights: Float32Array
}

/**
 * Pieces of contour lines. Vertices of piece p: `edges[start … end)` with `start = ends[p − 1]`, `end = ends[p]`, as numbers of the grid edges
 * they lie on; a closed piece repeats its first edge at its end. `levels[p]` · interval is its height.
 */
export interface ContourPieces {
  readonly levels: Int32Array
  readonly ends: Int32Array
  readonly edges: Int32Array
}

/** Stands for a void corner among the level numbers. */
const voidLevel = -0x80000000

/**
 * Segments of each case, as edges entered and left (0 south, 1 east, 2 north, 3 west), packed in fours of bits: higher ground on the left. Case bits: 1
 * south-west above, 2 south-east, 4 north-east, 8 north-west. Cases 16 and 17 are the saddles 5 and 10 with a low centre.
 */
const enters = [-1, 0, 1, 1, 2, 0, 2, 2, 3, 0, 3, 1, 3, 0, 3, -1, 0, 1]
const leaves = [-1, 3, 0, 3, 1, 1, 0, 3, 2, 2, 0, 2, 1, 1, 0, -1, 3, 0]
/** The second segment of the saddles: 5 and 10 with a high centre, then with a low one. */
const secondEnters: Readonly<Record<number, number>> = { 5: 2, 10: 1, 16: 2, 17: 3 }
const secondLeaves: Readonly<Record<number, number>> = { 5: 3, 10: 2, 16: 1, 17: 2 }

/**
 * Contours by marching squares (Lorensen and Cline 1987, in the plane), linked within the grid.
 *
 * A corner counts as above a level when its height is equal to it or higher; a saddle's centre is the mean of its four corners; a square with a void corner
 * has no contour. Every level in the grid is traced, higher ground on the left. What a square yields depends on its four heights alone, so that
 * tiles agree at their borders.
 *
 * Edges are numbered `2·(r·columns + c)` for the edge east of corner (c, r) of the grid, plus 1 for the edge north of it. Memory: 12 bytes a corner, 24 a
 * segment. Time: O(corners + segments).
 */
export const traceContours = (grid: HeightGrid, interval: number): ContourPieces => {
  const levelOf = levelNumbers(grid.heights, interval)
  const { counts, first } = countSegments(grid, levelOf)
  const ends = new Int32Array(counts.length)
  let total = 0
  for (let k = 0; k < counts.length; k++) ends[k] = total += counts[k]
  const from = new Int32Array(total)
  const to = new Int32Array(total)
  fillSegments(grid, levelOf, interval, { first, next: ends.map((end, k) => end - counts[k]), from, to })
  return linkSegments(2 * grid.columns * grid.rows, first, ends, from, to)
}

/** For each corner the number of the highest level that is not above it. */
const levelNumbers = (heights: Float32Array, interval: number): Int32Array => {
  const levels = new Int32Array(heights.length)
  for (let i = 0; i < heights.length; i++) {
    const z = heights[i]
    if (Number.isNaN(z)) {
      levels[i] = voidLevel
      continue
    }
    let k = Math.floor(z / interval)
    // The quotient is rounded; the product decides.
    while ((k + 1) * interval <= z) k++
    while (k * interval > z) k--
    levels[i] = k
  }
  return levels
}

/** Segments of each level, and the number of the first level. */
const countSegments = ({ columns, rows }: HeightGrid, levels: Int32Array): { counts: Int32Array; first: number } => {
  let lowest = 0x7fffffff
  let highest = voidLevel
  for (const level of levels) {
    if (level === voidLevel) continue
    if (level < lowest) lowest = level
    if (level > highest) highest = level
  }
  if (highest <= lowest) return { counts: new Int32Array(0), first: 0 }
  const first = lowest + 1
  const counts = new Int32Array(highest - lowest)
  for (let r = 0; r + 1 < rows; r++) {
    // The east side of a square is the west side of the next.
    let at = r * columns
    let eastLow = Math.min(levels[at], levels[at + columns])
    let eastHigh = Math.max(levels[at], levels[at + columns])
    for (const end = at + columns - 1; at < end; at++) {
      const se = levels[at + 1]
      const ne = levels[at + columns + 1]
      const westLow = eastLow
      const westHigh = eastHigh
      eastLow = Math.min(se, ne)
      eastHigh = Math.max(se, ne)
      const low = Math.min(westLow, eastLow)
      const high = Math.max(westHigh, eastHigh)
      if (low === high || low === voidLevel) continue
      const sw = levels[at]
      const nw = levels[at + columns]
      for (let k = low + 1; k <= high; k++) {
        const saddle = sw >= k === ne >= k && se >= k === nw >= k
        counts[k - first] += saddle ? 2 : 1
      }
    }
  }
  return { counts, first }
}

interface SegmentTable {
  readonly first: number
  /** Next free place of each level. */
  readonly next: Int32Array
  readonly from: Int32Array
  readonly to: Int32Array
}

const fillSegments = (grid: HeightGrid, levels: Int32Array, interval: number, table: SegmentTable): void => {
  const { columns, rows, heights } = grid
  const { first, next, from, to } = table
  for (let r = 0; r + 1 < rows; r++) {
    let at = r * columns
    let eastLow = Math.min(levels[at], levels[at + columns])
    let eastHigh = Math.max(levels[at], levels[at + columns])
    for (const end = at + columns - 1; at < end; at++) {
      const north = at + columns
      const se = levels[at + 1]
      const ne = levels[north + 1]
      const westLow = eastLow
      const westHigh = eastHigh
      eastLow = Math.min(se, ne)
      eastHigh = Math.max(se, ne)
      const low = Math.min(westLow, eastLow)
      const high = Math.max(westHigh, eastHigh)
      if (low === high || low === voidLevel) continue
      const sw = levels[at]
      const nw = levels[north]
      const edges = [2 * at, 2 * at + 3, 2 * north, 2 * at + 1]
      for (let k = low + 1; k <= high; k++) {
        let form = (sw >= k ? 1 : 0) | (se >= k ? 2 : 0) | (ne >= k ? 4 : 0) | (nw >= k ? 8 : 0)
        if (form === 5 || form === 10) {
          const centre = (heights[at] + heights[at + 1] + (heights[north] + heights[north + 1])) / 4
          if (centre < k * interval) form = form === 5 ? 16 : 17
          const place = next[k - first]++
          from[place] = edges[secondEnters[form]]
          to[place] = edges[secondLeaves[form]]
        }
        const place = next[k - first]++
        from[place] = edges[enters[form]]
        to[place] = edges[leaves[form]]
      }
    }
  }
}

/** Chains the segments of each level: open chains first from their beginning, then rings. */
const linkSegments = (
  edgeCount: number,
  first: number,
  ends: Int32Array,
  from: Int32Array,
  to: Int32Array,
): ContourPieces => {
  // The segment that starts on an edge, plus one; zero again after each level.
  const startsAt = new Int32Array(edgeCount)
  const following = new Int32Array(from.length)
  const hasPrevious = new Uint8Array(from.length)
  const levels: number[] = []
  const pieceEnds: number[] = []
  // Each segment adds a vertex, each piece one more; there are never more pieces than segments.
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

/**
 * Where the level crosses an edge, written as x, y to `out[at]`, `out[at + 1]` in CRS metres: linear between the two corners, reckoned from the western or
 * southern one, from their heights and grid numbers alone, so that both sides of a border get the same bits.
 */
export const crossingPoint = (grid: HeightGrid, edge: number, height: number, out: Float64Array, at: number): void => {
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
