/**
 * Connects open edges over tile borders into parts, and separates outlines of the data from holes
 * and rents.
 */
import { disjointSets } from "../../core/geometry/disjoint-sets.js"
import type { CheckedTile } from "../check-tile.js"
import { edgeKind, UPRIGHT } from "./edge-kinds.js"
import { directionOf, type OpenEdges } from "./open-edges.js"

/** Plan area, square metres, from which a closed gap is a void of the data: a disc of 6 m, the least that a surface over everything leaves open. */
const VOID_AREA = 100
/** Least mean width, metres, of a void and of an island of the data: what is narrower is a crack. */
const VOID_WIDTH = 0.2
const ISLAND_WIDTH = 0.04
/** An open edge: number of its tile, and of the edge there. */
export type EdgeOf = readonly [tile: number, edge: number]

/** Open edges of one level that hang together and that no tile closes. */
export interface OpenPart {
  readonly edges: readonly EdgeOf[]
  /**
   * What the loops run around: an island of the data has the mesh on its inner side, seen from above, a void on its outer
   * side; a hole is a void that is too small or too narrow. Other: no loop, or a void that is mostly walls.
   */
  readonly kind: "island" | "void" | "hole" | "other"
}

/**
 * The open edges of the tiles of one level by connected parts, over the borders of the tiles: vertices of all tiles are one
 * where they are equal bit for bit. What lies on the outer border of the tiles belongs to the part that it closes.
 *
 * @param closed for each tile 1 for each edge that a neighbour's mesh closes
 */
export const openParts = (tiles: readonly OpenEdges[], closed: readonly Uint8Array[]): OpenPart[] => {
  const set = disjointSets<string>()
  const balance = new Map<string, number>()
  const vertexOf = (ends: Float64Array, at: number, by: number): string => {
    const name = `${ends[at]} ${ends[at + 1]} ${ends[at + 2]}`
    balance.set(name, (balance.get(name) ?? 0) + by)
    return name
  }
  const firsts: { readonly of: EdgeOf; readonly vertex: string }[] = []
  for (const [tile, { ends, kinds }] of tiles.entries()) {
    for (let edge = 0; edge < kinds.length; edge++) {
      if (closed[tile]![edge] === 1) continue
      const [from, to] = [vertexOf(ends, 6 * edge, 1), vertexOf(ends, 6 * edge + 3, -1)]
      set.join(from, to)
      firsts.push({ of: [tile, edge], vertex: from })
    }
  }
  const parts = new Map<string, EdgeOf[]>()
  for (const { of, vertex } of firsts) {
    const root = set.find(vertex)
    const part = parts.get(root)
    if (part === undefined) parts.set(root, [of])
    else part.push(of)
  }
  const open = new Set<string>()
  for (const [vertex, value] of balance) if (value !== 0) open.add(set.find(vertex))
  return [...parts].map(([root, edges]) => {
    return { edges, kind: open.has(root) ? "other" : kindOf(tiles, edges) }
  })
}

const kindOf = (tiles: readonly OpenEdges[], edges: readonly EdgeOf[]): OpenPart["kind"] => {
  const [first] = edges
  const origin = tiles[first![0]]!.places.subarray(4 * first![1])
  let [doubled, length, bodies] = [0, 0, 0]
  for (const [tile, edge] of edges) {
    const { places, kinds } = tiles[tile]!
    const [x, y] = [places[4 * edge]! - origin[0]!, places[4 * edge + 1]! - origin[1]!]
    const [dx, dy] = directionOf(tiles[tile]!, edge)
    doubled += x * dy - y * dx
    length += Math.hypot(dx, dy)
    if (kinds[edge] === edgeKind.body) bodies++
  }
  if (doubled > ISLAND_WIDTH * length) return "island"
  if (doubled > -2 * VOID_AREA || doubled > -VOID_WIDTH * length) return "hole"
  // A void of the data may pass along a wall or two.
  return 2 * bodies <= edges.length ? "void" : "other"
}

