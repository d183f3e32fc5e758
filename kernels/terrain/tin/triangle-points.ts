/**
 * Finds the points in a triangle of a changing TIN: the reference implementation of
 * `wasm/assembly/ground/lookup.ts`.
 */
import type { ErrorSums, PointLookup, Triangles } from "../wasm/ground.js"

/** Points come in rows of this height, mm, */
const ROW = 1000
/** and are found in a row by bins of this width, mm: what a triangle's edge crosses is asked point by point, what lies between is not asked at all. */
const BIN = 500
/** Kept off where a row is cut, mm, for the rounding of an edge's place: points are whole mm. */
const MARGIN = 1
/** Last whole millimetre that is counted by itself. */
const LARGEST = 4095

/** Points in a square, integers of mm from its south-west corner: rows of 1 m from the south, by x in a row. */
export interface RowPoints {
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
}

/**
 * The points of each triangle of a changing triangulation: found along the rows of points that the triangle crosses, in their order. No point knows its triangle, so that an insertion costs the points of
 * the triangles that it made and nothing else. Of two triangles that share an edge exactly one has the points on it, of those around a vertex one has the point there: as if all points lay an infinitesimal
 * step to the east, and a far smaller one to the north. Hence each point strictly inside the square
 * belongs to exactly one triangle. The reference implementation of the one in WebAssembly
 * (`kernels/terrain/wasm/ground.ts`).
 *
 * O(rows crossed + points in the bins crossed) a triangle. 8 bytes a square metre.
 */
export class TrianglePoints implements PointLookup {
  first = -1
  worst = -1
  private readonly points: RowPoints
  private readonly columns: number
  private readonly rows: number
  /** First point of each bin, row by row. */
  private readonly starts: Int32Array
  /** A bit for each point that was given up; none where none was. */
  private dropped: Uint8Array = new Uint8Array(0)
  /** Of the triangle in hand: its corners relative to the first, its plane, twice its area, and the least value of each edge function inside. */
  private readonly plane = new Float64Array(13)
  /** For each row that the triangle crosses: first point of the bins it touches, first of those it holds, end of these, end of those. */
  private readonly ranges: Int32Array
  private crossed = 0
  private seen = 0
  private squares = 0
  private max = 0
  private readonly histogram = new Uint32Array(LARGEST + 1)

  /** @throws Error for points in another order or outside the square */
  constructor(points: RowPoints, side: number) {
    this.points = points
    this.rows = Math.ceil((side + 1) / ROW)
    this.columns = Math.ceil((side + 1) / BIN)
    this.starts = this.binStarts()
    this.ranges = new Int32Array(4 * this.rows)
  }

  findWorst(tin: Triangles, t: number, stride: number, bound: number): boolean {
    this.take(tin, t)
    const { ranges, crossed } = this
    const { x, y, z } = this.points
    const [ox, oy, oz, ax, ay, bx, by, slopeX, slopeY, area, lowB, lowA, lowO] = this.plane
    let first = -1
    let worst = -1
    let error = bound
    for (let k = 0; k < crossed; k += 4) {
      for (let part = 0; part < 3; part++) {
        const end = ranges[k + part + 1]
        let i = ranges[k + part] + stride - 1
        i -= i % stride
        for (; i < end; i += stride) {
          const dx = x[i] - ox
          const dy = y[i] - oy
          const distance = Math.abs(z[i] - oz - slopeX * dx - slopeY * dy)
          if (distance <= error) continue
          if (part !== 1) {
            const toB = ax * dy - ay * dx
            const toA = dx * by - dy * bx
            if (toB < lowB || toA < lowA || area - toB - toA < lowO) continue
          }
          if (this.isDropped(i)) continue
          if (first < 0) first = i
          worst = i
          error = distance
        }
      }
    }
    this.first = first
    this.worst = worst
    return worst >= 0
  }

  addErrors(tin: Triangles, t: number): void {
    this.take(tin, t)
    const { ranges, crossed } = this
    const { x, y, z } = this.points
    const [ox, oy, oz, ax, ay, bx, by, slopeX, slopeY, area, lowB, lowA, lowO] = this.plane
    const { histogram } = this
    let points = 0
    let squares = 0
    let max = this.max
    for (let k = 0; k < crossed; k += 4) {
      for (let part = 0; part < 3; part++) {
        const end = ranges[k + part + 1]
        for (let i = ranges[k + part]; i < end; i++) {
          const dx = x[i] - ox
          const dy = y[i] - oy
          if (part !== 1) {
            const toB = ax * dy - ay * dx
            const toA = dx * by - dy * bx
            if (toB < lowB || toA < lowA || area - toB - toA < lowO) continue
          }
          if (this.isDropped(i)) continue
          const distance = Math.abs(z[i] - oz - slopeX * dx - slopeY * dy)
          points++
          squares += distance * distance
          if (distance > max) max = distance
          histogram[distance < LARGEST ? Math.ceil(distance) : LARGEST]++
        }
      }
    }
    this.seen += points
    this.squares += squares
    this.max = max
  }

