/**
 * The half-edge structure of a triangulation that grows: splits, flips, and segments forced as
 * edges.
 */
import { incircle } from "robust-predicates"
import { nextEdge, previousEdge } from "../../engine/core/geometry/triangles.js"

/**
 * Differences below this make the in-circle determinant exact in doubles: three products below
 * 2^50.
 */
const EXACT = 4096

/**
 * How an insertion treats an edge: free to flip; a line that a vertex may split; a wall that
 * nothing may touch.
 */
export const EdgeKind = { free: 0, line: 1, wall: 2 } as const

/** Results of {@link HalfEdgeMesh.force} other than a vertex. */
export const Forced = { done: -1, blocked: -2 } as const

/** A longer copy of the array, zero-filled. */
export const grown = (array: Int32Array, length: number): Int32Array<ArrayBuffer> => {
  const larger = new Int32Array(length)
  larger.set(array)
  return larger
}

/**
 * Triangles of integer points in a box. Half-edge `e` of triangle `floor(e / 3)` leaves vertex
 * `corners[e]`; `twins[e]` is the opposite half-edge, −1 on the border. Counter-clockwise.
 * Orientations are exact for differences below 2^26, in-circle tests always. For points of one
 * circle the existing diagonal stays. Arrays grow by doubling.
 *
 * Source: Lawson, "Software for C1 surface interpolation", 1977; Sloan, "A fast algorithm for
 * generating constrained Delaunay triangulations", 1993.
 */
export class HalfEdgeMesh {
  /**
   * Vertex coordinates. Vertices 0 to 3 are the box's corners: south-west, south-east, north-east,
   * north-west.
   */
  x: Int32Array<ArrayBuffer>
  y: Int32Array<ArrayBuffer>
  vertexCount = 4
  corners: Int32Array<ArrayBuffer>
  twins: Int32Array<ArrayBuffer>
  /** {@link EdgeKind} of each half-edge, equal for twins. */
  kinds: Uint8Array<ArrayBuffer>
  triangleCount = 2
  /** A half-edge that leaves each vertex. */
  private leaving: Int32Array<ArrayBuffer>
  private stack: Int32Array<ArrayBuffer> = new Int32Array(256)

  constructor(minX: number, minY: number, maxX: number, maxY: number, vertexEstimate = 1024) {
    const capacity = Math.max(16, vertexEstimate)
    this.x = new Int32Array(capacity)
    this.y = new Int32Array(capacity)
    this.leaving = new Int32Array(capacity)
    this.corners = new Int32Array(capacity * 6)
    this.twins = new Int32Array(capacity * 6)
    this.kinds = new Uint8Array(capacity * 6)
    this.x.set([minX, maxX, maxX, minX])
    this.y.set([minY, minY, maxY, maxY])
    this.corners.set([0, 1, 2, 0, 2, 3])
    this.twins.set([-1, -1, 3, 2, -1, -1])
    this.kinds.set([2, 2, 0, 0, 2, 2])
    this.leaving.set([0, 1, 2, 5])
  }

  /**
   * Twice the signed area of the edge and the point: positive on the left of half-edge `e`. Exact.
   */
  side(e: number, px: number, py: number): number {
    const a = this.corners[e]
    const b = this.corners[nextEdge(e)]
    const ax = this.x[a]
    const ay = this.y[a]
    return (this.x[b] - ax) * (py - ay) - (this.y[b] - ay) * (px - ax)
  }

  /**
   * A half-edge that leaves the vertex; the others follow as `twins[previous edge]`,
   * counter-clockwise.
   */
  edgeFrom(vertex: number): number {
    return this.leaving[vertex]
  }

  /** The half-edge from a to b, or −1. */
  findEdge(a: number, b: number): number {
    const first = this.firstAround(a)
    for (let e = first; ; ) {
      if (this.corners[nextEdge(e)] === b) return e
      e = this.twins[previousEdge(e)]
      if (e < 0 || e === first) return -1
    }
  }

