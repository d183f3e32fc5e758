import { incircle, orient2d } from "robust-predicates"
import { nextEdge, previousEdge } from "../../engine/core/geometry/half-edge.js"

/**
 * Inner edges of a triangulation whose two triangles' circles are not empty, by exact predicates: 0 for a Delaunay triangulation.
 * Turned (clockwise) triangles are taken as they are. O(n) but for vertices of very many edges.
 *
 * @param coordinates x, y of each vertex
 * @param triangles three vertex indices each
 */
export const edgesNotDelaunay = (coordinates: Float64Array, triangles: Uint32Array): number => {
  const vertices = coordinates.length / 2
  const edges = triangles.length
  // Half-edges by their smaller vertex.
  const start = new Uint32Array(vertices + 1)
  const smaller = (e: number): number => Math.min(triangles[e]!, triangles[nextEdge(e)]!)
  for (let e = 0; e < edges; e++) start[smaller(e) + 1]!++
  for (let v = 0; v < vertices; v++) start[v + 1]! += start[v]!
  const place = start.slice()
  const sorted = new Uint32Array(edges)
  for (let e = 0; e < edges; e++) sorted[place[smaller(e)]!++] = e
  let faults = 0
  for (let v = 0; v < vertices; v++) {
    for (let i = start[v]!; i < start[v + 1]!; i++) {
      for (let j = i + 1; j < start[v + 1]!; j++) {
        const [a, b] = [sorted[i]!, sorted[j]!]
        if (larger(triangles, a) === larger(triangles, b) && isWrong(coordinates, triangles, a, b)) faults++
      }
    }
  }
  return faults
}

const opposite = (triangles: Uint32Array, e: number): number => triangles[previousEdge(e)]!
const larger = (triangles: Uint32Array, e: number): number => Math.max(triangles[e]!, triangles[nextEdge(e)]!)

const isWrong = (c: Float64Array, triangles: Uint32Array, a: number, b: number): boolean => {
  const [u, v] = [2 * triangles[a]!, 2 * triangles[nextEdge(a)]!]
  const [p, q] = [2 * opposite(triangles, a), 2 * opposite(triangles, b)]
  const turn = orient2d(c[u]!, c[u + 1]!, c[v]!, c[v + 1]!, c[p]!, c[p + 1]!)
  const inside = incircle(c[u]!, c[u + 1]!, c[v]!, c[v + 1]!, c[p]!, c[p + 1]!, c[q]!, c[q + 1]!)
  // The package's turns are positive clockwise (y north), its circles for counter-clockwise triangles.
  return turn > 0 ? inside < 0 : inside > 0
}
