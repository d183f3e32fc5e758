/** Options of a run, for a whole job and for a shard: progress, signals, permitted changes. */
import type { FolderChange } from "../job/output-folder.js"
import type { Plan } from "../plan/plan.js"
import type { RunEvent } from "../report/outcome.js"

/** How a run is watched and stopped. */
export interface RunOptions {
  /** Aborting ends the run at once: tasks that are running are given up, what is finished stays. */
  readonly signal?: AbortSignal
  /** Aborting starts no further task: those that run come to their ends, then the run does. */
  readonly drain?: AbortSignal
  /** What was given up because it took its process down is tried again. */
  readonly retry?: boolean
  /** All files that earlier runs wrote are compared with their hashes, and what differs is made again. Reads every byte. */
  readonly verify?: boolean
  /**
   * What may become of another job's products in the output folder: `add` makes further products or layers and keeps what is there; `replace`
   * removes what this job does not make, once all of it is made; `update` follows inputs that were added, changed or removed. Default: a
   * folder of another job is refused.
   */
  readonly change?: FolderChange
  readonly onEvent?: (event: RunEvent) => void
  /** The job laid out before; default: from its inputs. */
  readonly plan?: Plan
  /** Name of the journal that this run writes, under the output folder; default `journal.jsonl`. */
  readonly journal?: string
  /** How often a supervisor has restarted this process in this run; default 0. */
  readonly restart?: number
}
