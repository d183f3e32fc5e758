import type { ErrorData } from "../errors.js"
import type { Metrics } from "../kernel.js"
import type { QualitySummary } from "./quality.js"
import type { RunHistory } from "./run-history.js"
import type { StageTimes, StageTotal } from "./stage-times.js"

/** How a task ended. `unchanged`: its result of an earlier run still stands; `quarantined`: given up, its input being unfit or fatal. */
export type OutcomeKind = "done" | "skipped" | "failed" | "quarantined" | "unchanged"

/** The outcome of one task: always data, never a thrown crash. */
export interface TileOutcome {
  /** Tile key `level/x/y`; the path of a source; the name of a layer, or of a kernel over all tiles. */
  readonly key: string
  /** `neighbour`: a tile outside the job's area that was read for its neighbours' sake alone; `model`: the second stage of a tile. */
  readonly scope: "source" | "tile" | "neighbour" | "model" | "parent" | "job"
  readonly outcome: OutcomeKind
  readonly timeMs: number
  readonly points: number
  /** High-water mark of the task's arena, buffers and WebAssembly memories as the engine accounts them. */
  readonly peakBytes: number
  /** Why it was not done, with the remedy. */
  readonly reason?: string
  readonly error?: ErrorData
  /** Figures of the quality passport. */
  readonly metrics?: Metrics
  /** Where the time went; absent where an earlier result stands. */
  readonly stages?: StageTimes
  /** When the worker began, milliseconds since 1970, and the number of its thread; absent where nothing was run. */
  readonly startedAt?: number
  readonly worker?: number
  /** The command that meets the same failure again. */
  readonly reproduce?: string
  /** Products, relative to the output folder. */
  readonly outputs?: readonly string[]
}

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
  readonly stages: readonly StageTotal[]
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
