/** The form of a plan that is cut into shards. */
import type { Box2 } from "../../core/geometry/box.js"
import type { Phase } from "../../core/stages.js"
import type { Grid } from "../../grid/tile-key.js"
import type { FolderChange } from "../../job/output-folder.js"
import type { JobCost, JobWork } from "../cost/cost-types.js"

/** One shard of a plan. */
export interface Shard {
  /** Byte range of its lines in `tiles.ndjson`. */
  readonly offset: number
  readonly length: number
  /** Number of tiles, including those read only for their neighbours. */
  readonly tiles: number
  readonly points: number
  readonly costCoreSeconds: number
  /** Largest estimated peak of its tiles, bytes. */
  readonly bytes: number
  /** Its start on the Hilbert curve. */
  readonly place: number
  /**
   * Byte range of its sources' lines in `sources.ndjson`. A source belongs to the shard that
   * contains its centre.
   */
  readonly sources: { readonly offset: number; readonly length: number; readonly crc32: number }
  /** CRC-32 of its lines. */
  readonly crc32: number
}

/** `shards.json`: a job cut into shards. */
export interface ShardPlan {
  readonly format: 1
  /** Version of maille that planned. */
  readonly version: string
  /** SHA-256 of the job, the tiles and the cuts. */
  readonly hash: string
  readonly epsg: number
  readonly grid: Grid
  /** Box around all sources, CRS metres. */
  readonly box: Box2
  /** Source line of the products, from all sources or the user. */
  readonly source: string
  /** Lowest and highest altitude of all sources, metres; absent if they come from an index. */
  readonly zRange?: readonly [number, number]
  /** Distance beyond a tile within which its stages read points, metres. */
  readonly reach: number
  /**
   * Half the longest side of a source, metres: the farthest that its points are from its centre,
   * along an axis.
   */
  readonly sourceReach: number
  /** Level of the pyramid's top. */
  readonly topLevel: number
  /** In order of execution. */
  readonly phases: readonly Phase[]
  /** Kernels of phase "job". */
  readonly jobKernels: readonly string[]
  /** Kernels of phase "region". `ring`: they also read the tiles around the requested ones. */
  readonly regionKernels: readonly { readonly id: string; readonly ring: boolean }[]
  /**
   * The regions of 10 km that each task of phase "region" makes; empty if all tiles are in one
   * region.
   */
  readonly regions: readonly (readonly PlannedRegion[])[]
  /** Number of requested tiles. */
  readonly tiles: number
  /** Number of tiles around them, read only for their neighbours. */
  readonly ring: number
  readonly sources: number
  readonly points: number
  /** Core-seconds of the whole job as one run in one process with the job's workers. */
  readonly costCoreSeconds: number
  readonly cost: JobCost
  readonly work: JobWork
  readonly parallel: number
  /**
   * SHA-256 of each third-party kernel's module, by its path in the job; absent if there is none.
   */
  readonly kernels?: Readonly<Record<string, string>>
  /** How the last phase treats products of another job in the folder. */
  readonly change?: FolderChange
  readonly shards: readonly Shard[]
  /** SHA-256 of `plan/job.json`. */
  readonly jobSha256: string
}

/** A region with tiles of the job. */
export interface PlannedRegion {
  readonly region: string
  /** True if it contains only tiles around the requested ones. */
  readonly ringOnly?: true
}

/** A line of `tiles.ndjson`. */
export interface PlannedTile {
  readonly key: string
  readonly points: number
  readonly cost: number
  readonly neighbour?: true
}
