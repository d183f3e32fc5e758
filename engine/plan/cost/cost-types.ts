import type { TaskScope } from "../../journal/journal-record.js"
import type { Work } from "./tile-work.js"

/** Core-seconds for each unit of work: a tile, a million points, a km². None is below zero. */
export type WorkRates = Readonly<Partial<Record<keyof Work, number>>>

/** What the tasks of one kind spend on one of their stages: a kernel's id, or what the engine does around kernels. */
export interface StageRate {
  readonly scope: TaskScope
  readonly stage: string
  readonly per: WorkRates
}

/** The measured side of the cost model; `npm run bench:fit` writes the built-in one. */
export interface CostRates {
  /** The machine and the day of the measurement, or the folder of the run. */
  readonly from: string
  /** Core-seconds to start a run and each of its workers, and to compile each kernel. */
  readonly run: number
  readonly worker: number
  readonly kernel: number
  /** Processor time beside that of the stages (compiling, collecting garbage), as a share of it. */
  readonly beside: number
  readonly stages: readonly StageRate[]
}

/** A stage that a job has: so many times in each task of the scope. */
export interface StageUse {
  readonly scope: TaskScope
  readonly stage: string
  readonly times: number
  /** True where it reads images; where it reads or fills rasters of the whole tile. */
  readonly images?: true
  readonly rasters?: true
}

/** What a job costs: linear in its work, so that parts add up to the whole. */
export interface JobCost {
  readonly from: string
  /** Core-seconds to start a run with the job's kernels, and each of its workers. */
  readonly run: number
  readonly worker: number
  /** Core-seconds for each unit of work, by kind of task. */
  readonly per: Readonly<Record<TaskScope, WorkRates>>
  /** What was counted, for a later fit. */
  readonly uses: readonly StageUse[]
}

/** Tiles of a job, and those around them that are read for their sake. */
export interface JobWork {
  readonly own: Work
  readonly ring: Work
}
