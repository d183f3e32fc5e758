/** Options of a run, for a whole job and for a shard: progress, signals, permitted changes. */
import type { FolderChange } from "../job/output-folder.js"
import type { Plan } from "../plan/plan.js"
import type { RunEvent } from "../report/outcome.js"
import type { Language } from "../report/report-texts.js"

/** How to watch and stop a run, and what it may change. */
export interface RunOptions {
  /** Aborting ends the run at once: running tasks are dropped, finished ones stay. */
  readonly signal?: AbortSignal
  /** Aborting starts no further task; the run ends after the running ones. */
  readonly drain?: AbortSignal
  /** Retry tasks that were given up because they ended their process. */
  readonly retry?: boolean
  /**
   * Compare all files of earlier runs with their hashes and make damaged ones again. Reads every
   * byte.
   */
  readonly verify?: boolean
  /**
   * What may happen to another job's products in the output folder. Default: a folder of another
   * job is refused.
   * - `add`: makes further products or layers and keeps all others
   * - `replace`: removes what this job does not make, once it has made everything
   * - `update`: follows inputs that were added, changed or removed
   */
  readonly change?: FolderChange
  /** Language of `report.html`; default English. */
  readonly language?: Language
  /** Other output folders: tasks with the same hash are taken from them. */
  readonly reuse?: readonly string[]
  readonly onEvent?: (event: RunEvent) => void
  /** The job's plan; default: planned from its inputs. */
  readonly plan?: Plan
  /** Name of this run's journal under the output folder; default `journal.jsonl`. */
  readonly journal?: string
  /** Number of times that a supervisor has restarted this process in this run; default 0. */
  readonly restart?: number
}
