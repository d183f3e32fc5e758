/** Types of the entries of the library, which their code shares. */
import type { Box2 } from "../core/geometry/box.js"
import type { FurtherAttributes } from "../formats/las/columns.js"
import type { BoxNumbers } from "../formats/raster/open/types.js"
import type { Features, MeshObjects, PointAttributes, Tile } from "../kernel.js"

export type { ZonalRequest, ZonalResult } from "../compare/zonal.js"
export type {
  BoxNumbers,
  CogFacts,
  RasterArray,
  RasterFile,
  RasterQuery,
  RasterValues,
  RasterWindow,
} from "../formats/raster/open/types.js"

/**
 * Points as plain arrays, one element a point. `x`, `y`, `z` are metres of the CRS; they are
 * rounded to whole millimetres. Points without `classification` count as the first class that their
 * port takes.
 */
export interface PointArrays extends Partial<{ readonly [Name in keyof PointAttributes]: ArrayLike<number> }> {
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
  readonly z: ArrayLike<number>
  /** Extra bytes by name, for kernels that ask for them. */
  readonly extra?: Readonly<Record<string, ArrayLike<number>>>
}

/** How `runKernel` runs a kernel. */
export interface RunKernelRequest<OptionValues = Readonly<Record<string, unknown>>> {
  /**
   * Area of the result, CRS metres. Default: the box of the points, in whole metres, or of the
   * rasters.
   */
  readonly box?: BoxNumbers
  /** EPSG code of the CRS, for the few kernels that ask for it. */
  readonly epsg?: number
  /** Options by name; the others have their defaults. Lists of places may be arrays. */
  readonly options?: OptionValues
  /** True: points that are equal in place, class and returns all remain. Default: one of them. */
  readonly duplicates?: boolean
  /**
   * Further facts of the tile. `sources`: boxes of the point files, beyond which terrain and
   * surface end as in a job; `step` for a kernel of parents; `region` for a join.
   */
  readonly tile?: Partial<Pick<Tile, "key" | "step" | "sources" | "region">>
}

/** The columns besides x, y, z. Formats without GPS time give NaN or 0. */
export type PointFields = PointAttributes & Omit<FurtherAttributes, "returns">

/** Name of a column. */
export type PointField = keyof PointFields

/** Which points {@link PointCloud.batches} reads, and which columns. */
export interface PointsQuery<Field extends PointField = "classification"> {
  /** `[minX, minY, maxX, maxY]`, CRS metres, half-open. Default: everything. */
  readonly box?: BoxNumbers
  /**
   * Deepest level of a COPC that is read, 0 for the root. Each level halves the spacing of the
   * points. Default: all of them.
   */
  readonly level?: number
  /** Classes to read. Default: all. */
  readonly classes?: readonly number[]
  /** Columns to decode. Default: classification. Intensity and GPS time cost the most. */
  readonly attributes?: readonly Field[]
  /** True: also red, green, blue and, where the format has it, nir. */
  readonly colours?: boolean
  /** Extra dimensions (extra bytes) by name. */
  readonly extra?: readonly string[]
  /** False: without the noise classes 7 and 18. Default: true. */
  readonly noise?: boolean
  /**
   * False: of points that are equal in place, class and returns, one remains, with the least value
   * of each column. Points are then in canonical order, and in memory: those of 2 million points'
   * squares of a COPC, all of the query's in other formats. Default: true.
   */
  readonly duplicates?: boolean
}

/** Points as columns, one element a point; every array is the caller's. */
export type PointBatch<Field extends PointField = "classification"> = {
  readonly count: number
  /** Metres of the CRS, rounded to whole millimetres. */
  readonly x: Float64Array
  readonly y: Float64Array
  readonly z: Float64Array
  /** Values of the extra dimensions by name, with scale and offset applied. */
  readonly extra: Readonly<Record<string, Float64Array>>
} & { readonly [Name in Field]: PointFields[Name] } & {
  /** 16 bits each, as stored; present with `colours`. */
  readonly [Name in "red" | "green" | "blue" | "nir"]?: Uint16Array
}

/** A file of a {@link PointCloud}, as its header describes it. */
export interface PointCloudFile {
  /** Path or address as given. */
  readonly path: string
  readonly format: "las" | "laz" | "copc"
  readonly count: number
  readonly box: Box2
  readonly pointFormat: number
  /** Spacing of the points of a COPC's root, metres. */
  readonly spacing?: number
  /** Extra dimensions and their types, such as `float64`. */
  readonly extraBytes: readonly { readonly name: string; readonly type: string }[]
  /** Tolerated faults of the writer. */
  readonly faults: readonly string[]
}

