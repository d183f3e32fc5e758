/**
 * Area of the intersection of two polygons with holes, exact but for rounding, without building it.
 */

/**
 * Rings of a polygon, each closed, as interleaved x, y. A point surrounded by an odd number of
 * rings is inside: order and orientation do not matter.
 */
export type Rings = readonly Float64Array[]

/**
 * Area of a polygon, in m² for metres. Rings must not cross; they may only overlap as holes in
 * outer rings. O(vertices).
 */
export const regionArea = (rings: Rings): number => overlapArea(rings, rings)

/**
 * Area of the intersection of two polygons.
 *
 * Strips begin and end at the heights of vertices and of crossings. Within a strip, the length of a
 * level line inside both polygons changes linearly. Its length half way up times the strip's height
 * is therefore exact. No ring is built, so touching and nearly equal edges need no special case.
 *
 * Coordinates are relative to the first vertex. The rounding error is about 10⁻⁹ of the area of the
 * box for coordinates in millimetres. Crossings within one polygon are ignored: the error is at
 * most the area of that flaw.
 *
 * Time: strips × edges that pass through one, plus pairs of edges of both with common heights.
 * Memory: 40 bytes an edge, 8 a crossing.
 */
export const overlapArea = (a: Rings, b: Rings): number => {
  const [x = 0, y = 0] = a[0] ?? []
  const [first, second] = [listEdges(a, x, y), listEdges(b, x, y)]
  const low = Math.max(lowest(first), lowest(second))
  const high = Math.min(highest(first), highest(second))
  if (!(low < high)) return 0
  const edges = [...first, ...second.map((edge) => ({ ...edge, side: 1 as const }))]
    .filter((edge) => edge.y1 > low && edge.y0 < high)
    .sort((one, two) => one.y0 - two.y0)
  return sumStrips(edges, stripBorders(edges, low, high))
}

/** An edge that is not level, upwards. */
interface Edge {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
  readonly side: 0 | 1
}

const listEdges = (rings: Rings, x: number, y: number): Edge[] => {
  const edges: Edge[] = []
  for (const ring of rings) {
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const [x0, y0, x1, y1] = [ring[i]! - x, ring[i + 1]! - y, ring[i + 2]! - x, ring[i + 3]! - y]
      if (y0 < y1) edges.push({ x0, y0, x1, y1, side: 0 })
      else if (y0 > y1) edges.push({ x0: x1, y0: y1, x1: x0, y1: y0, side: 0 })
    }
  }
  return edges
}

const lowest = (edges: readonly Edge[]): number => edges.reduce((least, { y0 }) => Math.min(least, y0), Infinity)
const highest = (edges: readonly Edge[]): number => edges.reduce((most, { y1 }) => Math.max(most, y1), -Infinity)

const xAt = ({ x0, y0, x1, y1 }: Edge, y: number): number => x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)

/**
 * Borders of the strips, ascending from `low` to `high`: heights of vertices and of crossings
 * between the two polygons.
 */
const stripBorders = (edges: readonly Edge[], low: number, high: number): Float64Array => {
  const heights = [low, high]
  const add = (y: number): void => {
    if (y > low && y < high) heights.push(y)
  }
  let active: Edge[] = []
  for (const edge of edges) {
    add(edge.y0)
    add(edge.y1)
    active = active.filter(({ y1 }) => y1 > edge.y0)
    for (const other of active) {
      if (other.side === edge.side) continue
      // Compare the order of both edges at the ends of their common heights: it changes at a
      // crossing.
      const top = Math.min(edge.y1, other.y1)
      const before = xAt(edge, edge.y0) - xAt(other, edge.y0)
      const after = xAt(edge, top) - xAt(other, top)
      if ((before < 0 && after > 0) || (before > 0 && after < 0))
        add(edge.y0 + (before / (before - after)) * (top - edge.y0))
    }
    active.push(edge)
  }
  return Float64Array.from(heights).sort()
}

const sumStrips = (edges: readonly Edge[], heights: Float64Array): number => {
  let area = 0
  let next = 0
  let active: Edge[] = []
  for (let i = 1; i < heights.length; i++) {
    const [from, to] = [heights[i - 1]!, heights[i]!]
    if (to <= from) continue
    const middle = (from + to) / 2
    for (let edge = edges[next]; edge !== undefined && edge.y0 < middle; edge = edges[++next]) active.push(edge)
    active = active.filter(({ y1 }) => y1 > middle)
    area += sharedLength(active, middle) * (to - from)
  }
  return area
}

/** Length of the line at height y inside both polygons. */
const sharedLength = (active: readonly Edge[], y: number): number => {
  const crossings = active.map((edge) => ({ x: xAt(edge, y), side: edge.side })).sort((a, b) => a.x - b.x)
  const inside = [false, false]
  let length = 0
  let former = 0
  for (const { x, side } of crossings) {
    if (inside[0] && inside[1]) length += x - former
    inside[side] = !inside[side]
    former = x
  }
  return length
}
