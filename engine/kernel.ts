/**
 * The contract between the engine and a kernel. A kernel may import this module and `engine/core`,
 * and nothing else of the engine. A kernel is a module whose default export is made by
 * {@link defineKernel}. The engine loads every kernel by its URL, its own and third-party ones
 * alike.
 */
import { checkFields } from "./core/arguments.js"
import type { Density } from "./core/density.js"
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
import type { FeaturesStyle, JobShare, RasterStyle, Rgb, Threshold } from "./core/kernel-styles.js"
import type { Presence } from "./core/presence.js"
import type { Stage } from "./core/stages.js"

export type {
  AttributeName,
  Chart,
  ChunkedPoints,
  Column,
  Features,
  FullPoints,
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
export { LOWEST_CELLS, NO_LOWEST, type Presence, PresenceBit } from "./core/presence.js"

// ----- ports

/** A text in both languages of the help and the reference. */
export interface Text {
  readonly en: string
  readonly fr: string
}

/**
 * A file that the user brings for an input: `--wells FILE`, or the field `wells` of a job. Flag,
 * field, help, schema, reference, checks and the conversion to the job's CRS derive from it. Ports
 * of several kernels may read one file: they give it the same name, flag, geometry and cells.
 */
export interface ExternalInput {
  /** The job's field, in camel case: "wells". */
  readonly name: string
  /** The flag of `run` and `plan`: "--wells". */
  readonly flag: string
  /** One short line: no capital, no full stop. */
  readonly help: Text
  /** Details for `--help-all` and the reference, in the same form. */
  readonly more?: Text
  /** True: in the short help too. */
  readonly common?: true
}
/** A file of polygons, lines or points in any CRS; without one, in that of the job. */
export interface ExternalFeatures extends ExternalInput {
  /**
   * Columns that the kernel receives, converted to these types where no value changes. A file
   * without one of them, or with other values, is refused; other columns pass as they are.
   */
  readonly columns?: Readonly<
    Record<string, Pick<ColumnFacts, "type" | "unit" | "help"> & { readonly optional?: true }>
  >
  /**
   * What the engine itself uses the file for. Footprints: unclassified points inside count as
   * buildings (`--buildings-from`). Ground edges: checks allow the ground to break there.
   */
  readonly role?: "footprints" | "ground-edges"
}
/** A GeoTIFF in any CRS, resampled; or a GeoTIFF or mosaic in that of the job, cut as it is. */
export interface ExternalRaster extends ExternalInput {
  /**
   * Side of the cells that the kernel receives, at multiples of it in the CRS, metres. "file": the
   * file's own cells. Such a kernel stands in for those that make its outputs from points, in jobs
   * without point files. The engine sets its option `cell` to their side.
   */
  readonly cell: number | "file"
}

/**
 * Points of some classes, or of all when `classes` is absent, with the attributes asked for. Noise
 * (7, 18) is left out. Points with the same place, class, return number and number of returns are
 * duplicates: one of them remains. Intensity and GPS time cost reading time and are decoded only if
 * some port of the job asks for them.
 */
export interface PointsPort {
  readonly kind: "points"
  readonly classes?: readonly number[]
  readonly attributes?: readonly AttributeName[]
  /**
   * Names of extra bytes of the point files, such as "LMA", for `Points.extra`. A file without one
   * of them is an error of its tiles. They cost reading time and disk space.
   */
  readonly extra?: readonly string[]
  /** True: a tile without any such point is skipped with `skipReason`. */
  readonly required?: boolean
  readonly skipReason?: string
  /** True: often without points. `runKernel` may leave it out; it is then empty. */
  readonly mayBeEmpty?: true
  /** Name of an external input of the kernel: read only in jobs that have it, else undefined. */
  readonly beside?: string
  /**
   * Saves time where few points matter: those within `reach` metres of a point of these classes in
   * the extent. Others may be missing, and the kernel's result must not depend on them. Without a
   * point of these classes, the port is empty.
   */
  readonly near?: {
    readonly classes: readonly number[]
    reach(options: Readonly<Record<string, OptionValue>>): number
  }
  /** True where the kernel reads the chunks of `ChunkedPoints`, if any, not the columns. */
  readonly chunked?: true
  /**
   * Distance between points that the kernel needs, metres (whole millimetres). The port receives
   * one point per class and grid cell of this side: the nearest to the cell's centre. The grid is
   * fixed in the CRS. 0: every point. Absent: the job's `--spacing`, else every point.
   */
  spacing?(options: Readonly<Record<string, OptionValue>>): number
  /** Metres around the core within which it needs points, if fewer than the kernel's halo. */
  within?(options: Readonly<Record<string, OptionValue>>): number
}
/**
 * Where points of any class are in the extent, by cells of 1 m: see {@link Presence}. Unlike a
 * points port it does not make the job read or store points of further classes.
 */
export interface PresencePort {
  readonly kind: "presence"
  /** True: a tile without any return ({@link PresenceBit}) is skipped with `skipReason`. */
  readonly required?: boolean
  readonly skipReason?: string
}
/** Name and colour of each value of a raster of bytes. */
export type RasterValues = Readonly<Record<number, readonly [name: string, colour: Rgb]>>

/**
 * A raster: as input made by another kernel of the chain, as output written under
 * `raster/<port name>/`. `cell`: for an output, the side of its cells, metres; default: its option
 * `cell`, else 0.5. Kernels that read surrounding cells receive it in `halo`.
 */
export interface RasterPort {
  readonly kind: "raster"
  readonly type?: "float" | "byte"
  /** False: passed on in the chain, not written. Default true. */
  readonly publish?: boolean
  /**
   * Marks heights in the job's height system: of the bare earth, or of the first surface seen from
   * above. Maps show them as relief and viewers in 3D. Meshes are compared with them where the
   * points are no longer available.
   */
  readonly heights?: "bare-earth" | "first-surface"
  readonly style?: RasterStyle
  /** As output: unit of the values. Default: metres for `heights`, else that of `style`. */
  readonly unit?: string
  /** As output of bytes: what the values mean. Files get these names and colours. */
  readonly values?: RasterValues
  /**
   * As output of stage "model": finishes the raster of the same name of stage "tile" where that
   * stage's blob of this name is not empty. Such a tile's raster is written here only. Undefined
   * elsewhere.
   */
  readonly finishes?: string
  /**
   * As input: read, and made, only where the kernel's option has this value; else undefined.
   */
  readonly when?: { readonly option: string; readonly is: OptionValue }
  /**
   * As input: a raster that the user brings, NaN where it has no value; undefined without its flag.
   * It covers the extent and `beyond` metres around it, as far as the file goes.
   */
  readonly external?: ExternalRaster
  beyond?(options: Readonly<Record<string, OptionValue>>): number
  /** As output: names of the bands, such as "0 to 1 m"; absent: one band without a name. */
  bands?(options: Readonly<Record<string, OptionValue>>): readonly string[]
  cell?(options: Readonly<Record<string, OptionValue>>): number
}
/**
 * Imagery of the extent at the resolution (metres per pixel) that the kernel states; the engine
 * reads the matching overview. Without any image there: undefined if `optional`, else an image of
 * width 0.
 */
export interface ImagePort {
  readonly kind: "image"
  /**
   * True: colour-infrared images (`--irc`) instead of orthophotos: near infrared in red, red in
   * green, green in blue.
   */
  readonly infrared?: true
  readonly optional?: true
  resolution(tile: Tile, options: Readonly<Record<string, OptionValue>>): number
}
/**
 * Oriented images that can see part of the extent, as windows, ordered by the name of the shot. The
 * engine reads them one after another and keeps at most `most` for each 250 m square of the CRS
 * that the extent reaches, spread over viewing directions. The images for a place depend only on
 * its square, not on the tile (see `View.squares`).
 */
export interface ViewsPort {
  readonly kind: "views"
  /**
   * Resolution that suffices, metres per pixel on the ground in the middle of an image; the engine
   * reads the matching overview.
   */
  resolution(tile: Tile, options: Readonly<Record<string, OptionValue>>): number
  /** Maximum number of images per square. */
  most(options: Readonly<Record<string, OptionValue>>): number
  /**
   * About how many pixels a window may have. An image with more pixels over the extent is read
   * coarser, in all tiles alike.
   */
  mostPixels(options: Readonly<Record<string, OptionValue>>): number
}
/**
 * A mesh. As input of a kernel of stage "parent", with `many`: the children's meshes, ordered by
 * key.
 */
export interface MeshPort {
  readonly kind: "mesh"
  readonly many?: true
  /** True: undefined where no kernel of the job makes it; does not add its maker to the job. */
  readonly optional?: true
  /**
   * For a ground mesh: the kernel's option that bounds the distance of ground points from it,
   * metres. `validate` checks this bound.
   */
  readonly groundBound?: string
}
/** Closed solids. As input of a kernel of stage "parent", with `many`: the children's, by key. */
export interface SolidsPort {
  readonly kind: "solids"
  readonly many?: true
  readonly optional?: true
}
/**
 * A texture of the mesh, undefined where there is no image. As input of a kernel of stage "parent",
 * with `many`: the children's painted walls, ordered by key (charts without faces, placed in the
 * CRS). Such a kernel runs only where tiles make them.
 */
export interface TexturePort {
  readonly kind: "texture"
  readonly many?: true
  /** True: undefined where no kernel of the job makes it; does not add its maker to the job. */
  readonly optional?: true
}
/** A column of a layer's table. An unknown number is NaN, an unknown text is "". */
export interface ColumnFacts {
  readonly type: Column["type"]
  /** How files store it: an integer of 0 and 1 as boolean, a text YYYY-MM-DD as date. */
  readonly as?: "boolean" | "date"
  readonly unit?: string
  readonly help: string
}
/** Features, written to `vector/<port name>.fgb`. */
export interface FeaturesPort {
  readonly kind: "features"
  readonly geometry: "Polygon" | "LineString" | "Point"
  readonly help?: string
  /**
   * As output: the columns in table order; every feature has all of them. All kernels that make the
   * layer must declare the same columns.
   */
  readonly columns?: Readonly<Record<string, ColumnFacts>>
  /**
   * As output: what the layer shows. Footprints: one polygon per building. Decks: the areas that
   * bridges cover; ground points there are below a deck.
   */
  readonly role?: "footprints" | "decks"
  readonly style?: FeaturesStyle
  /**
   * As input: features that the user brings, those whose box meets the extent, ordered by id;
   * undefined without their flag.
   */
  readonly external?: ExternalFeatures
}
/**
 * Opaque bytes passed between kernels.
 * - From tiles to kernels of stages "region" and "job", and from regions to kernels of stage "job":
 *   there, with `many`, one array per tile or region, ordered by key.
 * - From a tile to kernels of stage "model" of the same tile. With `listed`: an array of the blobs
 *   of those other tiles that the tile's shards list, ordered by key.
 */
export interface BlobPort {
  readonly kind: "blob"
  readonly many?: true
  readonly listed?: true
  readonly optional?: true
  /**
   * As input with `many`, true: blobs of the requested tiles only, for results that end where the
   * job does. Else also of the tiles around them where models read what the kernel hands over:
   * objects across the job's border are then whole.
   */
  readonly requestedOnly?: true
  /**
   * True: a tile that is skipped for want of points still has a model stage if it has a shard of
   * this port. Its points ports are then empty.
   */
  readonly revives?: true
  /** True: `runKernel` may leave it out, for an area that shares nothing; it is then empty. */
  readonly mayBeEmpty?: true
}
/**
 * One {@link Shard} per tile, made by kernels of stages "region" and "job". A kernel of stage
 * "model" reads the bytes of its own tile through a blob port of the same name: those of its region
 * first, empty where there are none.
 */
export interface ShardsPort {
  readonly kind: "shards"
}
/**
 * As output of a kernel with one points port: the new class of each of its points. The kernel runs
 * before all others of both tile stages, whose points ports then see these classes.
 */
export interface ClassesPort {
  readonly kind: "classes"
}
/** Figures for the passport. */
export interface MetricsPort {
  readonly kind: "metrics"
  /** By the name of the figure. */
  readonly thresholds?: Readonly<Record<string, Threshold>>
  /** Figures of the whole job, by name. */
  readonly shares?: Readonly<Record<string, JobShare>>
}

/** Any port. An input receives the output of the same name of an earlier kernel. */
export type Port =
  | PointsPort
  | PresencePort
  | RasterPort
  | ImagePort
  | ViewsPort
  | MeshPort
  | SolidsPort
  | TexturePort
  | FeaturesPort
  | BlobPort
  | ShardsPort
  | ClassesPort
  | MetricsPort
/** The ports of one side of a kernel. */
export type Ports = Readonly<Record<string, Port>>

/** Data of a port by its kind. */
interface DataOfKind {
  readonly points: Points
  readonly presence: Presence
  readonly raster: Raster
  readonly image: Image
  readonly views: readonly View[]
  readonly mesh: Mesh
  readonly solids: Solids
  readonly texture: Texture
  readonly features: Features
  readonly blob: Uint8Array
  readonly shards: readonly Shard[]
  readonly classes: Uint8Array
  readonly metrics: Metrics
}
type Many<P, T> = P extends { many: true } | { listed: true } ? readonly T[] : T
type Maybe<P, T> = P extends
  | { optional: true }
  | { kind: "texture" }
  | { external: ExternalInput }
  | { beside: string }
  | { finishes: string }
  | { when: object }
  ? T | undefined
  : T
type WithExtra<P> = P extends { kind: "points"; extra: readonly (infer N extends string)[] }
  ? { readonly extra: Readonly<Record<N, Float64Array>> }
  : unknown
type PortData<P extends Port> = P extends Port ? Maybe<P, Many<P, DataOfKind[P["kind"]]> & WithExtra<P>> : never

/** Data of the input ports. */
export type Inputs<I extends Ports> = { readonly [K in keyof I]: PortData<I[K]> }
/** Data of the output ports. */
export type Outputs<O extends Ports> = { readonly [K in keyof O]: PortData<O[K]> }

// ----- options

/** Declaration of one option: the single source of its flag, check, default, help and schema. */
export type Option = (
  | {
      readonly type: "number"
      readonly default: number
      readonly unit?: string
      readonly min?: number
      readonly max?: number
      /** Defaults for sparse points, by the job's density; `default` holds for all others. */
      readonly byDensity?: Readonly<Partial<Record<Density, number>>>
    }
  | { readonly type: "boolean"; readonly default: boolean }
  | {
      readonly type: "string"
      readonly default: string
      readonly choices?: readonly string[]
      /**
       * The text is a list: of places "x,y x,y,third", of numbers "1,2", or of texts "a,b". The
       * library and job files may give an array instead, for places one of arrays.
       */
      readonly list?: "places" | "numbers" | "texts"
    }
) & {
  readonly help: string
  /**
   * True: the command has a flag of this name, which sets the option in every kernel that declares
   * it so.
   */
  readonly flag?: true
}
/** The options of a kernel. */
export type Options = Readonly<Record<string, Option>>
/** Value of an option. */
export type OptionValue = number | boolean | string
type ValueOf<O> = O extends { type: "number" }
  ? number
  : O extends { type: "boolean" }
    ? boolean
    : O extends { choices: readonly (infer Choice extends string)[] }
      ? Choice
      : string
/** Values of the declared options. */
export type Values<P extends Options> = { readonly [K in keyof P]: ValueOf<P[K]> }

// ----- the kernel

/**
 * The tile that a kernel works on.
 * - `cell`: the work tile itself.
 * - `core`: the area that the kernel's output must cover, grown by the needs of later kernels of
 *   the chain.
 * - `extent`: the area of its input: `core` grown by the kernel's own halo.
 * - `origin`: the point that integer coordinates are relative to.
 * - `step`: side of the tile divided by the side of the finest tiles (1, 2, 4 …).
 * - `region`: in stage "region", the box of that region, metres of the CRS. The tile is then the
 *   root, as in stage "job".
 * - `sources`: for work tiles, the boxes of the point files that meet the stage's extent, from
 *   their headers; metres of the CRS.
 * - `toGeographic`: longitude and latitude (degrees, WGS 84) of a place in the CRS.
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
  readonly toGeographic?: (x: number, y: number) => readonly [longitude: number, latitude: number]
}

/** The cells of a raster that covers the core of a tile; row 0 is northernmost. */
export interface TileGrid {
  readonly columns: number
  readonly rows: number
  /** The centre of a cell, CRS metres. */
  centre(column: number, row: number): readonly [x: number, y: number]
  /** Index in the data of the cell that contains a place; −1 outside. */
  indexAt(x: number, y: number): number
  /** The raster of these cells; one value a cell, or several bands. */
  raster(data: Raster["data"]): Raster
}

/** Helpers for tiles. */
export const Tile = {
  /**
   * The cells that cover the core: of side `cellSize` (metres, whole millimetres), at multiples of
   * it in the CRS.
   *
   * @example
   * const grid = Tile.grid(tile, 0.5)
   * const data = new Float32Array(grid.columns * grid.rows)
   */
  grid: ({ core }: Pick<Tile, "core">, cellSize: number): TileGrid => {
    const side = Math.round(cellSize * 1000)
    const inCells = (metres: number): number => Math.round(metres * 1000) / side
    const [column, row] = [Math.floor(inCells(core[0])), Math.ceil(inCells(core[3]))]
    const [columns, rows] = [Math.ceil(inCells(core[2])) - column, row - Math.floor(inCells(core[1]))]
    return {
      columns,
      rows,
      centre: (i, j) => [((column + i + 0.5) * side) / 1000, ((row - j - 0.5) * side) / 1000],
      indexAt: (x, y) => {
        const [i, j] = [
          Math.floor(Math.round(x * 1000) / side) - column,
          row - 1 - Math.floor(Math.round(y * 1000) / side),
        ]
        return i >= 0 && j >= 0 && i < columns && j < rows ? j * columns + i : -1
      },
      raster: (data) => ({
        ...{ width: columns, height: rows, minX: (column * side) / 1000, maxY: (row * side) / 1000 },
        cellSize,
        data,
      }),
    }
  },
} as const

/**
 * Sizes known before a task starts. Tiles have an upper estimate of their points, and their area.
 * Kernels of the stages "region", "job" and "model" have the bytes of the blobs and shards that
 * they read, once the tiles before them have ended.
 */
export interface Counts {
  /**
   * For a kernel with points ports: the points that these receive, as far as classes are known. For
   * other kernels: all points of the tile. 0 for a kernel of the job, which reads none.
   */
  readonly points: number
  /** For a kernel of the job: that of all tiles before the run, with 0 bytes; then 0. */
  readonly areaM2: number
  /** Side of the tile divided by the side of the finest tiles; absent for other tasks. */
  readonly step?: number
  /** Size on disk. 0 in the first stage of tiles, for parents, and while unknown. */
  readonly bytes: number
  /**
   * Upper bound of the tile's points by class code, where known. The first stage knows it from the
   * decoding of its sources, the second stage from the first one. Absent earlier, and for other
   * stages.
   */
  readonly classes?: Readonly<Record<number, number>>
}

/**
 * Side of a region, metres. Regions are bounded by the lines x = k · side and y = k · side of the
 * job's CRS.
 */
export const regionSide = 10_000

/**
 * The worker's arena: zeroed typed arrays that live until the kernel returns. Never return one as
 * output.
 */
export interface Scratch {
  int32(length: number): Int32Array
  uint32(length: number): Uint32Array
  uint8(length: number): Uint8Array
  float32(length: number): Float32Array
  float64(length: number): Float64Array
}

/**
 * The stages that a kernel can run in:
 * - "tile": once per tile.
 * - "region": once per 10 km region of the CRS, after its tiles.
 * - "job": once per job, after all tiles and regions.
 * - "model": once more per tile, with the results of the region and job kernels.
 * - "parent": once per parent tile of the pyramid.
 *
 * A kernel of stages "region" and "job" joins pieces within each region first. It leaves the rest
 * to the job, in an output blob named like its input. In a job of one region it runs once, with the
 * same result.
 */
export type KernelStage = Exclude<Stage, "source" | "layer">

/** What {@link Kernel.check} knows of a job. */
export interface JobFacts {
  readonly epsg: number
  /** Box around the points of the job, or the area of `runKernel`, CRS metres. */
  readonly box?: Box2
  /** Names of the external inputs that the job has: see {@link ExternalInput}. */
  readonly external: readonly string[]
}

/**
 * A kernel: pure, synchronous, one algorithm on one tile.
 *
 * `run` sees no file, clock, random number, log or global. It decides nothing by a statistic of the
 * tile or a time limit. The same input bytes give the same output bytes: on any number of workers,
 * in any order, with or without neighbours.
 */
export interface Kernel<I extends Ports = Ports, O extends Ports = Ports, P extends Options = Options> {
  readonly id: `${string}.${string}`
  /** Raised when output bytes change; part of every task hash. */
  readonly version: number
  readonly summary: string
  /** Default `["tile"]`. */
  readonly stages?: readonly KernelStage[]
  /**
   * True: also runs in stage "tile" of a tile that is skipped for want of points, only for its
   * blobs. Its points ports may then be empty.
   */
  readonly evenSkipped?: true
  /**
   * True for one of maille's own that belongs to no product: it runs in jobs that name it
   * (`--kernel ID`), and where a kernel of the job reads its output.
   */
  readonly onRequest?: true
  readonly inputs: I
  readonly outputs: O
  readonly options: P
  /**
   * Metres of context needed around the output; a chain needs the SUM of its kernels' halos. The
   * cell sides of its raster inputs, metres, are in `cells` by port, where their makers declare
   * them.
   */
  halo(options: Values<P>, cells?: Readonly<Record<string, number>>): number
  /**
   * Upper estimate of peak bytes, for admission. Excludes input points and rasters, which the
   * engine counts. `cells`: as for `halo`; for a kernel of the job, those of its tiles' rasters.
   */
  memory(counts: Counts, options: Values<P>, cells?: Readonly<Record<string, number>>): number
  /**
   * Refuses options that their declaration cannot: throws an Error that names the option, the value
   * and the remedy. Called when a job is planned, after the values have been checked one by one.
   */
  check?(options: Values<P>, job: JobFacts): void
  /** Called once per worker, before the first run. */
  prepare?(): Promise<void>
  run(tile: Tile, input: Inputs<I>, options: Values<P>, scratch: Scratch): Outputs<O>
}

/**
 * Declares a kernel with inferred ports and options: reading an undeclared one is a type error.
 *
 * @example
 * export default defineKernel({
 *   id: "raster.slope", version: 1, summary: "…", inputs: { dtm: { kind: "raster" } }, …
 * })
 */
export const defineKernel = <const I extends Ports, const O extends Ports, const P extends Options>(
  kernel: Kernel<I, O, P>,
): Kernel<I, O, P> => {
  checkFields(kernel, "kernel", { id: "text", inputs: "object", outputs: "object", options: "object" })
  return kernel
}

// ----- presets

/** Names of the ports of a kind. */
export const portNames = (ports: Ports, kind: Port["kind"]): string[] =>
  Object.entries(ports).flatMap(([name, port]) => (port.kind === kind ? [name] : []))

/** True for an input port that the kernel reads with these options: see `RasterPort.when`. */
export const isPortRead = (port: Port, options: Readonly<Record<string, OptionValue>>): boolean =>
  port.kind !== "raster" || port.when === undefined || options[port.when.option] === port.when.is

/** True for a kernel that classifies points. */
export const makesClasses = ({ outputs }: Pick<Kernel, "outputs">): boolean => portNames(outputs, "classes").length > 0

/** The kernels of one way to make the mesh (`--mesh`). */
export interface MeshPreset {
  /** Kernels that make meshes and solids. Makers that only other ways name are left out. */
  readonly makers: readonly string[]
  /**
   * Kernels whose optional outputs the makers use, besides those that they require. Names that the
   * table of kernels lacks are ignored.
   */
  readonly beside: readonly string[]
  /** Port that is shown as the mesh of a tile. */
  readonly shown: string
  /** Ports that tiles hand to their parent, where it reads them; absent: all that it reads. */
  readonly handed?: readonly string[]
}
/** The products and ways of a table of kernels: the export `presets` of the module beside it. */
export interface Presets {
  /**
   * Products that a job can make, in this order, all by default: names of raster ports; "mesh",
   * "texture" and "vector" for every port of that kind.
   */
  readonly products: readonly string[]
  /** Ways to make the mesh, by name. */
  readonly meshes: Readonly<Record<string, MeshPreset>>
  /** The way without `--mesh`. */
  readonly defaultMesh: string
  /** Makers of solids that layers are derived from. They may run with every `--mesh`. */
  readonly layerMakers: readonly string[]
  /** Kernels that classify points, by what they find (`--classify`); none runs by default. */
  readonly classifiers: Readonly<Record<string, string>>
  /** Kernels that find water, by its origin (`--water-from`); the first is the default. */
  readonly waterMakers: Readonly<Record<string, string>>
}
