/** Faces and half-edges of a planar straight-line graph, such as a roof plan. */
import { doubledArea, isInsideHalfOpen } from "../../engine/core/geometry/rings.js"
import { type Buckets, sortIntoBuckets } from "./buckets.js"

/**
 * A planar straight-line graph. Half-edge 2e runs along edge e from `from[e]` to `to[e]`, half-edge
 * 2e + 1 back. Edges meet only at common vertices, and no two join the same vertices.
 */
export interface PlanarGraph {
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
  readonly from: ArrayLike<number>
  readonly to: ArrayLike<number>
}

/** Origin of a half-edge. */
export const originOf = ({ from, to }: PlanarGraph, half: number): number =>
  (half & 1) === 0 ? from[half >> 1] : to[half >> 1]

/** The half-edges that leave each vertex, counter-clockwise. Time: O(n log n). */
export const sortStars = (graph: PlanarGraph): Buckets => {
  const { x, y, from, to } = graph
  const origins = new Int32Array(2 * from.length)
  const angle = new Float64Array(2 * from.length)
  for (let e = 0; e < from.length; e++) {
    const a = from[e]
    const b = to[e]
    origins[2 * e] = a
    origins[2 * e + 1] = b
    angle[2 * e] = Math.atan2(y[b] - y[a], x[b] - x[a])
    angle[2 * e + 1] = Math.atan2(y[a] - y[b], x[a] - x[b])
  }
  const { starts, order } = sortIntoBuckets(origins, x.length)
  // A vertex has few edges: insertion is faster than the sort of an array.
  for (let v = 0; v < x.length; v++) {
    for (let k = starts[v] + 1; k < starts[v + 1]; k++) {
      const h = order[k]
      let slot = k
      for (; slot > starts[v] && angle[order[slot - 1]] > angle[h]; slot--) order[slot] = order[slot - 1]
      order[slot] = h
    }
  }
  return { starts, order }
}

/** For each half-edge the next one along the border of the face on its left. */
export const nextHalfEdges = (graph: PlanarGraph, { starts, order }: Buckets = sortStars(graph)): Int32Array => {
  const next = new Int32Array(order.length)
  for (let v = 0; v + 1 < starts.length; v++) {
    for (let k = starts[v]; k < starts[v + 1]; k++) {
      // The clockwise neighbour of the reverse half-edge is the sharpest turn to the left.
      next[order[k] ^ 1] = order[k > starts[v] ? k - 1 : starts[v + 1] - 1]
    }
  }
  return next
}

/** x, y of the origins of half-edges. */
export const listRing = (graph: PlanarGraph, cycle: readonly number[]): Float64Array => {
  const ring = new Float64Array(2 * cycle.length)
  for (let i = 0; i < cycle.length; i++) {
    const v = originOf(graph, cycle[i])
    ring[2 * i] = graph.x[v]
    ring[2 * i + 1] = graph.y[v]
  }
  return ring
}

/** Twice the signed area that the half-edges of a cycle enclose. */
export const cycleArea = (graph: PlanarGraph, cycle: readonly number[]): number => doubledArea(listRing(graph, cycle))

/** All cycles of half-edges with a face on their left. */
export const findCycles = (next: Int32Array): number[][] => {
  const seen = new Uint8Array(next.length)
  const cycles: number[][] = []
  for (let h = 0; h < next.length; h++) {
    if (seen[h] === 1) continue
    const cycle: number[] = []
    for (let k = h; seen[k] === 0; k = next[k]) {
      seen[k] = 1
      cycle.push(k)
    }
    cycles.push(cycle)
  }
  return cycles
}

/**
 * The faces of a planar graph, connected or not: the face on the left of each half-edge (−1: the
 * unbounded one), and their number.
 */
export const findFaces = (
  graph: PlanarGraph,
  cycles = findCycles(nextHalfEdges(graph)),
): { readonly left: Int32Array; readonly count: number } => {
  const rings = cycles.map((cycle) => listRing(graph, cycle))
  const areas = rings.map((ring) => doubledArea(ring))
  const left = new Int32Array(2 * graph.from.length).fill(-1)
  const outer: number[] = []
  cycles.forEach((cycle, c) => {
    if (areas[c] <= 0) return
    for (const h of cycle) left[h] = outer.length
    outer.push(c)
  })
  cycles.forEach((cycle, c) => {
    if (areas[c] > 0) return
    const v = originOf(graph, cycle[0])
    let holder = -1
    outer.forEach((o, f) => {
      // A hole belongs to the smallest face around it; a cycle through its own vertex is not around
      // it.
      if (holder >= 0 && areas[o] >= areas[outer[holder]]) return
      if (!isInsideHalfOpen([rings[o]], graph.x[v], graph.y[v])) return
      if (cycles[o].every((h) => originOf(graph, h) !== v)) holder = f
    })
    for (const h of cycle) left[h] = holder
  })
  return { left, count: outer.length }
}
