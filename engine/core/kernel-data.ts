/**
 * The data of kernel ports. Part of the kernel contract: kernels import these types from
 * `engine/kernel.ts`.
 */

import type { Shot } from "./camera/camera.js"
import type { Box2 } from "./geometry/box.js"

/** Per-point attributes besides x, y, z, and the type of array for each. */
export interface PointAttributes {
  classification: Uint8Array
  returnNumber: Uint8Array
  numberOfReturns: Uint8Array
  intensity: Uint16Array
  gpsTime: Float64Array
}

/** Name of a point attribute. */
export type AttributeName = keyof PointAttributes

/**
 * Points as columns. `x`, `y`, `z` are integers of `scale` (0.001 m) relative to `origin` (CRS
 * metres).
 *
 * Canonical order: 1 m cell of the CRS grid (row from the south, then column), then x, y, z, class,
 * return number, number of returns. Points that are equal in all of these are duplicates. One of
 * them remains, with the least intensity and the least GPS time of all. Only the attributes that
 * the port requests are present. They depend neither on what other ports request nor on the format
 * of the input.
 */
export interface Points extends Partial<PointAttributes> {
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly scale: number
  readonly origin: readonly [x: number, y: number, z: number]
  /**
   * Values of the extra bytes that the port asks for, by name, with scale and offset applied. Of
   * duplicates, the least value of each remains.
   */
  readonly extra?: Readonly<Record<string, Float64Array>>
}

/** Points with every attribute, and the extra bytes that were read. */
export type FullPoints = Required<Omit<Points, "extra">> & Pick<Points, "extra">

/** Points of a port that is `chunked`: its columns are made when they are first read. */
export interface ChunkedPoints extends Points {
  /**
   * Copies the points in order to the start of columns of at least 1024 elements, as many as fit,
   * and calls `use` with their number each time. Absent where the columns exist anyway.
   */
  chunks?(columns: Pick<Points, "x" | "y" | "z" | "classification">, use: (count: number) => void): void
}

/**
 * A raster aligned to multiples of `cellSize` in the CRS. Row 0 is the northernmost. Cell (column,
 * row) covers `[minX + column·cellSize, …)` by `(…, maxY − row·cellSize]`. No data is NaN in floats
 * and 0 in bytes. A port with `bands` has all cells of the first band, then those of the second, …
 */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly minX: number
  readonly maxY: number
  readonly cellSize: number
  readonly data: Float32Array | Uint8Array
}

/**
 * An image with alpha (0: no image here) that covers `box`; `width · height · 4` bytes, row 0
 * northernmost.
 */
export interface Image {
  readonly width: number
  readonly height: number
  readonly box: Box2
  readonly data: Uint8Array
}

/**
 * A window of an oriented image. `shot.camera` is the camera of the window: its sizes and principal
 * point are in pixels of `data`. Pixel (column, line) covers `[column, column + 1)` by
 * `[line, line + 1)`. Name and position of `shot` are those of the whole image.
 */
export interface View {
  readonly shot: Shot
  /** RGBA, `camera.width · camera.height · 4` bytes, row 0 at the top; alpha 0: no image here. */
  readonly data: Uint8Array
  /**
   * Radiometric correction by red, green and blue: gain · colour + bias, common to the whole job.
   */
  readonly gain: readonly [number, number, number]
  readonly bias: readonly [number, number, number]
  /**
   * Cells of a CRS grid that this image was chosen for, metres. Absent: it has the same weight
   * everywhere.
   *
   * The weight falls from full, a sixteenth of a cell's side inside its border, to zero, as far
   * outside. Colours therefore change smoothly across a border, where the chosen images change.
   */
  readonly squares?: readonly Box2[]
}

/**
 * A triangle mesh. `positions`: 3·n integers of 0.001 m relative to `origin`. `triangles`: 3·m
 * vertex indices, counter-clockwise seen from outside (above). `classes`: LiDAR class of each
 * vertex.
 *
 * `maxError`: measured vertical distance, metres, from the finest accepted points to the mesh.
 */
export interface Mesh {
  readonly origin: readonly [x: number, y: number, z: number]
  readonly positions: Int32Array
  readonly triangles: Uint32Array
  readonly classes: Uint8Array
  readonly maxError: number
  /**
   * For each triangle its row of `objects`; row 0 is the ground. Absent: the mesh is one object.
   */
  readonly owners?: Uint32Array
  /** The objects of the triangles; present with `owners`. */
  readonly objects?: MeshObjects
  /**
   * Outlines of bridge decks; the ground uses no points on or inside them. For each, its open
   * rings, x, y a vertex, in the frame of `positions`. Tile contents list them for checks.
   */
  readonly decks?: readonly (readonly Int32Array[])[]
}

/** The objects of a mesh, one a row. Row 0 is the ground: id "", class 2. */
export interface MeshObjects {
  readonly ids: readonly string[]
  /** LiDAR class of the object: 2 ground, 5 tree, 6 building, 9 water, 17 bridge deck. */
  readonly classes: Uint8Array
  /** Attributes, one value a row. */
  readonly columns: Readonly<Record<string, Column>>
}

