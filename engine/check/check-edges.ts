import { Box2 } from "../core/box.js"
import { readStored } from "../formats/archive/stored-file.js"
import { decodeGlb } from "../formats/tiles3d/decode-glb.js"
import { type JoinedContents, joinContents } from "../formats/tiles3d/join-contents.js"
import type { Crs } from "../grid/crs.js"
import { type Grid, TileKey } from "../grid/tile-key.js"
import type { CheckedTile } from "./check-tile.js"
import { closeOverhangs } from "./close-overhangs.js"
import { edgeKind, groundPlan } from "./edge-kinds.js"
import type { PlanIndex } from "./plan-index.js"
import type { SolidIndex } from "./solid-index.js"
import { countEdges, type InsideEdges } from "./tile-border.js"
import type { ValidateReport } from "./validate-report.js"
import type { WrittenTile } from "./written-tiles.js"

/** Share of triangles without area that rounding to the lattice may leave. */
const DEGENERATE_SHARE = 1e-3

/**
 * Sums what the edges of all tiles tell, level by level: an edge of one triangle must lie on a side of the cell, be closed by a neighbour (a building that overhangs),
 * or belong to the outline of the data.
 *
 * @param solids buildings of the job: ground of the finest level must not end at one whose walls are missing
 */
export const checkEdges = async (
  tiles: readonly CheckedTile[],
  crs: Crs,
  grid: Grid,
  problem: (text: string) => void,
  solids?: SolidIndex,
): Promise<ValidateReport["mesh"]> => {
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
    const closed = closeOverhangs(own.map(({ border }) => border.inside))
    for (const [i, { tile, border }] of own.entries()) {
      const isBuilt =
        level === grid.leafLevel ? await builtPlaces(border.inside, TileKey.box(grid, tile.key), solids) : undefined
      const beside = await besideGround(border.inside, closed[i]!, tile, own, crs, grid)
      const { holeEdges, outlineEdges } = countEdges(border.inside, closed[i]!, (edge) => beside[edge] === 1, isBuilt)
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

/** Tells places inside a building of a tile that has open edges. */
const builtPlaces = async (
  { kinds }: InsideEdges,
  cell: Box2,
  solids: SolidIndex | undefined,
): Promise<((x: number, y: number) => boolean) | undefined> => {
  if (solids === undefined || kinds.length === 0) return undefined
  const surfaces = await solids.within(cell, 1)
  return (x, y) => surfaces.outline(x - cell[0], y - cell[1], 0).row >= 0
}

/**
 * 1 for each open edge of a body that ground lies beside: inside the tile's own cell its kind says so already; beyond it the mesh of the tile there is looked up again, 0.25 m
 * away from the wall.
 */
const besideGround = async (
  { kinds, middles, beyond }: InsideEdges,
  closed: Uint8Array,
  { key }: WrittenTile,
  tiles: readonly CheckedTile[],
  crs: Crs,
  grid: Grid,
): Promise<Uint8Array> => {
  const beside = new Uint8Array(kinds.length)
  const plans = new Map<string, PlanIndex>()
  const own = TileKey.box(grid, key)
  for (let edge = 0; edge < kinds.length; edge++) {
    if (kinds[edge] !== edgeKind.body || closed[edge] === 1) continue
    if (Box2.owns(own, middles[2 * edge]!, middles[2 * edge + 1]!)) {
      beside[edge] = 1
      continue
    }
    const [x, y] = [beyond[2 * edge]!, beyond[2 * edge + 1]!]
    const at = [middles[2 * edge]!, middles[2 * edge + 1]!] as const
    const other = tiles.find(({ tile }) => Box2.owns(TileKey.box(grid, tile.key), ...at))?.tile
    if (other === undefined) continue
    const cell = TileKey.box(grid, other.key)
    const name = TileKey.format(other.key)
    const plan = plans.get(name) ?? groundPlan(await readContents(other), crs, cell)
    plans.set(name, plan)
    if (!Number.isNaN(plan.height(x - cell[0], y - cell[1]))) beside[edge] = 1
  }
  return beside
}

const readContents = async ({ contents }: WrittenTile): Promise<JoinedContents> =>
  joinContents(await Promise.all(contents.map(async ({ path }) => decodeGlb(await readStored(path), path))))