/** Open point files. */
export interface PointCloud {
  /** Number of points of all files, noise and duplicates included. */
  readonly count: number
  /** Box around all files, CRS metres, closed. */
  readonly box: Box2
  readonly zRange: readonly [min: number, max: number]
  /** EPSG code of the CRS; undefined if the files state none, or several. */
  readonly epsg: number | undefined
  readonly files: readonly PointCloudFile[]
  /**
   * Streams points in batches of at most 65,536, file by file. Memory does not grow with the files.
   * Heights beyond 12 km are left out.
   *
   * @throws EngineError `E_INPUT` for an extra dimension or colour that a file lacks; `E_FORMAT`
   * for a damaged file; `E_USAGE` for a level of a file that is no COPC
   *
   * @example
   * for await (const { count, z } of cloud.batches({ box, classes: [6] })) console.log(count, z[0])
   */
  batches<const Field extends PointField = "classification">(
    query?: PointsQuery<Field>,
  ): AsyncGenerator<PointBatch<Field>, void>
  /**
   * Reads all points of a query at once, as `runKernel` takes them.
   *
   * @example
   * const ground = await cloud.read({ box: [842000, 6520000, 842050, 6520050], classes: [2] })
   */
  read<const Field extends PointField = "classification">(query?: PointsQuery<Field>): Promise<PointBatch<Field>>
  close(): Promise<void>
}

/** A value of a column; null if missing. */
export type FeatureValue = string | number | boolean | null

/** One feature of a layer. */
export interface Feature {
  readonly id: string
  /**
   * The parts of its geometry, each a list of rings (or one line, or one point): x, y[, z] of each
   * vertex in turn, CRS metres. The outer ring of a polygon is first; rings are closed.
   */
  readonly parts: readonly (readonly ArrayLike<number>[])[]
  /** Values by column. */
  readonly properties: Readonly<Record<string, FeatureValue>>
}

/** Type of a column. */
export type FeatureColumnType = "number" | "integer" | "boolean" | "string"

/** An open layer. */
export interface VectorLayer {
  readonly name: string
  readonly geometry: Features["geometry"]
  /** Numbers in a vertex. */
  readonly dimension: 2 | 3
  /** EPSG code of the CRS; undefined if the file states none. */
  readonly epsg: number | undefined
  /** Columns and their types, without `id`. */
  readonly columns: Readonly<Record<string, FeatureColumnType>>
  /** Source, dates, licence: text by name. */
  readonly metadata: Readonly<Record<string, string>>
  /**
   * Streams features in the order of the file, in bounded memory. With `box`, those whose boxes
   * meet it (closed): the file's index finds them, and they are in memory together.
   *
   * @throws EngineError `E_USAGE` for an unknown column; `E_FORMAT` if the file is damaged
   */
  features(query?: FeaturesQuery): AsyncGenerator<Feature, void>
  close(): Promise<void>
}

/** Which features and columns are read. */
export interface FeaturesQuery {
  /** CRS metres. Default: all features. */
  readonly box?: BoxNumbers
  /** Names of columns. Default: all. */
  readonly columns?: readonly string[]
}

/** CRS, geometry and columns of a layer of `writeFeatures`. */
export interface NewLayer {
  /** EPSG code of the CRS. */
  readonly epsg: number
  /** Default: "Polygon". `Features` have their own geometry, dimension and columns. */
  readonly geometry?: Features["geometry"]
  /** Numbers in a vertex. Default: 2. */
  readonly dimension?: 2 | 3
  /** Columns and their types. Default: those of the first feature's properties. */
  readonly columns?: Readonly<Record<string, FeatureColumnType>>
  /** Default: the file's name. */
  readonly name?: string
  /** Text by name, shown as metadata of the layer. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** A feature to write; ids must differ. Default id: its number. */
export type NewFeature = Omit<Feature, "id" | "properties"> & Partial<Pick<Feature, "id" | "properties">>

/** Which contents `readMesh` reads, and the heights of their positions. */
export interface MeshQuery {
  /** Contents that may meet this box, CRS metres, closed. Default: all. */
  readonly box?: BoxNumbers
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