  sums(): ErrorSums {
    return { points: this.seen, max: this.max, squares: this.squares, histogram: this.histogram }
  }

  drop(i: number): void {
    if (this.dropped.length === 0) this.dropped = new Uint8Array((this.points.count >> 3) + 1)
    this.dropped[i >> 3] |= 1 << (i & 7)
  }

  private isDropped(i: number): boolean {
    return this.dropped.length > 0 && ((this.dropped[i >> 3] >> (i & 7)) & 1) === 1
  }

  private binStarts(): Int32Array {
    const { rows, columns } = this
    const { x, y, count } = this.points
    const starts = new Int32Array(rows * columns + 1)
    let bin = -1
    for (let i = 0; i < count; i++) {
      const column = Math.floor(x[i] / BIN)
      const at = Math.floor(y[i] / ROW) * columns + column
      if (at === bin && i > 0) continue
      if (at < bin || column < 0 || column >= columns || at >= rows * columns)
        throw new Error("points of a surface: expected rows of 1 m from the south, by x in a row, inside the square")
      while (bin < at) starts[++bin] = i
    }
    starts.fill(count, bin + 1)
    return starts
  }

  /** Takes a triangle in hand: its plane, and the points of its rows. */
  private take(tin: Triangles, t: number): void {
    const { corners, x, y, z } = tin
    const [o, a, b] = [corners[3 * t], corners[3 * t + 1], corners[3 * t + 2]]
    const { plane } = this
    const ax = x[a] - x[o]
    const ay = y[a] - y[o]
    const bx = x[b] - x[o]
    const by = y[b] - y[o]
    const area = ax * by - ay * bx
    plane[0] = x[o]
    plane[1] = y[o]
    plane[2] = z[o]
    plane[3] = ax
    plane[4] = ay
    plane[5] = bx
    plane[6] = by
    plane[7] = ((z[a] - z[o]) * by - (z[b] - z[o]) * ay) / area
    plane[8] = (ax * (z[b] - z[o]) - bx * (z[a] - z[o])) / area
    plane[9] = area
    // Whole numbers: 1 leaves out the edge itself.
    plane[10] = ownsEdge(ax, ay) ? 0 : 1
    plane[11] = ownsEdge(-bx, -by) ? 0 : 1
    plane[12] = ownsEdge(bx - ax, by - ay) ? 0 : 1
    this.cutRows(x[o], y[o], x[a], y[a], x[b], y[b])
  }

  /** Cuts the rows that a triangle crosses by its edges: which bins it touches, and which it holds in their whole height. */
  private cutRows(ox: number, oy: number, ax: number, ay: number, bx: number, by: number): void {
    const { starts, ranges, columns } = this
    const south = Math.min(oy, ay, by)
    const north = Math.max(oy, ay, by)
    const lastRow = Math.min(this.rows - 1, Math.floor(north / ROW))
    // Millimetres along x a millimetre to the north, of each edge; edges that lead north are on the right.
    const slopes = [(ax - ox) / (ay - oy), (bx - ax) / (by - ay), (ox - bx) / (oy - by)] as const
    let at = 0
    for (let row = Math.floor(south / ROW); row <= lastRow; row++) {
      const low = row * ROW
      let touchFrom = 0
      let touchTo = columns * BIN
      let holdFrom = 0
      let holdTo = touchTo
      for (let e = 0; e < 3; e++) {
        const fromX = e === 0 ? ox : e === 1 ? ax : bx
        const fromY = e === 0 ? oy : e === 1 ? ay : by
        const toY = e === 0 ? ay : e === 1 ? by : oy
        if (fromY === toY) continue
        const slope = slopes[e]!
        const atLow = fromX + slope * (low - fromY)
        const atHigh = atLow + slope * ROW
        const left = Math.min(atLow, atHigh)
        const right = Math.max(atLow, atHigh)
        if (toY > fromY) {
          if (right < touchTo) touchTo = right
          if (left < holdTo) holdTo = left
        } else {
          if (left > touchFrom) touchFrom = left
          if (right > holdFrom) holdFrom = right
        }
      }
      const base = row * columns
      const first = Math.max(0, Math.floor((touchFrom - MARGIN) / BIN))
      const end = Math.min(columns, Math.floor((touchTo + MARGIN) / BIN) + 1)
      let innerFirst = Math.ceil((holdFrom + MARGIN) / BIN)
      let innerEnd = Math.floor((holdTo - MARGIN) / BIN)
      if (innerEnd <= innerFirst || low <= south || low + ROW > north) {
        innerFirst = end
        innerEnd = end
      }
      ranges[at++] = starts[base + first]
      ranges[at++] = starts[base + innerFirst]
      ranges[at++] = starts[base + innerEnd]
      ranges[at++] = starts[base + Math.max(first, end)]
    }
    this.crossed = at
  }
}

/** True where the triangle on the left of the edge has the points on it. */
const ownsEdge = (dx: number, dy: number): boolean => dy < 0 || (dy === 0 && dx > 0)
