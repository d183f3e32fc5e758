/**
 * Finds the points in a triangle of a changing TIN: the reference implementation of
 * `wasm/assembly/ground/lookup.ts`.
 */
import type { ErrorSums, PointLookup, Triangles } from "../wasm/ground.js"

/** Height, mm, of the rows of points. */
const ROW = 1000
/** Width, mm, of the bins that index a row. */
const BIN = 500
/** Last whole millimetre with its own count. */
const LARGEST = 4095

/**
 * Points in a square, integers of mm from its south-west corner: rows of 1 m from the south, by x
 * in a row.
 */
export interface RowPoints {
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
}

/**
 * The points of each triangle of a changing triangulation, found along the rows of points that it
 * crosses, in their order. Points do not store their triangle: an insertion costs only the points
 * of the triangles that it made.
 *
 * Each point strictly inside the square belongs to exactly one triangle, also on edges and
 * vertices. That triangle contains it after an infinitesimal step to the east and a far smaller one
 * to the north. Reference implementation of the WebAssembly in `kernels/terrain/wasm/ground.ts`.
 *
 * O(rows crossed + points in the bins of its box) a triangle. 8 bytes a square metre.
 */
export class TrianglePoints implements PointLookup {
  first = -1
  worst = -1
  private readonly points: RowPoints
  private readonly columns: number
  private readonly rows: number
  /** First point of each bin, row by row. */
  private readonly starts: Int32Array
  private readonly dropped = new Set<number>()
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
  }

  findWorst(tin: Triangles, t: number, stride: number, bound: number): boolean {
    let error = bound
    this.first = -1
    this.worst = -1
    this.forPoints(tin, t, stride, (i, distance) => {
      if (distance <= error) return
      if (this.first < 0) this.first = i
      this.worst = i
      error = distance
    })
    return this.worst >= 0
  }

  addErrors(tin: Triangles, t: number): void {
    let squares = 0
    this.forPoints(tin, t, 1, (_, distance) => {
      this.seen++
      squares += distance * distance
      if (distance > this.max) this.max = distance
      this.histogram[distance < LARGEST ? Math.ceil(distance) : LARGEST]++
    })
    this.squares += squares
  }

  sums(): ErrorSums {
    return { points: this.seen, max: this.max, squaredSum: this.squares, histogram: this.histogram }
  }

  drop(i: number): void {
    this.dropped.add(i)
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

  /**
   * Calls back for the points of a triangle, one in `stride` of all, with their distances from it.
   */
  private forPoints(
    { corners, x, y, z }: Triangles,
    t: number,
    stride: number,
    call: (i: number, distance: number) => void,
  ): void {
    const { starts, columns, points, dropped } = this
    const [o, a, b] = [corners[3 * t], corners[3 * t + 1], corners[3 * t + 2]]
    const ax = x[a] - x[o]
    const ay = y[a] - y[o]
    const bx = x[b] - x[o]
    const by = y[b] - y[o]
    const area = ax * by - ay * bx
    const slopeX = ((z[a] - z[o]) * by - (z[b] - z[o]) * ay) / area
    const slopeY = (ax * (z[b] - z[o]) - bx * (z[a] - z[o])) / area
    // Whole numbers: 1 excludes the edge itself.
    const lowB = ownsEdge(ax, ay) ? 0 : 1
    const lowA = ownsEdge(-bx, -by) ? 0 : 1
    const lowO = ownsEdge(bx - ax, by - ay) ? 0 : 1
    const west = Math.floor(Math.min(x[o], x[a], x[b]) / BIN)
    const east = Math.min(columns, Math.floor(Math.max(x[o], x[a], x[b]) / BIN) + 1)
    const lastRow = Math.min(this.rows - 1, Math.floor(Math.max(y[o], y[a], y[b]) / ROW))
    for (let row = Math.floor(Math.min(y[o], y[a], y[b]) / ROW); row <= lastRow; row++) {
      const end = starts[row * columns + east]
      const first = starts[row * columns + west]
      for (let i = first + ((stride - (first % stride)) % stride); i < end; i += stride) {
        const dx = points.x[i] - x[o]
        const dy = points.y[i] - y[o]
        const toB = ax * dy - ay * dx
        const toA = dx * by - dy * bx
        if (toB < lowB || toA < lowA || area - toB - toA < lowO || dropped.has(i)) continue
        call(i, Math.abs(points.z[i] - z[o] - slopeX * dx - slopeY * dy))
      }
    }
  }
}

/** True if the triangle on the left of the edge owns the points on it. */
const ownsEdge = (dx: number, dy: number): boolean => dy < 0 || (dy === 0 && dx > 0)
