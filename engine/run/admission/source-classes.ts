import type { Counts } from "../../kernel.js"
import { areSpooled } from "../../plan/memory/weigh-memory.js"
import type { Plan } from "../../plan/plan.js"
import type { PlannedTask } from "../../plan/planned-task.js"
import type { Ends } from "../task-reads.js"

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
