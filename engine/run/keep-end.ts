/** Decides which results of earlier runs remain valid, and which of their files stay. */
import { sizeOf } from "../core/files/atomic-write.js"
import { joinInside, removeInside } from "../core/files/join-inside.js"
import { taskId } from "../core/stages.js"
import { EngineError } from "../errors.js"
import { layout } from "../job/layout.js"
import { type EndRecord, isGood, type WrittenFile } from "../journal/journal-record.js"
import { isPacked } from "../journal/packed-file.js"
import { readShardIndex } from "../journal/read-verified.js"
import type { Plan } from "../plan/plan.js"

/**
 * True if an earlier end is valid: same hash, a good outcome, and its files in place with their
 * sizes.
 */
export const isUpToDate = async (
  plan: Plan,
  end: EndRecord | undefined,
  hashes: readonly (string | undefined)[],
  ownEnds: ReadonlySet<string>,
): Promise<boolean> => {
  if (plan.job.force && !(end && ownEnds.has(taskId(end)))) return false
  if (end === undefined || !hashes.includes(end.hash) || !isGood(end)) return false
  return hasFiles(plan, end.files)
}

const hasFiles = async (plan: Plan, files: readonly WrittenFile[]): Promise<boolean> => {
  for (const file of files) {
    if (file.packed === undefined) {
      if ((await sizeOf(joinInside(plan.job.out, file.path))) !== file.sizeBytes) return false
    } else if (!(await isPacked(plan.job.out, file))) return false
  }
  return true
}

/** False if a shard index of the end is damaged: all model tasks depend on it. */
export const hasWholeLists = async (out: string, { files }: EndRecord): Promise<boolean> => {
  for (const file of files) {
    if (!layout.isShardIndex(file.path)) continue
    const isWhole = await readShardIndex(out, file).then(
      () => true,
      (error: unknown) => {
        if (error instanceof EngineError && error.context.damaged !== undefined) return false
        throw error
      },
    )
    if (!isWhole) return false
  }
  return true
}

/** A tile that is read only for its neighbours keeps the products of an earlier job. */
export const withProducts = (end: EndRecord, earlier: EndRecord | undefined): EndRecord => {
  const written = new Set(end.files.map(({ path }) => path))
  const products = (earlier?.files ?? []).filter(({ path }) => !path.startsWith(layout.work) && !written.has(path))
  return products.length === 0 ? { ...end, neighbour: true } : { ...end, files: [...end.files, ...products] }
}

/**
 * Attaches the task's last good result to an end. Its files stay until the whole job is replaced,
 * or until the failed task succeeds.
 */
export const withFormer = (end: EndRecord, earlier: EndRecord | undefined): EndRecord => {
  const last = earlier !== undefined && isGood(earlier) ? earlier : earlier?.former
  if (last === undefined) return end
  const { former: before, ...good } = last
  const written = new Set(end.files.map(({ path }) => path))
  const files = new Map([...(before?.files ?? []), ...good.files].map((file) => [file.path, file]))
  return { ...end, former: { ...good, files: [...files.values()].filter(({ path }) => !written.has(path)) } }
}

/**
 * Does the same if the products of that result still exist: a power cut or a user may have removed
 * them.
 */
export const withExistingFormer = async (
  plan: Plan,
  end: EndRecord,
  earlier: EndRecord | undefined,
): Promise<EndRecord> => {
  const products = (withFormer(end, earlier).former?.files ?? []).filter(({ path }) => !path.startsWith(layout.work))
  return (await hasFiles(plan, products)) ? withFormer(end, earlier) : end
}

/** Removes files of the task's former results that the new end does not list. */
export const removeStale = async (plan: Plan, earlier: EndRecord | undefined, end: EndRecord): Promise<void> => {
  const listed = new Set(unpacked(end))
  for (const path of earlier === undefined ? [] : unpacked(earlier))
    if (!listed.has(path)) await removeInside(plan.job.out, path)
}

/** Unpacked files of an end and of its former good result. */
export const unpacked = ({ files, former }: EndRecord): string[] =>
  [...files, ...(former?.files ?? [])].flatMap(({ path, packed }) => (packed === undefined ? [path] : []))