  /**
   * Makes the segment a–b an edge of the given kind by flipping the edges it crosses. Returns a
   * value of {@link Forced}, or the first vertex inside the segment; unless done, nothing changes.
   * The mesh is not Delaunay near the segment: restore it after the last one.
   */
  force(a: number, b: number, kind: number): number {
    const crossed: number[] = []
    const answer = this.edgeOf(a, b) < 0 ? this.cross(a, b, crossed) : Forced.done
    if (answer !== Forced.done) return answer
    this.flipOut(a, b, crossed)
    const e = this.edgeOf(a, b)
    this.setKind(e, Math.max(kind, this.kinds[e]))
    return Forced.done
  }

  /** Sets the kind of an edge and its twin. */
  setKind(e: number, kind: number): void {
    this.kinds[e] = kind
    if (this.twins[e] >= 0) this.kinds[this.twins[e]] = kind
  }

  /**
   * Adds a vertex on edge `zero` of a triangle, or inside the triangle if `zero` is negative, and
   * restores the Delaunay property.
   */
  protected add(px: number, py: number, triangle: number, zero: number): number {
    this.reserve()
    const vertex = this.vertexCount++
    this.x[vertex] = px
    this.y[vertex] = py
    if (zero >= 0) this.splitEdge(zero, vertex)
    else this.splitTriangle(triangle, vertex)
    return vertex
  }

  /** Called for each new triangle, with the triangle that it is part of. */
  protected inherit(_triangle: number, _from: number): void {}

  /** Makes room for a vertex and the triangles that it adds. */
  protected reserve(): void {
    if (this.vertexCount + 1 > this.x.length) {
      const capacity = 2 * this.x.length
      this.x = grown(this.x, capacity)
      this.y = grown(this.y, capacity)
      this.leaving = grown(this.leaving, capacity)
    }
    if (3 * (this.triangleCount + 2) > this.corners.length) {
      const capacity = 2 * this.corners.length
      this.corners = grown(this.corners, capacity)
      this.twins = grown(this.twins, capacity)
      const kinds = new Uint8Array(capacity)
      kinds.set(this.kinds)
      this.kinds = kinds
    }
  }

  /** Applies Lawson's flips to all edges that may flip. */
  protected restoreWhere(mayFlip: (e: number, twin: number) => boolean): void {
    for (let flipped = true; flipped; ) {
      flipped = false
      for (let e = 0; e < 3 * this.triangleCount; e++) {
        const twin = this.twins[e]
        if (twin < e || !mayFlip(e, twin) || !this.breaksCircle(e, twin)) continue
        this.flip(e)
        flipped = true
      }
    }
  }

  /** A half-edge between two vertices, in either direction; −1 if they share no edge. */
  private edgeOf(a: number, b: number): number {
    const e = this.findEdge(a, b)
    return e >= 0 ? e : this.findEdge(b, a)
  }

  /** Collects the edges that the open segment a–b crosses, as pairs of vertices. */
  private cross(a: number, b: number, crossed: number[]): number {
    const first = this.firstAround(a)
    let cross = -1
    for (let e = first; cross < 0; ) {
      const u = this.corners[nextEdge(e)]
      const w = this.corners[previousEdge(e)]
      const right = this.turn(a, b, u)
      const left = this.turn(a, b, w)
      if (right === 0 && this.isAhead(a, b, u)) return u
      if (left === 0 && this.isAhead(a, b, w)) return w
      if (right < 0 && left > 0) cross = nextEdge(e)
      e = this.twins[previousEdge(e)]
      if (cross < 0 && (e < 0 || e === first)) throw new Error("a segment leaves the mesh")
    }
    for (;;) {
      if (this.kinds[cross] !== EdgeKind.free) return Forced.blocked
      crossed.push(this.corners[cross], this.corners[nextEdge(cross)])
      const twin = this.twins[cross]
      if (twin < 0) throw new Error("a segment leaves the mesh")
      const apex = this.corners[previousEdge(twin)]
      if (apex === b) return Forced.done
      const turn = this.turn(a, b, apex)
      if (turn === 0) return apex
      cross = turn > 0 ? nextEdge(twin) : previousEdge(twin)
    }
  }

