import type { EndRecord } from "../../journal/journal-record.js"
import type { PlannedTask } from "../../plan/planned-task.js"

/** Kept above what was measured: peaks of one and the same task vary with the moments of garbage collection. */
const margin = 1.15
/** Share of the way down to what was measured that one task brings. */
const downward = 0.1
/** No estimate is brought below this share of itself: what comes next may be another kind of tile. */
const least = 0.5

/**
 * Corrects the estimates of memory by what the tasks of the run took: the ratio of peak to estimate, by scope. Upward at once, since one task above its
 * estimate tells that others may follow; downward slowly. Admission alone asks it: which tasks run side by side shapes no product, and whether a task fits the budget at all
 * is decided by its estimate, so that a run has the same outcome on every machine.
 */
export class MemoryCorrection {
  readonly #factors = new Map<string, number>()

  /** Learns from a task that has ended. */
  learn(
    task: Pick<PlannedTask, "scope" | "bytes">,
    { outcome, peakBytes }: Pick<EndRecord, "outcome" | "peakBytes">,
  ): void {
    if (outcome !== "done" || peakBytes <= 0 || task.bytes <= 0) return
    const measured = (margin * peakBytes) / task.bytes
    const known = this.#factors.get(task.scope) ?? 1
    const next = measured >= known ? measured : known + downward * (measured - known)
    this.#factors.set(task.scope, Math.max(least, next))
  }

  /** Bytes to admit a task by. */
  bytesOf({ scope, bytes }: Pick<PlannedTask, "scope" | "bytes">): number {
    return Math.ceil(bytes * (this.#factors.get(scope) ?? 1))
  }
}
