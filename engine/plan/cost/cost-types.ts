/** The form of rates and costs. */
import type { Stage } from "../../core/stages.js"
import type { Work } from "./tile-work.js"

/** Stages by which costs are told: the kernels that join run in regions and over the job, and are rated together as `region`. */
export type CostStage = Exclude<Stage, "job">

/** Core-seconds for each unit of work: a tile, a million points, a km². None is below zero. */
export type WorkRates = Readonly<Partial<Record<keyof Work, number>>>

/** What the tasks of one kind spend on one of their steps: a kernel's id, or what the engine does around kernels. */
export interface StepRate {
  readonly stage: CostStage
  readonly step: string
  readonly per: WorkRates
}

/** The measured side of the cost model; `npm run lab -- fit-costs` writes the built-in one. */
export interface CostRates {
  /** The machine and the day of the measurement, or the folder of the run. */
  readonly from: string
  /** Core-seconds to start a run and each of its workers, and to compile each kernel. */
  readonly run: number
  readonly worker: number
  readonly kernel: number
  /** Processor time beside that of the steps (compiling, collecting garbage), as a share of it. */
  readonly beside: number
  readonly steps: readonly StepRate[]
}

/** A step that a job has: so many times in each task of the stage. */
export interface StepUse {
  readonly stage: CostStage
  readonly step: string
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
  readonly per: Readonly<Record<CostStage, WorkRates>>
  /** What was counted, for a later fit. */
  readonly uses: readonly StepUse[]
}

/** Tiles of a job, and those around them that are read for their sake. */
export interface JobWork {
  readonly own: Work
  readonly ring: Work
}
