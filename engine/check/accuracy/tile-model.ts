/**
 * Gathers what the points of one tile are compared with: surfaces, deck outlines, edges where the
 * ground ends.
 */

import type { Box2 } from "../../core/geometry/box.js"
import { meshEdges } from "../../core/geometry/mesh-edges.js"
import { type TriangleIndex, triangleIndex } from "../../core/geometry/triangle-distance.js"
import { type JoinedContents, joinContents } from "../../formats/tiles3d/join-contents.js"
import { readFeaturesInBox } from "../../formats/vector/flatgeobuf/features-in-box.js"
import type { Geoid } from "../../grid/geoid.js"
import { TileKey } from "../../grid/tile-key.js"
import type { OutputFacts } from "../output-facts.js"
import { type PlanIndex, planIndex } from "../plan-index.js"
import type { SolidIndex, SolidSurfaces } from "../solid-index.js"
import { readContents, type WrittenTile } from "../written-tiles.js"
import { placeVertices } from "./place-vertices.js"
import { type DeckTest, namedDecks, writtenDecks } from "./written-decks.js"

/** The model of one tile; metres relative to the south-west corner of its cell and height 0. */
export interface TileModel {
  readonly ground: PlanIndex
  /** The buildings and bridges near the tile, if the job has any. */
  readonly surfaces: SolidSurfaces | undefined
  /** True under a deck, where the mesh has no ground. */
  readonly isAtDeck: DeckTest
  /**
   * Fixed edges in plan: where the ground ends (walls, water, the tile's border), and breaklines.
   */
  externalEdges(): Promise<readonly TriangleIndex[]>
}

export interface ModelRequest extends Pick<OutputFacts, "crs" | "grid" | "breaklines" | "decks"> {
  /** The buildings and bridges of the job, if it has any. */
  readonly solids: SolidIndex | undefined
  readonly geoid: Geoid
}

/**
 * Metres: how far the outline that excludes ground points may extend beyond the body of its deck.
 * Each is simplified to 0.7 m.
 */
const DECK_REACH = 0.75

/**
 * Reads the contents of a tile as a model to compare its points with. About 130 bytes a triangle.
 *
 * @throws EngineError of the readers
 */
export const readTileModel = async (request: ModelRequest, tile: WrittenTile): Promise<TileModel> => {
  const { solids, crs, grid, geoid, breaklines, decks } = request
  const cell = TileKey.box(grid, tile.key)
  const contents = await readContents(tile)
  const mesh = joinContents(contents)
  const isGround = isGroundOf(mesh)
  const wanted = new Uint8Array(mesh.classes.length)
  for (let i = 0; i < mesh.triangles.length; i++) if (isGround(Math.floor(i / 3))) wanted[mesh.triangles[i]!] = 1
  const placesOf = (vertices: Uint8Array): Float64Array =>
    placeVertices(mesh, crs, geoid, [cell[0], cell[1], 0], vertices).places
  const surfaces = await solids?.within(cell, DECK_REACH)
  const isAtDeck =
    namedDecks(contents) ??
    (decks === undefined ? undefined : await writtenDecks(decks, cell)) ??
    ((x, y) => surfaces?.atBridge(x / 1000, y / 1000, DECK_REACH) === true)
  let edges: Promise<readonly TriangleIndex[]> | undefined
  return {
    ground: planIndex(placesOf(wanted), mesh.triangles, isGround),
    surfaces,
    isAtDeck,
    externalEdges: () => {
      edges ??= readBreaklines(breaklines, cell).then((lines) =>
        [findGroundEnds(mesh, placesOf), lines].filter((index) => index !== undefined),
      )
      return edges
    },
  }
}

const isGroundOf =
  ({ owners, objects }: JoinedContents) =>
  (triangle: number): boolean =>
    (objects?.classes[owners?.[triangle] ?? 0] ?? 2) === 2

/** Breakline segments in plan that meet a cell, relative to its corner. */
const readBreaklines = async (path: string | undefined, cell: Box2): Promise<TriangleIndex | undefined> => {
  if (path === undefined) return undefined
  const { coordinates, dimension, ringEnds } = await readFeaturesInBox(path, cell)
  const positions = new Float64Array((3 * coordinates.length) / dimension)
  for (let v = 0; v < positions.length / 3; v++)
    for (let axis = 0; axis < 2; axis++) positions[3 * v + axis] = coordinates[dimension * v + axis]! - cell[axis]!
  // A segment as a triangle without area.
  const triangles: number[] = []
  let start = 0
  for (const end of ringEnds) {
    for (let v = start; v + 1 < end; v++) triangles.push(v, v + 1, v)
    start = end
  }
  return triangles.length === 0 ? undefined : triangleIndex(positions, Uint32Array.from(triangles))
}

/** Edges in plan where the ground ends: at walls, water and the tile's border. */
const findGroundEnds = (
  mesh: JoinedContents,
  placesOf: (vertices: Uint8Array) => Float64Array,
): TriangleIndex | undefined => {
  const isGround = isGroundOf(mesh)
  const { open } = meshEdges(
    mesh.positions,
    mesh.triangles.filter((_, corner) => isGround(Math.floor(corner / 3))),
  )
  if (open.length === 0) return undefined
  const isEnd = new Uint8Array(mesh.classes.length)
  for (const vertex of open) isEnd[vertex] = 1
  const flat = placesOf(isEnd)
  for (let i = 2; i < flat.length; i += 3) flat[i] = 0
  // An edge as a triangle without area.
  const triangles = Uint32Array.from(
    { length: (3 * open.length) / 2 },
    (_, i) => open[2 * Math.floor(i / 3) + (i % 3 === 0 ? 0 : 1)]!,
  )
  return triangleIndex(flat, triangles)
}
