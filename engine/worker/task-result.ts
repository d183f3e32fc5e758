/** The form of what a worker sends back. */
import type { ErrorData } from "../errors.js"
import type { MeshContent, StepTimes, WrittenFile } from "../journal/journal-record.js"
import type { Metrics } from "../kernel.js"

/** A file that a task wrote. */
export interface StagedFile extends WrittenFile {
  /** To be packed: the name that it has for the time being, relative to the output folder, and the CRC-32 of its bytes. */
  readonly staged?: { readonly path: string; readonly crc32: number }
}

/** What a task made of its tile. */
export interface TaskWork {
  readonly outcome: "done" | "skipped"
  readonly reason?: string
  readonly points: number
  readonly files: readonly StagedFile[]
  readonly metrics?: Metrics
  readonly content?: readonly MeshContent[]
  /** Points of the extent by class, as `EndRecord.classes` has them. */
  readonly classes?: Readonly<Record<number, number>>
  /** First and last GPS time of the points in the tile's cell. */
  readonly time?: readonly [number, number]
}

/** What a worker sends back: plain data only, failures included, since error classes do not survive a message port. */
export type TaskResult = (TaskWork | { readonly outcome: "failed"; readonly error: ErrorData }) & {
  readonly timeMs: number
  readonly peakBytes: number
  readonly steps?: StepTimes
  readonly startedAt?: number
  readonly worker?: number
  /** The thread that ran it is gone. */
  readonly died?: true
}
