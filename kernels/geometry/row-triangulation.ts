/**
 * Fast Delaunay triangulation of points that come in rows, with the triangles of
 * `canonicalDelaunay`: for rasters and tile borders.
 */
import { makeCanonical } from "./delaunay.js"

/** Points in rows that lie one above the other. */
export interface PointRows {
  /** x, y of each point, integers: row by row from the south, by x in a row, no two of one x there. */
  readonly coordinates: Float64Array
  /** First point of each row, and the count of all. */
  readonly starts: Int32Array
  /** Row r holds points of `[r · height, (r + 1) · height)` in y. */
  readonly height: number
  /** Points lie in `[0, width)` in x. */
  readonly width: number
}

/** A triangulation of points and of helpers far around them. */
export interface RowTriangulation {
  /** Those of the points, then those of the helpers. */
  readonly coordinates: Float64Array
  /** Three vertices a triangle, clockwise (x east, y north). */
  readonly triangles: Uint32Array
}

/**
 * The Delaunay triangles of points in rows whose circumcircles are at most `reach` across: among the triangles given, all others of which are larger, and
 * have helpers among their vertices or not. They are those of `canonicalDelaunay`, to the vertex.
 *
 * Points of two rows that follow each other are two chains by x with a line between them: what lies between is triangulated from west to east as a monotone
 * polygon, and Lawson's flips do the rest. Helpers, more than `reach` away from every point, at the ends of each row, below and above,
 * make a rectangle of it; no circle of `reach` through a point holds one. No sorting, no hull: for dense points several times as fast as delaunator; for scattered ones the
 * triangles between far points of a row cost many flips.
 *
 * O(n) for points that fill their rows evenly, O(n · points a row) at worst. About 60 bytes a point.
 *
 * Source: Garey, Johnson, Preparata and Tarjan, "Triangulating a simple polygon", 1978; Lawson, "Software for C1 surface interpolation", 1977.
 */
export const triangulateRows = (rows: PointRows, reach: number): RowTriangulation => {
  const strips = new Strips(rows, 2 * Math.ceil(reach))
  return { coordinates: strips.coordinates, triangles: strips.triangulate() }
}

/** Marks an edge without a triangle beyond it. */
const OUTSIDE = -1

/**
 * What lies beyond an edge, as a number: the half-edge of a triangle; {@link OUTSIDE}; or, as −2 − v, a triangle of the next strip, that
 * will look for the edge at its western vertex v.
 */
class Strips {
  readonly coordinates: Float64Array
  /** Rows with points. */
  private readonly used: number[] = []
  private readonly starts: Int32Array
  private readonly points: number
  private readonly triangles: Uint32Array
  private readonly twins: Int32Array
  private size = 0
  /** The half-edge south of the edge that leaves a vertex to the east. */
  private readonly below: Int32Array
  /** The chain of vertices of the strip that await their triangles, and what lies beyond the edge to each from the one before. */
  private readonly stack: Int32Array
  private readonly beyond: Int32Array

  constructor({ coordinates, starts, height, width }: PointRows, far: number) {
    const points = coordinates.length / 2
    const rows = starts.length - 1
    for (let row = 0; row < rows; row++) if (starts[row + 1] > starts[row]) this.used.push(row)
    const helpers = 2 * (this.used.length + 2)
    this.starts = starts
    this.points = points
    this.coordinates = new Float64Array(2 * (points + helpers))
    this.coordinates.set(coordinates)
    const lines = [-far, ...this.used.map((row) => row * height), rows * height + far]
    for (const [i, y] of lines.entries()) this.coordinates.set([-far, y, width + far, y], 2 * (points + 2 * i))
    // Each of the helpers is a vertex of the border.
    const triangles = 2 * (points + helpers) - 2 - helpers
    this.triangles = new Uint32Array(3 * triangles)
    this.twins = new Int32Array(3 * triangles).fill(OUTSIDE)
    this.below = new Int32Array(points + helpers).fill(OUTSIDE)
    this.stack = new Int32Array(points + helpers)
    this.beyond = new Int32Array(points + helpers)
  }

  triangulate(): Uint32Array {
    for (let line = 0; line <= this.used.length; line++) this.fillStrip(line)
    makeCanonical(this.coordinates, this.triangles, this.twins)
    return this.triangles
  }

