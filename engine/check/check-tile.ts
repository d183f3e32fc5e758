/**
 * Checks the mesh of one written tile and retains only open edges and figures, to compare it with
 * its neighbours.
 */

import { meshEdges } from "../core/geometry/mesh-edges.js"
import { type DecodedGlb, decodeGlb, plainGlb } from "../formats/tiles3d/decode-glb.js"
import { joinContents } from "../formats/tiles3d/join-contents.js"
import type { Crs } from "../grid/crs.js"
import { type Grid, TileKey } from "../grid/tile-key.js"
import { readStored } from "../io/archive/stored-file.js"
import { edgeKinds } from "./edges/edge-kinds.js"
import { type OpenEdges, openEdges } from "./edges/open-edges.js"
import type { WrittenTile } from "./written-tiles.js"

/**
 * How far rounding moves a vertex, in lattice steps: half the diagonal of a cube, and a little
 * more.
 */
const ON_SIDE = 0.9

/** Open edges and figures of a checked tile, without its mesh. */
export interface CheckedTile {
  readonly tile: WrittenTile
  readonly edges: OpenEdges
  /** Metres: up to this distance from a side of the cell, a border vertex belongs to the side. */
  readonly tolerance: number
  /** Lattice step of its vertices, metres. */
  readonly step: number
  readonly triangles: number
  readonly nonManifold: number
  readonly degenerate: number
  readonly duplicates: number
  readonly gltf: GltfIssues
  /** True where the mesh separates objects. */
  readonly hasObjects: boolean
  /** True where the tileset's transform differs from the centre that the content was made for. */
  readonly misplaced: boolean
}

/**
 * Decodes and checks the contents of a tile; its parts form one mesh.
 *
 * @throws EngineError E_FORMAT where the file cannot be decoded
 */
export const checkTile = async (tile: WrittenTile, crs: Crs, grid: Grid): Promise<CheckedTile> => {
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
  const cell = TileKey.box(grid, tile.key)
  const kinds = edgeKinds(decoded, edges, crs, cell)
  return {
    tile,
    edges: openEdges(decoded.positions, edges.open, crs, cell, { near: tolerance, on: ON_SIDE * decoded.step }, kinds),
    tolerance,
    step: decoded.step,
    triangles: decoded.triangles.length / 3,
    nonManifold: edges.nonManifold,
    degenerate: edges.degenerate,
    duplicates: edges.duplicates,
    gltf,
    hasObjects: decoded.objects !== undefined,
    misplaced: tile.contents.some(({ centre }, i) => centre.some((value, axis) => value !== contents[i]?.centre[axis])),
  }
}

/** A message of the glTF validator: severity 0 error, 1 warning. */
export interface GltfMessage {
  readonly code: string
  readonly message: string
  readonly severity: number
  readonly pointer?: string
}
/** Counts over a content and its uncompressed copy, with messages of errors and warnings. */
export interface GltfIssues {
  readonly errors: number
  readonly warnings: number
  readonly messages: readonly GltfMessage[]
}

/**
 * Runs Khronos's glTF validator on a content and on its uncompressed copy, because the validator
 * does not decode compressed views.
 *
 * @throws EngineError E_FORMAT where the content cannot be decoded
 */
export const checkGltf = async (bytes: Uint8Array, file: string): Promise<GltfIssues> => {
  const { validateBytes } = await import("gltf-validator")
  let errors = 0
  let warnings = 0
  const messages: GltfMessage[] = []
  for (const form of [bytes, await plainGlb(bytes, file)]) {
    const { issues } = await validateBytes(form, { maxIssues: 100, writeTimestamp: false })
    errors += issues.numErrors
    warnings += issues.numWarnings
    messages.push(...issues.messages.filter((message) => message.severity <= 1))
  }
  return { errors, warnings, messages }
}