/**
 * Closed solids with polygonal faces. `positions`: 3·n multiples of 0.1 mm, in millimetres
 * relative to `origin`.
 *
 * Ring r has the vertices `ringVertices[ringEnds[r − 1] … ringEnds[r])` and is open. The first ring
 * of a face is its outer one, counter-clockwise seen from outside the solid. Holes follow,
 * clockwise. `faceEnds[f]` is the ring index after face f, `solidEnds[s]` the face index after
 * solid s.
 */
export interface Solids {
  readonly origin: readonly [x: number, y: number, z: number]
  readonly positions: Int32Array | Float64Array
  readonly ringVertices: Uint32Array
  readonly ringEnds: Uint32Array
  readonly faceEnds: Uint32Array
  /** 0 floor, 1 wall, 2 roof; of a recess in a wall: 3 its floor, 4 its ceiling. */
  readonly faceKinds: Uint8Array
  readonly solidEnds: Uint32Array
  /** Object of each solid; several solids may share one. */
  readonly ids: readonly string[]
  /** LiDAR class of each solid: 6 building, 17 bridge deck. */
  readonly classes: Uint8Array
  /**
   * x, y of the representative point of each solid's object, CRS metres, as in {@link Features}.
   * Absent: the centre of the solid's box.
   */
  readonly anchors?: Float64Array
  /** Attributes, one value a solid. */
  readonly columns: Readonly<Record<string, Column>>
}

/**
 * Bytes that a kernel of stage "job" hands to one tile of the model stage, and the tiles whose
 * blobs they need.
 */
export interface Shard {
  /** Key of the tile, `level/x/y`. */
  readonly key: string
  readonly bytes: Uint8Array
  /** Sorted keys of other tiles whose blobs the tile must read to use these bytes. */
  readonly reads: readonly string[]
}

/**
 * A rectangle of texels on a plane, and the mesh faces that it paints. Lengths are metres, in the
 * frame of the mesh (relative to its `origin`).
 *
 * Texel (i, j), column and row, covers `origin + u · [i, i + 1) · texel + v · [j, j + 1) · texel`.
 * A place off the plane belongs to the texel that it projects to along the normal.
 */
export interface Chart {
  /** Indices of the mesh's triangles, ascending. */
  readonly faces: Uint32Array
  /** The outer corner of texel (0, 0). */
  readonly origin: readonly [x: number, y: number, z: number]
  /** Unit vectors along a row and down a column; `u × v` looks into the surface. */
  readonly u: readonly [x: number, y: number, z: number]
  readonly v: readonly [x: number, y: number, z: number]
  /** Texels. */
  readonly width: number
  readonly height: number
  /** Side of a texel. */
  readonly texel: number
}

/** A chart and its texels. */
export interface TextureChart extends Chart {
  /**
   * RGBA, `width · height · 4` bytes, row by row. Encoders ignore alpha; between kernels, alpha 0
   * marks an unknown texel.
   */
  readonly data: Uint8Array
  /**
   * Near infrared, red and green of the same texels, laid out as `data`. All charts of a texture
   * have it, or none.
   */
  readonly infrared?: Uint8Array
}

/** A texture for a mesh. Each face is in one chart at most. */
export interface Texture {
  readonly charts: readonly TextureChart[]
  /**
   * Colour of each triangle that no chart paints, 0xRRGGBB (sRGB); above 0xffffff: the colour of
   * its class.
   */
  readonly colours: Uint32Array
  /** The same in near infrared, red and green; present when charts have them. 0: unknown. */
  readonly infraredColours?: Uint32Array
  /** Area that the charts from above cover, CRS metres. Geometry outside has plain colours. */
  readonly box?: Box2
}

/** A column of feature attributes. */
export type Column =
  | { readonly type: "number"; readonly values: Float64Array }
  | { readonly type: "integer"; readonly values: Int32Array }
  | { readonly type: "string"; readonly values: readonly string[] }

/**
 * Vector features as flat arrays. `coordinates`: x, y[, z] in CRS metres. `ringEnds[r]` is the
 * vertex index after ring (or line) r, `partEnds[f]` the ring index after feature f.
 *
 * Polygon rings are closed (first vertex repeated): the outer one first, counter-clockwise, then
 * holes, clockwise. `ids`: stable object ids.
 */
export interface Features {
  readonly geometry: "Polygon" | "LineString" | "Point"
  readonly dimension: 2 | 3
  readonly coordinates: Float64Array
  readonly ringEnds: Uint32Array
  readonly partEnds: Uint32Array
  readonly ids: readonly string[]
  readonly columns: Readonly<Record<string, Column>>
  /**
   * x, y of each feature's representative point, CRS metres. Absent: the centre of its box. Written
   * to no file. The tile whose half-open cell contains the point owns the feature. A job drops the
   * feature if its area excludes that tile, or if its départements do not contain the point.
   */
  readonly anchors?: Float64Array
}

/** Figures for the quality passport of a tile, by name; the name contains the unit. */
export type Metrics = Readonly<Record<string, number>>
