/**
 * Estimates the memory by which tasks of a run are admitted, corrected by what earlier tasks took.
 */
import { taskId } from "../../core/stages.js"
import type { EndRecord } from "../../journal/journal-record.js"
import type { Plan } from "../plan.js"
import type { PlannedTask } from "../planned-task.js"
import { BucketCounts, classesOfSources } from "./bucket-counts.js"
import { memoryOfCounted, memoryOfHanded, memoryOfRead } from "./task-memory.js"

/** Estimates the memory of the tasks of a run, closer as more of them have ended. */
export class Admission {
  readonly #plan: Plan
  readonly #bucketFiles: BucketCounts
  readonly #correction = new MemoryCorrection()

  constructor(plan: Plan) {
    this.#plan = plan
    this.#bucketFiles = new BucketCounts(plan)
  }

  /**
   * The task with its estimate by what is known now.
   *
   * @param ends of the tasks so far, by task id
   * @param bytesRead of what earlier tasks wrote for it
   */
  estimated(task: PlannedTask, ends: ReadonlyMap<string, EndRecord>, bytesRead: number): PlannedTask {
    const bytes = this.#estimate(task, ends, bytesRead)
    return bytes === task.bytes ? task : { ...task, bytes }
  }

  #estimate(task: PlannedTask, ends: ReadonlyMap<string, EndRecord>, bytesRead: number): number {
    const { stage, key } = task
    if (stage === "parent") return memoryOfHanded(this.#plan, task, bytesRead)
    const classes =
      stage === "model" ? ends.get(taskId({ stage: "tile", key }))?.classes : classesOfSources(this.#plan, task, ends)
    return (
      memoryOfCounted(this.#plan, task, classes, this.#bucketFiles.of(task)) + memoryOfRead(this.#plan, task, bytesRead)
    )
  }

  /** Bytes to admit a task by: its estimate, corrected by what others of its stage took in this run. */
  bytesOf(task: PlannedTask): number {
    return this.#correction.bytesOf(task)
  }

  /** Takes what a task counted, and, where it was carried out now, what it took. */
  async ended(task: PlannedTask, end: EndRecord, wasRun: boolean): Promise<void> {
    await this.#bucketFiles.add(task, end)
    if (wasRun) this.#correction.learn(task, end)
  }
}

/** Kept above what was measured: peaks of one and the same task vary with the moments of garbage collection. */
const margin = 1.15
/** Share of the way down to what was measured that one task brings. */
const downward = 0.1
/** No estimate is brought below this share of itself: what comes next may be another kind of tile. */
const least = 0.5

/**
 * Corrects the estimates of memory by what the tasks of the run took: the ratio of peak to estimate, by stage. Upward at once, since one task above its
 * estimate tells that others may follow; downward slowly. Admission alone asks it: which tasks run side by side shapes no product, and whether a task fits the budget at all
 * is decided by its estimate, so that a run has the same outcome on every machine.
 */
export class MemoryCorrection {
  readonly #factors = new Map<string, number>()

  /** Learns from a task that has ended. */
  learn(
    task: Pick<PlannedTask, "stage" | "bytes">,
    { outcome, peakBytes }: Pick<EndRecord, "outcome" | "peakBytes">,
  ): void {
    if (outcome !== "done" || peakBytes <= 0 || task.bytes <= 0) return
    const measured = (margin * peakBytes) / task.bytes
    const known = this.#factors.get(task.stage) ?? 1
    const next = measured >= known ? measured : known + downward * (measured - known)
    this.#factors.set(task.stage, Math.max(least, next))
  }

  /** Bytes to admit a task by. */
  bytesOf({ stage, bytes }: Pick<PlannedTask, "stage" | "bytes">): number {
    return Math.ceil(bytes * (this.#factors.get(stage) ?? 1))
  }
}
