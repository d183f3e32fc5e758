/** The form of the records of a journal. */
import type { Stage } from "../core/stages.js"
import type { ErrorData } from "../errors.js"
import type { NotedRead } from "../io/noted-reads.js"
import type { Metrics } from "../kernel.js"

/**
 * A file that a task wrote, with the hash of its content. `path` is relative to the output folder.
 */
export interface WrittenFile {
  readonly path: string
  readonly sha256: string
  readonly sizeBytes: number
  /** Its place in a pack; absent for a file of its own. */
  readonly packed?: PackedPlace
}

/** Place of a file in a pack. */
export interface PackedPlace {
  /** Relative to the output folder. */
  readonly pack: string
  /** Offset of the file's first byte. */
  readonly at: number
  /** As in the pack's directory. */
  readonly crc32: number
}

/** What the tileset needs to know of a written mesh, or of a part of one. */
export interface MeshContent {
  readonly uri: string
  /** Path of quadrants to this part of the tile; "" for the whole tile (see `layout.mesh`). */
  readonly part: string
  readonly geometricError: number
  readonly centre: readonly [number, number, number]
  /** Oriented box in the frame of `centre`: the 12 numbers of `box` in 3D Tiles. */
  readonly box: readonly number[]
}

/**
 * Wall time of one step, and processor time of the thread that ran it. The latter needs Linux, or a
 * Node.js with `process.threadCpuUsage`.
 */
export interface StepTime {
  readonly timeMs: number
  /** Without the work of other threads: garbage collection, compilation, file access. */
  readonly cpuMs?: number
}

/** Time of a task by step. No moment counts twice; the steps add up to the task's time. */
export type StepTimes = Readonly<Record<string, StepTime>>

/** Resources that a task took. */
export interface TaskFigures {
  readonly timeMs: number
  readonly peakBytes: number
  /** Of this attempt only; part of no hash. */
  readonly steps?: StepTimes
  /**
   * Start of the task, milliseconds since 1970, and number of its thread; absent for refused tasks.
   */
  readonly startedAt?: number
  readonly worker?: number
}

export interface TaskProducts {
  readonly points: number
  readonly files: readonly WrittenFile[]
  readonly metrics?: Metrics
  /** All parts of the tile, ordered by part. */
  readonly content?: readonly MeshContent[]
  /**
   * Points by class within the first stage's extent, for the classes that the second stage takes.
   * They feed its memory estimate. Absent where the first stage did not read all of them.
   */
  readonly classes?: Readonly<Record<number, number>>
  /** First and last GPS time of the tile's points, as in the files. */
  readonly time?: readonly [number, number]
  /** What it read of local point files: a later run compares these bytes of a touched file. */
  readonly read?: readonly SourceRead[]
}

/** What a task read of a point file, by the file's identity. */
export interface SourceRead {
  readonly identity: string
  readonly ranges: readonly NotedRead[]
}

export interface EndRecord extends TaskFigures, TaskProducts {
  readonly type: "end"
  readonly key: string
  readonly stage: Stage
  readonly hash: string
  readonly outcome: "done" | "skipped" | "failed" | "quarantined"
  readonly reason?: string
  readonly error?: ErrorData
  /** Number of tries; absent for one. */
  readonly tries?: number
  /**
   * Its process died while nothing ran beside it, or it ran away. It is not tried again before
   * `maille retry`.
   */
  readonly fatal?: true
  /** Taken from another output folder; its figures are those of the run there. */
  readonly reused?: true
  /** The tile was read only for its neighbours, and no earlier job made products of it. */
  readonly neighbour?: true
  /**
   * The last good result whose files still exist: of a task that has failed since, or of a job that
   * is being replaced.
   */
  readonly former?: EndRecord
}

/** True for a task that succeeded, with products or with nothing to make. */
export const isGood = ({ outcome }: Pick<EndRecord, "outcome">): boolean => outcome === "done" || outcome === "skipped"

export interface StartRecord {
  readonly type: "start"
  readonly key: string
  readonly stage: Stage
  readonly hash: string
  /**
   * Bytes of its admission: the estimate, corrected by what other tasks of its stage took. Starts
   * and ends are recorded in order. The sum over running tasks is therefore what admission compared
   * with the budget.
   */
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
  /** The run stopped early but in order: running tasks are abandoned and not blamed. */
  | { readonly type: "stop"; readonly at: string }
  /** Tasks that were given up are to be tried again (`maille retry`, `maille resume --retry`). */
  | { readonly type: "retry"; readonly at: string }
  /**
   * All products that no single task writes (tileset, mosaics, other formats) and that may exist
   * from here on.
   */
  | { readonly type: "overall"; readonly files: readonly string[] }
  /** Files that no task writes, with their hashes; `gone`: those that no longer exist. */
  | {
      readonly type: "written"
      readonly files: readonly WrittenFile[]
      readonly gone?: readonly string[]
      readonly at: string
    }
  /**
   * The folder's job is being replaced, until `replaced`: files that the new job lacks wait to be
   * removed.
   */
  | { readonly type: "replace"; readonly at: string }
  | { readonly type: "replaced"; readonly at: string }
  /** The run reached its end. */
  | { readonly type: "finish"; readonly at: string }
  /** A task of a former run that the job no longer has: its files are gone. */
  | { readonly type: "drop"; readonly key: string; readonly stage: Stage; readonly at?: string }
  | EndRecord
