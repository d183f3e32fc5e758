import { rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { taskId } from "../job/journal.js"
import type { EndRecord } from "../job/journal-record.js"
import { layout } from "../job/layout.js"
import { isPacked } from "../job/packed-file.js"
import type { Plan } from "../job/plan.js"

/** True where an earlier end still holds: same hash, a good outcome, and its files in place with their sizes. */
export const stands = async (
  plan: Plan,
  end: EndRecord | undefined,
  hash: string,
  ownEnds: ReadonlySet<string>,
): Promise<boolean> => {
  if (plan.job.force && !(end && ownEnds.has(taskId(end)))) return false
  if (end?.hash !== hash || (end.outcome !== "done" && end.outcome !== "skipped")) return false
  for (const file of end.files) {
    if (file.packed === undefined) {
      const found = await stat(join(plan.job.out, file.path)).catch(() => undefined)
      if (found?.size !== file.sizeBytes) return false
    } else if (!(await isPacked(plan.job.out, file))) return false
  }
  return true
}

/** A tile that is read for its neighbours' sake keeps the products that an earlier job made of it. */
export const withProducts = (end: EndRecord, earlier: EndRecord | undefined): EndRecord => {
  const written = new Set(end.files.map(({ path }) => path))
  const products = (earlier?.files ?? []).filter(({ path }) => !path.startsWith(layout.work) && !written.has(path))
  return { ...end, files: [...end.files, ...products] }
}

/** Files of the task's former result that the new one did not write again. */
export const removeStale = async (plan: Plan, earlier: EndRecord | undefined, end: EndRecord): Promise<void> => {
  const written = new Set(end.files.filter(({ packed }) => packed === undefined).map((file) => file.path))
  for (const file of earlier?.files ?? []) {
    if (file.packed === undefined && !written.has(file.path)) await rm(join(plan.job.out, file.path), { force: true })
  }
}
