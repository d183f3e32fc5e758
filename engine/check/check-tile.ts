/**
 * Checks the mesh of one written tile and keeps only its open edges and figures, for the comparison
 * with its neighbours.
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

/** How far rounding moves a vertex, steps of the lattice: half the diagonal of a cube, and a little. */
const ON_SIDE = 0.9

/** What is kept of a checked tile: its open edges and figures, not its mesh. */
export interface CheckedTile {
  readonly tile: WrittenTile
  readonly edges: OpenEdges
  /** Metres: how far from a side of the cell a border vertex is still taken for one. */
  readonly tolerance: number
  /** Step of the lattice of its vertices, metres. */
  readonly step: number
  readonly triangles: number
  readonly nonManifold: number
  readonly degenerate: number
  readonly duplicates: number
  readonly gltf: GltfIssues
  /** Whether the mesh tells objects apart. */
  readonly hasObjects: boolean
  /** The tileset's transform is not the centre that the content was made for. */
  readonly misplaced: boolean
}

/**
 * Decodes and checks the contents of one tile, those of its parts together as one mesh.
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
/** Counts over a content and its plain twin, and the messages that are errors or warnings. */
export interface GltfIssues {
  readonly errors: number
  readonly warnings: number
  readonly messages: readonly GltfMessage[]
}

/**
 * Runs Khronos's glTF validator on a content, and on its decoded plain twin since the validator cannot look into
 * compressed views.
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
