/** The data that workers receive: the context of a job once, and one message per task. */
import type { Box2 } from "../core/geometry/box.js"
import type { Stage } from "../core/stages.js"
import { EngineError } from "../errors.js"
import type { Part } from "../formats/las/columns.js"
import type { ClassTable, SchemeName } from "../formats/points/class-schemes.js"
import type { Grid } from "../grid/tile-key.js"
import type { Job } from "../job/job.js"
import type { FileRead } from "../journal/read-verified.js"
import type { ImageHeader } from "../spatial/image-catalogue.js"
import type { OrientedImages } from "../spatial/oriented-images.js"
import type { OwnRaster } from "../spatial/own-raster.js"
import type { Chains, FromUnclassified } from "./chains/chain.js"
import type { JobEdits } from "./edit-windows.js"

/** A point source to open. */
export interface SourceRef {
  readonly path: string
  readonly identity: string
  /** Of its structure, where the identity is another one; see `PointFileInfo`. */
  readonly structure?: string
  /** Size and modification time when the job was planned; absent for addresses and mapped paths. */
  readonly stamp?: string
  /** From the catalogue, CRS metres. */
  readonly box: Box2
  /** Half-open: points outside are wild points and not read. Absent: all are read. */
  readonly extent?: Box2
  /** The class scheme of LiDAR HD, unless the job states another one. */
  readonly lidarHd?: true
  /**
   * Number of parts in which the source is decoded, each into its own bucket file: a plain LAS or
   * LAZ, or a COPC that the job reads whole. Absent for other COPC, read by ranges.
   */
  readonly parts?: number
}

/** Points per part: a delivered tile of 30 million points has 15 parts. */
const partPoints = 2 ** 21

/**
 * Number of parts for a count of points. It depends on nothing else: any number of workers gives
 * the same parts.
 */
export const partsOf = (count: number): number => Math.max(1, Math.ceil(count / partPoints))

/**
 * Data that all tasks of a job share. Written once to `.work/context.json`, read once by each
 * worker.
 */
export interface WorkContext
  extends Pick<
    Job,
    | "out"
    | "sourceNames"
    | "classify"
    | "heights"
    | "geoid"
    | "vertical"
    | "keepPoints"
    | "maxTriangles"
    | "textureFormat"
    | "pack"
    | "overlap"
  > {
  readonly epsg: number
  readonly grid: Grid
  readonly chains: Chains
  readonly sources: readonly SourceRef[]
  readonly images: readonly ImageHeader[]
  /**
   * Oriented images, with the lowest and highest altitude of the sources; absent if the job has
   * none.
   */
  readonly oriented?: OrientedImages
  readonly verticalEpsg?: number
  /** Identities of external features by name; their copy is at `layout.external`. */
  readonly external?: Readonly<Record<string, string>>
  /** Rasters that stand in for points, by name; workers read the user's files. */
  readonly rasters?: Readonly<Record<string, OwnRaster>>
  /** Départements that bound vector objects; their polygons are at `layout.limit`. */
  readonly limit?: { readonly codes: readonly string[]; readonly identity: string }
  /** Absent: compressed. */
  readonly meshCompression?: "none"
  /** Class scheme that the job states, or the content of its file of classes. */
  readonly classes?: SchemeName | ClassTable
  /** What is taken from unclassified points; absent: nothing. */
  readonly fromUnclassified?: FromUnclassified
  /** Name of the external outlines of buildings, where these points depend on them. */
  readonly outlines?: string
  /** Absent where the job changes nothing of its land. */
  readonly edits?: JobEdits
  /** Attribution and licence line. */
  readonly source: string
  readonly version: string
  /** Hash of everything beside the inputs that affects the products. */
  readonly optionsHash: string
  /** The same of each product: see `optionsByProduct`. */
  readonly options: Readonly<Record<string, string>>
}

/** The fact that points were classified in the job, for metadata; empty if they were not. */
export const classifiedFact = ({ classify }: Pick<WorkContext, "classify">): { readonly classified?: string } =>
  classify === undefined ? {} : { classified: `${classify}, by maille` }

/** Products that are no port: the mesh of tiles, that of parents, and the solids of all tiles. */
type MeshProduct = "mesh" | "parent mesh" | "solids"

/** The first 16 digits of the hash of the options that shape a product. */
export const stampOptions = (
  { options }: Pick<WorkContext, "options">,
  product: MeshProduct | `product ${string}`,
): string => {
  const hash = options[product]
  if (hash === undefined) throw new EngineError("E_INTERNAL", `no options of ${product}; expected those of a product`)
  return hash.slice(0, 16)
}

/** The message for one task: under 4 KB, apart from its list of files. */
export interface TaskMessage {
  readonly context: string
  /** Hash of the context file: a worker reads it again when a new job starts. */
  readonly contextHash: string
  readonly stage: Stage
  readonly key: string
  /** Indices into the context's sources. */
  readonly sources: readonly number[]
  /** The part of the source to decode (stage "source"). */
  readonly part?: Part
  /** Indices into the context's images. */
  readonly images: readonly number[]
  /** Indices into the context's oriented images. */
  readonly views?: readonly number[]
  /** Keys of the children that have a mesh (stage "parent"). */
  readonly children: readonly string[]
  /** True for a tile that is read only for its neighbours: it writes blobs and no product. */
  readonly neighbour?: true
  /** Parts of the children with a mesh in several parts (stage "parent"), by key. */
  readonly childParts?: Readonly<Record<string, readonly string[]>>
  /** Path and hash of a JSON {@link TileList} (stages "region", "job" and "layer"). */
  readonly tilesFile?: { readonly path: string; readonly sha256: string }
  /** The tile's own bytes of each shards port, from its region and from the job (stage "model"). */
  readonly shards?: Readonly<Record<string, readonly ShardPlace[]>>
  /** Kernels that do not run because a join that they read failed (stage "model"). */
  readonly without?: readonly string[]
  /** Keys of the other tiles whose blobs the tile reads, in order (stage "model"). */
  readonly reads?: readonly string[]
  /** Outputs of earlier tasks that the task reads (stages "model" and "parent"). */
  readonly files?: readonly FileRead[]
  /**
   * First and last GPS time of the work tiles below (stages "parent" and "layer"), or of the tile
   * (stage "model").
   */
  readonly time?: readonly [number, number]
}

/** A byte range in a file of shards; the hash is that of the range. */
export interface ShardPlace extends FileRead {
  readonly offset: number
  readonly size: number
}

/** Files that a task over several tiles reads. */
export interface TileList {
  /** Ordered by tile. */
  readonly files: readonly FileRead[]
  /**
   * Keys of the tiles that are read only for their neighbours: objects that they own are not the
   * job's.
   */
  readonly neighbours: readonly string[]
}

/**
 * Returns a source's name for tables: the last part of its path or address, without query and
 * extension (`.copc.laz`, `.laz`, `.las`).
 */
export const sourceName = (path: string): string => {
  const [plain = ""] = path.split(/[?#]/)
  return plain.slice(Math.max(plain.lastIndexOf("/"), plain.lastIndexOf("\\")) + 1).replace(/(\.copc)?\.la[sz]$/i, "")
}
