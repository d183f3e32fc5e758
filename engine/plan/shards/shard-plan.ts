/** The form of a plan that is cut into shards. */
import type { Box2 } from "../../core/geometry/box.js"
import type { Phase } from "../../core/stages.js"
import type { Grid } from "../../grid/tile-key.js"
import type { FolderChange } from "../../job/output-folder.js"
import type { JobCost, JobWork } from "../cost/cost-types.js"

/** A shard as the plan lists it. */
export interface Shard {
  /** Where its lines stand in `tiles.ndjson`, bytes. */
  readonly offset: number
  readonly length: number
  /** Tiles, those read for their neighbours' sake among them. */
  readonly tiles: number
  readonly points: number
  readonly costCoreSeconds: number
  /** Peak bytes of its hungriest tile, estimated. */
  readonly bytes: number
  /** Where it begins along the curve. */
  readonly place: number
  /** Where the lines of the sources at home in it stand in `sources.ndjson`, bytes. */
  readonly sources: { readonly offset: number; readonly length: number; readonly crc32: number }
  /** CRC-32 of its lines. */
  readonly crc32: number
}

/** `shards.json`: a job cut into shards. */
export interface ShardPlan {
  readonly format: 1
  /** Of maille that planned. */
  readonly version: string
  /** SHA-256 over the job, the tiles and the cuts. */
  readonly hash: string
  readonly epsg: number
  readonly grid: Grid
  /** Box around all sources, CRS metres. */
  readonly box: Box2
  /** Source line of the products, from all sources or the user. */
  readonly source: string
  /** Lowest and highest altitude of all sources, metres; absent where they come from an index. */
  readonly zRange?: readonly [number, number]
  /** How far beyond a tile its stages read points, metres. */
  readonly reach: number
  /** Half the longest side of a source, metres: so far its points may lie from where it is at home. */
  readonly sourceReach: number
  /** Level of the pyramid's top. */
  readonly topLevel: number
  /** In the order in which they run. */
  readonly phases: readonly Phase[]
  /** Kernels of phase "job". */
  readonly jobKernels: readonly string[]
  /** Kernels of phase "region". `ring`: they also read the tiles around those that were asked for. */
  readonly regionKernels: readonly { readonly id: string; readonly ring: boolean }[]
  /** The regions of 10 km that each task of phase "region" makes; none where all tiles lie in one. */
  readonly regions: readonly (readonly PlannedRegion[])[]
  /** Tiles that were asked for. */
  readonly tiles: number
  /** Tiles around them, read for their sake. */
  readonly ring: number
  readonly sources: number
  readonly points: number
  /** Core-seconds of a run of the whole job in one process with the job's workers. */
  readonly costCoreSeconds: number
  readonly cost: JobCost
  readonly work: JobWork
  readonly parallel: number
  /** SHA-256 of each third-party kernel's module, by its path in the job; absent where there is none. */
  readonly kernels?: Readonly<Record<string, string>>
  /** What the last phase does with what the folder holds of another job. */
  readonly change?: FolderChange
  readonly shards: readonly Shard[]
  /** Hash of `plan/job.json`. */
  readonly jobSha256: string
}

/** A region with tiles of the job. */
export interface PlannedRegion {
  readonly region: string
  /** It holds nothing but tiles around those that were asked for. */
  readonly ringOnly?: true
}

/** A line of `tiles.ndjson`. */
export interface PlannedTile {
  readonly key: string
  readonly points: number
  readonly cost: number
  readonly neighbour?: true
}