/**
 * The edges of a part that are faults: around holes and along rents. The outline of an island of the data is none, nor that of a void, nor a part that is no closed loop: there the data end.
 * Of a body on an outline every edge is a fault that is upright or has ground beside it (`isBeside`): walls must meet it.
 * Of other parts a body beside ground makes all of it one; without, it is where the tiles end.
 * Ground that mostly ends at buildings (`isBuilt`) whose walls are not there is a fault too.
 */
export const faultyEdges = (
  part: OpenPart,
  tiles: readonly OpenEdges[],
  isBeside: (of: EdgeOf) => boolean,
  isBuilt: (of: EdgeOf) => boolean,
): readonly EdgeOf[] => {
  const { edges, kind } = part
  const kindIs =
    (wanted: number) =>
    ([tile, edge]: EdgeOf) =>
      tiles[tile]!.kinds[edge] === wanted
  const bodies = edges.filter(kindIs(edgeKind.body))
  const isUpright = ([tile, edge]: EdgeOf): boolean => Math.hypot(...directionOf(tiles[tile]!, edge)) < UPRIGHT
  const unbuilt = (): boolean => 2 * edges.filter(kindIs(edgeKind.ground)).filter(isBuilt).length <= edges.length
  if (kind === "hole") return edges
  if (kind === "island" && unbuilt()) return bodies.filter((of) => isUpright(of) || isBeside(of))
  if (bodies.length > 0 && kind === "other") return bodies.some(isBeside) ? edges : []
  return unbuilt() ? [] : edges
}

/** The open edges of all tiles of one level, and what they mean together. */
export interface LevelEdges {
  readonly tiles: readonly CheckedTile[]
  /** For each tile 1 for each edge that another tile closes. */
  readonly closed: readonly Uint8Array[]
  readonly parts: readonly OpenPart[]
}

/** Joins the open edges of checked tiles, level by level. */
export const levelEdges = (tiles: readonly CheckedTile[]): LevelEdges[] =>
  [...new Set(tiles.map(({ tile }) => tile.key.level))].map((level) => {
    const own = tiles.filter(({ tile }) => tile.key.level === level)
    const edges = own.map((tile) => tile.edges)
    const closed = closeEdges(edges)
    return { tiles: own, closed, parts: openParts(edges, closed) }
  })

/**
 * Which open edges of tiles of one level another tile closes: one that has the same edge, bit for bit, in the other direction. That is the border of two neighbours, and the outline of a building that
 * overhangs its owner's cell: its walls meet the ground of the neighbour, which is cut by the same outline.
 *
 * @param tiles the edges of each tile
 * @returns for each tile 1 an edge that is closed
 */
const closeEdges = (tiles: readonly OpenEdges[]): Uint8Array[] => {
  const closed = tiles.map(({ kinds }) => new Uint8Array(kinds.length))
  const known = new Map<string, number[]>()
  for (const [tile, { ends, kinds }] of tiles.entries()) {
    for (let edge = 0; edge < kinds.length; edge++) {
      const name = nameOf(ends, edge, 0)
      const list = known.get(name)
      if (list === undefined) known.set(name, [tile])
      else list.push(tile)
    }
  }
  for (const [tile, { ends, kinds }] of tiles.entries()) {
    for (let edge = 0; edge < kinds.length; edge++)
      if (known.get(nameOf(ends, edge, 3))?.some((other) => other !== tile)) closed[tile]![edge] = 1
  }
  return closed
}

/** An edge by its ends, the first one at `from` (0 or 3). */
const nameOf = (ends: Float64Array, edge: number, from: 0 | 3): string => {
  const [a, b] = [6 * edge + from, 6 * edge + 3 - from]
  return `${ends[a]} ${ends[a + 1]} ${ends[a + 2]} ${ends[b]} ${ends[b + 1]} ${ends[b + 2]}`
}
