/**
 * The contract between the engine and a kernel. Beside `engine/core` it is the only thing of the
 * engine that a kernel may import. A kernel is a module whose default export {@link defineKernel}
 * makes; the engine loads it by its URL, ours and a third party's alike.
 */
import type { Box2 } from "./core/geometry/box.js"
import type {
  AttributeName,
  Column,
  Features,
  Image,
  Mesh,
  Metrics,
  Points,
  Raster,
  Shard,
  Solids,
  Texture,
  View,
} from "./core/kernel-data.js"
import type { FeaturesStyle, RasterStyle, Threshold } from "./core/kernel-styles.js"
import type { Stage } from "./core/stages.js"

export type {
  AttributeName,
  Chart,
  Column,
  Features,
  Image,
  Mesh,
  MeshObjects,
  Metrics,
  PointAttributes,
  Points,
  Raster,
  Shard,
  Solids,
  Texture,
  TextureChart,
  View,
} from "./core/kernel-data.js"
export type { FeaturesStyle, MapColours, MapStyle, RasterStyle, Rgb, Threshold } from "./core/kernel-styles.js"

// --------------------------------------------------------------------------------------------------------------- ports

/**
 * Points of some classes (all when `classes` is absent), with the attributes asked for. Noise (7, 18) never comes; of points of one place, class, return number and number of returns
 * one does. Intensity and GPS time are decoded where a port of the job asks for them, and cost reading time: ask for what is used.
 */
export interface PointsPort {
  readonly kind: "points"
  readonly classes?: readonly number[]
  readonly attributes?: readonly AttributeName[]
  /** True: a tile without any such point is skipped with `skipReason`. */
  readonly required?: boolean
  readonly skipReason?: string
  /**
   * Distance between points that the kernel needs, metres (whole millimetres): the port then gets one point a cell of this side and class, the one
   * nearest to the cell's centre, on a grid fixed in the CRS. 0: every point. Without it the job's `--spacing` holds, else every point.
   */
  spacing?(options: Readonly<Record<string, OptionValue>>): number
}
/** A raster made by another kernel of the chain (input), or to be written under `raster/<port name>/` (output). `cell`: of an output the side of its cells, metres; kernels that read some cells around hear of it in `halo`. */
export interface RasterPort {
  readonly kind: "raster"
  readonly type?: "float" | "byte"
  /** False: handed on in the chain, not written. Default true. */
  readonly publish?: boolean
  /**
   * Of heights in the job's height system: those of the bare earth, or of the first surface from above. Maps show them as
   * relief, viewers in space, and meshes are compared with them where their points are gone.
   */
  readonly heights?: "bare-earth" | "first-surface"
  readonly style?: RasterStyle
  cell?(options: Readonly<Record<string, OptionValue>>): number
}
/** Imagery of the extent at the resolution (metres a pixel) that the kernel states; the engine reads the overview that fits. Where no image lies: undefined if `optional`, else an image of nothing. */
export interface ImagePort {
  readonly kind: "image"
  /** True: colour-infrared images (`--irc`; red is near infrared, green red, blue green) instead of orthophotos. */
  readonly infrared?: true
  readonly optional?: true
  resolution(tile: Tile, options: Readonly<Record<string, OptionValue>>): number
}
/**
 * Oriented images that can see something of the extent, as windows of it; ordered by the name of the shot. The engine reads them one after another and
 * holds no more than these: `most` for each square of 250 m of the CRS that the extent reaches, spread over the directions that they look from. What is chosen for a place hangs on its
 * square alone, not on the tile (see `View.squares`).
 */
