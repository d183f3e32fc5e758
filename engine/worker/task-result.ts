/** The form of what a worker sends back. */
import type { ErrorData } from "../errors.js"
import type { TaskFigures, TaskProducts, WrittenFile } from "../journal/journal-record.js"

export interface StagedFile extends WrittenFile {
  /**
   * For a file to be packed: its temporary name, relative to the output folder, and the CRC-32 of
   * its bytes.
   */
  readonly staged?: { readonly path: string; readonly crc32: number }
}

/** The result of a task that succeeded. */
export interface TaskWork extends TaskProducts {
  readonly outcome: "done" | "skipped"
  readonly reason?: string
  readonly files: readonly StagedFile[]
}

/**
 * A worker's answer: plain data only, failures included, since error classes do not survive a
 * message port.
 */
export type TaskResult = (TaskWork | { readonly outcome: "failed"; readonly error: ErrorData }) &
  TaskFigures & {
    /** The thread that ran it is gone. */
    readonly died?: true
  }
