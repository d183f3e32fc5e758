/**
 * Estimates the memory by which tasks are admitted, corrected by the use of earlier tasks.
 * See docs/decisions/15-memory-admission.md.
 */
import { taskId } from "../../core/stages.js"
import type { EndRecord } from "../../journal/journal-record.js"
import type { Plan } from "../plan.js"
import type { PlannedTask } from "../planned-task.js"
import { BucketCounts, classesOfSources } from "./bucket-counts.js"
import { memoryOfCounted, memoryOfHanded, memoryOfRead } from "./task-memory.js"

/** Estimates the memory of a run's tasks, more closely as more of them end. */
export class Admission {
  readonly #plan: Plan
  readonly #bucketFiles: BucketCounts
  readonly #correction = new MemoryCorrection()

  constructor(plan: Plan) {
    this.#plan = plan
    this.#bucketFiles = new BucketCounts(plan)
  }

  /**
   * Returns the task with its current estimate.
   *
   * @param ends of the tasks so far, by task id
   * @param bytesRead size of the earlier outputs that it reads
   * @param bytesOf size of those of some blob ports; default: all
   */
  estimated(
    task: PlannedTask,
    ends: ReadonlyMap<string, EndRecord>,
    bytesRead: number,
    bytesOf: (ports: readonly string[]) => number = () => bytesRead,
  ): PlannedTask {
    const bytes = this.#estimate(task, ends, bytesRead, bytesOf)
    return bytes === task.bytes ? task : { ...task, bytes }
  }

  #estimate(
    task: PlannedTask,
    ends: ReadonlyMap<string, EndRecord>,
    bytesRead: number,
    bytesOf: (ports: readonly string[]) => number,
  ): number {
    const { stage, key } = task
    if (stage === "parent") return memoryOfHanded(this.#plan, task, bytesRead)
    const classes =
      stage === "model" ? ends.get(taskId({ stage: "tile", key }))?.classes : classesOfSources(this.#plan, task, ends)
    return (
      memoryOfCounted(this.#plan, task, classes, this.#bucketFiles.of(task)) +
      memoryOfRead(this.#plan, task, bytesRead, bytesOf)
    )
  }

  /**
   * Bytes to admit a task by: its estimate, corrected by the use of tasks of its stage in this run.
   */
  bytesOf(task: PlannedTask): number {
    return this.#correction.bytesOf(task)
  }

  /** Adds a task's counts and, if it ran now, its memory use. */
  async ended(task: PlannedTask, end: EndRecord, wasRun: boolean): Promise<void> {
    await this.#bucketFiles.add(task, end)
    if (wasRun) this.#correction.learn(task, end)
  }
}

/**
 * Margin above a measured peak: peaks of the same task vary with the moments of garbage collection.
 */
const margin = 1.15
/** Share of the way down to a lower measurement that one task moves the factor. */
const downward = 0.1
/** Lower bound of the factor: the next tile may be of another kind. */
const least = 0.5

/**
 * Corrects memory estimates by the ratio of peak to estimate, per stage. The factor rises at once,
 * since one task above its estimate suggests that others follow; it falls slowly. Only admission
 * uses it: which tasks run side by side changes no product. Whether a task fits the budget depends
 * on the estimate itself, to get the same outcome on every machine.
 */
export class MemoryCorrection {
  readonly #factors = new Map<string, number>()

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

  bytesOf({ stage, bytes }: Pick<PlannedTask, "stage" | "bytes">): number {
    return Math.ceil(bytes * (this.#factors.get(stage) ?? 1))
  }
}
