/** The path of every file under an output folder. */
import type { Phase } from "../core/stages.js"
import { TileKey } from "../grid/tile-key.js"

/** Where products and intermediate files lie under the output folder; all paths relative, with forward slashes. */
export const layout = {
  /** Textured or coloured mesh of a tile, or of a part of it: the quadrants that lead to the part (0 south-west, 1 south-east, 2 north-west, 3 north-east). */
  mesh: (key: TileKey, part = ""): string => `tiles/${TileKey.format(key)}${part === "" ? "" : `-${part}`}.glb`,
  /** Raster of a tile. */
  raster: (name: string, key: TileKey): string => `raster/${name}/${TileKey.fileName(key)}.tif`,
  /** Mosaic of a raster product. */
  mosaic: (name: string): string => `raster/${name}.vrt`,
  /** A vector layer. */
  layer: (name: string): string => `vector/${name}.fgb`,
  /** A vector layer in another format. */
  layerAs: (name: string, format: string): string => `vector/${name}.${format}`,
  /** All vector layers in one file of another format. */
  layersAs: (format: string): string => `vector/layers.${format}`,
  /** What the files of other formats were made of. */
  vectorFormatsState: ".work/formats.json",
  /** The closed solids of the whole job, a CityJSON sequence. */
  solids: "vector/building.city.jsonl",
  /** Those of a tile. */
  tileSolids: (key: TileKey): string => `.work/solids/${TileKey.fileName(key)}.city.jsonl`,
  /** What the solids of the whole job were made of. */
  solidsState: ".work/solids/state.json",
  /** The points that `--keep-points` keeps of the whole job. */
  points: "points/points.copc.laz",
  /** The corrections of all images: one solve for the whole job. */
  colours: "colours.json",
  /** The tileset. */
  tileset: "tileset.json",
  /** Folder of a task that could not be done: `reason.json`, and points of its input. */
  quarantine: (id: string): string => `quarantine/${id.replaceAll(/[^A-Za-z0-9._-]+/g, "-")}`,
  /** The tasks of the last run, with their estimates. */
  plan: "plan.json",
  /** A second copy of a text of the folder, sealed. */
  copy: (path: string): string => `.work/copy/${path}`,
  /** Archives of products, with `--pack`. */
  packs: "packs",
  /** The tilesets of a job whose contents lie in several archives. */
  tilesetPack: "packs/tilesets.3tz",
  /** Packs of what is no product. */
  workPacks: ".work/packs",
  /** Everything that is no product lies below. */
  work: ".work",
  /** Who writes the folder. */
  lock: ".work/lock",
  /** Temporary names before a rename. */
  temporary: ".work/tmp",
  /** Files of servers that cannot tell whether they changed, downloaded whole. */
  copies: ".work/copies",
  /** Those of a conversion to COPC. */
  copcTemporary: ".work/copc-temporary",
  /** Half files of a download, and their notes. */
  parts: ".work/fetch",
  /** What workers need to know of the job. */
  context: ".work/context.json",
  /** Folder of the bucketed points, with the slash at its end. */
  bucketFiles: ".work/points/",
  /** Folder of what workers of shards need to know, with the slash at its end: each under the first digits of its hash. */
  contexts: ".work/context/",
  /** Points of a part of a plain LAS or LAZ source, bucketed. */
  bucketFile: (identity: string, part: number): string => `.work/points/${identity.slice(0, 24)}-${part}.buckets`,
  /** The points that a tile keeps, LAS. */
  keptPoints: (key: TileKey): string => `.work/kept/${TileKey.fileName(key)}.las`,
  /** What the kept points of the whole job were made of. */
  pointsState: ".work/kept/points.json",
  /** Mesh, solids or painted walls of a tile before encoding, for its parent. */
  handed: (port: string, kind: "mesh" | "solids" | "texture", key: TileKey): string =>
    `.work/handed/${port}/${TileKey.format(key)}.${kind}`,
  /** Bytes that a tile hands to a kernel of stage "job". */
  blob: (port: string, key: TileKey): string => `.work/blob/${port}/${TileKey.fileName(key)}.bin`,
  /** Folder of the blobs of a port, with the slash at its end. */
  blobs: (port: string): string => `.work/blob/${port}/`,
  /** Folder of the parts of a layer, with the slash at its end. */
  featuresOf: (port: string): string => `.work/features/${port}/`,
  /** Features that a tile completes alone. */
  features: (port: string, key: TileKey): string => `.work/features/${port}/${TileKey.fileName(key)}.fgb`,
  /** The same of the second tile stage. */
  modelFeatures: (port: string, key: TileKey): string => `.work/features/${port}/model-${TileKey.fileName(key)}.fgb`,
  /** Features that a kernel of stage "job" makes of the pieces of all tiles. */
  joined: (port: string): string => `.work/features/${port}/joined.fgb`,
  /** Bytes and features that a kernel of stage "region" makes of the tiles of its region. */
  regionBlob: (port: string, region: string): string => `.work/blob/${port}/region-${region}.bin`,
  regionFeatures: (port: string, region: string): string => `.work/features/${port}/region-${region}.fgb`,
  /** Bytes that a kernel of stage "job" hands to single tiles, one after the other, and the list of them. */
  shards: (port: string): string => `.work/shard/${port}.bin`,
  shardIndex: (port: string): string => `.work/shard/${port}.json`,
  isShardIndex: (path: string): boolean => path.startsWith(".work/shard/") && path.endsWith(".json"),
  /** The same of a region. */
  regionShards: (port: string, region: string): string => `.work/shard/${port}@${region}.bin`,
  regionShardIndex: (port: string, region: string): string => `.work/shard/${port}@${region}.json`,
  /** The départements of the job, in its CRS. */
  limit: ".work/external/limit.fgb",
  /** The user's own features, in the job's CRS and with an index. */
  external: (name: string): string => `.work/external/${name}.fgb`,
} as const

/** Name of the journal under the output folder. */
export const journalName = "journal.jsonl"

/** Where a plan of shards lies under the output folder. */
export const planLayout = {
  folder: "plan",
  job: "plan/job.json",
  shards: "plan/shards.json",
  tiles: "plan/tiles.ndjson",
  sources: "plan/sources.ndjson",
  journals: "plan/journal",
  /** Written when the last phase came to its end. */
  finished: "plan/finished.json",
  /** How the plan was submitted to Slurm last. */
  slurm: "plan/slurm.json",
  /** What a gate found missing; that of a task, where each waits for tasks of its own. */
  missing: (phase: Phase, shard?: number): string =>
    `plan/missing-${phase}${shard === undefined ? "" : `-${shard}`}.json`,
} as const
