/** Lists the tasks to make again because a file of theirs is damaged. */
import { join } from "node:path"
import type { ErrorData } from "../errors.js"
import { layout } from "../job/layout.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import type { Ends } from "./task-reads.js"

/** A disk that damages a file so often is not to be trusted. */
const mostTimes = 2

/**
 * Tasks that are made again although their results look whole: a file of theirs was found damaged.
 */
export class Remakes {
  readonly #plan: Plan
  readonly #wanted: Set<string>
  readonly #times = new Map<string, number>()

  /** @param wanted ids of tasks whose files were found damaged before the run */
  constructor(plan: Plan, wanted: Iterable<string> = []) {
    this.#plan = plan
    this.#wanted = new Set(wanted)
  }

  /** True where what the task made before does not count. */
  isWanted(id: string): boolean {
    return this.#wanted.has(id)
  }

  /** The task was carried out; true where it was asked for here. */
  done(id: string): boolean {
    return this.#wanted.delete(id)
  }

  /**
   * The tasks that make a damaged file again, those that they need first: parts of sources whose
   * points are gone. Undefined where no task of the plan made it, or was asked to too often.
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
    // Those that this run decoded are there.
    const sources = this.#plan.tasks.filter(({ id, stage }) => stage === "source" && needed.has(id) && !ends.has(id))
    return [...sources, task]
  }
}

const makerOf = (path: string, ends: Ends): string | undefined => {
  for (const [id, { files }] of ends) if (files.some((file) => file.path === path)) return id
  return undefined
}

/**
 * The file that an error tells is damaged, relative to the output folder; undefined for other
 * errors.
 */
export const damagedPath = (out: string, { code, context, system }: ErrorData): string | undefined => {
  if (context.damaged !== undefined) return context.damaged
  // A file that the system cannot read now is not damaged.
  if (system !== undefined && system !== "ENOENT") return undefined
  // Bucket files carry checksums of their own.
  const bucketFiles = join(out, layout.bucketFiles)
  const isBucketFile = (code === "E_FORMAT" || code === "E_INPUT") && context.file?.startsWith(bucketFiles) === true
  return isBucketFile ? context.file?.slice(join(out, "/").length).replaceAll("\\", "/") : undefined
}
