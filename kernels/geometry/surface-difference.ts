/**
 * Exact largest vertical distance between two triangulated surfaces: the measured error of a
 * coarser ground.
 */
import { nextEdge, previousEdge } from "../../engine/core/geometry/triangles.js"
import { type Buckets, sortIntoBuckets } from "./buckets.js"
import { orientation } from "./triangulation.js"

/**
 * A triangulated height field: one height per place, triangles counter-clockwise. Whole
 * millimetres.
 */
export interface HeightField {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly triangles: Uint32Array
}

/**
 * Largest vertical distance between two height fields along the edges of the coarser one, whose
 * vertices are some of the finer one's. Walks each coarse edge through the fine triangles and
 * compares heights at every fine edge and vertex that it meets.
 *
 * The difference of two such fields is linear between these places, the coarse vertices (where it
 * is 0) and the other fine vertices. The caller knows the distance at the latter. Together they
 * give the exact maximum, not a sample. Edges that leave the fine field are followed up to its
 * border. O(crossings · degree).
 *
 * @param vertexOf for each coarse vertex, the fine vertex at its place and height
 * @param triangles coarse triangles
 * @param bound fine edges with a larger distance at the crossing are reported
 * @returns the distance, mm, and the two ends of each reported edge, once each in the order of the
 * walk
 * @throws Error if a line does not end: the fine field overlaps itself, as pieces that do not fit
 * do
 */
export const surfaceDifference = (
  fine: HeightField,
  vertexOf: Int32Array,
  triangles: Uint32Array,
  bound = Number.POSITIVE_INFINITY,
  paths: Buckets = edgePaths(fine),
): { readonly largest: number; readonly beyond: Int32Array } => {
  const walk = new EdgeWalk(fine, bound, paths)
  let largest = 0
  for (let t = 0; t < triangles.length; t += 3) {
    for (let k = 0; k < 3; k++) {
      const a = vertexOf[triangles[t + k]]
      const b = vertexOf[triangles[t + (k === 2 ? 0 : k + 1)]]
      // Inner edges once; border edges occur in one direction only and lie along fine edges.
      if (a < b) largest = Math.max(largest, walk.largestAlong(a, b))
    }
  }
  return { largest, beyond: Int32Array.from([...walk.beyond.values()].flat()) }
}

/** Half-edges that leave each vertex of a field that others are compared with. */
export const edgePaths = ({ x, triangles }: HeightField): Buckets =>
  sortIntoBuckets(new Int32Array(triangles), x.length)

/** The line does not continue. */
const NOWHERE = -1

/** Walks of straight lines through a height field, from vertex to vertex. */
class EdgeWalk {
  /** Ends of reported fine edges, by their lower and higher number. */
  readonly beyond = new Map<number, readonly [number, number]>()
  private readonly bound: number
  private readonly field: HeightField
  private readonly paths: Buckets

  constructor(field: HeightField, bound: number, paths: Buckets) {
    this.field = field
    this.bound = bound
    this.paths = paths
  }

  largestAlong(a: number, b: number): number {
    const { x, y, z, triangles } = this.field
    const dx = x[b] - x[a]
    const dy = y[b] - y[a]
    const slope = (z[b] - z[a]) / (dx * dx + dy * dy)
    let largest = 0
    let from = a
    let steps = 0
    while (from !== b) {
      // A straight line meets each half-edge of a field once.
      if (++steps > triangles.length) throw this.lap(a, b)
      const way = this.leave(from, b)
      if (way >= 0) {
        from = way
        const distance = Math.abs(z[from] - z[a] - slope * ((x[from] - x[a]) * dx + (y[from] - y[a]) * dy))
        if (distance > largest) largest = distance
        continue
      }
      if (way === NOWHERE) return largest
      // From edge to edge, each with a right and a left end, until the line meets a vertex.
      let right = triangles[-2 - way]
      let left = triangles[nextEdge(-2 - way)]
      let sideRight = orientation(x[a], y[a], x[b], y[b], x[right], y[right])
      let sideLeft = orientation(x[a], y[a], x[b], y[b], x[left], y[left])
      for (;;) {
        if (++steps > triangles.length) throw this.lap(a, b)
        const share = sideRight / (sideRight - sideLeft)
        const px = x[right] - x[a] + share * (x[left] - x[right])
        const py = y[right] - y[a] + share * (y[left] - y[right])
        const height = z[right] - z[a] + share * (z[left] - z[right])
        const distance = Math.abs(height - slope * (px * dx + py * dy))
        if (distance > largest) largest = distance
        if (distance > this.bound) this.note(right, left)
        const across = this.edge(left, right)
        if (across < 0) return largest
        const apex = triangles[previousEdge(across)]
        const side = orientation(x[a], y[a], x[b], y[b], x[apex], y[apex])
        if (side === 0) {
          from = apex
          const its = Math.abs(z[apex] - z[a] - slope * ((x[apex] - x[a]) * dx + (y[apex] - y[a]) * dy))
          if (its > largest) largest = its
          break
        }
        if (side > 0) {
          left = apex
          sideLeft = side
        } else {
          right = apex
          sideRight = side
        }
      }
    }
    return largest
  }

  private note(a: number, b: number): void {
    this.beyond.set(Math.min(a, b) * this.field.x.length + Math.max(a, b), [a, b])
  }

  private lap(a: number, b: number): Error {
    const { x, y } = this.field
    return new Error(
      `a mesh lies over itself on the way from (${x[a]}, ${y[a]}) to (${x[b]}, ${y[b]}) mm: its pieces do not fit`,
    )
  }

  /**
   * How the line to `b` leaves vertex `v`: the next vertex, if along an edge; −2 − e, if through
   * the opposite edge e; else {@link NOWHERE}.
   */
  private leave(v: number, b: number): number {
    const { x, y, triangles } = this.field
    const { starts, order } = this.paths
    for (let i = starts[v]; i < starts[v + 1]; i++) {
      const e = order[i]
      const p = triangles[nextEdge(e)]
      const q = triangles[previousEdge(e)]
      if (p === b || q === b) return b
      const sideP = orientation(x[v], y[v], x[b], y[b], x[p], y[p])
      const sideQ = orientation(x[v], y[v], x[b], y[b], x[q], y[q])
      if (sideP === 0 && ahead(x, y, v, b, p)) return p
      if (sideQ === 0 && ahead(x, y, v, b, q)) return q
      if (sideP < 0 && sideQ > 0) return -2 - nextEdge(e)
    }
    return NOWHERE
  }

  /** The half-edge from vertex a to vertex b, or −1. */
  private edge(a: number, b: number): number {
    const { triangles } = this.field
    const { starts, order } = this.paths
    for (let i = starts[a]; i < starts[a + 1]; i++) if (triangles[nextEdge(order[i])] === b) return order[i]
    return -1
  }
}

const ahead = (x: Int32Array, y: Int32Array, v: number, b: number, p: number): boolean =>
  (x[b] - x[v]) * (x[p] - x[v]) + (y[b] - y[v]) * (y[p] - y[v]) > 0
