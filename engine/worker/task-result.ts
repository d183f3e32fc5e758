/** The form of what a worker sends back. */
import type { ErrorData } from "../errors.js"
import type { TaskFigures, TaskProducts, WrittenFile } from "../journal/journal-record.js"

/** A file that a task wrote. */
export interface StagedFile extends WrittenFile {
  /** To be packed: the name that it has for the time being, relative to the output folder, and the CRC-32 of its bytes. */
  readonly staged?: { readonly path: string; readonly crc32: number }
}

/** What a task made of its tile. */
export interface TaskWork extends TaskProducts {
  readonly outcome: "done" | "skipped"
  readonly reason?: string
  readonly files: readonly StagedFile[]
}

/** What a worker sends back: plain data only, failures included, since error classes do not survive a message port. */
export type TaskResult = (TaskWork | { readonly outcome: "failed"; readonly error: ErrorData }) &
  TaskFigures & {
    /** The thread that ran it is gone. */
    readonly died?: true
  }
