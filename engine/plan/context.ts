/** The form of what workers receive: the context of a job once, and one message for each task. */
import type { Box2 } from "../core/geometry/box.js"
import type { Stage } from "../core/stages.js"
import type { Part } from "../formats/las/columns.js"
import type { Grid } from "../grid/tile-key.js"
import type { Job } from "../job/job.js"
import type { FileRead } from "../journal/read-verified.js"
import type { ImageHeader } from "../spatial/image-catalogue.js"
import type { OrientedImages } from "../spatial/oriented-images.js"
import type { Chains } from "./chains/chain.js"

/** A point source as a worker opens it. */
export interface SourceRef {
  readonly path: string
  readonly identity: string
  /** As its catalogue says, CRS metres. */
  readonly box: Box2
  /** Half-open: points outside are wild, and not read. Absent: all are. */
  readonly extent?: Box2
  /** In how many parts a plain LAS or LAZ source is decoded, each into a bucket file of its own; absent for COPC, which is read by ranges. */
  readonly parts?: number
}

/** What every task of a job shares. Written once to `.work/context.json`, read once by each worker. */
export interface WorkContext
  extends Pick<
    Job,
    "out" | "sourceNames" | "heights" | "geoid" | "keepPoints" | "maxTriangles" | "textureFormat" | "pack"
  > {
  readonly epsg: number
  readonly grid: Grid
  readonly chains: Chains
  readonly sources: readonly SourceRef[]
  readonly images: readonly ImageHeader[]
  /** Oriented images, and the altitudes that the sources lie between; absent where none are given. */
  readonly oriented?: OrientedImages
  readonly verticalEpsg?: number
  /** Identity of the features that the user gives, by name; their copy is at `layout.external`. */
  readonly external?: Readonly<Record<string, string>>
  /** Départements that vector objects must lie in; their polygons are at `layout.limit`. */
  readonly limit?: { readonly codes: readonly string[]; readonly identity: string }
  /** Absent: contents are compressed. */
  readonly meshCompression?: "none"
  /** Attribution and licence line. */
  readonly source: string
  readonly version: string
  /** Hash of everything that shapes the products beside the inputs. */
  readonly optionsHash: string
}

/** What a worker is sent for one task: under 4 KB, but for the list of files that it reads. */
export interface TaskMessage {
  readonly context: string
  /** Hash of the context file, so that a worker reads it again when a new job starts. */
  readonly contextHash: string
  readonly stage: Stage
  readonly key: string
  /** Indices into the context's sources. */
  readonly sources: readonly number[]
  /** Which part of the source to decode (stage "source"). */
  readonly part?: Part
  /** Indices into the context's images. */
  readonly images: readonly number[]
  /** Indices into the context's oriented images. */
  readonly views?: readonly number[]
  /** Keys of the children that have a mesh (stage "parent"). */
  readonly children: readonly string[]
  /** True for a tile that is read for its neighbours' sake alone: its blobs are written, no product. */
  readonly neighbour?: true
  /** Parts of those children whose mesh is written in several (stage "parent"), by key. */
  readonly childParts?: Readonly<Record<string, readonly string[]>>
  /** Path of a JSON {@link TileList} (stages "region", "job" and "layer"), and its hash. */
  readonly tilesFile?: { readonly path: string; readonly sha256: string }
  /** Where the tile's own bytes of each shards port lie: of its region, and of the job (stage "model"). */
  readonly shards?: Readonly<Record<string, readonly ShardPlace[]>>
  /** Keys of the other tiles whose blobs the tile reads, ordered (stage "model"). */
  readonly reads?: readonly string[]
  /** Files of earlier tasks that the task reads (stages "model" and "parent"). */
  readonly files?: readonly FileRead[]
  /** First and last GPS time of the work tiles below (stages "parent" and "layer"). */
  readonly time?: readonly [number, number]
}

/** Bytes in a file of shards, and their hash. */
export interface ShardPlace extends FileRead {
  readonly offset: number
  readonly size: number
}

/** Tiles, or files of theirs, that a task over the whole job reads. */
export interface TileList {
  /** Ordered by tile. */
  readonly files: readonly FileRead[]
  /** Keys of the tiles that are there for their neighbours' sake alone: what they own is none of the job's. */
  readonly neighbours: readonly string[]
}

/** Name of a source for tables: that of its file or address without folder, query and ending (`.copc.laz`, `.laz`, `.las`). */
export const sourceName = (path: string): string => {
  const [plain = ""] = path.split(/[?#]/)
  return plain.slice(Math.max(plain.lastIndexOf("/"), plain.lastIndexOf("\\")) + 1).replace(/(\.copc)?\.la[sz]$/i, "")
}
