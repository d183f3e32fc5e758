/** The events that a run yields and the summary that it returns. */
import type { Missing } from "./missing.js"
import type { QualitySummary } from "./quality.js"
import type { RunHistory } from "./run-history.js"
import type { StepTotal } from "./step-totals.js"
import type { TileOutcome } from "./tile-outcome.js"

/** Summary at the end of a run. */
export interface RunSummary {
  /** Tiles made by this run. */
  readonly done: number
  /** Tiles whose result of an earlier run is up to date, made or skipped by it. */
  readonly unchanged: number
  /** Tasks that this run took from other output folders; absent if none. */
  readonly reused?: number
  /** Tiles of this run with nothing to make. */
  readonly skipped: number
  readonly failed: number
  readonly quarantined: number
  /** All was up to date; the report is that of the last run. */
  readonly upToDate?: true
  /** True when the run was stopped before its end. */
  readonly aborted: boolean
  /**
   * Reason: a request to `stop` at once or to take no further task (`early`), or the `output`
   * folder takes no more bytes.
   */
  readonly stopped?: "stop" | "early" | "output"
  /**
   * Points whose coordinates this run decoded: of files with bucket files once, of COPC read by
   * ranges once for each tile that needs their node.
   */
  readonly pointsDecoded: number
  /** Points in the extents (tile and halo) of the tiles that this run made. */
  readonly pointsNeeded: number
  /** `pointsDecoded` over `pointsNeeded`; absent when this run made nothing. */
  readonly decodedPerNeeded?: number
  /** Points that this run left out because of a class flag, where there are any. */
  readonly pointsFlagged?: number
  /**
   * Points outside the bounds that the header of their file states, where there are any: they were
   * read. COPC read by ranges: once for each tile that reads the point's node.
   */
  readonly pointsOutside?: number
  /**
   * Points of classes that the scheme lacks, by class, where there are any: they were read as
   * unclassified. COPC read by ranges: once for each tile that reads the point.
   */
  readonly pointsUnlisted?: Readonly<Record<string, number>>
  /** Points of classes that the scheme leaves out, by class, where there are any; counted alike. */
  readonly pointsDropped?: Readonly<Record<string, number>>
  /**
   * Points of the sources by class, after the scheme, without noise. COPC read by ranges: those in
   * the tiles. Absent where none was counted.
   */
  readonly pointsByClass?: Readonly<Record<string, number>>
  /** Peak resident memory of the engine process, including all workers (VmHWM). */
  readonly processPeakBytes: number
  /** Processor time of the engine process, all threads. */
  readonly processCpuMs: number
  /** Time of this run's tasks, by step. */
  readonly steps: readonly StepTotal[]
  /** The run over time; absent when no task ran. */
  readonly history?: RunHistory
  /** What the job asks for and is not there; absent where it is complete or the run was stopped. */
  readonly missing?: Missing
  /** Summary of the passport; absent when the run was stopped. */
  readonly quality?: QualitySummary
  /** Tiles, each with both its stages, and every other task that failed. */
  readonly tiles: readonly TileOutcome[]
  readonly timeMs: number
}

/** `detail`: a decision of the run, which most readers do not need. */
export type MessageLevel = "detail" | "info" | "warning" | "error"

/** Events during a run. */
export type RunEvent =
  | {
      readonly type: "plan"
      readonly tasks: number
      readonly points: number
      /** Tiles of the job among the tasks, and those of them that earlier runs finished. */
      readonly tiles: number
      readonly unchangedTiles: number
      /** Estimated duration; absent where an earlier run finished a part. */
      readonly estimateMs?: number
      /** Estimated core-seconds of the tasks by stage, and how many tasks run at once. */
      readonly costs: Readonly<Record<string, number>>
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
  | { readonly type: "message"; readonly level: MessageLevel; readonly text: string }
  | { readonly type: "end"; readonly summary: RunSummary }
