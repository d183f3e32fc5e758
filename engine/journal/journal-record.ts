/** The form of the records of a journal. */
import type { Stage } from "../core/stages.js"
import type { ErrorData } from "../errors.js"
import type { Metrics } from "../kernel.js"

/** A file that a task wrote, with its content's identity. `path` is relative to the output folder. */
export interface WrittenFile {
  readonly path: string
  readonly sha256: string
  readonly sizeBytes: number
  /** Where it lies in a pack; absent for a file of its own. */
  readonly packed?: PackedPlace
}

/** Where a file lies in a pack. */
export interface PackedPlace {
  /** Path of the pack, relative to the output folder. */
  readonly pack: string
  /** Where the file's bytes begin. */
  readonly at: number
  /** As the pack's directory tells it. */
  readonly crc32: number
}

/** What the tileset needs to know of a written mesh, or of a part of one. */
export interface MeshContent {
  readonly uri: string
  /** Quadrants that lead to the part of the tile, "" for all of it (see `layout.mesh`). */
  readonly part: string
  readonly geometricError: number
  readonly centre: readonly [number, number, number]
  /** Oriented box in the frame of `centre`, as 3D Tiles' `box` (12 numbers). */
  readonly box: readonly number[]
}

/** Time of one step: wall time, and processor time of the thread that ran it where the system tells (Linux; Node.js with `process.threadCpuUsage`). */
export interface StepTime {
  readonly timeMs: number
  /** Without what other threads did for it: collecting garbage, compiling, files. */
  readonly cpuMs?: number
}

/** Where the time of a task went, by step; no moment counts twice, and all of them are the task's time. */
export type StepTimes = Readonly<Record<string, StepTime>>

/** What a task took. */
export interface TaskFigures {
  readonly timeMs: number
  readonly peakBytes: number
  /** Where the time went: of this attempt alone, in no hash. */
  readonly steps?: StepTimes
  /** When the worker began, milliseconds since 1970, and the number of its thread; absent for tasks that were refused. */
  readonly startedAt?: number
  readonly worker?: number
}

/** What a task made. */
export interface TaskProducts {
  readonly points: number
  readonly files: readonly WrittenFile[]
  readonly metrics?: Metrics
  /** Of all the tile's parts, ordered by part. */
  readonly content?: readonly MeshContent[]
  /** Points of the first stage's extent of the classes that the second stage takes, for its estimate; absent where not all of them were read. */
  readonly classes?: Readonly<Record<number, number>>
  /** First and last GPS time of the tile's points, as the files tell it. */
  readonly time?: readonly [number, number]
}

/** How a task ended. */
export interface EndRecord extends TaskFigures, TaskProducts {
  readonly type: "end"
  readonly key: string
  readonly stage: Stage
  readonly hash: string
  readonly outcome: "done" | "skipped" | "failed" | "quarantined"
  readonly reason?: string
  readonly error?: ErrorData
  /** How often it was tried, where not once. */
  readonly tries?: number
  /** Its process died with nothing beside it, or it ran away: it is not tried again before `maille retry`. */
  readonly fatal?: true
  /** A tile that was read for its neighbours' sake alone, and of which no earlier job made products. */
  readonly neighbour?: true
  /** The last good result of the task whose files are still there: of one that failed now, or of a job that is being replaced. */
  readonly former?: EndRecord
}

/** True for a task that came out well: made, or with nothing to make. */
export const isGood = ({ outcome }: Pick<EndRecord, "outcome">): boolean => outcome === "done" || outcome === "skipped"

/** A task that was begun. */
export interface StartRecord {
  readonly type: "start"
  readonly key: string
  readonly stage: Stage
  readonly hash: string
  /** What it was admitted by: the estimate, corrected by what others of its stage took. Starts and ends stand in the order in which they happened, so their sum over what runs is what the budget was held against. */
  readonly bytes?: number
}

/** A line of the journal. */
export type JournalRecord =
  | {
      readonly type: "run"
      readonly version: string
      readonly tasks: number
      readonly planHash: string
      /** How often the supervisor had restarted the engine process in this run. */
      readonly restart?: number
      readonly at: string
    }
  | StartRecord
  /** The run came to an orderly end before its time: what is running is given up, by no fault of its own. */
  | { readonly type: "stop"; readonly at: string }
  /** What was given up is to be tried again (`maille retry`, `maille resume --retry`). */
  | { readonly type: "retry"; readonly at: string }
  /** Products that no single task writes (tileset, mosaics, other formats): all that there may be from now on. */
  | { readonly type: "overall"; readonly files: readonly string[] }
  /** Files that no task writes, as they were written; `gone`: those that are no more. */
  | {
      readonly type: "written"
      readonly files: readonly WrittenFile[]
      readonly gone?: readonly string[]
      readonly at: string
    }
  /** The folder's job is being replaced, until `replaced`: what is not of the new one waits to be removed. */
  | { readonly type: "replace"; readonly at: string }
  | { readonly type: "replaced"; readonly at: string }
  /** The run came to its end. */
  | { readonly type: "finish"; readonly at: string }
  /** A task of a former run that the job has no more: its files are gone. */
  | { readonly type: "drop"; readonly key: string; readonly stage: Stage; readonly at?: string }
  | EndRecord
