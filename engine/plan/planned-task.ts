/** The form of a planned task. */
import type { AreaIndex } from "../formats/vector/area-index.js"
import type { Job } from "../job/job.js"
import type { LoadedKernel } from "../job/kernels/load-kernels.js"
import type { Catalogue } from "../spatial/catalogue.js"
import type { TaskMessage, WorkContext } from "./context.js"

/** One unit of work with everything that decides whether it must be done again. */
export interface PlannedTask
  extends Pick<TaskMessage, "stage" | "key" | "neighbour" | "sources" | "part" | "images" | "views"> {
  readonly id: string
  readonly dependsOn: readonly string[]
  /**
   * SHA-256 of all that shapes the result and is known before the run. For all stages but "source" and "tile" the hashes of the files that they read
   * are added when the task starts.
   */
  readonly hash: string
  /** Hash of the same tile as part of a job: where that result stands, nothing is done for its neighbours' sake. */
  readonly wholeHash?: string
  /** Stages "region" and "job": keys of the tiles below, by regions too, that are there for their neighbours' sake alone; ordered, absent for none. */
  readonly neighbours?: readonly string[]
  readonly children: readonly string[]
  /** Estimated points to read. */
  readonly points: number
  /** Estimated peak bytes, for admission; joins and "model" add what their files take when they start. */
  readonly bytes: number
  readonly costCoreSeconds: number
}

/** A task before its cost is known. */
export type LaidTask = Omit<PlannedTask, "costCoreSeconds">

/** What tasks are laid out from. */
export interface Laying {
  readonly job: Job
  readonly context: WorkContext
  readonly kernels: readonly LoadedKernel[]
  readonly catalogue: Catalogue
  readonly area: AreaIndex | undefined
  /** The départements that bound vector objects. */
  readonly limit: AreaIndex | undefined
  /** The départements whose tiles are asked for, where they are others than `limit`. */
  readonly asked?: AreaIndex
  /** Keys of tiles of earlier runs in the folder, which stay part of the job. */
  readonly made?: ReadonlySet<string>
  readonly shared: string
}
