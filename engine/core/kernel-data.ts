/** What passes through the ports of kernels. Part of the contract: kernels take these types from `engine/kernel.ts`. */

import type { Shot } from "./camera/camera.js"
import type { Box2 } from "./geometry/box.js"

/** Per-point attributes beside x, y, z, with the array that carries each. */
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
 * Points as columns. `x`, `y`, `z` are integers of `scale` (0.001 m) relative to `origin` (CRS metres), in canonical
 * order: 1 m cell of the CRS grid (row from the south, then column), then x, y, z, class, return number, number of returns. Of duplicates, which are equal in all
 * that, there is one, with the least intensity and the least GPS time of them, each by itself. Only the attributes that the port asks for are present; they do
 * not depend on what other ports ask for, nor on the form of the input.
 */
export interface Points extends Partial<PointAttributes> {
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly scale: number
  readonly origin: readonly [x: number, y: number, z: number]
}

/**
 * A raster aligned to multiples of `cellSize` in the CRS. Row 0 is the northernmost; cell (column, row) covers
 * `[minX + column·cellSize, …)` by `(…, maxY − row·cellSize]`. Float data: NaN is void. Byte data: 0 is void.
 */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly minX: number
  readonly maxY: number
  readonly cellSize: number
  readonly data: Float32Array | Uint8Array
}

/** An image with alpha (0 = no image there), row 0 northernmost, covering `box`; `width · height · 4` bytes. */
export interface Image {
  readonly width: number
  readonly height: number
  readonly box: Box2
  readonly data: Uint8Array
}

/**
 * A window of an oriented image. The camera of `shot` is that of the window: its pixels, sizes and principal point are those of `data`, whose
 * pixel (column, line) covers `[column, column + 1)` by `[line, line + 1)`. The image's own name and place are the shot's.
 */
export interface View {
  readonly shot: Shot
  /** RGBA, `camera.width · camera.height · 4` bytes, row 0 at the top; alpha 0: no image there. */
  readonly data: Uint8Array
  /** The correction: a value is gain · colour + bias, colours being those of the whole job. Red, green, blue. */
  readonly gain: readonly [number, number, number]
  readonly bias: readonly [number, number, number]
  /**
   * Squares of a grid of the CRS that the image was chosen for, metres; absent: it counts everywhere alike. It counts in full a sixteenth of a square's side within its lines and not at all as far beyond, so
   * that places beside a line, which have other images, have nearly the same.
   */
  readonly squares?: readonly Box2[]
}

/**
 * A triangle mesh. `positions`: 3·n integers of 0.001 m relative to `origin`; `triangles`: 3·m vertex indices,
 * counter-clockwise seen from outside (above); `classes`: LiDAR class per vertex. `maxError`: vertical distance, metres,
 * measured (not asked), from the finest accepted points to the mesh.
 */
export interface Mesh {
  readonly origin: readonly [x: number, y: number, z: number]
  readonly positions: Int32Array
  readonly triangles: Uint32Array
  readonly classes: Uint8Array
  readonly maxError: number
  /** Row of `objects` of each triangle; row 0 is the ground. Absent: all of it is one thing. */
  readonly owners?: Uint32Array
  /** What the triangles belong to; present with `owners`. */
  readonly objects?: MeshObjects
  /** Outlines of bridge decks on or inside which no point made the ground: of each its rings, x, y a vertex as in `positions`, not closed. Contents name them, for checks. */
  readonly decks?: readonly (readonly Int32Array[])[]
}

/** The things a mesh is made of, a row each. Row 0 is the ground: id "", class 2. */
export interface MeshObjects {
  readonly ids: readonly string[]
  /** LiDAR class of the object: 2 ground, 5 tree, 6 building, 9 water, 17 bridge deck. */
  readonly classes: Uint8Array
  /** Attributes, one value a row. */
  readonly columns: Readonly<Record<string, Column>>
}

