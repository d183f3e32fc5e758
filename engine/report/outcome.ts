/** What a run tells of its tasks and of itself: data that journal, report and callers share. */
import type { ErrorData } from "../errors.js"
import type { Metrics, Threshold } from "../kernel.js"

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

/** Time of one stage: wall time, and processor time of the thread that ran it where the system tells (Linux; Node.js with `process.threadCpuUsage`). */
export interface StageTime {
  readonly timeMs: number
  /** Without what other threads did for it: collecting garbage, compiling, files. */
  readonly cpuMs?: number
}

/** Where the time of a task went, by stage; no moment counts twice, and all of them are the task's time. */
export type StageTimes = Readonly<Record<string, StageTime>>

/** A stage over all tasks of one scope that a run made. */
export interface StageTotal extends StageTime {
  readonly scope: TileOutcome["scope"]
  /** `start` (kernels loaded), `read`, `select` (points of a port), `image`, the id of a kernel, `cog`, `fgb`, `jpeg`, `glb`, `mesh-file`, `merge`, `write`, `other`. */
  readonly stage: string
  /** Tasks that went through it. */
  readonly tasks: number
}

/** A run over time, in steps of equal length. */
export interface RunHistory {
  /** Start of the first task, ISO 8601. */
  readonly start: string
  readonly stepMs: number
  /** By step: work tiles that ended, and the points in them. */
  readonly tiles: readonly number[]
  readonly points: readonly number[]
  /** By step and kind of task: how many ran at a time, in the mean. */
  readonly busy: Readonly<Record<"source" | "tile" | "parent" | "job", readonly number[]>>
  /** By step: largest resident memory of the engine process seen; null where it was not looked at. */
  readonly memoryBytes: readonly (number | null)[]
  /** By worker thread, in the order of their first tasks: share of the time from first to last task in which it was busy. */
  readonly workers: readonly { readonly worker: number; readonly tasks: number; readonly busyShare: number }[]
}

/** A threshold that a kernel declares, under the names that its figures have in the passport: `kernel.name`. */
export interface QualityThreshold extends Threshold {
  readonly metric: string
  readonly unit: string
}

/** What a tile's figures amount to. */
export type QualityVerdict = "good" | "warn" | "fail"

/** A threshold and how the tiles of a run stand to it. */
export interface QualityRow extends QualityThreshold {
  /** Tiles that have the figure. */
  readonly tiles: number
  readonly worst: number
  /** Key of the tile with the worst value, the first of them. */
  readonly worstTile: string
  /** Tiles beyond `warn` but not beyond `fail`, and beyond `fail`. */
  readonly warned: number
  readonly failed: number
}

/** The quality passport of a run. */
export interface QualitySummary {
  /** False when a tile is beyond a `fail` bound. */
  readonly ok: boolean
  /** Tiles by their worst verdict; those without a bounded figure are in none. */
  readonly good: number
  readonly warned: number
  readonly failed: number
  /** Thresholds whose figure a tile of the run has. */
  readonly thresholds: readonly QualityRow[]
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
