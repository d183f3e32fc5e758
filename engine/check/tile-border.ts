import type { Box2 } from "../core/box.js"
import type { Crs } from "../grid/crs.js"

/** Plan area, square metres, from which a closed gap is a void of the data: a disc of 6 m, the least that mesh.surface leaves open. */
const VOID_AREA = 100

/** Side of a cell: 0 west, 1 east, 2 south, 3 north. */
export type Side = 0 | 1 | 2 | 3

/** The border polyline of a tile along one side of its cell, as segments. */
export interface BorderSide {
  /** Geocentric ends, 6 numbers a segment. */
  readonly segments: Float64Array
  /** CRS coordinate along the side (y on west and east, x on south and north) of both ends, 2 numbers a segment. */
  readonly along: Float64Array
}

/** Where a mesh ends. */
export interface TileBorder {
  readonly sides: readonly [BorderSide, BorderSide, BorderSide, BorderSide]
  /** Open edges inside the cell around holes and along rents. */
  readonly holeEdges: number
  /** Open edges inside the cell along the outline of the data. */
  readonly outlineEdges: number
}

/**
 * Sorts the open edges of a decoded mesh to the sides of its cell: an edge belongs to a side when both ends lie within
 * `tolerance` of it (the lattice moves vertices by up to its step; a fault may move them further and must still be seen).
 *
 * The other open edges, inside, are taken by connected parts. A part that is no closed loop runs from border to border: there
 * the data end (whether the neighbour's end too, the comparison of borders tells). A closed one that has the mesh on its
 * inner side, seen from above, is the outline of an island of data; one around more than 100 m² is that of a void of the data;
 * any other is a hole.
 *
 * @param open directed pairs of vertex indices, the mesh to the left
 */
export const tileBorder = (
  positions: Float64Array,
  open: Uint32Array,
  crs: Crs,
  cell: Box2,
  tolerance: number,
): TileBorder => {
  const segments: number[][] = [[], [], [], []]
  const along: number[][] = [[], [], [], []]
  const inside: number[] = []
  const areas: number[] = []
  for (let i = 0; i < open.length; i += 2) {
    const a = 3 * open[i]!
    const b = 3 * open[i + 1]!
    const p = crs.fromGeocentric(positions[a]!, positions[a + 1]!, positions[a + 2]!)
    const q = crs.fromGeocentric(positions[b]!, positions[b + 1]!, positions[b + 2]!)
    let found = false
    for (let side = 0; side < 4; side++) {
      const axis = side < 2 ? 0 : 1
      const line = cell[side < 2 ? (side === 0 ? 0 : 2) : side === 2 ? 1 : 3]!
      if (Math.abs(p[axis] - line) > tolerance || Math.abs(q[axis] - line) > tolerance) continue
      found = true
      for (let k = 0; k < 3; k++) segments[side]!.push(positions[a + k]!)
      for (let k = 0; k < 3; k++) segments[side]!.push(positions[b + k]!)
      along[side]!.push(p[1 - axis]!, q[1 - axis]!)
    }
    if (found) continue
    inside.push(open[i]!, open[i + 1]!)
    areas.push((p[0] - cell[0]) * (q[1] - cell[1]) - (q[0] - cell[0]) * (p[1] - cell[1]))
  }
  const sideOf = (side: Side): BorderSide => ({
    segments: Float64Array.from(segments[side]!),
    along: Float64Array.from(along[side]!),
  })
  return { sides: [sideOf(0), sideOf(1), sideOf(2), sideOf(3)], ...insideEdges(inside, areas) }
}

/** Edges of the connected parts that are holes, and of those that are outlines. */
const insideEdges = (
  edges: readonly number[],
  areas: readonly number[],
): { holeEdges: number; outlineEdges: number } => {
  const parents = new Map<number, number>()
  const rootOf = (vertex: number): number => {
    let root = vertex
    for (let next = parents.get(root) ?? root; next !== root; next = parents.get(root) ?? root) {
      // Path halving.
      parents.set(root, parents.get(next) ?? next)
      root = next
    }
    return root
  }
  const balance = new Map<number, number>()
  for (let i = 0; i < edges.length; i += 2) {
    const [from, to] = [edges[i]!, edges[i + 1]!]
    parents.set(rootOf(from), rootOf(to))
    balance.set(from, (balance.get(from) ?? 0) + 1)
    balance.set(to, (balance.get(to) ?? 0) - 1)
  }
  const open = new Set<number>()
  for (const [vertex, value] of balance) if (value !== 0) open.add(rootOf(vertex))
  const sums = new Map<number, { edges: number; area: number }>()
  for (let i = 0; i < edges.length; i += 2) {
    const root = rootOf(edges[i]!)
    const sum = sums.get(root) ?? { edges: 0, area: 0 }
    sums.set(root, { edges: sum.edges + 1, area: sum.area + areas[i / 2]! })
  }
  let holeEdges = 0
  let outlineEdges = 0
  for (const [root, sum] of sums) {
    // A rent in a wall has no area in plan; areas are doubled.
    if (open.has(root) || sum.area > 1e-3 || sum.area < -2 * VOID_AREA) outlineEdges += sum.edges
    else holeEdges += sum.edges
  }
  return { holeEdges, outlineEdges }
}
