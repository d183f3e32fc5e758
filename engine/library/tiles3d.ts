/**
 * `maille/tiles3d`: reads the meshes of maille's tilesets as plain arrays in the CRS.
 *
 * @packageDocumentation
 */
import type { ContentMesh, MeshQuery } from "./types.js"

export { Box2 } from "../core/geometry/box.js"
export { EngineError, type ErrorCode } from "../errors.js"
export type { BoxNumbers, ContentMesh, MeshQuery } from "./types.js"

/**
 * Reads a tileset content by content, in the tileset's order. Memory is that of one content.
 *
 * @param path output folder of a run, packed or not; a `tileset.json` or a `.glb` of maille, by
 * path or `http(s)` address
 * @throws EngineError `E_INPUT` if a file cannot be read; `E_FORMAT` if one is damaged or not of
 * maille; `E_USAGE` if the CRS or the kind of heights is unknown
 *
 * @example
 * for await (const { positions, triangles, objects } of readMesh("out", { box }))
 *   console.log(positions.length / 3, triangles.length / 3, objects.ids)
 */
export async function* readMesh(path: string, query?: MeshQuery): AsyncGenerator<ContentMesh, void> {
  const { readContents } = await import("./read-contents.js")
  yield* readContents(path, query)
}
