import { incircle, orient2d } from "robust-predicates"

/** Differences below this give an orientation determinant that is exact in doubles (products below 2^52). */
const EXACT = 2 ** 26
/** Relative error bound of the two-product determinant (Shewchuk 1997, ccwerrboundA). */
const ORIENT_BOUND = 3.3306690738754716e-16

/**
 * Sign of the area of triangle a, b, c: positive when counter-clockwise (x east, y north). Exact for integers.
 * Source: Shewchuk, "Adaptive precision floating-point arithmetic and fast robust geometric predicates", 1997.
 */
export const orientation = (ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number => {
  const ux = bx - ax
  const uy = by - ay
  const vx = cx - ax
  const vy = cy - ay
  const left = ux * vy
  const right = uy * vx
  const determinant = left - right
  if (
    (Math.abs(ux) < EXACT && Math.abs(uy) < EXACT && Math.abs(vx) < EXACT && Math.abs(vy) < EXACT) ||
    Math.abs(determinant) > ORIENT_BOUND * (Math.abs(left) + Math.abs(right))
  ) {
    return determinant
  }
  return -orient2d(ax, ay, bx, by, cx, cy)
}

/** The next half-edge of the same triangle. */
export const nextEdge = (e: number): number => (e % 3 === 2 ? e - 2 : e + 1)
/** The previous half-edge of the same triangle. */
export const previousEdge = (e: number): number => (e % 3 === 0 ? e + 2 : e - 1)

const grown = (array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> => {
  const larger = new Int32Array(length)
  larger.set(array)
  return larger
}

/**
 * An incremental Delaunay triangulation of integer points inside a box, in half-edge form: half-edge `e` of triangle
 * `floor(e / 3)` leaves vertex `corners[e]`; `twins[e]` is the opposite half-edge, −1 on the border. Triangles are
 * counter-clockwise. Lawson flips with exact predicates, so that any integers below 2^31 are safe; points of one circle
 * keep the diagonal they have. Memory: 24 bytes a triangle, grown by doubling.
 *
 * Source: Lawson, "Software for C1 surface interpolation", 1977; Sloan, "A fast algorithm for generating constrained
 * Delaunay triangulations", 1993.
 */
export class Triangulation {
  /** Vertex coordinates. Vertices 0 to 3 are the box's corners: south-west, south-east, north-east, north-west. */
  x: Int32Array<ArrayBuffer>
  y: Int32Array<ArrayBuffer>
  vertexCount = 4
  corners: Int32Array<ArrayBuffer>
  twins: Int32Array<ArrayBuffer>
  triangleCount = 2
  private stack: Int32Array<ArrayBuffer> = new Int32Array(256)
  /** A half-edge that leaves each vertex. */
  private leaving: Int32Array<ArrayBuffer>

  constructor(minX: number, minY: number, maxX: number, maxY: number, vertexEstimate = 1024) {
    const capacity = Math.max(16, vertexEstimate)
    this.x = new Int32Array(capacity)
    this.y = new Int32Array(capacity)
    this.leaving = new Int32Array(capacity)
    this.corners = new Int32Array(capacity * 6)
    this.twins = new Int32Array(capacity * 6)
    this.x.set([minX, maxX, maxX, minX])
    this.y.set([minY, minY, maxY, maxY])
    this.corners.set([0, 1, 2, 0, 2, 3])
    this.twins.set([-1, -1, 3, 2, -1, -1])
    this.leaving.set([0, 1, 2, 5])
  }

  /**
   * Adds a vertex inside or on the border of `triangle`, which must contain it (see {@link locate}), and restores the
   * Delaunay property. Gives the vertex; one that coincides with a corner of the triangle gives that corner.
   */
  insert(x: number, y: number, triangle: number): number {
    let zero = -1
    for (let e = 3 * triangle; e < 3 * triangle + 3; e++) {
      const a = this.corners[e]
      if (this.x[a] === x && this.y[a] === y) return a
      if (this.side(e, x, y) === 0) zero = e
    }
    this.reserve()
    const vertex = this.vertexCount++
    this.x[vertex] = x
    this.y[vertex] = y
    if (zero >= 0) this.splitEdge(zero, vertex)
    else this.splitTriangle(triangle, vertex)
    return vertex
  }

  /** Sign of the point's side of half-edge `e`: positive on the left, where its triangle lies. */
  side(e: number, x: number, y: number): number {
    const a = this.corners[e]
    const b = this.corners[nextEdge(e)]
    return orientation(this.x[a], this.y[a], this.x[b], this.y[b], x, y)
  }

  /** The triangle that contains the point, by a walk from `start`; −1 where no triangle does. */
  locate(x: number, y: number, start: number): number {
    let triangle = start
    let from = -1
    for (let steps = 4 * this.triangleCount; steps > 0; steps--) {
      let through = -1
      for (let e = 3 * triangle; e < 3 * triangle + 3; e++) {
        if (e !== from && this.twins[e] >= 0 && this.side(e, x, y) < 0) {
          through = e
          break
        }
      }
      if (through < 0) {
        if (this.contains(triangle, x, y)) return triangle
        break
      }
      from = this.twins[through]
      triangle = (from / 3) | 0
    }
    // Only in a domain that is not convex: the walk has met a border, or goes in a circle.
    for (let t = 0; t < this.triangleCount; t++) if (this.contains(t, x, y)) return t
    return -1
  }

  /** True where the closed triangle holds the point. */
  contains(triangle: number, x: number, y: number): boolean {
    const e = 3 * triangle
    return this.side(e, x, y) >= 0 && this.side(e + 1, x, y) >= 0 && this.side(e + 2, x, y) >= 0
  }

  /** The half-edge from vertex a to vertex b, or −1. */
  findEdge(a: number, b: number): number {
    const first = this.firstAround(a)
    let e = first
    do {
      if (this.corners[nextEdge(e)] === b) return e
      // On a border the last edge around `a` only arrives; then no half-edge of this direction is left.
      e = this.twins[previousEdge(e)]
    } while (e >= 0 && e !== first)
    return -1
  }

  /** A half-edge that leaves the vertex; the others follow as `twins[previousEdge(e)]`, counter-clockwise. */
  edgeFrom(vertex: number): number {
    return this.leaving[vertex]
  }

  /**
   * Makes the segment a–b an edge by flipping the edges it crosses; where vertices lie on it, a chain of edges through them. Gives those vertices, from a to b: none as a rule. The result is
   * not Delaunay near the segment: call {@link restore} after the last one. Throws for a segment that leaves the mesh. O(edges crossed · flips).
   */
  force(a: number, b: number): readonly number[] {
    const through: number[] = []
    for (let from = a; from !== b; ) {
      from = this.forcePiece(from, b)
      if (from !== b) through.push(from)
    }
    return through
  }

  /** Lawson's flips over all edges; those of triangles in different `regions` stay. */
  restore(regions: Uint8Array): void {
    for (let flipped = true; flipped; ) {
      flipped = false
      for (let e = 0; e < 3 * this.triangleCount; e++) {
        const twin = this.twins[e]
        if (twin < e || regions[(e / 3) | 0] !== regions[(twin / 3) | 0]) continue
        if (this.breaksCircle(e, twin)) {
          this.flip(e)
          flipped = true
        }
      }
    }
  }

  private turn(a: number, b: number, c: number): number {
    return orientation(this.x[a], this.y[a], this.x[b], this.y[b], this.x[c], this.y[c])
  }

  /** The most clockwise half-edge that leaves the vertex (any when it is inside). */
  private firstAround(vertex: number): number {
    const start = this.leaving[vertex]
    let e = start
    for (;;) {
      const twin = this.twins[e]
      if (twin < 0) return e
      e = nextEdge(twin)
      if (e === start) return start
    }
  }

  /** Makes an edge from a to the first vertex on the segment a–b, and gives that vertex. */
  private forcePiece(a: number, b: number): number {
    if (this.findEdge(a, b) >= 0 || this.findEdge(b, a) >= 0) return b
    const crossed: number[] = []
    const end = this.crossing(a, b, crossed)
    for (let i = 0; i < crossed.length; i += 2) {
      const u = crossed[i]
      const w = crossed[i + 1]
      let e = this.findEdge(u, w)
      if (e < 0) e = this.twins[this.findEdge(w, u)]
      const p = this.corners[previousEdge(e)]
      const q = this.corners[previousEdge(this.twins[e])]
      if (this.turn(p, q, this.corners[e]) * this.turn(p, q, this.corners[nextEdge(e)]) >= 0) {
        crossed.push(u, w)
        continue
      }
      this.flip(e)
      if (p !== a && p !== end && q !== a && q !== end && this.turn(a, b, p) * this.turn(a, b, q) < 0)
        crossed.push(p, q)
    }
    return end
  }

  /** Collects the edges (pairs of vertices) that the segment a–b crosses from a up to the first vertex on it, which it gives. */
  private crossing(a: number, b: number, pairs: number[]): number {
    const first = this.firstAround(a)
    let cross = -1
    // The triangle at `a` through which the segment leaves.
    for (let e = first; cross < 0; ) {
      const u = this.corners[nextEdge(e)]
      const w = this.corners[previousEdge(e)]
      const right = this.turn(a, b, u)
      const left = this.turn(a, b, w)
      if (right === 0 && this.isAhead(a, b, u)) return u
      if (left === 0 && this.isAhead(a, b, w)) return w
      if (right < 0 && left > 0) cross = nextEdge(e)
      e = this.twins[previousEdge(e)]
      if (cross < 0 && (e < 0 || e === first)) throw new Error("Triangulation: a forced segment leaves the mesh")
    }
    for (;;) {
      pairs.push(this.corners[cross], this.corners[nextEdge(cross)])
      const twin = this.twins[cross]
      if (twin < 0) throw new Error("Triangulation: a forced segment leaves the mesh")
      const apex = this.corners[previousEdge(twin)]
      if (apex === b) return b
      const turn = this.turn(a, b, apex)
      if (turn === 0) return apex
      // The edge of the twin's triangle whose ends lie on both sides of the segment.
      cross = turn > 0 ? nextEdge(twin) : previousEdge(twin)
    }
  }

  /** True where v lies on b's side of a. Only signs of differences: exact for all integers. */
  private isAhead(a: number, b: number, v: number): boolean {
    const { x, y } = this
    return x[b] === x[a] ? y[v] > y[a] === y[b] > y[a] : x[v] > x[a] === x[b] > x[a]
  }

  private reserve(): void {
    if (this.vertexCount + 1 > this.x.length) {
      const capacity = 2 * this.x.length
      this.x = grown(this.x, capacity)
      this.y = grown(this.y, capacity)
      this.leaving = grown(this.leaving, capacity)
    }
    if (3 * (this.triangleCount + 2) > this.corners.length) {
      this.corners = grown(this.corners, 2 * this.corners.length)
      this.twins = grown(this.twins, 2 * this.twins.length)
    }
  }

  private splitTriangle(triangle: number, p: number): void {
    const e = 3 * triangle
    const a = this.corners[e]
    const b = this.corners[e + 1]
    const c = this.corners[e + 2]
    const bc = this.twins[e + 1]
    const ca = this.twins[e + 2]
    const f = 3 * this.triangleCount
    const g = f + 3
    this.triangleCount += 2
    this.set(e, a, b, p)
    this.set(f, b, c, p)
    this.set(g, c, a, p)
    this.link(f, bc)
    this.link(g, ca)
    this.link(e + 1, f + 2)
    this.link(f + 1, g + 2)
    this.link(g + 1, e + 2)
    this.legalise(e, f, g, -1)
  }

  private splitEdge(e: number, p: number): void {
    const u = this.corners[e]
    const wr = nextEdge(e)
    const ru = previousEdge(e)
    const w = this.corners[wr]
    const r = this.corners[ru]
    const twin = this.twins[e]
    const wrTwin = this.twins[wr]
    const ruTwin = this.twins[ru]
    const f = 3 * this.triangleCount++
    const base = e - (e % 3)
    // (r, u, p) takes the place of (u, w, r); (w, r, p) is new.
    this.set(base, r, u, p)
    this.set(f, w, r, p)
    this.link(base, ruTwin)
    this.link(f, wrTwin)
    this.link(base + 2, f + 1)
    if (twin < 0) {
      this.twins[base + 1] = -1
      this.twins[f + 2] = -1
      // The border's half-edges must be reachable from their own vertices.
      this.legalise(base, f, -1, -1)
      return
    }
    const uq = nextEdge(twin)
    const qw = previousEdge(twin)
    const q = this.corners[qw]
    const uqTwin = this.twins[uq]
    const qwTwin = this.twins[qw]
    const g = twin - (twin % 3)
    const h = 3 * this.triangleCount++
    this.set(g, u, q, p)
    this.set(h, q, w, p)
    this.link(g, uqTwin)
    this.link(h, qwTwin)
    this.link(g + 1, h + 2)
    this.link(base + 1, g + 2)
    this.link(h + 1, f + 2)
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

  private link(e: number, twin: number): void {
    this.twins[e] = twin
    if (twin >= 0) this.twins[twin] = e
  }

  /** Checks the given half-edges, opposite a new vertex, and those that flips bring opposite it. */
  private legalise(a: number, b: number, c: number, d: number): void {
    let stack = this.stack
    stack[0] = a
    stack[1] = b
    stack[2] = c
    stack[3] = d
    let size = d >= 0 ? 4 : c >= 0 ? 3 : 2
    while (size > 0) {
      const e = stack[--size]
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

  private breaksCircle(e: number, twin: number): boolean {
    const { x, y, corners } = this
    const a = corners[e]
    const b = corners[nextEdge(e)]
    const c = corners[previousEdge(e)]
    const d = corners[previousEdge(twin)]
    return incircle(x[a], y[a], x[b], y[b], x[c], y[c], x[d], y[d]) > 0
  }

  /**
   * Turns the edge in its quadrilateral:
   * e: u→w of (u, w, p), its twin w→u of (w, u, q)  ⇒  e: q→w of (q, w, p), its twin p→u of (p, u, q).
   * The half-edges that leave w (next of e) and u (next of the twin) keep their numbers.
   */
  private flip(e: number): void {
    const { corners, twins } = this
    const twin = twins[e]
    const pu = previousEdge(e)
    const qw = previousEdge(twin)
    const p = corners[pu]
    const q = corners[qw]
    corners[e] = q
    corners[twin] = p
    this.link(e, twins[qw])
    this.link(twin, twins[pu])
    this.link(pu, qw)
    this.leaving[p] = pu
    this.leaving[q] = qw
    this.leaving[corners[nextEdge(e)]] = nextEdge(e)
    this.leaving[corners[nextEdge(twin)]] = nextEdge(twin)
  }
}
