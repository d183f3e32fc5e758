/** Joins the open edges of all tiles of a level, for the checks of edges and of seams. */
import type { CheckedTile } from "../check-tile.js"
import { closeEdges } from "./close-edges.js"
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
