/**
 * `maille/tiles3d`: reads the meshes of maille's tilesets as plain arrays in the CRS.
 *
 * @packageDocumentation
 */
import type { Box2 } from "../core/geometry/box.js"
import type { MeshObjects } from "../kernel.js"

export { Box2 } from "../core/geometry/box.js"
export { EngineError, type ErrorCode } from "../errors.js"

/** Which contents {@link readMesh} reads, and the heights of their positions. */
export interface MeshQuery {
  /** Contents that may meet this box, CRS metres, closed. Default: all. */
  readonly box?: Box2
  /**
   * Level of the tiles, the first number of a content's name `L/X/Y`. Default: the finest content
   * of each place.
   */
  readonly level?: number
  /** EPSG code of the CRS. Default: that of the run, or that the tileset states. */
  readonly epsg?: number
  /** Heights of the positions. Default: those of the run; needed where no `job.json` is beside. */
  readonly heights?: "orthometric" | "ellipsoidal"
  /** EPSG code of the heights, which chooses the geoid grid. Default: that of the run. */
  readonly vertical?: number
  /** Path of a geoid grid. Default: that of the run, PROJ's, or EGM96. */
  readonly geoid?: string
}

/** The mesh of one content: a tile, or a part of it. */
export interface ContentMesh {
  /** Path of the content, relative to the tileset's folder. */
  readonly path: string
  /** Key `level/x/y` of its tile. */
  readonly key: string
  /** 3 · n: x, y, z of each vertex, metres of the CRS, on the tileset's lattice of 1/256 m. */
  readonly positions: Float64Array
  /** LiDAR class of each vertex. */
  readonly classes: Uint8Array
  /** 3 · m vertices, counter-clockwise seen from outside. */
  readonly triangles: Uint32Array
  /** LiDAR class of each triangle: 2 ground, 5 tree, 6 building, 9 water, 17 bridge. */
  readonly triangleClasses: Uint8Array
  /** Feature of each triangle: its row in `objects`. */
  readonly features: Uint32Array
  /** Ids, classes and attributes of the objects, one a row. Row 0 is the ground, with id "". */
  readonly objects: MeshObjects
}

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
export async function* readMesh(path: string, query: MeshQuery = {}): AsyncGenerator<ContentMesh, void> {
  const { readContents } = await import("./read-contents.js")
  yield* readContents(path, query)
}