export interface ViewsPort {
  readonly kind: "views"
  /** Metres a pixel that are fine enough, on the ground in the middle of an image; the engine reads the overview that fits. */
  resolution(tile: Tile, options: Readonly<Record<string, OptionValue>>): number
  /** Most images of a square. */
  most(options: Readonly<Record<string, OptionValue>>): number
  /** About how many pixels a window may have: images of which the extent would have more come coarser, in all tiles alike. */
  mostPixels(options: Readonly<Record<string, OptionValue>>): number
}
/** A mesh. As input of a kernel of stage "parent", with `many`: the meshes of the children, ordered by key. */
export interface MeshPort {
  readonly kind: "mesh"
  readonly many?: true
  /** True: undefined where no kernel of the job makes it; it asks for no maker. */
  readonly optional?: true
  /** Of the ground: the kernel's option that bounds how far points of the ground lie from it, metres. `validate` holds it to that. */
  readonly groundBound?: string
}
/** Closed solids; as input of a kernel of stage "parent", with `many`: those of the children, ordered by key. */
export interface SolidsPort {
  readonly kind: "solids"
  readonly many?: true
  readonly optional?: true
}
/** A texture of the mesh, absent (undefined) where there is no image. As input of a kernel of stage "parent", with `many`: the children's painted walls, ordered by key (charts without faces, placed in the CRS); the kernel runs where tiles make them. */
export interface TexturePort {
  readonly kind: "texture"
  readonly many?: true
  /** True: undefined where no kernel of the job makes it; it asks for no maker. */
  readonly optional?: true
}
/** What a column of a layer's table holds. A number that is not known is NaN, a text that is not known "". */
export interface ColumnFacts {
  readonly type: Column["type"]
  readonly unit?: string
  readonly help: string
}
/** Features, written to `vector/<port name>.fgb`. */
export interface FeaturesPort {
  readonly kind: "features"
  readonly geometry: "Polygon" | "LineString" | "Point"
  readonly help?: string
  /** As output: the columns, each of which every feature has, in the order of the table. All kernels that make the layer state the same. */
  readonly columns?: Readonly<Record<string, ColumnFacts>>
  /** As output: what it shows. Footprints: one polygon a building. Decks: what bridges cover; points of the ground there lie under one. */
  readonly role?: "footprints" | "decks"
  readonly style?: FeaturesStyle
  /** As input: features that the user gave under this name (`--footprints`, `--breaklines`) whose box meets the extent, ordered by id; undefined without the flag. */
  readonly external?: "footprints" | "breaklines"
}
/** Bytes of a kernel's own making. Handed from tiles to kernels of stages "region" and "job", and from regions to those of stage "job" (there, with `many`: one array a tile or region, ordered by key), and to kernels of stage "model" of the same tile; with `listed`: an array of those of the other tiles that the tile's shards list, ordered by key. */
export interface BlobPort {
  readonly kind: "blob"
  readonly many?: true
  readonly listed?: true
  readonly optional?: true
}
/** One {@link Shard} a tile, made by a kernel of stage "job", and of "region"; a kernel of stage "model" reads the bytes of its own tile (those of its region first; empty where there are none) by a blob port of that name. */
export interface ShardsPort {
  readonly kind: "shards"
}
/** Figures for the passport. */
export interface MetricsPort {
  readonly kind: "metrics"
  /** By the name of the figure. */
  readonly thresholds?: Readonly<Record<string, Threshold>>
}

/** Any port. Ports of different kernels meet by name: an input takes the output of that name of an earlier kernel. */
export type Port =
  | PointsPort
  | RasterPort
  | ImagePort
  | ViewsPort
  | MeshPort
  | SolidsPort
  | TexturePort
  | FeaturesPort
  | BlobPort
  | ShardsPort
  | MetricsPort
/** The ports of one side of a kernel. */
export type Ports = Readonly<Record<string, Port>>

/** Data of a port by its kind. */
interface DataOfKind {
  readonly points: Points
  readonly raster: Raster
  readonly image: Image
  readonly views: readonly View[]
  readonly mesh: Mesh
  readonly solids: Solids
  readonly texture: Texture
  readonly features: Features
  readonly blob: Uint8Array
  readonly shards: readonly Shard[]
  readonly metrics: Metrics
}
type Many<P, T> = P extends { many: true } | { listed: true } ? readonly T[] : T
type Maybe<P, T> = P extends { optional: true } | { kind: "texture" } | { external: string } ? T | undefined : T
type PortData<P extends Port> = P extends Port ? Maybe<P, Many<P, DataOfKind[P["kind"]]>> : never

/** Data of the input ports. */
export type Inputs<I extends Ports> = { readonly [K in keyof I]: PortData<I[K]> }
/** Data of the output ports. */
export type Outputs<O extends Ports> = { readonly [K in keyof O]: PortData<O[K]> }

// ------------------------------------------------------------------------------------------------------------- options

/** Declaration of one option: the single source of its flag, check, default, help and schema. */
export type Option = (
  | {
      readonly type: "number"
      readonly default: number
      readonly unit?: string
      readonly min?: number
      readonly max?: number
    }
  | { readonly type: "boolean"; readonly default: boolean }
  | { readonly type: "string"; readonly default: string; readonly choices?: readonly string[] }
) & {
  readonly help: string
  /** True: the command has a flag of this name, which sets it in every kernel that declares it so. */
  readonly flag?: true
}
/** The options of a kernel. */
export type Options = Readonly<Record<string, Option>>
/** Value of an option. */
export type OptionValue = number | boolean | string
type ValueOf<O> = O extends { type: "number" } ? number : O extends { type: "boolean" } ? boolean : string
/** Values of the declared options. */
export type Values<P extends Options> = { readonly [K in keyof P]: ValueOf<P[K]> }

// ---------------------------------------------------------------------------------------------------------- the kernel

/**
 * The tile a kernel works on. `core`: the region that the kernel's output must cover (already grown by what later kernels
 * of the chain need); `extent`: the region of its input, `core` grown by the kernel's own halo. `cell`: the work tile
 * itself. `origin`: the point that integers are relative to. `step`: side of the tile over the side of the finest tiles (1, 2, 4 …).
 * `region`: in stage "region" that region, metres of the CRS; the tile itself is the root, as in stage "job".
 * `sources`: of work tiles, the boxes of the point files that meet the extent of the stage, as their headers tell; metres of the CRS.
 */
