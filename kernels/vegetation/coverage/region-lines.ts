/** Edges and vertices on region borders: finds polygons that face each other across one. */

import { elementAt } from "../../../engine/core/lists.js"
import { regionSide } from "../../../engine/kernel.js"

const regionMm = 1000 * regionSide

/** An edge of a ring on a line of the regions, mm. */
export interface LineEdge {
  /** Names the line: axis 0, x = at; axis 1, y = at. */
  readonly line: string
  /** Along the line, from < to. */
  readonly from: number
  readonly to: number
  /** True if the polygon is east or north of the line. */
  readonly beyond: boolean
}

const lineName = (axis: 0 | 1, at: number): string => `${axis} ${at}`

/**
 * The edges of a polygon's rings (x, y in whole mm, the interior on their left) on lines of the
 * regions.
 */
export const lineEdges = (rings: readonly Float64Array[]): LineEdge[] => {
  const edges: LineEdge[] = []
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      for (const axis of [0, 1] as const) {
        if (ring[i + axis] !== ring[j + axis] || ring[i + axis] % regionMm !== 0) continue
        const [a, b] = [ring[j + 1 - axis], ring[i + 1 - axis]]
        // An edge northwards along x = at has its interior to the west; eastwards along y = at, to
        // the north.
        const beyond = axis === 0 ? b < a : b > a
        edges.push({ line: lineName(axis, ring[i + axis]), from: Math.min(a, b), to: Math.max(a, b), beyond })
      }
    }
  }
  return edges
}

/**
 * Makes a test whether everything across an edge is known, given the known rectangles (west, south,
 * east, north in mm).
 */
export const knownAcross = (
  windows: readonly (readonly [west: number, south: number, east: number, north: number])[],
): ((edge: LineEdge) => boolean) => {
  // Known stretches of lines, by line and side.
  const sides = new Map<string, [from: number, to: number][]>()
  const put = (axis: 0 | 1, at: number, beyond: boolean, from: number, to: number): void => {
    if (at % regionMm !== 0) return
    const name = `${lineName(axis, at)} ${beyond}`
    const list = sides.get(name) ?? []
    sides.set(name, list)
    list.push([from, to])
  }
  for (const [west, south, east, north] of windows) {
    put(0, west, true, south, north)
    put(0, east, false, south, north)
    put(1, south, true, west, east)
    put(1, north, false, west, east)
  }
  for (const list of sides.values()) list.sort((a, b) => a[0] - b[0])
  return ({ line, from, to, beyond }) => {
    let reached = from
    for (const [start, end] of sides.get(`${line} ${!beyond}`) ?? []) {
      if (start > reached) break
      if (end > reached) reached = end
    }
    return reached >= to
  }
}

/**
 * Pairs of items whose edges on a line overlap from both sides. O(n log n) in the edges, plus the
 * pairs.
 */
export const facingPairs = (edges: readonly (readonly LineEdge[])[]): [a: number, b: number][] => {
  const lines = new Map<string, { near: LineCells[]; far: LineCells[] }>()
  edges.forEach((own, item) => {
    for (const { line, from, to, beyond } of own) {
      const both = lines.get(line) ?? { near: [], far: [] }
      lines.set(line, both)
      ;(beyond ? both.far : both.near).push({ from, to, item })
    }
  })
  const pairs: [number, number][] = []
  for (const { near, far } of lines.values()) {
    near.sort(byStart)
    far.sort(byStart)
    // Edges of one side never overlap in a coverage.
    for (let i = 0, j = 0; i < near.length && j < far.length; ) {
      const [one, other] = [elementAt(near, i), elementAt(far, j)]
      if (Math.max(one.from, other.from) < Math.min(one.to, other.to)) pairs.push([one.item, other.item])
      if (one.to < other.to) i++
      else j++
    }
  }
  return pairs
}

interface LineCells {
  readonly from: number
  readonly to: number
  readonly item: number
}
const byStart = (a: LineCells, b: LineCells): number => a.from - b.from

/**
 * Makes a function that adds vertices to a ring's edges on lines: all that any ring has there. Both
 * sides of a line are then equal.
 */
export const fillLines = (rings: readonly Float64Array[]): ((ring: Float64Array) => Float64Array) => {
  const places = new Map<string, Set<number>>()
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      for (const axis of [0, 1] as const) {
        if (ring[i + axis] % regionMm !== 0) continue
        const name = lineName(axis, ring[i + axis])
        const known = places.get(name) ?? new Set<number>()
        places.set(name, known)
        known.add(ring[i + 1 - axis])
      }
    }
  }
  const sorted = new Map([...places].map(([name, set]) => [name, Float64Array.from(set).sort()] as const))
  return (ring) => {
    const filled: number[] = []
    for (let i = 0; i < ring.length; i += 2) {
      const j = (i + 2) % ring.length
      filled.push(ring[i], ring[i + 1])
      for (const axis of [0, 1] as const) {
        const at = ring[i + axis]
        if (at !== ring[j + axis] || at % regionMm !== 0) continue
        const [a, b] = [ring[i + 1 - axis], ring[j + 1 - axis]]
        // The ends are vertices already.
        const places = sorted.get(lineName(axis, at)) ?? []
        const between = places.filter((place) => place > Math.min(a, b) && place < Math.max(a, b))
        if (b < a) between.reverse()
        for (const place of between) filled.push(...(axis === 0 ? [at, place] : [place, at]))
      }
    }
    return Float64Array.from(filled)
  }
}
