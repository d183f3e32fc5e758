import type { Box2 } from "../core/box.js"
import type { Crs } from "../grid/crs.js"
import { edgeKind } from "./edge-kinds.js"

/** Plan area, square metres, from which a closed gap is a void of the data: a disc of 6 m, the least that mesh.surface leaves open. */
const VOID_AREA = 100

/** Distance, metres, from an open edge at which what lies beyond it is looked up. */
const ASIDE = 0.25

/** Side of a cell: 0 west, 1 east, 2 south, 3 north. */
export type Side = 0 | 1 | 2 | 3

/** The border polyline of a tile along one side of its cell, as segments. */
export interface BorderSide {
  /** Geocentric ends, 6 numbers a segment. */
  readonly segments: Float64Array
  /** CRS coordinate along the side (y on west and east, x on south and north) of both ends, 2 numbers a segment. */
  readonly along: Float64Array
}

/** Open edges of a mesh that lie on no side of its cell: inside it, or beyond it where a building overhangs. */
export interface InsideEdges {
  /** Pairs of vertex indices, the mesh to the left. */
  readonly vertices: Uint32Array
  /** Geocentric ends, 6 numbers an edge. */
  readonly ends: Float64Array
  /** CRS x, y of the middle, 2 numbers an edge. */
  readonly middles: Float64Array
  /** CRS x, y of the place 0.25 m to the right of the middle, away from the mesh, 2 numbers an edge. */
  readonly beyond: Float64Array
  /** Twice the plan area between the edge and the cell's corner, signed. */
  readonly areas: Float64Array
  /** What each edge is of: see `edgeKind`. */
  readonly kinds: Uint8Array
}

/** Where a mesh ends. */
export interface TileBorder {
  readonly sides: readonly [BorderSide, BorderSide, BorderSide, BorderSide]
  readonly inside: InsideEdges
}

/** Open edges by what they mean. */
export interface EdgeCounts {
  /** Around holes and along rents: faults. */
  readonly holeEdges: number
  /** Along the outline of the data. */
  readonly outlineEdges: number
}

/**
 * Sorts the open edges of a decoded mesh to the sides of its cell: an edge belongs to a side when both ends lie within
 * `tolerance` of it (the lattice moves vertices by up to its step; a fault may move them further and must still be seen).
 *
 * @param open directed pairs of vertex indices, the mesh to the left
 * @param kinds what each open edge is of (see `edgeKind`); ground when absent
 */
export const tileBorder = (
  positions: Float64Array,
  open: Uint32Array,
  crs: Crs,
  cell: Box2,
  tolerance: number,
  kinds: Uint8Array = new Uint8Array(open.length / 2),
): TileBorder => {
  const segments: number[][] = [[], [], [], []]
  const along: number[][] = [[], [], [], []]
  const inside: number[] = []
  const [ends, middles, beyond, areas, own]: number[][] = [[], [], [], [], []]
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
    for (const vertex of [a, b]) for (let k = 0; k < 3; k++) ends!.push(positions[vertex + k]!)
    middles!.push((p[0] + q[0]) / 2, (p[1] + q[1]) / 2)
    const length = Math.max(1e-9, Math.hypot(q[0] - p[0], q[1] - p[1]))
    beyond!.push((p[0] + q[0]) / 2 + (ASIDE * (q[1] - p[1])) / length)
    beyond!.push((p[1] + q[1]) / 2 - (ASIDE * (q[0] - p[0])) / length)
    areas!.push((p[0] - cell[0]) * (q[1] - cell[1]) - (q[0] - cell[0]) * (p[1] - cell[1]))
    own!.push(kinds[i / 2]!)
  }
  const sideOf = (side: Side): BorderSide => ({
    segments: Float64Array.from(segments[side]!),
    along: Float64Array.from(along[side]!),
  })
  return {
    sides: [sideOf(0), sideOf(1), sideOf(2), sideOf(3)],
    inside: {
      vertices: Uint32Array.from(inside),
      ends: Float64Array.from(ends!),
      middles: Float64Array.from(middles!),
      beyond: Float64Array.from(beyond!),
      areas: Float64Array.from(areas!),
      kinds: Uint8Array.from(own!),
    },
  }
}

/**
 * What open edges mean that no neighbour closes, by connected parts. A part with an edge of a body that ground lies beside (`isBeside`) is a hole: walls must meet
 * it; without, at the edge of the data or of the tiles, it is an outline. Of the others, a part that is no closed loop runs from border to border: there
 * the data end (whether the neighbour's end too, the comparison of borders tells). A closed one that has the mesh on its
 * inner side, seen from above, is the outline of an island of data; one around more than 100 m² is that of a void of the data;
 * any other is a hole. Ground that mostly ends at buildings (`isBuilt`) whose walls are not there is one too.
 *
 * @param closed 1 for each edge that a neighbour's mesh closes
 */
export const countEdges = (
  inside: InsideEdges,
  closed: Uint8Array,
  isBeside: (edge: number) => boolean,
  isBuilt: (x: number, y: number) => boolean = () => false,
): EdgeCounts => {
  let holeEdges = 0
  let outlineEdges = 0
  for (const { edges, area, isLoop, bodies, ground } of partsOf(inside, closed)) {
    const built = ground.filter((edge) => isBuilt(inside.beyond[2 * edge]!, inside.beyond[2 * edge + 1]!)).length
    // A rent in a wall has no area in plan; areas are doubled. A void of the data may pass along a wall or two.
    const isVoid = isLoop && area < -2 * VOID_AREA && 2 * bodies.length <= edges
    const isOutline =
      bodies.length > 0 && !isVoid
        ? !bodies.some(isBeside)
        : 2 * built <= edges && (!isLoop || area > 1e-3 || area < -2 * VOID_AREA)
    if (isOutline) outlineEdges += edges
    else holeEdges += edges
  }
  return { holeEdges, outlineEdges }
}

/** Open edges that hang together. */
interface OpenPart {
  edges: number
  /** Twice the plan area that they go around. */
  area: number
  isLoop: boolean
  /** Those of bodies, and those of ground. */
  readonly bodies: number[]
  readonly ground: number[]
}

const partsOf = ({ vertices, areas, kinds }: InsideEdges, closed: Uint8Array): OpenPart[] => {
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
  for (let i = 0; i < kinds.length; i++) {
    if (closed[i] === 1) continue
    const [from, to] = [vertices[2 * i]!, vertices[2 * i + 1]!]
    parents.set(rootOf(from), rootOf(to))
    balance.set(from, (balance.get(from) ?? 0) + 1)
    balance.set(to, (balance.get(to) ?? 0) - 1)
  }
  const parts = new Map<number, OpenPart>()
  for (let i = 0; i < kinds.length; i++) {
    if (closed[i] === 1) continue
    const root = rootOf(vertices[2 * i]!)
    const part = parts.get(root) ?? { edges: 0, area: 0, isLoop: true, bodies: [], ground: [] }
    part.edges++
    part.area += areas[i]!
    if (kinds[i] === edgeKind.body) part.bodies.push(i)
    if (kinds[i] === edgeKind.ground) part.ground.push(i)
    parts.set(root, part)
  }
  for (const [vertex, value] of balance) {
    const part = value === 0 ? undefined : parts.get(rootOf(vertex))
    if (part !== undefined) part.isLoop = false
  }
  return [...parts.values()]
}
