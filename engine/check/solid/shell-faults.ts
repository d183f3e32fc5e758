/** Checks the topology of a shell by vertices and edges only (codes 301–305 and 307). */
import { disjointSets } from "../../core/geometry/disjoint-sets.js"
import type { Face, SolidCode } from "./solid-fault.js"

/** Topology of the faces of a shell, by vertices and edges only. */
export interface ShellTopology {
  readonly codes: readonly SolidCode[]
  /** No edge with only one polygon. */
  readonly closed: boolean
  /** No edge of more than two polygons, no vertex of two fans, one component. */
  readonly manifold: boolean
  /** No edge that two polygons use in the same direction. */
  readonly oriented: boolean
  /** A face on either side of the first wrong edge; −1 without one. */
  readonly face: number
}

/** Combinatorial checks of a shell: 301–305 and 307. O(n) in its corners. */
export const shellTopology = (faces: readonly Face[]): ShellTopology => {
  const codes = new Set<SolidCode>()
  if (faces.length < 4) codes.add(301)
  const edges = new Map<string, { there: number; back: number; face: number }>()
  for (const [face, rings] of faces.entries()) {
    for (const ring of rings) {
      for (const [i, from] of ring.entries()) {
        const to = ring[(i + 1) % ring.length]!
        const name = from < to ? `${from} ${to}` : `${to} ${from}`
        const edge = edges.get(name) ?? { there: 0, back: 0, face }
        if (from < to) edge.there++
        else edge.back++
        edges.set(name, edge)
      }
    }
  }
  let wrong = -1
  for (const { there, back, face } of edges.values()) {
    const sum = there + back
    if (sum === 2 && there === back) continue
    if (wrong < 0) wrong = face
    codes.add(sum === 1 ? 302 : sum > 2 ? 304 : 307)
  }
  if (hasSplitVertex(faces)) codes.add(303)
  if (pieces(faces) > 1) codes.add(305)
  return {
    codes: [...codes].sort((a, b) => a - b),
    closed: !codes.has(302) && faces.length > 0,
    manifold: !codes.has(303) && !codes.has(304) && !codes.has(305),
    oriented: !codes.has(307),
    face: wrong,
  }
}

/**
 * True where the corners at some vertex form more than one group; corners with a common edge are in
 * one group.
 */
const hasSplitVertex = (faces: readonly Face[]): boolean => {
  const corners = new Map<number, [before: number, after: number][]>()
  for (const rings of faces) {
    for (const ring of rings) {
      for (const [i, vertex] of ring.entries()) {
        const corner: [number, number] = [ring[(i + ring.length - 1) % ring.length]!, ring[(i + 1) % ring.length]!]
        const list = corners.get(vertex)
        if (list === undefined) corners.set(vertex, [corner])
        else list.push(corner)
      }
    }
  }
  for (const list of corners.values()) {
    const set = disjointSets<number>()
    for (const [before, after] of list) set.join(before, after)
    if (new Set(list.map(([before]) => set.find(before))).size > 1) return true
  }
  return false
}

const pieces = (faces: readonly Face[]): number => {
  const set = disjointSets<number>()
  for (const rings of faces)
    for (const ring of rings) for (const vertex of ring) set.join(rings[0]?.[0] ?? vertex, vertex)
  return new Set(faces.map((rings) => set.find(rings[0]?.[0] ?? 0))).size
}
