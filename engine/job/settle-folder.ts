import { rm, rmdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { type Journal, type JournalState, taskId } from "./journal.js"
import type { EndRecord } from "./journal-record.js"
import { filesOfEnds } from "./known-files.js"
import { layout } from "./layout.js"
import type { Plan } from "./plan.js"
import { removeNote } from "./remove-note.js"
import { rollUp } from "./roll-up.js"

/** How the tasks of a run ended: those of its own tiles and the rest, and those of tiles read for their neighbours' sake. */
export interface RunEnds {
  readonly own: readonly EndRecord[]
  readonly neighbours: readonly EndRecord[]
}

/**
 * Brings the folder to the state of a run that came to its end: writes what holds the tiles together, and removes what former runs wrote and
 * no job asks for any more. Of a job that is being replaced nothing is removed as long as a task of the new one fails.
 */
export const settleFolder = async (plan: Plan, ends: RunEnds, state: JournalState, journal: Journal): Promise<void> => {
  const { out } = plan.job
  const all = [...ends.own, ...ends.neighbours]
  const planned = new Set(plan.tasks.map(taskId))
  const isReplaced = state.replacing && all.every(isGood)
  const gone = isReplaced
    ? [...state.ends.values()].filter((end) => end.scope !== "source" && !planned.has(taskId(end)))
    : []
  const shown = ends.own.map((end) => (isGood(end) || state.replacing ? end : (end.former ?? end)))
  const overall = await rollUp(plan, shown, state.ends, { neighbours: ends.neighbours, gone })
  const kept = filesOfEnds(isReplaced ? all.map(withoutFormer) : all)
  for (const path of overall) kept.add(path)
  if (isReplaced) await dropEnds(plan, gone, journal, kept)
  const waiting = isReplaced ? all.flatMap(({ former }) => unpacked(former)) : []
  // Of a job that waits to be replaced, all stays.
  const left = state.overall.filter((path) => !kept.has(path))
  if (!state.replacing || isReplaced) {
    for (const path of [...left, ...waiting]) if (!kept.has(path)) await rm(join(out, path), { force: true })
  }
  const noted = [...overall, ...(state.replacing && !isReplaced ? left : [])].sort()
  if (noted.join("\n") !== [...state.overall].sort().join("\n")) await journal.append({ type: "overall", files: noted })
  if (isReplaced) await journal.append({ type: "replaced", at: new Date().toISOString() })
}

const isGood = ({ outcome }: EndRecord): boolean => outcome === "done" || outcome === "skipped"
const withoutFormer = ({ former: _, ...end }: EndRecord): EndRecord => end
const unpacked = (end: EndRecord | undefined): string[] =>
  (end?.files ?? []).flatMap(({ path, packed }) => (packed === undefined ? [path] : []))

/** Forgets tasks that the job has no more, and removes what they wrote but for files that are `kept`. */
export const dropEnds = async (
  { job: { out } }: Pick<Plan, "job">,
  ends: readonly EndRecord[],
  journal: Journal,
  kept: ReadonlySet<string> = new Set(),
): Promise<void> => {
  for (const end of ends) {
    const { key, scope, former } = end
    for (const path of [...unpacked(end), ...unpacked(former)])
      if (!kept.has(path)) await rm(join(out, path), { force: true })
    await removeNote(join(out, layout.quarantine(`${scope}-${key}`)))
    await journal.append({ type: "drop", key, scope, at: new Date().toISOString() })
  }
}

/** Removes files that tasks left for others, and their folder once it is empty. */
export const removeSpools = async (out: string, ends: Iterable<EndRecord>): Promise<void> => {
  const folders = new Set<string>()
  for (const { scope, files } of ends) {
    if (scope !== "source") continue
    for (const { path } of files) {
      await rm(join(out, path), { force: true })
      folders.add(dirname(path))
    }
  }
  for (const folder of folders) await rmdir(join(out, folder)).catch(() => undefined)
}
