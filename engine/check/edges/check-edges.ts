/**
 * Judges the open edges of all tiles: each must be at a border, closed by a neighbour, or on the
 * outline of the data.
 */

import { Box2 } from "../../core/geometry/box.js"
import { elementAt } from "../../core/lists.js"
import { counted, grouped } from "../../core/texts.js"
import { joinContents } from "../../formats/tiles3d/join-contents.js"
import type { Crs } from "../../grid/crs.js"
import { type Grid, TileKey } from "../../grid/tile-key.js"
import type { CheckedTile } from "../check-tile.js"
import type { PlanIndex } from "../plan-index.js"
import type { SolidIndex } from "../solid-index.js"
import type { ValidateReport } from "../validate-report.js"
import { readContents } from "../written-tiles.js"
import { edgeKind, groundPlan } from "./edge-kinds.js"
import { middleOf, placeBeyond } from "./open-edges.js"
import { type EdgeOf, faultyEdges, type LevelEdges } from "./open-parts.js"

/** Tolerated share of triangles without area, which rounding to the lattice may leave. */
const DEGENERATE_SHARE = 1e-3

/**
 * Sums up the edges of all tiles, level by level. An edge of one triangle must be on a side of the
 * cell, be closed by a neighbour (an overhanging building), or belong to the outline of the data.
 *
 * @param solids buildings of the job: ground of the finest level must not end at one whose walls
 * are missing
 */
export const checkEdges = async (
  levels: readonly LevelEdges[],
  crs: Crs,
  grid: Grid,
  problem: (text: string) => void,
  solids?: SolidIndex,
): Promise<ValidateReport["mesh"]> => {
  const tiles = levels.flatMap((level) => level.tiles)
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
  for (const level of levels) {
    const own = level.tiles[0]?.tile.key.level === grid.leafLevel ? solids : undefined
    const faulty = await findFaults(level, crs, grid, own)
    for (const [i, { tile, edges }] of level.tiles.entries()) {
      const [closed, faults] = [elementAt(level.closed, i), elementAt(faulty, i)]
      let [holes, outline] = [0, 0]
      for (let edge = 0; edge < edges.kinds.length; edge++) {
        // `checkSeams` compares borders on a side.
        if (edges.on[edge] !== 0) continue
        if (closed[edge] === 1) mesh.sharedEdges++
        else if (faults.has(edge)) holes++
        else outline++
      }
      mesh.openEdges += holes
      mesh.outlineEdges += outline
      if (holes > 0) problem(`tile ${TileKey.format(tile.key)}: ${counted(holes, "open edge")} around holes`)
    }
  }
  if (mesh.degenerate > DEGENERATE_SHARE * mesh.triangles)
    problem(`${grouped(mesh.degenerate)} of ${counted(mesh.triangles, "triangle")} have no area`)
  return mesh
}

/** For each tile of a level, its faulty open edges. */
const findFaults = async (
  { tiles, closed, parts }: LevelEdges,
  crs: Crs,
  grid: Grid,
  solids: SolidIndex | undefined,
): Promise<Set<number>[]> => {
  const faulty = tiles.map(() => new Set<number>())
  const beside: Uint8Array[] = []
  const built: Uint8Array[] = []
  for (const [i, one] of tiles.entries()) {
    const own = elementAt(closed, i)
    const isOpen = (edge: number): boolean => own[edge] === 0 && one.edges.on[edge] === 0
    beside.push(await besideGround(one, isOpen, tiles, crs, grid))
    built.push(await besideBuilding(one, isOpen, grid, solids))
  }
  const at =
    (found: readonly Uint8Array[]) =>
    ([tile, edge]: EdgeOf) =>
      elementAt(found, tile)[edge] === 1
  for (const part of parts) {
    const edges = tiles.map((tile) => tile.edges)
    for (const [tile, edge] of faultyEdges(part, edges, at(beside), at(built))) elementAt(faulty, tile).add(edge)
  }
  return faulty
}

/** 1 for each open edge of a tile with a building beyond it. */
const besideBuilding = async (
  { tile, edges }: CheckedTile,
  isOpen: (edge: number) => boolean,
  grid: Grid,
  solids: SolidIndex | undefined,
): Promise<Uint8Array> => {
  const built = new Uint8Array(edges.kinds.length)
  if (solids === undefined) return built
  const cell = TileKey.box(grid, tile.key)
  let surfaces: Awaited<ReturnType<SolidIndex["within"]>> | undefined
  for (let edge = 0; edge < built.length; edge++) {
    if (!isOpen(edge)) continue
    surfaces ??= await solids.within(cell, 1)
    const [x, y] = placeBeyond(edges, edge)
    if (surfaces.outline(x - cell[0], y - cell[1], 0).row >= 0) built[edge] = 1
  }
  return built
}

/**
 * 1 for each open edge of a body with ground beside it. Inside the tile's own cell, its kind
 * already implies this. Beyond the cell, the mesh of the tile there is looked up 0.25 m from the
 * wall.
 */
const besideGround = async (
  { tile, edges }: CheckedTile,
  isOpen: (edge: number) => boolean,
  tiles: readonly CheckedTile[],
  crs: Crs,
  grid: Grid,
): Promise<Uint8Array> => {
  const beside = new Uint8Array(edges.kinds.length)
  const plans = new Map<string, PlanIndex>()
  const own = TileKey.box(grid, tile.key)
  for (let edge = 0; edge < beside.length; edge++) {
    if (edges.kinds[edge] !== edgeKind.body || !isOpen(edge)) continue
    const middle = middleOf(edges, edge)
    if (Box2.owns(own, ...middle)) {
      beside[edge] = 1
      continue
    }
    const other = tiles.find((one) => Box2.owns(TileKey.box(grid, one.tile.key), ...middle))?.tile
    if (other === undefined) continue
    const cell = TileKey.box(grid, other.key)
    const name = TileKey.format(other.key)
    const plan = plans.get(name) ?? groundPlan(joinContents(await readContents(other)), crs, cell)
    plans.set(name, plan)
    const [x, y] = placeBeyond(edges, edge)
    if (!Number.isNaN(plan.height(x - cell[0], y - cell[1]))) beside[edge] = 1
  }
  return beside
}
