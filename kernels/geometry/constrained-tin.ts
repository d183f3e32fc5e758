/** Incremental constrained Delaunay triangulation of a square, with heights. */
import { EdgeKind, grown, HalfEdgeMesh } from "./half-edge-mesh.js"

/**
 * Steps after which a walk asks the edges in changing order: outside Delaunay a walk in fixed order
 * may cycle.
 */
const PATIENCE = 64

/**
 * An incremental constrained Delaunay triangulation of a square, with heights. Its sides are walls.
 * Coordinates are integers from 0 to below 2^25: orientations are exact in plain doubles. Memory:
 * 17 bytes a half-edge, 16 a vertex.
 */
export class ConstrainedTin extends HalfEdgeMesh {
  z: Int32Array<ArrayBuffer>
  /**
   * A number for each triangle, which its parts inherit. Flips never cross walls, so all triangles
   * between walls have the same one.
   */
  owner: Int32Array<ArrayBuffer>

  /**
   * The square [0, side]² with the given heights at its corners (vertices 0 to 3: south-west,
   * south-east, north-east, north-west).
   */
  constructor(side: number, heights: readonly [number, number, number, number], vertexEstimate = 1024) {
    if (!(side > 0 && side < 2 ** 25)) throw new Error(`ConstrainedTin: side of ${side} mm: expected below 2^25`)
    super(0, 0, side, side, vertexEstimate)
    this.z = new Int32Array(this.x.length)
    this.owner = new Int32Array(this.corners.length / 3)
    this.z.set(heights)
  }

  /**
   * Finds a triangle that contains a point of the square by a walk from `start`, through walls too.
   */
  locate(px: number, py: number, start: number): number {
    const { corners, twins, x, y } = this
    let triangle = start
    for (let steps = 0; steps < PATIENCE; steps++) {
      const e = 3 * triangle
      const a = corners[e]
      const b = corners[e + 1]
      const c = corners[e + 2]
      // Relative to the point: exact, since all differences are below 2^26.
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

  /** A long walk that asks the edges in changing order. */
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
   * Adds a vertex in `triangle`, which must contain it ({@link locate}), and restores the
   * constrained Delaunay property. Returns the vertex, or an existing corner at that place. On a
   * wall it returns −1 and changes nothing.
   */
  insert(px: number, py: number, pz: number, triangle: number): number {
    let zero = -1
    for (let e = 3 * triangle; e < 3 * triangle + 3; e++) {
      const a = this.corners[e]
      if (this.x[a] === px && this.y[a] === py) return a
      if (this.side(e, px, py) === 0) zero = e
    }
    if (zero >= 0 && this.kinds[zero] === EdgeKind.wall) return -1
    const vertex = this.add(px, py, triangle, zero)
    this.z[vertex] = pz
    return vertex
  }

  /** Adds a vertex to the side of the square on which it lies, before any other vertex. */
  insertOnSide(px: number, py: number, pz: number, triangle: number): number {
    let zero = -1
    for (let e = 3 * triangle; e < 3 * triangle + 3; e++) {
      const a = this.corners[e]
      if (this.x[a] === px && this.y[a] === py) return a
      if (this.twins[e] < 0 && this.side(e, px, py) === 0) zero = e
    }
    if (zero < 0) throw new Error("ConstrainedTin: a vertex of the border lies on no side")
    const vertex = this.add(px, py, triangle, zero)
    this.z[vertex] = pz
    return vertex
  }

  /** Applies Lawson's flips to all free edges. */
  restore(): void {
    this.restoreWhere((e) => this.kinds[e] === EdgeKind.free)
  }

  protected override reserve(): void {
    super.reserve()
    if (this.z.length < this.x.length) this.z = grown(this.z, this.x.length)
    if (3 * this.owner.length < this.corners.length) this.owner = grown(this.owner, (this.corners.length / 3) | 0)
  }

  protected override inherit(triangle: number, from: number): void {
    this.owner[triangle] = this.owner[from]
  }
}
