/**
 * The canonical Delaunay triangulation of points: tiles that share points get the same triangles.
 * See docs/decisions/01-local-results.md.
 */
import Delaunator from "delaunator"
import { incircle, orient2d } from "robust-predicates"
import { nextEdge, previousEdge } from "../../engine/core/geometry/triangles.js"

/**
 * Differences below this make the in-circle determinant exact in doubles: three products below
 * 2^50.
 */
const EXACT = 4096

/**
 * THE Delaunay triangulation of a set of points: three vertex indices a triangle, counter-clockwise
 * (x east, y north).
 *
 * It is not unique where four or more points lie on one empty circle. Here such a polygon is the
 * fan around its lexicographically smallest vertex (x, then y). This is the limit of lowering each
 * point's lift by a vanishing amount, most for the smallest. The triangles thus depend only on the
 * points near them: not on order, origin or points beyond their circumcircle.
 *
 * The first triangulation is by delaunator (in-circle by floating point, ties arbitrary). Lawson's
 * flips with exact predicates finish it. O(n log n) time, about 100 bytes a point. No two points
 * may be equal.
 *
 * Source: Lawson, "Software for C1 surface interpolation", 1977; Edelsbrunner & Mücke, "Simulation
 * of simplicity", 1990.
 *
 * @param coordinates x, y of each point: integers below 2^31
 * @throws Error if the flips do not end (a bug)
 */
export const canonicalDelaunay = (coordinates: Float64Array): Uint32Array => {
  if (coordinates.length < 6) return new Uint32Array(0)
  const { triangles, halfedges } = new Delaunator(coordinates)
  makeCanonical(coordinates, triangles, halfedges as Int32Array)
  // delaunator's triangles are clockwise with y north.
  for (let e = 0; e < triangles.length; e += 3) {
    const second = triangles[e + 1]
    triangles[e + 1] = triangles[e + 2]
    triangles[e + 2] = second
  }
  return triangles
}

/**
 * Flips the edges of a triangulation of a convex area until it is canonical. Clockwise triangles
 * and the twin of each half-edge (−1 on the border), both changed in place.
 */
const makeCanonical = (coordinates: Float64Array, triangles: Uint32Array, twins: Int32Array): void => {
  let stack = new Int32Array(1024)
  let budget = 64 * twins.length + 1024
  for (let first = 0; first < twins.length; first++) {
    if (twins[first] < first) continue
    stack[0] = first
    for (let size = 1; size > 0; ) {
      const a = stack[--size]
      const b = twins[a]
      if (b < 0 || !mustFlip(coordinates, triangles, a, b)) continue
      if (--budget < 0) throw new Error("canonicalDelaunay: flips without end")
      flip(triangles, twins, a, b)
      if (size + 4 > stack.length) {
        const larger = new Int32Array(2 * stack.length)
        larger.set(stack)
        stack = larger
      }
      // The four sides of the quadrilateral, whose circles changed.
      stack[size++] = a
      stack[size++] = nextEdge(a)
      stack[size++] = b
      stack[size++] = nextEdge(b)
    }
  }
}

/**
 * Clockwise triangles. a: l→r of (l, r, p) becomes q→r; b: r→l of (r, l, q) becomes p→l; the new
 * diagonal is p–q.
 */
const flip = (triangles: Uint32Array, twins: Int32Array, a: number, b: number): void => {
  const ap = previousEdge(a)
  const bq = previousEdge(b)
  const beyondB = twins[bq]
  const beyondA = twins[ap]
  triangles[a] = triangles[bq]
  triangles[b] = triangles[ap]
  twins[a] = beyondB
  if (beyondB >= 0) twins[beyondB] = a
  twins[b] = beyondA
  if (beyondA >= 0) twins[beyondA] = b
  twins[ap] = bq
  twins[bq] = ap
}

/** True if edge a (twin b) is not Delaunay, or is the wrong diagonal of points on one circle. */
const mustFlip = (c: Float64Array, triangles: Uint32Array, a: number, b: number): boolean => {
  const l = triangles[a]
  const r = triangles[b]
  const p = triangles[previousEdge(a)]
  const q = triangles[previousEdge(b)]
  const qx = c[2 * q]
  const qy = c[2 * q + 1]
  const lx = c[2 * l] - qx
  const ly = c[2 * l + 1] - qy
  const rx = c[2 * r] - qx
  const ry = c[2 * r + 1] - qy
  const px = c[2 * p] - qx
  const py = c[2 * p + 1] - qy
  let inside: number
  if (within(lx, ly) && within(rx, ry) && within(px, py)) {
    const ll = lx * lx + ly * ly
    const rr = rx * rx + ry * ry
    const pp = px * px + py * py
    inside = ll * (ry * px - rx * py) + rr * (py * lx - px * ly) + pp * (ly * rx - lx * ry)
  } else {
    inside = -incircle(lx, ly, rx, ry, px, py, 0, 0)
  }
  if (inside < 0) return false
  if (inside === 0) {
    const smallest = lexicographic(c, l, r)
    if (smallest === lexicographic(c, smallest, lexicographic(c, p, q))) return false
  }
  // Always true in a valid triangulation; otherwise keeps a rounding error of the start from
  // inverting triangles.
  return orient2d(0, 0, rx, ry, px, py) > 0 && orient2d(px, py, lx, ly, 0, 0) > 0
}

const within = (dx: number, dy: number): boolean => dx < EXACT && dx > -EXACT && dy < EXACT && dy > -EXACT

const lexicographic = (c: Float64Array, a: number, b: number): number =>
  (c[2 * a] - c[2 * b] || c[2 * a + 1] - c[2 * b + 1]) <= 0 ? a : b
