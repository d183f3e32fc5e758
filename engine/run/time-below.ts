import type { EndRecord } from "../journal/journal-record.js"
import type { PlannedTask } from "../plan/planned-task.js"

/**
 * First and last GPS time of the tasks that a parent or a layer is made from, as their ends tell it; undefined for other tasks and where no
 * point has a time. O(tasks below).
 */
export const timeBelow = (
  task: Pick<PlannedTask, "scope" | "dependsOn">,
  ends: ReadonlyMap<string, Pick<EndRecord, "time">>,
): readonly [number, number] | undefined => {
  if (task.scope !== "parent" && task.scope !== "layer") return undefined
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (const id of task.dependsOn) {
    const time = ends.get(id)?.time
    if (time === undefined) continue
    first = Math.min(first, time[0])
    last = Math.max(last, time[1])
  }
  return first <= last ? [first, last] : undefined
}
