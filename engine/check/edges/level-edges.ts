/** Joins the open edges of all tiles of a level, for the checks of edges and of seams. */
import type { CheckedTile } from "../check-tile.js"
import type { OpenEdges } from "./open-edges.js"
import { type OpenPart, openParts } from "./open-parts.js"

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