  /** Vertices of a line: a helper, the points `[first, last)` of the row, a helper. Lines 0 and used.length + 1 have no points. */
  private lineOf(line: number): { west: number; first: number; last: number; east: number } {
    const row = this.used[line - 1]
    const west = this.points + 2 * line
    if (row === undefined) return { west, first: 0, last: 0, east: west + 1 }
    return { west, first: this.starts[row], last: this.starts[row + 1], east: west + 1 }
  }

  /** Triangulates what lies between a line and the next: its vertices are met from west to east, of one x the lower first. */
  private fillStrip(line: number): void {
    const { coordinates, stack, beyond, below } = this
    const low = this.lineOf(line)
    const high = this.lineOf(line + 1)
    let nextLow = low.first
    let nextHigh = high.first
    let lastLow = low.west
    let lastHigh = high.west
    stack[0] = low.west
    stack[1] = high.west
    beyond[1] = OUTSIDE
    let size = 2
    let onHigh = true
    while (nextLow < low.last || nextHigh < high.last) {
      const isLow =
        nextHigh >= high.last || (nextLow < low.last && coordinates[2 * nextLow] <= coordinates[2 * nextHigh])
      const v = isLow ? nextLow++ : nextHigh++
      const chain = isLow ? below[lastLow] : -2 - lastHigh
      if (isLow === onHigh) size = this.cross(size, v, isLow, chain)
      else size = this.follow(size, v, isLow, chain)
      if (isLow) lastLow = v
      else lastHigh = v
      onHigh = !isLow
    }
    if (onHigh) size = this.cross(size, low.east, true, below[lastLow])
    else size = this.follow(size, low.east, true, below[lastLow])
    this.cross(size, high.east, false, -2 - lastHigh)
  }

  /** Vertex v of the other chain than the stack's: it sees all of it. Gives the size of the stack. */
  private cross(size: number, v: number, isLow: boolean, chain: number): number {
    const { stack, beyond } = this
    // The first of the stack is the vertex before v on its chain.
    let west = chain
    for (let i = 0; i + 1 < size; i++) {
      const e = this.size
      if (isLow) {
        this.add(stack[i], stack[i + 1], v)
        this.link(e, beyond[i + 1])
        this.link(e + 2, west)
        west = e + 1
      } else {
        this.add(stack[i], v, stack[i + 1])
        this.link(e + 2, beyond[i + 1])
        this.link(e, west)
        west = e + 1
      }
    }
    stack[0] = stack[size - 1]
    stack[1] = v
    beyond[1] = west
    return 2
  }

  /** Vertex v of the stack's own chain: it takes off the vertices that stand between it and those before. */
  private follow(size: number, v: number, isLow: boolean, chain: number): number {
    const { stack, beyond } = this
    let edge = chain
    let top = size - 1
    for (; top > 0; top--) {
      const turn = this.turn(stack[top - 1], stack[top], v)
      if (isLow ? turn <= 0 : turn >= 0) break
      const e = this.size
      if (isLow) {
        this.add(stack[top - 1], v, stack[top])
        this.link(e + 1, edge)
        this.link(e + 2, beyond[top])
        edge = e
      } else {
        this.add(stack[top - 1], stack[top], v)
        this.link(e, beyond[top])
        this.link(e + 1, edge)
        edge = e + 2
      }
    }
    stack[top + 1] = v
    beyond[top + 1] = edge
    return top + 2
  }

  /** Twice the area of the triangle, positive counter-clockwise. Exact. */
  private turn(a: number, b: number, c: number): number {
    const { coordinates } = this
    const ax = coordinates[2 * a]
    const ay = coordinates[2 * a + 1]
    return (
      (coordinates[2 * b] - ax) * (coordinates[2 * c + 1] - ay) -
      (coordinates[2 * b + 1] - ay) * (coordinates[2 * c] - ax)
    )
  }

  private add(a: number, b: number, c: number): void {
    const { triangles } = this
    triangles[this.size++] = a
    triangles[this.size++] = b
    triangles[this.size++] = c
  }

  /** Joins a new half-edge with what lies beyond it. */
  private link(e: number, other: number): void {
    if (other >= 0) {
      this.twins[e] = other
      this.twins[other] = e
    } else if (other !== OUTSIDE) this.below[-2 - other] = e
  }
}
