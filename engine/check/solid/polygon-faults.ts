/** Checks one polygon: its rings, their relations, and its planarity (codes 1xx and 2xx). */
import { disjointSets } from "../../core/geometry/disjoint-sets.js"
import { doubledArea } from "../../core/geometry/rings.js"
import { type PolygonPlane, polygonPlane } from "./polygon-plane.js"
import { meetsItself, placeOfRing, segmentsMeet } from "./ring-relations.js"
import { type Face, type SolidCode, type Tolerances, tolerances } from "./solid-fault.js"
import { triangulatePolygon } from "./triangulate-polygon.js"

/** Faults of a polygon, or its triangles. */
export interface PolygonCheck {
  readonly codes: readonly SolidCode[]
  /** Vertex indices, three a triangle, oriented as the polygon; empty where a fault was found. */
  readonly triangles: Uint32Array
}

/**
 * Checks a polygon by itself: first its rings (101, 102, 104), then, if those are valid, their
 * relations (201, 202, 205–208) and its planarity (203, 204). O(n²) in its vertices.
 *
 * @param vertices x, y, z, metres, near the origin; equal vertices must have equal indices
 */
export const polygonFaults = (vertices: Float64Array, face: Face, limits: Tolerances = tolerances): PolygonCheck => {
  const codes = new Set<SolidCode>()
  for (const ring of face) {
    if (new Set(ring).size < 3) codes.add(101)
    else if (ring.some((vertex, i) => vertex === ring[(i + 1) % ring.length])) codes.add(102)
    else if (new Set(ring).size < ring.length) codes.add(104)
  }
  if (face.length === 0) codes.add(101)
  if (codes.size > 0) return failed(codes)
  const plane = polygonPlane(vertices, face)
  if (plane.collapsed || plane.rings.some(meetsItself)) codes.add(104)
  if (codes.size > 0) return failed(codes)
  addRingCodes(codes, plane.rings, face)
  if (plane.distance > limits.plane) codes.add(203)
  if (codes.size > 0) return failed(codes)
  const triangles = triangulatePolygon(plane.rings, face)
  if (isFolded(vertices, triangles, plane, limits)) return failed(new Set([204]))
  return { codes: [], triangles }
}

const failed = (codes: ReadonlySet<SolidCode>): PolygonCheck => ({
  codes: [...codes].sort((a, b) => a - b),
  triangles: new Uint32Array(),
})

const addRingCodes = (codes: Set<SolidCode>, rings: readonly Float64Array[], face: Face): void => {
  const touches: [ring: number, vertex: string][] = []
  for (let b = 1; b < rings.length; b++) {
    for (let a = 0; a < b; a++) {
      const [one, other] = [rings[a]!, rings[b]!]
      if (isSameRing(face[a]!, face[b]!)) {
        codes.add(202)
        continue
      }
      if (ringsCross(one, other)) {
        codes.add(201)
        continue
      }
      for (const point of touchingPoints(one, other)) touches.push([a, point], [b, point])
      const place = placeOfRing(other, one)
      if (a === 0 && place < 0) codes.add(206)
      if (a > 0 && (place > 0 || placeOfRing(one, other) > 0)) codes.add(207)
    }
    if (doubledArea(rings[0]!) * doubledArea(rings[b]!) > 0) codes.add(208)
  }
  if (codes.size === 0 && hasCircle(touches)) codes.add(205)
}

const isSameRing = (a: readonly number[], b: readonly number[]): boolean => {
  if (a.length !== b.length) return false
  const all = new Set(a)
  return b.every((vertex) => all.has(vertex))
}

const ringsCross = (p: Float64Array, q: Float64Array): boolean => {
  for (let i = 0; i < p.length / 2; i++) {
    for (let j = 0; j < q.length / 2; j++) {
      const meeting = segmentsMeet(p, i, q, j)
      if (meeting === "cross" || meeting === "overlap") return true
    }
  }
  // Rings that cross in vertices only: parts of one are on both sides of the other.
  const sides = new Set<number>()
  for (let i = 0; i < q.length; i += 2) {
    const j = (i + 2) % q.length
    const middle = Float64Array.of((q[i]! + q[j]!) / 2, (q[i + 1]! + q[j + 1]!) / 2)
    sides.add(placeOfRing(middle, p))
  }
  return sides.has(1) && sides.has(-1)
}

/**
 * Names of the points in which two rings touch, rounded to 10 µm; each is a vertex of either ring.
 */
const touchingPoints = (p: Float64Array, q: Float64Array): Set<string> => {
  const points = new Set<string>()
  const add = (ring: Float64Array, other: Float64Array): void => {
    for (let i = 0; i < ring.length; i += 2) {
      const point = ring.subarray(i, i + 2)
      if (placeOfRing(point, other) === 0) points.add(`${Math.round(point[0]! * 1e5)} ${Math.round(point[1]! * 1e5)}`)
    }
  }
  add(p, q)
  add(q, p)
  return points
}

/**
 * True where rings and the points in which they touch form a cycle, which cuts the interior in two.
 */
const hasCircle = (touches: readonly (readonly [number, string])[]): boolean => {
  const set = disjointSets<number | string>()
  const seen = new Set<string>()
  for (const [ring, point] of touches) {
    if (seen.has(`${ring} ${point}`)) continue
    seen.add(`${ring} ${point}`)
    if (set.find(ring) === set.find(point)) return true
    set.join(ring, point)
  }
  return false
}

/**
 * True where a triangle is tilted further from the plane than allowed. Thin ones are skipped.
 */
const isFolded = (
  p: Float64Array,
  triangles: Uint32Array,
  { normal }: PolygonPlane,
  { fold, thin }: Tolerances,
): boolean => {
  const least = Math.cos((fold * Math.PI) / 180)
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t]!, 3 * triangles[t + 1]!, 3 * triangles[t + 2]!]
    const u = [p[b]! - p[a]!, p[b + 1]! - p[a + 1]!, p[b + 2]! - p[a + 2]!] as const
    const v = [p[c]! - p[a]!, p[c + 1]! - p[a + 1]!, p[c + 2]! - p[a + 2]!] as const
    const n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]] as const
    const area = Math.hypot(...n)
    const longest = Math.max(Math.hypot(...u), Math.hypot(...v), Math.hypot(u[0] - v[0], u[1] - v[1], u[2] - v[2]))
    if (area <= thin * longest) continue
    if (n[0] * normal[0] + n[1] * normal[1] + n[2] * normal[2] < least * area) return true
  }
  return false
}
