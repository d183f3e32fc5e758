import { readFile } from "node:fs/promises"
import { type DecodedGlb, decodeGlb } from "../formats/tiles3d/decode-glb.js"
import type { Crs } from "../grid/crs.js"
import type { Geoid } from "../grid/geoid.js"
import { type Grid, TileKey } from "../grid/tile-key.js"
import type { PlacedVertices } from "./accuracy.js"
import { checkGltf, type GltfIssues } from "./check-gltf.js"
import { meshEdges } from "./mesh-edges.js"
import { type TileBorder, tileBorder } from "./tile-border.js"
import type { WrittenTile } from "./written-tiles.js"

/** What is kept of a checked content: its border and figures, not its mesh. */
export interface CheckedTile {
  readonly tile: WrittenTile
  readonly border: TileBorder
  /** Metres: how far from a side of the cell a border vertex is still taken for one. */
  readonly tolerance: number
  readonly triangles: number
  readonly nonManifold: number
  readonly degenerate: number
  readonly gltf: GltfIssues
  /** The tileset's transform is not the centre that the content was made for. */
  readonly misplaced: boolean
  /** Only where asked for. */
  readonly vertices?: PlacedVertices
}

/**
 * Decodes and checks one written content.
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
  const bytes = await readFile(tile.path)
  const decoded = await decodeGlb(bytes, tile.path)
  const edges = meshEdges(decoded.positions, decoded.triangles)
  const tolerance = Math.max(0.05, 2 * decoded.step)
  return {
    tile,
    border: tileBorder(decoded.positions, edges.open, crs, TileKey.box(grid, tile.key), tolerance),
    tolerance,
    triangles: decoded.triangles.length / 3,
    nonManifold: edges.nonManifold,
    degenerate: edges.degenerate,
    gltf: await checkGltf(bytes, tile.path),
    misplaced: tile.centre.some((value, axis) => value !== decoded.centre[axis]),
    ...(geoid === undefined ? {} : { vertices: placed(decoded, crs, geoid) }),
  }
}

const placed = (decoded: DecodedGlb, crs: Crs, geoid: Geoid): PlacedVertices => {
  const { positions, classes } = decoded
  const places = new Float64Array(positions.length)
  for (let i = 0; i < positions.length; i += 3) {
    const [x, y, h] = crs.fromGeocentric(positions[i]!, positions[i + 1]!, positions[i + 2]!)
    const [lon, lat] = crs.toGeographic(x, y)
    places[i] = x
    places[i + 1] = y
    places[i + 2] = h - geoid.undulation(lon, lat)
  }
  return { places, classes }
}
