import type { PointColumns } from "../formats/las/columns.js"
import type { Plan } from "../job/plan.js"
import type { PlannedTask } from "../job/planned-task.js"
import { areSpooled } from "../job/weigh-memory.js"
import type { Counts } from "../kernel.js"
import type { Ends } from "./task-reads.js"

/** Counts the points of each class as they are decoded. */
export class ClassCounts {
  readonly #counts = new Float64Array(256)
  /** Two counts of each class, for points in turn: equal classes follow each other, and a sum waits for the one before. */
  readonly #even = new Uint32Array(256)
  readonly #odd = new Uint32Array(256)

  /** @param columns fewer than 2³² points */
  add({ classification, count }: Pick<PointColumns, "classification" | "count">): void {
    const [even, odd, counts] = [this.#even.fill(0), this.#odd.fill(0), this.#counts]
    let i = 0
    for (; i + 1 < count; i += 2) {
      even[classification[i]!]!++
      odd[classification[i + 1]!]!++
    }
    if (i < count) even[classification[i]!]!++
    for (let code = 0; code < 256; code++) counts[code]! += even[code]! + odd[code]!
  }

  /** Of the classes that there are. */
  get classes(): Readonly<Record<number, number>> {
    return Object.fromEntries([...this.#counts.entries()].filter(([, count]) => count > 0))
  }
}

/**
 * Most points of each class that the first stage of a tile may read: all that its sources hold, as the tasks that decoded them counted. Undefined for other tasks, and where a source was not decoded,
 * like COPC, or by an earlier version that did not count.
 */
export const classesOfSources = (
  plan: Pick<Plan, "context" | "kernels">,
  task: Pick<PlannedTask, "scope" | "sources" | "dependsOn">,
  ends: Ends,
): Counts["classes"] => {
  if (task.scope !== "tile" || !areSpooled(plan, task.sources)) return undefined
  const counts = new Float64Array(256)
  for (const id of task.dependsOn) {
    const classes = ends.get(id)?.classes
    if (classes === undefined) return undefined
    for (const [code, count] of Object.entries(classes)) counts[Number(code)]! += count
  }
  return Object.fromEntries(counts.entries())
}
