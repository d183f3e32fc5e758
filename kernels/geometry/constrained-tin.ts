import { incircle } from "robust-predicates"

/** Differences below this make the in-circle determinant exact in doubles: three products below 2^50. */
const EXACT = 4096
/** Steps of a walk after which it no longer asks the edges in their order: outside Delaunay such a walk may go round. */
const PATIENCE = 64

/** What an edge is to an insertion: free to flip; a line that a vertex may split; a wall that nothing may touch. */
export const EdgeKind = { free: 0, line: 1, wall: 2 } as const

/** Answers of {@link ConstrainedTin.force} that are no vertex. */
export const Forced = { done: -1, blocked: -2 } as const

const grown = (array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> => {
  const larger = new Int32Array(length)
  larger.set(array)
  return larger
}

const next = (e: number): number => (e % 3 === 2 ? e - 2 : e + 1)
const previous = (e: number): number => (e % 3 === 0 ? e + 2 : e - 1)

/**
 * An incremental constrained Delaunay triangulation of a square, with heights: half-edge `e` of triangle `floor(e / 3)` leaves vertex
 * `corners[e]`, `twins[e]` is the opposite half-edge, −1 on the square's sides, which are walls. Counter-clockwise. Coordinates are integers between
 * 0 and 2^25: orientations are exact in doubles, in-circle tests exact by robust predicates; of points of one circle the diagonal
 * that is there stays. Memory: 17 bytes a half-edge, 16 a vertex, grown by doubling.
 *
 * Source: Lawson, "Software for C1 surface interpolation", 1977; Sloan, "A fast algorithm for generating constrained Delaunay
 * triangulations", 1993.
 */
export class ConstrainedTin {
  x: Int32Array<ArrayBuffer>
  y: Int32Array<ArrayBuffer>
  z: Int32Array<ArrayBuffer>
  vertexCount = 4
  corners: Int32Array<ArrayBuffer>
  twins: Int32Array<ArrayBuffer>
  /** {@link EdgeKind} of each half-edge, the same on both sides. */
  kinds: Uint8Array<ArrayBuffer>
  /** For each triangle a number that its parts inherit; flips never cross walls, so it stays what it is within them. */
  owner: Int32Array<ArrayBuffer>
  triangleCount = 2
  /** A half-edge that leaves each vertex. */
  private leaving: Int32Array<ArrayBuffer>
  private stack: Int32Array<ArrayBuffer> = new Int32Array(256)

  /** The square [0, side]², its corners (vertices 0 to 3: south-west, south-east, north-east, north-west) at the given heights. */
  constructor(side: number, heights: readonly [number, number, number, number], vertexEstimate = 1024) {
    if (!(side > 0 && side < 2 ** 25)) throw new Error(`ConstrainedTin: side of ${side} mm: expected below 2^25`)
    const capacity = Math.max(16, vertexEstimate)
    this.x = new Int32Array(capacity)
    this.y = new Int32Array(capacity)
    this.z = new Int32Array(capacity)
    this.leaving = new Int32Array(capacity)
    this.corners = new Int32Array(capacity * 6)
    this.twins = new Int32Array(capacity * 6)
    this.kinds = new Uint8Array(capacity * 6)
    this.owner = new Int32Array(capacity * 2)
    this.x.set([0, side, side, 0])
    this.y.set([0, 0, side, side])
    this.z.set(heights)
    this.corners.set([0, 1, 2, 0, 2, 3])
    this.twins.set([-1, -1, 3, 2, -1, -1])
    this.kinds.set([2, 2, 0, 0, 2, 2])
    this.leaving.set([0, 1, 2, 5])
  }

  /** Twice the area of the edge and the point: positive on the left of half-edge `e`. Exact. */
  side(e: number, px: number, py: number): number {
    const a = this.corners[e]
    const b = this.corners[next(e)]
    const ax = this.x[a]
    const ay = this.y[a]
    return (this.x[b] - ax) * (py - ay) - (this.y[b] - ay) * (px - ax)
  }

  /** A triangle that holds the point of the square, by a walk from `start`. Walls are walked through. */
  locate(px: number, py: number, start: number): number {
    const { corners, twins, x, y } = this
    let triangle = start
    for (let steps = 0; steps < PATIENCE; steps++) {
      const e = 3 * triangle
      const a = corners[e]
      const b = corners[e + 1]
      const c = corners[e + 2]
      // Relative to the point: exact, as all differences are below 2^26.
      const ax = x[a] - px
      const ay = y[a] - py
      const bx = x[b] - px
      const by = y[b] - py
      const cx = x[c] - px
      const cy = y[c] - py
      let through = -1
      if (ax * by - ay * bx < 0) through = twins[e]
      else if (bx * cy - by * cx < 0) through = twins[e + 1]
      else if (cx * ay - cy * ax < 0) through = twins[e + 2]
      else return triangle
      triangle = (through / 3) | 0
    }
    return this.locateFar(px, py, triangle)
  }

  /** A long walk, that asks the edges in changing order. */
  private locateFar(px: number, py: number, start: number): number {
    let triangle = start
    for (let steps = 0; steps < 1e7; steps++) {
      const turn = (Math.imul(steps, 0x9e3779b1) >>> 8) % 3
      let through = -1
      for (let k = 0; k < 3 && through < 0; k++) {
        const e = 3 * triangle + ((k + turn) % 3)
        if (this.side(e, px, py) < 0) through = this.twins[e]
      }
      if (through < 0) return triangle
      triangle = (through / 3) | 0
    }
    throw new Error("ConstrainedTin: a walk without end")
  }

  /**
   * Adds a vertex in `triangle`, which must hold it (see {@link locate}), and restores the constrained Delaunay property. Gives the vertex;
   * a corner at that place; or −1, and nothing is changed, on a wall.
   */
  insert(px: number, py: number, pz: number, triangle: number): number {
    let zero = -1
    for (let e = 3 * triangle; e < 3 * triangle + 3; e++) {
      const a = this.corners[e]
      if (this.x[a] === px && this.y[a] === py) return a
      if (this.side(e, px, py) === 0) zero = e
    }
    if (zero >= 0 && this.kinds[zero] === EdgeKind.wall) return -1
    this.reserve()
    const vertex = this.vertexCount++
    this.x[vertex] = px
    this.y[vertex] = py
    this.z[vertex] = pz
    if (zero >= 0) this.splitEdge(zero, vertex)
    else this.splitTriangle(triangle, vertex)
    return vertex
  }

  /** Adds a vertex to the side of the square on which it lies; only while nothing else is inserted. */
  insertOnSide(px: number, py: number, pz: number, triangle: number): number {
    let zero = -1
    for (let e = 3 * triangle; e < 3 * triangle + 3; e++) {
      const a = this.corners[e]
      if (this.x[a] === px && this.y[a] === py) return a
      if (this.twins[e] < 0 && this.side(e, px, py) === 0) zero = e
    }
    if (zero < 0) throw new Error("ConstrainedTin: a vertex of the border lies on no side")
    this.reserve()
    const vertex = this.vertexCount++
    this.x[vertex] = px
    this.y[vertex] = py
    this.z[vertex] = pz
    this.splitEdge(zero, vertex)
    return vertex
  }

  /** A half-edge that leaves the vertex; the others follow as `twins[previous edge]`, counter-clockwise. */
  edgeFrom(vertex: number): number {
    return this.leaving[vertex]
  }

  /** The half-edge from a to b, or −1. */
  findEdge(a: number, b: number): number {
    const first = this.firstAround(a)
    for (let e = first; ; ) {
      if (this.corners[next(e)] === b) return e
      e = this.twins[previous(e)]
      if (e < 0 || e === first) return -1
    }
  }

  /**
   * Makes the segment a–b an edge of the given kind by flipping what it crosses. {@link Forced}: done; blocked by an edge that is not free;
   * or the first vertex inside the segment. Unless done nothing is changed. Not Delaunay near it: call {@link restore} after the last one.
   */
  force(a: number, b: number, kind: number): number {
    const crossed: number[] = []
    const answer = this.edgeOf(a, b) < 0 ? this.cross(a, b, crossed) : Forced.done
    if (answer !== Forced.done) return answer
    for (let i = 0; i < crossed.length; i += 2) {
      const u = crossed[i]!
      const w = crossed[i + 1]!
      const e = this.edgeOf(u, w)
      const p = this.corners[previous(e)]
      const q = this.corners[previous(this.twins[e])]
      if (this.turn(p, q, u) * this.turn(p, q, w) >= 0) {
        crossed.push(u, w)
        continue
      }
      this.flip(e)
      if (p !== a && p !== b && q !== a && q !== b && this.turn(a, b, p) * this.turn(a, b, q) < 0) crossed.push(p, q)
    }
    const e = this.edgeOf(a, b)
    this.setKind(e, Math.max(kind, this.kinds[e]))
    return Forced.done
  }

  /** Sets the kind of an edge on both its sides. */
  setKind(e: number, kind: number): void {
    this.kinds[e] = kind
    if (this.twins[e] >= 0) this.kinds[this.twins[e]] = kind
  }

  /** Lawson's flips over all free edges. */
  restore(): void {
    for (let flipped = true; flipped; ) {
      flipped = false
      for (let e = 0; e < 3 * this.triangleCount; e++) {
        const twin = this.twins[e]
        if (twin < e || this.kinds[e] !== EdgeKind.free || !this.breaksCircle(e, twin)) continue
        this.flip(e)
        flipped = true
      }
    }
  }

  /** A half-edge between the vertices, in whichever direction there is one; −1 where they share no edge. */
  private edgeOf(a: number, b: number): number {
    const e = this.findEdge(a, b)
    return e >= 0 ? e : this.findEdge(b, a)
  }

  /** Collects the edges that the open segment a–b crosses, as pairs of vertices. */
  private cross(a: number, b: number, crossed: number[]): number {
    const first = this.firstAround(a)
    let cross = -1
    for (let e = first; cross < 0; ) {
      const u = this.corners[next(e)]
      const w = this.corners[previous(e)]
      const right = this.turn(a, b, u)
      const left = this.turn(a, b, w)
      if (right === 0 && this.isAhead(a, b, u)) return u
      if (left === 0 && this.isAhead(a, b, w)) return w
      if (right < 0 && left > 0) cross = next(e)
      e = this.twins[previous(e)]
      if (cross < 0 && (e < 0 || e === first)) throw new Error("ConstrainedTin: a segment leaves the square")
    }
    for (;;) {
      if (this.kinds[cross] !== EdgeKind.free) return Forced.blocked
      crossed.push(this.corners[cross], this.corners[next(cross)])
      const twin = this.twins[cross]
      const apex = this.corners[previous(twin)]
      if (apex === b) return Forced.done
      const turn = this.turn(a, b, apex)
      if (turn === 0) return apex
      cross = turn > 0 ? next(twin) : previous(twin)
    }
  }

  private isAhead(a: number, b: number, v: number): boolean {
    const { x, y } = this
    return (x[b] - x[a]) * (x[v] - x[a]) + (y[b] - y[a]) * (y[v] - y[a]) > 0
  }

  private turn(a: number, b: number, c: number): number {
    const { x, y } = this
    return (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])
  }

  /** The most clockwise half-edge that leaves the vertex (any when it is inside). */
  private firstAround(vertex: number): number {
    const start = this.leaving[vertex]
    for (let e = start; ; ) {
      const twin = this.twins[e]
      if (twin < 0) return e
      e = next(twin)
      if (e === start) return start
    }
  }

  private reserve(): void {
    if (this.vertexCount + 1 > this.x.length) {
      const capacity = 2 * this.x.length
      this.x = grown(this.x, capacity)
      this.y = grown(this.y, capacity)
      this.z = grown(this.z, capacity)
      this.leaving = grown(this.leaving, capacity)
    }
    if (3 * (this.triangleCount + 2) > this.corners.length) {
      const capacity = 2 * this.corners.length
      this.corners = grown(this.corners, capacity)
      this.twins = grown(this.twins, capacity)
      this.owner = grown(this.owner, (capacity / 3) | 0)
      const kinds = new Uint8Array(capacity)
      kinds.set(this.kinds)
      this.kinds = kinds
    }
  }

  private splitTriangle(triangle: number, p: number): void {
    const { corners, twins, kinds, owner } = this
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
    owner[this.triangleCount++] = owner[triangle]
    owner[this.triangleCount++] = owner[triangle]
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
    const { corners, twins, kinds, owner } = this
    const wr = next(e)
    const ru = previous(e)
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
    owner[this.triangleCount++] = owner[(base / 3) | 0]
    // (r, u, p) takes the place of (u, w, r); (w, r, p) is new.
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
    const uq = next(twin)
    const qw = previous(twin)
    const q = corners[qw]
    const uqTwin = twins[uq]
    const qwTwin = twins[qw]
    const uqKind = kinds[uq]
    const qwKind = kinds[qw]
    const g = twin - (twin % 3)
    const h = 3 * this.triangleCount
    owner[this.triangleCount++] = owner[(g / 3) | 0]
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
      if (this.kinds[e] !== EdgeKind.free) continue
      const twin = this.twins[e]
      if (!this.breaksCircle(e, twin)) continue
      const opposite = next(twin)
      this.flip(e)
      if (size + 2 > stack.length) {
        stack = grown(stack, 2 * stack.length)
        this.stack = stack
      }
      stack[size++] = e
      stack[size++] = opposite
    }
  }

  /** True where the twin's apex lies within the circle of the edge's triangle. */
  private breaksCircle(e: number, twin: number): boolean {
    const { x, y, corners } = this
    const a = corners[e]
    const b = corners[next(e)]
    const c = corners[previous(e)]
    const d = corners[previous(twin)]
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
   * e: u→w of (u, w, p), its twin w→u of (w, u, q)  ⇒  e: q→w of (q, w, p), its twin p→u of (p, u, q).
   */
  private flip(e: number): void {
    const { corners, twins, kinds, leaving } = this
    const twin = twins[e]
    const pu = previous(e)
    const qw = previous(twin)
    const p = corners[pu]
    const q = corners[qw]
    corners[e] = q
    corners[twin] = p
    this.link(e, twins[qw], kinds[qw])
    this.link(twin, twins[pu], kinds[pu])
    this.link(pu, qw, 0)
    leaving[p] = pu
    leaving[q] = qw
    leaving[corners[next(e)]] = next(e)
    leaving[corners[next(twin)]] = next(twin)
  }
}

const isSmall = (difference: number): boolean => difference < EXACT && difference > -EXACT
