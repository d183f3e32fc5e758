import { rm } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "../core/atomic-write.js"
import { TileKey } from "../grid/tile-key.js"
import type { EndRecord } from "../job/journal-record.js"
import { layout } from "../job/layout.js"
import type { Plan } from "../job/plan.js"
import type { PlannedTask } from "../job/planned-task.js"

/** Writes why a task failed and how to meet the same again, or removes the note of an earlier failure. */
export const noteQuarantine = async (plan: Plan, task: PlannedTask, end: EndRecord): Promise<void> => {
  const path = join(plan.job.out, layout.quarantine(`${task.scope}-${task.key}`))
  if (end.outcome === "done" || end.outcome === "skipped") return rm(path, { force: true })
  const note = {
    scope: task.scope,
    key: task.key,
    outcome: end.outcome,
    reason: end.reason,
    error: end.error,
    reproduce: reproduceCommand(plan, task),
  }
  await atomicWrite(path, `${JSON.stringify(note, undefined, 2)}\n`, join(plan.job.out, layout.temporary))
}

/** The command that meets the same failure again: the job as it was resolved, on this task's tile alone; for a source, a look at the file. */
export const reproduceCommand = (plan: Plan, task: PlannedTask): string => {
  const quote = (text: string): string => (/^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
  const [source] = task.sources.flatMap((index) => plan.context.sources[index]?.path ?? [])
  if (task.scope === "source" && source !== undefined)
    return ["maille", "inspect", "--full", source].map(quote).join(" ")
  // A tile that is read for its neighbours' sake may lie in none of the job's départements: alone it would be no job.
  const outside = task.neighbour === true && plan.limits !== undefined
  const box =
    !outside && (task.scope === "tile" || task.scope === "model" || task.scope === "parent")
      ? ["--bbox", TileKey.box(plan.context.grid, TileKey.parse(task.key)).join(",")]
      : []
  const { out } = plan.job
  return ["maille", "run", "--job", join(out, "job.json"), ...box, "--out", `${out}-again`].map(quote).join(" ")
}
