/**
 * Connects open edges over tile borders into parts, and separates outlines of the data from holes
 * and cracks.
 */

import { disjointSets } from "../../core/geometry/disjoint-sets.js"
import { loopKind } from "../../core/geometry/open-loops.js"
import { elementAt } from "../../core/lists.js"
import type { CheckedTile } from "../check-tile.js"
import { edgeKind, UPRIGHT } from "./edge-kinds.js"
import { directionOf, lengthOf, type OpenEdges } from "./open-edges.js"

/** An open edge: index of its tile, and of the edge in the tile. */
export type EdgeOf = readonly [tile: number, edge: number]

/** Connected open edges of one level that no tile closes. */
export interface OpenPart {
  readonly edges: readonly EdgeOf[]
  /**
   * Kind of the loops ({@link loopKind}). Other: not a loop, or a void that is mostly walls.
   */
  readonly kind: "island" | "void" | "hole" | "other"
}

/**
 * Groups the open edges of one level into connected parts, across tile borders. Vertices of
 * different tiles are one where they are equal bit for bit. Edges on the outer border of the tiles
 * belong to the part that they close.
 *
 * @param closed for each tile, 1 for each edge that another tile closes
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
    const shut = elementAt(closed, tile)
    for (let edge = 0; edge < kinds.length; edge++) {
      if (shut[edge] === 1) continue
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
    return { edges, kind: open.has(root) ? "other" : classifyPart(tiles, edges) }
  })
}

const classifyPart = (tiles: readonly OpenEdges[], edges: readonly EdgeOf[]): OpenPart["kind"] => {
  const [firstTile, firstEdge] = elementAt(edges, 0)
  const origin = elementAt(tiles, firstTile).places.subarray(4 * firstEdge)
  let [doubled, length, bodies] = [0, 0, 0]
  for (const [tile, edge] of edges) {
    const { places, kinds } = tiles[tile]!
    const [x, y] = [places[4 * edge]! - origin[0]!, places[4 * edge + 1]! - origin[1]!]
    const [dx, dy] = directionOf(tiles[tile]!, edge)
    doubled += x * dy - y * dx
    length += Math.hypot(dx, dy)
    if (kinds[edge] === edgeKind.body) bodies++
  }
  const kind = loopKind(doubled, length)
  // A void of the data may include a wall or two.
  return kind === "void" && 2 * bodies > edges.length ? "other" : kind
}

/**
 * The faulty edges of a part: those around holes and along cracks.
 *
 * Outlines of islands and voids are no faults, nor are other parts: there the data end. Exceptions:
 * - on the outline of an island, edges of a body that are upright or have ground beside them
 *   (`isBeside`), since walls must meet there;
 * - all edges of another part, if an edge of a body has ground beside it;
 * - all edges of a part where ground mostly ends at buildings (`isBuilt`) whose walls are missing.
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
      elementAt(tiles, tile).kinds[edge] === wanted
  const bodies = edges.filter(kindIs(edgeKind.body))
  const isUpright = ([tile, edge]: EdgeOf): boolean => {
    const run = Math.hypot(...directionOf(tiles[tile]!, edge))
    return run < UPRIGHT && lengthOf(tiles[tile]!, edge) > Math.SQRT2 * run
  }
  const unbuilt = (): boolean => 2 * edges.filter(kindIs(edgeKind.ground)).filter(isBuilt).length <= edges.length
  if (kind === "hole") return edges
  if (kind === "island" && unbuilt()) return bodies.filter((of) => isUpright(of) || isBeside(of))
  if (bodies.length > 0 && kind === "other") return bodies.some(isBeside) ? edges : []
  return unbuilt() ? [] : edges
}

/** The open edges of all tiles of one level, joined. */
export interface LevelEdges {
  readonly tiles: readonly CheckedTile[]
  /** For each tile, 1 for each edge that another tile closes. */
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
 * Finds the open edges that another tile of the level closes: it has the same edge, bit for bit, in
 * the other direction.
 *
 * Such edges are the border of two neighbours, and the outline of a building that overhangs its
 * owner's cell. The walls of that building meet the ground of the neighbour, which the same outline
 * cuts.
 *
 * @param tiles the edges of each tile
 * @returns for each tile, 1 for each closed edge
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
  for (const [tile, own] of closed.entries()) {
    const { ends } = elementAt(tiles, tile)
    for (let edge = 0; edge < own.length; edge++)
      if (known.get(nameOf(ends, edge, 3))?.some((other) => other !== tile)) own[edge] = 1
  }
  return closed
}

/** Names an edge by its ends, the first one at `from` (0 or 3). */
const nameOf = (ends: Float64Array, edge: number, from: 0 | 3): string => {
  const [a, b] = [6 * edge + from, 6 * edge + 3 - from]
  return `${ends[a]} ${ends[a + 1]} ${ends[a + 2]} ${ends[b]} ${ends[b + 1]} ${ends[b + 2]}`
}
