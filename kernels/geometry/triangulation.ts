/** Incremental Delaunay triangulation of integer points in a box. */
import { orient2d } from "robust-predicates"
import { nextEdge } from "../../engine/core/geometry/triangles.js"
import { EdgeKind, Forced, HalfEdgeMesh } from "./half-edge-mesh.js"

/**
 * The orientation determinant of differences below this is exact in doubles (products below 2^52).
 */
const EXACT = 2 ** 26
/** Relative error bound of the two-product determinant (Shewchuk 1997, ccwerrboundA). */
const ORIENT_BOUND = 3.3306690738754716e-16

/**
 * Sign of the area of triangle a, b, c: positive if counter-clockwise (x east, y north). Exact for
 * integers.
 *
 * Source: Shewchuk, "Adaptive precision floating-point arithmetic and fast robust geometric
 * predicates", 1997.
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

/**
 * An incremental Delaunay triangulation of integer points inside a box. Its predicates are exact
 * for all integers below 2^31. Memory: 27 bytes a triangle.
 */
export class Triangulation extends HalfEdgeMesh {
  /**
   * Adds a vertex inside or on the border of `triangle`, which must contain it ({@link locate}),
   * and restores the Delaunay property. Returns the vertex, or an existing corner at that place.
   */
  insert(x: number, y: number, triangle: number): number {
    let zero = -1
    for (let e = 3 * triangle; e < 3 * triangle + 3; e++) {
      const a = this.corners[e]
      if (this.x[a] === x && this.y[a] === y) return a
      if (this.side(e, x, y) === 0) zero = e
    }
    return this.add(x, y, triangle, zero)
  }

  /** Side of half-edge `e` that the point is on: positive on the left, inside its triangle. */
  override side(e: number, x: number, y: number): number {
    const a = this.corners[e]
    const b = this.corners[nextEdge(e)]
    return orientation(this.x[a], this.y[a], this.x[b], this.y[b], x, y)
  }

  /** Finds the triangle that contains the point by a walk from `start`; −1 if none does. */
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
    // The walk met a border or cycles, which happens only in a domain that is not convex.
    for (let t = 0; t < this.triangleCount; t++) if (this.contains(t, x, y)) return t
    return -1
  }

  /** True if the closed triangle contains the point. */
  contains(triangle: number, x: number, y: number): boolean {
    const e = 3 * triangle
    return this.side(e, x, y) >= 0 && this.side(e + 1, x, y) >= 0 && this.side(e + 2, x, y) >= 0
  }

  /**
   * Makes the segment a–b an edge by flipping the edges it crosses, or a chain of edges through the
   * vertices on it. Returns those vertices, from a to b: usually none. The mesh is not Delaunay
   * near the segment: call {@link restoreIn} after the last one. Throws if the segment leaves the
   * mesh. O(edges crossed · flips).
   */
  forceThrough(a: number, b: number): readonly number[] {
    const through: number[] = []
    for (let from = a; from !== b; ) {
      let to = b
      for (
        let answer = this.force(from, to, EdgeKind.free);
        answer !== Forced.done;
        answer = this.force(from, to, EdgeKind.free)
      ) {
        if (answer === Forced.blocked) throw new Error("Triangulation: a forced segment leaves the mesh")
        to = answer
      }
      if (to !== b) through.push(to)
      from = to
    }
    return through
  }

  /**
   * Makes sides of regions edges of the mesh and fills the area on their left. The mesh is not
   * Delaunay near them, as after {@link forceThrough}.
   *
   * @param sides from, to and the number of the region, three values a side
   * @returns the region of each triangle, −1 outside all; and 1 for each half-edge of a side
   */
  fillRegions(sides: readonly number[]): { readonly regions: Int32Array; readonly isSide: Uint8Array } {
    const regions = new Int32Array(this.triangleCount).fill(-1)
    const isSide = new Uint8Array(3 * this.triangleCount)
    const edges: number[] = []
    for (let i = 0; i < sides.length; i += 3) {
      let from = sides[i]!
      for (const to of [...this.forceThrough(from, sides[i + 1]!), sides[i + 1]!]) {
        edges.push(from, to, sides[i + 2]!)
        from = to
      }
    }
    const queue: number[] = []
    for (let i = 0; i < edges.length; i += 3) {
      const e = this.findEdge(edges[i]!, edges[i + 1]!)
      isSide[e] = 1
      const t = (e / 3) | 0
      if (regions[t] >= 0) continue
      regions[t] = edges[i + 2]!
      queue.push(t)
    }
    for (let t = queue.pop(); t !== undefined; t = queue.pop()) {
      for (let e = 3 * t; e < 3 * t + 3; e++) {
        const across = (this.twins[e] / 3) | 0
        if (isSide[e] === 1 || this.twins[e] < 0 || regions[across] >= 0) continue
        regions[across] = regions[t]
        queue.push(across)
      }
    }
    return { regions, isSide }
  }

  /** Applies Lawson's flips, except to edges between triangles that are `within` and others. */
  restoreIn(within: Uint8Array): void {
    this.restoreWhere((e, twin) => within[(e / 3) | 0] === within[(twin / 3) | 0])
  }

  protected override turn(a: number, b: number, c: number): number {
    return orientation(this.x[a], this.y[a], this.x[b], this.y[b], this.x[c], this.y[c])
  }
}
