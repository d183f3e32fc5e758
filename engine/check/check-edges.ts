import { type Grid, TileKey } from "../grid/tile-key.js"
import type { CheckedTile } from "./check-tile.js"
import { closeOverhangs } from "./close-overhangs.js"
import { countEdges } from "./tile-border.js"
import type { ValidateReport } from "./validate-report.js"

/** Share of triangles without area that rounding to the lattice may leave. */
const DEGENERATE_SHARE = 1e-3

/**
 * Sums what the edges of all tiles tell, level by level: an edge of one triangle must lie on a side of the cell, be closed by a neighbour (a building that overhangs),
 * or belong to the outline of the data.
 */
export const checkEdges = (
  tiles: readonly CheckedTile[],
  grid: Grid,
  problem: (text: string) => void,
): ValidateReport["mesh"] => {
  const sum = (of: (tile: CheckedTile) => number): number => tiles.reduce((total, tile) => total + of(tile), 0)
  const mesh = {
    triangles: sum((tile) => tile.triangles),
    openEdges: 0,
    outlineEdges: 0,
    sharedEdges: 0,
    nonManifoldEdges: sum((tile) => tile.nonManifold),
    degenerate: sum((tile) => tile.degenerate),
    duplicates: sum((tile) => tile.duplicates),
  }
  for (const level of new Set(tiles.map(({ tile }) => tile.key.level))) {
    const own = tiles.filter(({ tile }) => tile.key.level === level)
    const present = new Set(own.map(({ tile }) => TileKey.format(tile.key)))
    const isCovered = (x: number, y: number): boolean =>
      TileKey.covering(grid, level, [x, y, x, y]).some((key) => present.has(TileKey.format(key)))
    const closed = closeOverhangs(own.map(({ border }) => border.inside))
    for (const [i, { tile, border }] of own.entries()) {
      const { holeEdges, outlineEdges } = countEdges(border.inside, closed[i]!, isCovered)
      mesh.openEdges += holeEdges
      mesh.outlineEdges += outlineEdges
      mesh.sharedEdges += closed[i]!.reduce((total, one) => total + one, 0)
      if (holeEdges > 0) problem(`tile ${TileKey.format(tile.key)}: ${holeEdges} open edges around holes`)
    }
  }
  if (mesh.degenerate > DEGENERATE_SHARE * mesh.triangles)
    problem(`${mesh.degenerate} of ${mesh.triangles} triangles have no area`)
  return mesh
}