/**
 * Closed solids with polygonal faces. `positions`: 3·n integers of 0.001 m relative to `origin`. Ring r has the vertices
 * `ringVertices[ringEnds[r − 1] … ringEnds[r])`, not closed; a face's first ring is the outer one, counter-clockwise seen from outside the solid,
 * holes after it, clockwise. `faceEnds[f]`: ring index after face f; `solidEnds[s]`: face index after solid s.
 */
export interface Solids {
  readonly origin: readonly [x: number, y: number, z: number]
  readonly positions: Int32Array
  readonly ringVertices: Uint32Array
  readonly ringEnds: Uint32Array
  readonly faceEnds: Uint32Array
  /** 0 floor, 1 wall, 2 roof. */
  readonly faceKinds: Uint8Array
  readonly solidEnds: Uint32Array
  /** Object of each solid; an object may have several. */
  readonly ids: readonly string[]
  /** LiDAR class of each solid: 6 building, 17 bridge deck. */
  readonly classes: Uint8Array
  /** x, y of the representative point of each solid's object, CRS metres, as of {@link Features}. Absent: the centre of the solid's box. */
  readonly anchors?: Float64Array
  /** Attributes, one value a solid. */
  readonly columns: Readonly<Record<string, Column>>
}

/** Bytes that a kernel of stage "job" hands to one tile of the later stage, with the tiles whose blobs belong to them. */
export interface Shard {
  /** Key of the tile, `level/x/y`. */
  readonly key: string
  readonly bytes: Uint8Array
  /** Keys of other tiles whose blobs the tile must read to use these bytes; ordered. */
  readonly reads: readonly string[]
}

/**
 * A rectangle of texels on a plane, and the faces of a mesh that it paints. Lengths are metres, in the frame of the mesh (relative to its `origin`).
 * Texel (i, j), column and row, covers `origin + u · [i, i + 1) · texel + v · [j, j + 1) · texel`; other places belong to the texel that
 * they fall on along the normal of the plane.
 */
export interface Chart {
  /** Numbers of the mesh's triangles, ascending. */
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
  /** `width · height · 4` bytes RGBA, row by row. Encoders ignore alpha; in what a kernel hands to another, 0 is a texel that is not known. */
  readonly data: Uint8Array
  /** The same place in near infrared, red and green, as `data`; of all charts of a texture or of none. */
  readonly infrared?: Uint8Array
}

/** A texture for a mesh. A face is in one chart at most. */
export interface Texture {
  readonly charts: readonly TextureChart[]
  /** Of each triangle the colour, 0xRRGGBB (sRGB), that it has where no chart paints it; above 0xffffff: that of its class. */
  readonly colours: Uint32Array
  /** The same in near infrared, red and green; with charts that have it. 0: not known. */
  readonly infraredColours?: Uint32Array
  /** Ground that the charts from above show, CRS: what stands out of it has plain colours. */
  readonly box?: Box2
}

/** A column of feature attributes. */
export type Column =
  | { readonly type: "number"; readonly values: Float64Array }
  | { readonly type: "integer"; readonly values: Int32Array }
  | { readonly type: "string"; readonly values: readonly string[] }

/**
 * Vector features, flat. `coordinates`: x, y[, z] in CRS metres. `ringEnds[r]` is the vertex index after ring (or line) r;
 * `partEnds[f]` the ring index after feature f. Polygon rings are closed (first vertex repeated), outer counter-clockwise
 * first, then holes clockwise. `ids`: stable object ids.
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
   * x, y of each feature's representative point, CRS metres: the tile whose half-open cell holds it owns the feature, and a job whose area leaves that
   * tile out, or whose départements do not hold the point, leaves the feature out. Absent: the centre of its box. Written to no file.
   */
  readonly anchors?: Float64Array
}

/** Figures for the quality passport of a tile: name -> value (unit in the name). */
export type Metrics = Readonly<Record<string, number>>
