/** The path of every file under an output folder. */
import type { Phase } from "../core/stages.js"
import { TileKey } from "../grid/tile-key.js"

/**
 * Paths of products and intermediate files, relative to the output folder, with forward slashes.
 */
export const layout = {
  /**
   * Mesh of a tile or of a part of it. Digits of `part` are quadrants from the tile down (0
   * south-west, 1 south-east, 2 north-west, 3 north-east).
   */
  mesh: (key: TileKey, part = ""): string => `tiles/${TileKey.format(key)}${part === "" ? "" : `-${part}`}.glb`,
  raster: (name: string, key: TileKey): string => `raster/${name}/${TileKey.fileName(key)}.tif`,
  mosaic: (name: string): string => `raster/${name}.vrt`,
  layer: (name: string): string => `vector/${name}.fgb`,
  /** A vector layer in another format than FlatGeobuf. */
  layerAs: (name: string, format: string): string => `vector/${name}.${format}`,
  /** All vector layers in one file of another format. */
  layersAs: (format: string): string => `vector/layers.${format}`,
  /** Inputs that the files of other formats were made from. */
  vectorFormatsState: ".work/formats.json",
  /** Closed solids of the whole job, a CityJSON text sequence. */
  solids: "vector/building.city.jsonl",
  /** Closed solids of a tile. */
  tileSolids: (key: TileKey): string => `.work/solids/${TileKey.fileName(key)}.city.jsonl`,
  /** Inputs that the solids of the whole job were made from. */
  solidsState: ".work/solids/state.json",
  /** Kept points of the whole job (`--keep-points`). */
  points: "points/points.copc.laz",
  /** Radiometric corrections of all images: one solve for the whole job. */
  colours: "colours.json",
  tileset: "tileset.json",
  /** Folder of a quarantined task: `reason.json` and points of its input. */
  quarantine: (id: string): string => `quarantine/${id.replaceAll(/[^A-Za-z0-9._-]+/g, "-")}`,
  /** The tasks of the last run, with their estimates. */
  plan: "plan.json",
  /** Sealed copy of a text of the folder. */
  copy: (path: string): string => `.work/copy/${path}`,
  /** Archives of products, with `--pack`. */
  packs: "packs",
  /** Tilesets of a job whose contents are spread over several archives. */
  tilesetPack: "packs/tilesets.3tz",
  /** Packs of intermediate files. */
  workPacks: ".work/packs",
  /** Everything that is not a product is below this folder. */
  work: ".work",
  /** Names the process that writes the folder. */
  lock: ".work/lock",
  /** Files under temporary names until they are renamed. */
  temporary: ".work/tmp",
  /** Whole downloads from servers that do not say whether a file changed. */
  copies: ".work/copies",
  /** Temporary files of a conversion to COPC. */
  copcTemporary: ".work/copc-temporary",
  /** Partial downloads and their notes. */
  parts: ".work/fetch",
  /** The job's context for workers. */
  context: ".work/context.json",
  /** Folder of the bucket files, with a trailing slash. */
  bucketFiles: ".work/points/",
  /**
   * Folder of the contexts of shard workers, with a trailing slash. Each file is named after the
   * first digits of its hash.
   */
  contexts: ".work/context/",
  /** Bucketed points of a part of a plain LAS or LAZ source. */
  bucketFile: (identity: string, part: number): string => `.work/points/${identity.slice(0, 24)}-${part}.buckets`,
  /** Kept points of a tile, LAS. */
  retainedPoints: (key: TileKey): string => `.work/kept/${TileKey.fileName(key)}.las`,
  /** Inputs that the kept points of the whole job were made from. */
  pointsState: ".work/kept/points.json",
  /** Unencoded mesh, solids or painted walls of a tile, for its parent. */
  handed: (port: string, kind: "mesh" | "solids" | "texture", key: TileKey): string =>
    `.work/handed/${port}/${TileKey.format(key)}.${kind}`,
  /** Bytes that a tile passes to a kernel of stage "job". */
  blob: (port: string, key: TileKey): string => `.work/blob/${port}/${TileKey.fileName(key)}.bin`,
  /** Folder of the blobs of a port, with a trailing slash. */
  blobs: (port: string): string => `.work/blob/${port}/`,
  /** Folder of the parts of a layer, with a trailing slash. */
  featuresOf: (port: string): string => `.work/features/${port}/`,
  /** Features that a tile completes without its neighbours. */
  features: (port: string, key: TileKey): string => `.work/features/${port}/${TileKey.fileName(key)}.fgb`,
  /** Features that the model stage of a tile completes. */
  modelFeatures: (port: string, key: TileKey): string => `.work/features/${port}/model-${TileKey.fileName(key)}.fgb`,
  /** Features that a kernel of stage "job" joins from all tiles. */
  joined: (port: string): string => `.work/features/${port}/joined.fgb`,
  /** Bytes and features that a kernel of stage "region" makes from its tiles. */
  regionBlob: (port: string, region: string): string => `.work/blob/${port}/region-${region}.bin`,
  regionFeatures: (port: string, region: string): string => `.work/features/${port}/region-${region}.fgb`,
  /** Bytes that a kernel of stage "job" passes to single tiles, concatenated, and their index. */
  shards: (port: string): string => `.work/shard/${port}.bin`,
  shardIndex: (port: string): string => `.work/shard/${port}.json`,
  isShardIndex: (path: string): boolean => path.startsWith(".work/shard/") && path.endsWith(".json"),
  /** The same from a kernel of stage "region". */
  regionShards: (port: string, region: string): string => `.work/shard/${port}@${region}.bin`,
  regionShardIndex: (port: string, region: string): string => `.work/shard/${port}@${region}.json`,
  /** The départements of the job, in its CRS. */
  limit: ".work/external/limit.fgb",
  /** External features in the job's CRS, with a spatial index. */
  external: (name: string): string => `.work/external/${name}.fgb`,
  /** An external raster in the job's CRS. */
  externalRaster: (name: string): string => `.work/external/${name}.tif`,
} as const

export const journalName = "journal.jsonl"

/** Files of a plan of shards, relative to the output folder. */
export const planLayout = {
  folder: "plan",
  job: "plan/job.json",
  shards: "plan/shards.json",
  tiles: "plan/tiles.ndjson",
  sources: "plan/sources.ndjson",
  journals: "plan/journal",
  /** Written when the last phase ends. */
  finished: "plan/finished.json",
  /** The last submission of the plan to Slurm. */
  slurm: "plan/slurm.json",
  /**
   * Outputs that a gate found missing; per shard in a phase whose shards wait for tasks of their
   * own.
   */
  missing: (phase: Phase, shard?: number): string =>
    `plan/missing-${phase}${shard === undefined ? "" : `-${shard}`}.json`,
} as const
