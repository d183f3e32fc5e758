/** Measures the Hausdorff distance between the boundaries of two objects. */
import { squareToSegment } from "../core/geometry/segments.js"
import type { Rings } from "./polygon-overlap.js"

/**
 * Distance between sampled places of a boundary, metres; larger on boundaries above MOST_PLACES.
 */
const STEP = 0.1
/** Maximum number of sampled places on a boundary. */
const MOST_PLACES = 20_000

/**
 * Hausdorff distance of two boundaries: the largest distance from a place on one to the other.
 * Source: F. Hausdorff 1914.
 *
 * It samples all vertices and places at most 0.1 m apart between them, or 20,000 places on longer
 * boundaries. The result is too small by half that step at most. O(places × edges).
 * @throws never; Infinity where a polygon has no edge
 */
export const hausdorffDistance = (a: Rings, b: Rings): number => Math.max(farthest(a, b), farthest(b, a))

const farthest = (from: Rings, to: Rings): number => {
  const edges = listEdges(to)
  if (edges.length === 0) return Infinity
  const length = from.reduce((sum, ring) => sum + lengthOf(ring), 0)
  const step = Math.max(STEP, length / MOST_PLACES)
  let most = 0
  for (const ring of from) {
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const [x0, y0, dx, dy] = [ring[i]!, ring[i + 1]!, ring[i + 2]! - ring[i]!, ring[i + 3]! - ring[i + 1]!]
      const pieces = Math.max(1, Math.ceil(Math.hypot(dx, dy) / step))
      for (let k = 0; k < pieces; k++)
        most = Math.max(most, squareToEdges(x0 + (k / pieces) * dx, y0 + (k / pieces) * dy, edges, most))
    }
  }
  return Math.sqrt(most)
}

const lengthOf = (ring: Float64Array): number => {
  let sum = 0
  for (let i = 2; i + 1 < ring.length; i += 2) sum += Math.hypot(ring[i]! - ring[i - 2]!, ring[i + 1]! - ring[i - 1]!)
  return sum
}

const listEdges = (rings: Rings): Float64Array => {
  const edges: number[] = []
  for (const ring of rings)
    for (let i = 0; i + 3 < ring.length; i += 2) edges.push(ring[i]!, ring[i + 1]!, ring[i + 2]!, ring[i + 3]!)
  return Float64Array.from(edges)
}

/** Square of the distance to the nearest edge. Stops early at any value not above `enough`. */
const squareToEdges = (x: number, y: number, edges: Float64Array, enough: number): number => {
  let least = Infinity
  for (let e = 0; e < edges.length; e += 4) {
    least = Math.min(least, squareToSegment(x, y, edges[e]!, edges[e + 1]!, edges[e + 2]!, edges[e + 3]!))
    if (least <= enough) return least
  }
  return least
}
