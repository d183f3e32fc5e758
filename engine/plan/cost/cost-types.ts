/** The form of rates and costs. */
import type { Stage } from "../../core/stages.js"
import type { Work } from "./tile-work.js"

/**
 * Stages with rates of their own. Kernels that join run in stages "region" and "job" and are rated
 * together as `region`.
 */
export type CostStage = Exclude<Stage, "job">

/** Core-seconds per unit of work: a tile, a million points, a km². Never negative. */
export type WorkRates = Readonly<Partial<Record<keyof Work, number>>>

/** Rate of one step in one stage: a kernel's id, or one of the engine's own steps. */
export interface StepRate {
  readonly stage: CostStage
  readonly step: string
  readonly per: WorkRates
}

/** The measured part of the cost model; `npm run lab -- fit-costs` writes the built-in one. */
export interface CostRates {
  /** Machine and day of the measurement, or the folder of the run. */
  readonly from: string
  /** Core-seconds to start a run, to start each worker, and to compile each kernel. */
  readonly run: number
  readonly worker: number
  readonly kernel: number
  /** Processor time beside the steps (compiling, garbage collection), as a share of theirs. */
  readonly beside: number
  readonly steps: readonly StepRate[]
}

/** A step of a job, with its number of executions per task of the stage. */
export interface StepUse {
  readonly stage: CostStage
  readonly step: string
  readonly times: number
  /** True if it reads images; true if it reads or fills rasters of the whole tile. */
  readonly images?: true
  readonly rasters?: true
}

/** The cost of a job. It is linear in the work, so parts add up to the whole. */
export interface JobCost {
  readonly from: string
  /** Core-seconds to start a run with the job's kernels, and to start each worker. */
  readonly run: number
  readonly worker: number
  /** Core-seconds per unit of work, by stage. */
  readonly per: Readonly<Record<CostStage, WorkRates>>
  /** The steps that were counted, for a later fit. */
  readonly uses: readonly StepUse[]
}

/** Work of a job's tiles, and of those around them that are read only for their neighbours. */
export interface JobWork {
  readonly own: Work
  readonly ring: Work
}
