/** Writes the products that span tiles and removes files that no job asks for any more. */
import { rmdir } from "node:fs/promises"
import { dirname } from "node:path"
import { findInside, removeInside } from "../core/files/join-inside.js"
import { taskId } from "../core/stages.js"
import type { Journal, JournalState } from "../journal/journal.js"
import { type EndRecord, isGood } from "../journal/journal-record.js"
import { pathsOfEnds } from "../journal/known-products.js"
import type { NotedFiles } from "../journal/noted-files.js"
import type { Plan } from "../plan/plan.js"
import { rollUp } from "../rollup/roll-up.js"
import { unpacked } from "./keep-end.js"
import { removeNote } from "./remove-note.js"

/** Ends of a run's tasks; those of tiles read only for their neighbours are apart. */
export interface RunEnds {
  readonly own: readonly EndRecord[]
  readonly neighbours: readonly EndRecord[]
}

/**
 * Settles the folder after a complete run. Writes the products that span tiles, and removes files
 * of earlier runs that no job asks for any more. While a job is being replaced, nothing is removed
 * until all tasks of the new one succeed.
 *
 * @throws EngineError E_RESOURCE, with the damaged file, if a gathered file differs from what its
 * task wrote
 */
export const settleFolder = async (
  plan: Plan,
  ends: RunEnds,
  state: JournalState,
  journal: Journal,
  notes?: NotedFiles,
): Promise<void> => {
  const { out } = plan.job
  const all = [...ends.own, ...ends.neighbours]
  const planned = new Set(plan.tasks.map(taskId))
  const isReplaced = state.replacing && all.every(isGood)
  const gone = isReplaced
    ? [...state.ends.values()].filter((end) => end.stage !== "source" && !planned.has(taskId(end)))
    : []
  const shown = ends.own.map((end) => (isGood(end) || state.replacing ? end : (end.former ?? end)))
  const overall = await rollUp(plan, shown, state.ends, { neighbours: ends.neighbours, gone, notes })
  const left = state.overall.filter((path) => !overall.has(path))
  // While a job waits to be replaced, everything stays.
  if (!state.replacing || isReplaced) {
    const stale = new Set([...left, ...gone.flatMap(unpacked)])
    if (isReplaced)
      for (const { former } of all)
        for (const { path, packed } of former?.files ?? []) if (packed === undefined) stale.add(path)
    for (const path of pathsOfEnds(isReplaced ? all.map(withoutFormer) : all)) stale.delete(path)
    for (const path of overall) stale.delete(path)
    for (const path of stale) await removeInside(out, path)
    await forgetEnds(plan, gone, journal)
  }
  await notes?.fill(overall)
  const noted = [...overall, ...(state.replacing && !isReplaced ? left : [])].sort()
  if (noted.join("\n") !== [...state.overall].sort().join("\n")) await journal.append({ type: "overall", files: noted })
  if (isReplaced) await journal.append({ type: "replaced", at: new Date().toISOString() })
}

const withoutFormer = ({ former: _, ...end }: EndRecord): EndRecord => end

/** Forgets tasks that the job no longer has, and removes their files. */
export const dropEnds = async (
  plan: Pick<Plan, "job">,
  ends: readonly EndRecord[],
  journal: Journal,
): Promise<void> => {
  for (const path of ends.flatMap(unpacked)) await removeInside(plan.job.out, path)
  await forgetEnds(plan, ends, journal)
}

const forgetEnds = async (
  { job: { out } }: Pick<Plan, "job">,
  ends: readonly EndRecord[],
  journal: Journal,
): Promise<void> => {
  for (const { key, stage } of ends) {
    await removeNote(out, `${stage}-${key}`)
    await journal.append({ type: "drop", key, stage, at: new Date().toISOString() })
  }
}

/** Removes the bucket files of sources, and their folders once empty. */
export const removeBuckets = async (out: string, ends: Iterable<EndRecord>): Promise<void> => {
  const folders = new Set<string>()
  for (const { stage, files } of ends) {
    if (stage !== "source") continue
    for (const { path } of files) {
      await removeInside(out, path)
      folders.add(dirname(path))
    }
  }
  for (const folder of folders)
    await findInside(out, folder)
      .then(rmdir)
      .catch(() => undefined)
}
