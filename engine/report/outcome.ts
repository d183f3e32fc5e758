/** The events that a run yields and the summary that it returns. */
import type { QualitySummary } from "./quality.js"
import type { RunHistory } from "./run-history.js"
import type { StepTotal } from "./step-totals.js"
import type { TileOutcome } from "./tile-outcome.js"

/** The end of a run. */
export interface RunSummary {
  /** Tiles made by this run. */
  readonly done: number
  /** Tiles whose result of an earlier run stands, made or skipped by it. */
  readonly unchanged: number
  /** Tiles that this run looked at and that had nothing to make. */
  readonly skipped: number
  readonly failed: number
  readonly quarantined: number
  /** The run found all as the last one left it; the report is that of the last one. */
  readonly upToDate?: true
  /** True when the run was stopped before its end. */
  readonly aborted: boolean
  /** Why: told to `stop` at once, to take no further task (`early`), or because the `output` folder takes no more bytes. */
  readonly stopped?: "stop" | "early" | "output"
  /** Points of the sources whose places this run decoded: of plain files once, of COPC once a tile that needs their node. */
  readonly pointsDecoded: number
  /** Points in the extents (tile and halo) of the tiles that this run made. */
  readonly pointsNeeded: number
  /** The first over the second; absent when this run made nothing. */
  readonly decodedPerNeeded?: number
  /** Peak resident memory of the engine process, all workers together (VmHWM). */
  readonly processPeakBytes: number
  /** Processor time of the engine process, all its threads. */
  readonly processCpuMs: number
  /** Where the time of the tasks of this run went. */
  readonly steps: readonly StepTotal[]
  /** The run over time; absent when nothing was run. */
  readonly history?: RunHistory
  /** What the passport amounts to; absent when the run was stopped. */
  readonly quality?: QualitySummary
  /** Tiles, each with both its stages, and every other task that failed. */
  readonly tiles: readonly TileOutcome[]
  readonly timeMs: number
}

/** What a run tells while it goes. */
export type RunEvent =
  | {
      readonly type: "plan"
      readonly tasks: number
      readonly points: number
      /** Estimated core-seconds of the tasks, and how many run at one time. */
      readonly costCoreSeconds: number
      readonly workers: number
    }
  | {
      readonly type: "progress"
      readonly finished: number
      readonly tasks: number
      readonly outcome: TileOutcome
      /** Estimated core-seconds of the task that ended. */
      readonly costCoreSeconds: number
    }
  | { readonly type: "message"; readonly level: "info" | "warning" | "error"; readonly text: string }
  | { readonly type: "end"; readonly summary: RunSummary }
