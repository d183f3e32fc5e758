/** The form of a planned task. */
import type { AreaIndex } from "../formats/vector/area-index.js"
import type { Job } from "../job/job.js"
import type { LoadedKernel } from "../job/kernels/load-kernels.js"
import type { Catalogue } from "../spatial/catalogue.js"
import type { TaskMessage, WorkContext } from "./context.js"

/** One unit of work, with everything that decides whether it must run again. */
export interface PlannedTask
  extends Pick<TaskMessage, "stage" | "key" | "neighbour" | "sources" | "part" | "images" | "views"> {
  readonly id: string
  readonly dependsOn: readonly string[]
  /**
   * SHA-256 of everything known before the run that affects the result. Tasks of other stages than
   * "source" and "tile" add the hashes of the files that they read when they start.
   */
  readonly hash: string
  /**
   * Hash of the same tile as a full tile of the job: a valid result of that one also serves the
   * neighbours.
   */
  readonly wholeHash?: string
  /**
   * Stages "region" and "job": keys of the tiles below, also through regions, that are read only
   * for their neighbours. In order; absent if there are none.
   */
  readonly neighbours?: readonly string[]
  readonly children: readonly string[]
  /** Estimated points to read. */
  readonly points: number
  /**
   * Estimated peak bytes, for admission; "region", "job" and "model" tasks add the size of their
   * inputs when they start.
   */
  readonly bytes: number
  readonly costCoreSeconds: number
}

/** A task without its cost. */
export type TaskBeforeCost = Omit<PlannedTask, "costCoreSeconds">

/** The data that tasks are built from. */
export interface Planning {
  readonly job: Job
  readonly context: WorkContext
  readonly kernels: readonly LoadedKernel[]
  readonly catalogue: Catalogue
  readonly area: AreaIndex | undefined
  /** The départements that bound vector objects. */
  readonly limit: AreaIndex | undefined
  /** The départements whose tiles are requested, if they differ from `limit`. */
  readonly asked?: AreaIndex
  /** Keys of tiles of earlier runs in the folder, which remain part of the job. */
  readonly made?: ReadonlySet<string>
  readonly shared: string
}
