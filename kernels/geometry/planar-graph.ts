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

const originsOf = (graph: PlanarGraph, cycle: readonly number[]): number[] => cycle.map((h) => originOf(graph, h))

/** The half-edges that leave each vertex, counter-clockwise. Time: O(n log n). */
export const starsOf = (graph: PlanarGraph): Buckets => {
  const { x, y, from } = graph
  const origins = Int32Array.from({ length: 2 * from.length }, (_, h) => originOf(graph, h))
  const angle = Float64Array.from(origins, (a, h) => Math.atan2(y[origins[h ^ 1]] - y[a], x[origins[h ^ 1]] - x[a]))
  const { starts, order } = sortIntoBuckets(origins, x.length)
  for (let v = 0; v < x.length; v++) order.subarray(starts[v], starts[v + 1]).sort((a, b) => angle[a] - angle[b])
  return { starts, order }
}

/** For each half-edge the next one along the border of the face on its left. */
export const nextHalfEdges = (graph: PlanarGraph, { starts, order }: Buckets = starsOf(graph)): Int32Array => {
  const next = new Int32Array(order.length)
  for (let v = 0; v + 1 < starts.length; v++) {
    for (let k = starts[v]; k < starts[v + 1]; k++) {
      // The clockwise neighbour of the reverse half-edge is the sharpest turn to the left.
      next[order[k] ^ 1] = order[k > starts[v] ? k - 1 : starts[v + 1] - 1]
    }
  }
  return next
}

/** Twice the signed area that the half-edges of a cycle enclose. */
export const cycleArea = (graph: PlanarGraph, cycle: readonly number[]): number =>
  doubledArea(originsOf(graph, cycle).flatMap((v) => [graph.x[v], graph.y[v]]))

/** All cycles of half-edges with a face on their left. */
export const cyclesOf = (next: Int32Array): number[][] => {
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
export const facesOf = (graph: PlanarGraph): { readonly left: Int32Array; readonly count: number } => {
  const cycles = cyclesOf(nextHalfEdges(graph))
  const areas = cycles.map((cycle) => cycleArea(graph, cycle))
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
      if (holdsVertex(graph, originsOf(graph, cycles[o]), v)) holder = f
    })
    for (const h of cycle) left[h] = holder
  })
  return { left, count: outer.length }
}

/** True if the vertex lies inside the cycle and is not one of its vertices. */
const holdsVertex = ({ x, y }: PlanarGraph, cycle: readonly number[], v: number): boolean =>
  !cycle.includes(v) && isInsideHalfOpen([cycle.flatMap((c) => [x[c], y[c]])], x[v], y[v])
