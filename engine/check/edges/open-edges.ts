/** Places the open edges of a tile in the CRS and finds the sides of the cell that they are on. */
import type { Box2 } from "../../core/geometry/box.js"
import type { Crs } from "../../grid/crs.js"

/** Metres from an open edge at which the surface beyond it is looked up. */
const ASIDE = 0.25

/** Side of a cell: 0 west, 1 east, 2 south, 3 north. */
export type Side = 0 | 1 | 2 | 3

/** Edges of one triangle of a tile's mesh, with the mesh to their left. */
export interface OpenEdges {
  /** Geocentric ends, 6 numbers an edge. */
  readonly ends: Float64Array
  /** CRS x, y of both ends, 4 numbers an edge. */
  readonly places: Float64Array
  /** Owner of each edge, an `edgeKind`. */
  readonly kinds: Uint8Array
  /** Bit s: both ends are near side s of the cell, as far as a fault may move a border. */
  readonly near: Uint8Array
  /** Bit s: both ends are on side s, within the lattice of the content. */
  readonly on: Uint8Array
}

/**
 * The open edges of a decoded mesh, with the sides of the cell that they belong to.
 *
 * @param open directed pairs of vertex indices, the mesh to the left
 * @param kinds an `edgeKind` for each open edge; ground when absent
 */
export const openEdges = (
  positions: Float64Array,
  open: Uint32Array,
  crs: Crs,
  cell: Box2,
  reach: { readonly near: number; readonly on: number },
  kinds: Uint8Array = new Uint8Array(open.length / 2),
): OpenEdges => {
  const count = open.length / 2
  const edges = {
    ends: new Float64Array(6 * count),
    places: new Float64Array(4 * count),
    kinds,
    near: new Uint8Array(count),
    on: new Uint8Array(count),
  }
  const known = new Map<number, readonly [number, number]>()
  for (let i = 0; i < open.length; i++) {
    const vertex = 3 * open[i]!
    const [X, Y, Z] = [positions[vertex]!, positions[vertex + 1]!, positions[vertex + 2]!]
    edges.ends.set([X, Y, Z], 3 * i)
    const place = known.get(vertex) ?? (crs.fromGeocentric(X, Y, Z).slice(0, 2) as [number, number])
    known.set(vertex, place)
    edges.places.set(place, 2 * i)
  }
  for (let edge = 0; edge < count; edge++) {
    for (const side of [0, 1, 2, 3] as const) {
      const [axis, line] = lineOf(cell, side)
      const [from, to] = [edges.places[4 * edge + axis]!, edges.places[4 * edge + 2 + axis]!]
      const away = Math.max(Math.abs(from - line), Math.abs(to - line))
      if (away <= reach.near) edges.near[edge] = edges.near[edge]! | (1 << side)
      if (away <= reach.on) edges.on[edge] = edges.on[edge]! | (1 << side)
    }
  }
  return edges
}

const lineOf = (cell: Box2, side: Side): readonly [axis: 0 | 1, line: number] =>
  side < 2 ? [0, cell[side === 0 ? 0 : 2]] : [1, cell[side === 2 ? 1 : 3]]

/** CRS x, y of the middle of an edge. */
export const middleOf = ({ places }: OpenEdges, edge: number): readonly [x: number, y: number] => [
  (places[4 * edge]! + places[4 * edge + 2]!) / 2,
  (places[4 * edge + 1]! + places[4 * edge + 3]!) / 2,
]

/** CRS x, y of the place 0.25 m to the right of an edge's middle, away from the mesh. */
export const placeBeyond = (edges: OpenEdges, edge: number): readonly [x: number, y: number] => {
  const [x, y] = middleOf(edges, edge)
  const [dx, dy] = directionOf(edges, edge)
  const length = Math.max(1e-9, Math.hypot(dx, dy))
  return [x + (ASIDE * dy) / length, y - (ASIDE * dx) / length]
}

/** From the first end of an edge to the second, CRS metres. */
export const directionOf = ({ places }: OpenEdges, edge: number): readonly [dx: number, dy: number] => [
  places[4 * edge + 2]! - places[4 * edge]!,
  places[4 * edge + 3]! - places[4 * edge + 1]!,
]

/** Length of an edge in space, metres. */
export const lengthOf = ({ ends }: OpenEdges, edge: number): number => {
  const [a, b] = [6 * edge, 6 * edge + 3]
  return Math.hypot(ends[b]! - ends[a]!, ends[b + 1]! - ends[a + 1]!, ends[b + 2]! - ends[a + 2]!)
}