export interface Tile {
  readonly key: string
  readonly cell: Box2
  readonly core: Box2
  readonly extent: Box2
  readonly origin: readonly [x: number, y: number, z: number]
  readonly step: number
  readonly epsg: number
  readonly sources?: readonly Box2[]
  readonly region?: Box2
}

/**
 * What is known before a task starts. Of tiles an upper estimate of their points, and their area; of the kernels of regions and of the job and of the second stage of tiles, once the tiles before them have ended, the
 * bytes of the blobs and shards that they read.
 */
export interface Counts {
  /** Of a kernel with points ports those that these get, as far as classes are known; of another one all of the tile; 0 for a kernel of the job, which reads no points. */
  readonly points: number
  /** 0 for a kernel of the job. */
  readonly areaM2: number
  /** Of a tile its side over that of the finest tiles; absent elsewhere. */
  readonly step?: number
  /** As they lie on disk; 0 in the first stage of tiles and for parents, and while they are not yet known. */
  readonly bytes: number
  /** At most how many of the tile's points are of a class, by its code, where that is known: in the first stage from the decoding of its sources, in the second one from the first; absent before that, and for other stages. */
  readonly classes?: Readonly<Record<number, number>>
}

/** Side of the regions of stage "region", metres: the lines x = k · side and y = k · side of the job's CRS. */
export const regionSide = 10_000

/** The worker's arena: zeroed typed arrays that live until the kernel returns. Never return one as output. */
export interface Scratch {
  int32(length: number): Int32Array
  uint32(length: number): Uint32Array
  uint8(length: number): Uint8Array
  float32(length: number): Float32Array
  float64(length: number): Float64Array
}

/**
 * Where a kernel runs: once a tile; once a region of 10 km of the CRS, when its tiles are through ("region"); once a job, when all tiles and regions are through; once a tile again, with what the job's kernels made
 * ("model"); once a parent tile of the pyramid. A kernel of stages "region" and "job" joins what lies inside a region there, and leaves the rest to the job by an output blob of the name of its input; in a job of one region it runs once, with the same result.
 */
export type KernelStage = Exclude<Stage, "source" | "layer">

/**
 * A kernel: pure, synchronous, one algorithm on one tile.
 *
 * `run` sees no file, clock, random number, log or global, and decides nothing by a statistic of the tile or a time limit: the same input bytes give the same output bytes on any worker count, in any order, alone or among neighbours.
 */
export interface Kernel<I extends Ports = Ports, O extends Ports = Ports, P extends Options = Options> {
  readonly id: `${string}.${string}`
  /** Raised when output bytes change; part of every task hash. */
  readonly version: number
  readonly summary: string
  /** Default `["tile"]`. */
  readonly stages?: readonly KernelStage[]
  readonly inputs: I
  readonly outputs: O
  readonly options: P
  /** Metres of context needed around the output region; a chain needs the SUM of its kernels' halos. `cells`: sides of the cells of its raster inputs, metres, by port, where the kernels that make them tell. */
  halo(options: Values<P>, cells?: Readonly<Record<string, number>>): number
  /** Upper estimate of peak bytes, for admission: beside the points that it is handed, which the engine counts. */
  memory(counts: Counts, options: Values<P>): number
  /** Once a worker, before the first run. */
  prepare?(): Promise<void>
  run(tile: Tile, input: Inputs<I>, options: Values<P>, scratch: Scratch): Outputs<O>
}

/**
 * Declares a kernel with its ports and options inferred, so that reading an undeclared port or option is a type error.
 * @example
 * export default defineKernel({ id: "raster.slope", version: 1, summary: "…", inputs: { dtm: { kind: "raster" } }, … })
 */
export const defineKernel = <const I extends Ports, const O extends Ports, const P extends Options>(
  kernel: Kernel<I, O, P>,
): Kernel<I, O, P> => kernel

// ------------------------------------------------------------------------------------------------------------- presets

/** The kernels of one way to make the mesh (`--mesh`). */
export interface MeshPreset {
  /** Kernels that make meshes and solids. Those that another way names and this one does not are left out. */
  readonly makers: readonly string[]
  /** Kernels whose optional outputs the makers take, beside those that they must have; passed over where the table of kernels lacks one. */
  readonly beside: readonly string[]
  /** Port that is shown as the mesh of a tile. */
  readonly shown: string
  /** Ports that tiles hand to the parent above them, where it reads them; absent: all that it reads. */
  readonly handed?: readonly string[]
}
/** What a table of kernels is combined to: the export `presets` of the module beside it. */
export interface Presets {
  /** What a job can make, in this order, all by default: ports of rasters; "mesh", "texture" and "vector" for every port of that kind. */
  readonly products: readonly string[]
  /** Ways to make the mesh, by name. */
  readonly meshes: Readonly<Record<string, MeshPreset>>
  /** The way that holds without `--mesh`. */
  readonly defaultMesh: string
  /** Makers of solids that layers are made of: they may run whatever way the mesh is made. */
  readonly layerMakers: readonly string[]
}