  /** Flips the edges that the segment a–b crosses (pairs of vertices) until none is left. */
  private flipOut(a: number, b: number, crossed: number[]): void {
    for (let i = 0; i < crossed.length; i += 2) {
      const u = crossed[i]!
      const w = crossed[i + 1]!
      const e = this.edgeOf(u, w)
      const p = this.corners[previousEdge(e)]
      const q = this.corners[previousEdge(this.twins[e])]
      if (this.turn(p, q, u) * this.turn(p, q, w) >= 0) {
        crossed.push(u, w)
        continue
      }
      this.flip(e)
      if (p !== a && p !== b && q !== a && q !== b && this.turn(a, b, p) * this.turn(a, b, q) < 0) crossed.push(p, q)
    }
  }

  /**
   * True if v lies on b's side of a. Exact for all integers, since it uses only signs of
   * differences.
   */
  private isAhead(a: number, b: number, v: number): boolean {
    const { x, y } = this
    return x[b] === x[a] ? y[v] > y[a] === y[b] > y[a] : x[v] > x[a] === x[b] > x[a]
  }

  /** Positive if c lies on the left of a–b. */
  protected turn(a: number, b: number, c: number): number {
    const { x, y } = this
    return (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])
  }

  /** The most clockwise half-edge that leaves a vertex (any, if the vertex is inside). */
  private firstAround(vertex: number): number {
    const start = this.leaving[vertex]
    for (let e = start; ; ) {
      const twin = this.twins[e]
      if (twin < 0) return e
      e = nextEdge(twin)
      if (e === start) return start
    }
  }

  private splitTriangle(triangle: number, p: number): void {
    const { corners, twins, kinds } = this
    const e = 3 * triangle
    const a = corners[e]
    const b = corners[e + 1]
    const c = corners[e + 2]
    const f = 3 * this.triangleCount
    const g = f + 3
    const kindB = kinds[e + 1]
    const kindC = kinds[e + 2]
    const bc = twins[e + 1]
    const ca = twins[e + 2]
    this.inherit(this.triangleCount++, triangle)
    this.inherit(this.triangleCount++, triangle)
    this.set(e, a, b, p)
    this.set(f, b, c, p)
    this.set(g, c, a, p)
    this.link(f, bc, kindB)
    this.link(g, ca, kindC)
    this.link(e + 1, f + 2, 0)
    this.link(f + 1, g + 2, 0)
    this.link(g + 1, e + 2, 0)
    this.legalise(e, f, g, -1)
  }

  private splitEdge(e: number, p: number): void {
    const { corners, twins, kinds } = this
    const wr = nextEdge(e)
    const ru = previousEdge(e)
    const u = corners[e]
    const w = corners[wr]
    const r = corners[ru]
    const twin = twins[e]
    const kind = kinds[e]
    const wrTwin = twins[wr]
    const ruTwin = twins[ru]
    const wrKind = kinds[wr]
    const ruKind = kinds[ru]
    const base = e - (e % 3)
    const f = 3 * this.triangleCount
    this.inherit(this.triangleCount++, (base / 3) | 0)
    // (r, u, p) replaces (u, w, r); (w, r, p) is new.
    this.set(base, r, u, p)
    this.set(f, w, r, p)
    this.link(base, ruTwin, ruKind)
    this.link(f, wrTwin, wrKind)
    this.link(base + 2, f + 1, 0)
    if (twin < 0) {
      this.link(base + 1, -1, kind)
      this.link(f + 2, -1, kind)
      this.legalise(base, f, -1, -1)
      return
    }
    const uq = nextEdge(twin)
    const qw = previousEdge(twin)
    const q = corners[qw]
    const uqTwin = twins[uq]
    const qwTwin = twins[qw]
    const uqKind = kinds[uq]
    const qwKind = kinds[qw]
    const g = twin - (twin % 3)
    const h = 3 * this.triangleCount
    this.inherit(this.triangleCount++, (g / 3) | 0)
    this.set(g, u, q, p)
    this.set(h, q, w, p)
    this.link(g, uqTwin, uqKind)
    this.link(h, qwTwin, qwKind)
    this.link(g + 1, h + 2, 0)
    this.link(base + 1, g + 2, kind)
    this.link(h + 1, f + 2, kind)
    this.legalise(base, f, g, h)
  }

  private set(e: number, a: number, b: number, c: number): void {
    this.corners[e] = a
    this.corners[e + 1] = b
    this.corners[e + 2] = c
    this.leaving[a] = e
    this.leaving[b] = e + 1
    this.leaving[c] = e + 2
  }

  private link(e: number, twin: number, kind: number): void {
    this.twins[e] = twin
    this.kinds[e] = kind
    if (twin >= 0) {
      this.twins[twin] = e
      this.kinds[twin] = kind
    }
  }

  /** Checks the given half-edges, opposite a new vertex, and those that flips make opposite it. */
  private legalise(a: number, b: number, c: number, d: number): void {
    let stack = this.stack
    stack[0] = a
    stack[1] = b
    stack[2] = c
    stack[3] = d
    let size = d >= 0 ? 4 : c >= 0 ? 3 : 2
    while (size > 0) {
      const e = stack[--size]
      if (this.kinds[e] !== EdgeKind.free) continue
      const twin = this.twins[e]
      if (twin < 0 || !this.breaksCircle(e, twin)) continue
      const opposite = nextEdge(twin)
      this.flip(e)
      if (size + 2 > stack.length) {
        stack = grown(stack, 2 * stack.length)
        this.stack = stack
      }
      stack[size++] = e
      stack[size++] = opposite
    }
  }

  /** True if the twin's apex lies within the circle of the edge's triangle. */
  protected breaksCircle(e: number, twin: number): boolean {
    const { x, y, corners } = this
    const a = corners[e]
    const b = corners[nextEdge(e)]
    const c = corners[previousEdge(e)]
    const d = corners[previousEdge(twin)]
    const dx = x[d]
    const dy = y[d]
    const ax = x[a] - dx
    const ay = y[a] - dy
    const bx = x[b] - dx
    const by = y[b] - dy
    const cx = x[c] - dx
    const cy = y[c] - dy
    if (isSmall(ax) && isSmall(ay) && isSmall(bx) && isSmall(by) && isSmall(cx) && isSmall(cy)) {
      const aa = ax * ax + ay * ay
      const bb = bx * bx + by * by
      const cc = cx * cx + cy * cy
      return aa * (bx * cy - cx * by) + bb * (cx * ay - ax * cy) + cc * (ax * by - bx * ay) > 0
    }
    return incircle(ax, ay, bx, by, cx, cy, 0, 0) > 0
  }

  /**
   * Turns the free edge in its quadrilateral:
   *
   * - e: u→w of (u, w, p) becomes q→w of (q, w, p)
   * - its twin: w→u of (w, u, q) becomes p→u of (p, u, q)
   */
  protected flip(e: number): void {
    const { corners, twins, kinds, leaving } = this
    const twin = twins[e]
    const pu = previousEdge(e)
    const qw = previousEdge(twin)
    const p = corners[pu]
    const q = corners[qw]
    corners[e] = q
    corners[twin] = p
    this.link(e, twins[qw], kinds[qw])
    this.link(twin, twins[pu], kinds[pu])
    this.link(pu, qw, 0)
    leaving[p] = pu
    leaving[q] = qw
    leaving[corners[nextEdge(e)]] = nextEdge(e)
    leaving[corners[nextEdge(twin)]] = nextEdge(twin)
  }
}

const isSmall = (difference: number): boolean => difference < EXACT && difference > -EXACT
