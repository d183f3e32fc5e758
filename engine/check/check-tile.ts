import { readStored } from "../formats/archive/stored-file.js"
import { type DecodedGlb, decodeGlb } from "../formats/tiles3d/decode-glb.js"
import { joinContents } from "../formats/tiles3d/join-contents.js"
import type { Crs } from "../grid/crs.js"
import type { Geoid } from "../grid/geoid.js"
import { type Grid, TileKey } from "../grid/tile-key.js"
import type { PlacedVertices } from "./accuracy.js"
import { checkGltf, type GltfIssues } from "./check-gltf.js"
import { edgeKinds } from "./edge-kinds.js"
import { meshEdges } from "./mesh-edges.js"
import { placeVertices } from "./place-vertices.js"
import { type TileBorder, tileBorder } from "./tile-border.js"
import type { WrittenTile } from "./written-tiles.js"

/** What is kept of a checked tile: its border and figures, not its mesh. */
export interface CheckedTile {
  readonly tile: WrittenTile
  readonly border: TileBorder
  /** Metres: how far from a side of the cell a border vertex is still taken for one. */
  readonly tolerance: number
  readonly triangles: number
  readonly nonManifold: number
  readonly degenerate: number
  readonly duplicates: number
  readonly gltf: GltfIssues
  /** Whether the mesh tells objects apart. */
  readonly hasObjects: boolean
  /** The tileset's transform is not the centre that the content was made for. */
  readonly misplaced: boolean
  /** Only where asked for. */
  readonly vertices?: PlacedVertices
}

/**
 * Decodes and checks the contents of one tile, those of its parts together as one mesh.
 *
 * @param geoid given: the vertices are placed in the CRS and kept
 * @throws EngineError E_FORMAT where the file cannot be decoded
 */
export const checkTile = async (
  tile: WrittenTile,
  crs: Crs,
  grid: Grid,
  geoid: Geoid | undefined,
): Promise<CheckedTile> => {
  const contents: DecodedGlb[] = []
  const gltf = { errors: 0, warnings: 0, messages: [] as GltfIssues["messages"][number][] }
  for (const { path } of tile.contents) {
    const bytes = await readStored(path)
    contents.push(await decodeGlb(bytes, path))
    const { errors, warnings, messages } = await checkGltf(bytes, path)
    gltf.errors += errors
    gltf.warnings += warnings
    for (const message of messages) gltf.messages.push(message)
  }
  const decoded = joinContents(contents)
  const edges = meshEdges(decoded.positions, decoded.triangles)
  const tolerance = Math.max(0.05, 2 * decoded.step)
  const kinds = edgeKinds(decoded, edges, crs, TileKey.box(grid, tile.key))
  return {
    tile,
    border: tileBorder(decoded.positions, edges.open, crs, TileKey.box(grid, tile.key), tolerance, kinds),
    tolerance,
    triangles: decoded.triangles.length / 3,
    nonManifold: edges.nonManifold,
    degenerate: edges.degenerate,
    duplicates: edges.duplicates,
    gltf,
    hasObjects: decoded.objects !== undefined,
    misplaced: tile.contents.some(({ centre }, i) => centre.some((value, axis) => value !== contents[i]?.centre[axis])),
    ...(geoid === undefined ? {} : { vertices: placeVertices(decoded, crs, geoid) }),
  }
}
