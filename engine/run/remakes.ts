/** Lists the tasks to run again because one of their files is damaged. */
import { join } from "node:path"
import type { ErrorData } from "../errors.js"
import { layout } from "../job/layout.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import type { Ends } from "./task-reads.js"

/** More damage to the files of one task means that the disk is unreliable. */
const mostTimes = 2

/** Tasks to run again although their results look valid: one of their files was found damaged. */
export class Remakes {
  readonly #plan: Plan
  readonly #wanted: Set<string>
  readonly #times = new Map<string, number>()

  /** @param wanted ids of tasks with files found damaged before the run */
  constructor(plan: Plan, wanted: Iterable<string> = []) {
    this.#plan = plan
    this.#wanted = new Set(wanted)
  }

  /** True if the task's earlier result must not be used. */
  isWanted(id: string): boolean {
    return this.#wanted.has(id)
  }

  /** Marks a task as run; true if it was wanted here. */
  done(id: string): boolean {
    return this.#wanted.delete(id)
  }

  /**
   * Returns the tasks that make a damaged file again, preceded by the source parts that they need.
   * Undefined if no task of the plan made it, or it was made again too often.
   *
   * @param path relative to the output folder
   */
  tasksFor(path: string, ends: Ends): readonly PlannedTask[] | undefined {
    const maker = makerOf(path, ends)
    const task = this.#plan.tasks.find(({ id }) => id === maker)
    if (task === undefined) return undefined
    if (!this.#wanted.has(task.id)) {
      const times = (this.#times.get(task.id) ?? 0) + 1
      if (times > mostTimes) return undefined
      this.#times.set(task.id, times)
      this.#wanted.add(task.id)
    }
    if (task.stage !== "tile" && task.stage !== "model") return [task]
    const needed = new Set(task.dependsOn)
    // Sources that this run decoded still have their bucket files.
    const sources = this.#plan.tasks.filter(({ id, stage }) => stage === "source" && needed.has(id) && !ends.has(id))
    return [...sources, task]
  }
}

const makerOf = (path: string, ends: Ends): string | undefined => {
  for (const [id, { files }] of ends) if (files.some((file) => file.path === path)) return id
  return undefined
}

/**
 * Returns the file that an error reports as damaged, relative to the output folder; undefined for
 * other errors.
 */
export const damagedPath = (out: string, { code, context, system }: ErrorData): string | undefined => {
  if (context.damaged !== undefined) return context.damaged
  // A file that the system cannot read at the moment is not damaged.
  if (system !== undefined && system !== "ENOENT") return undefined
  // Bucket files contain checksums, so a format error means damage.
  const bucketFiles = join(out, layout.bucketFiles)
  const isBucketFile = (code === "E_FORMAT" || code === "E_INPUT") && context.file?.startsWith(bucketFiles) === true
  return isBucketFile ? context.file?.slice(join(out, "/").length).replaceAll("\\", "/") : undefined
}
