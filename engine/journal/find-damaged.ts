/** Finds the files of an output folder that differ from their journaled hashes. */
import { stat } from "node:fs/promises"
import { isThere } from "../core/files/atomic-write.js"
import { joinInside, removeInside } from "../core/files/join-inside.js"
import { taskId } from "../core/stages.js"
import { EngineError } from "../errors.js"
import { openBucketFile } from "../formats/buckets/bucket-file.js"
import { layout } from "../job/layout.js"
import { jobName } from "../job/output-folder.js"
import type { JournalState } from "./journal.js"
import type { WrittenFile } from "./journal-record.js"
import { isPacked } from "./packed-file.js"
import { fileRead, hashStored } from "./read-verified.js"

/** A file of an output folder whose bytes differ from those written. */
export interface FoundDamage {
  /** Relative to the output folder, as if nothing were packed. */
  readonly path: string
  readonly what: string
  /** The task that wrote it, as `stage key`; absent for files that no task writes. */
  readonly task?: string
  /** True for the end of a pack (its directory). */
  readonly isPart?: true
}

/**
 * Yields the files that differ from their journaled hash, byte for byte, or are gone.
 *
 * Bucket files are removed once they have been read. Those that are present are checked by their
 * own checksums. O(1) memory besides the list of files.
 *
 * @param onProgress receives bytes done and bytes in total
 */
export async function* findDamaged(
  out: string,
  { ends, noted }: Pick<JournalState, "ends" | "noted">,
  onProgress: (done: number, total: number) => void = () => undefined,
): AsyncGenerator<FoundDamage> {
  const all: { readonly file: WrittenFile; readonly task?: string }[] = []
  for (const end of ends.values())
    for (const file of [...end.files, ...(end.former?.files ?? [])]) all.push({ file, task: taskId(end) })
  for (const file of noted.values()) all.push({ file })
  const total = all.reduce((sum, { file }) => sum + file.sizeBytes, 0)
  let done = 0
  for (const { file, task } of all) {
    const before = done
    const what = await findDamage(out, file, (count) => {
      done += count
      onProgress(done, total)
    })
    done = before + file.sizeBytes
    onProgress(done, total)
    if (what === undefined) continue
    const isPart = task === undefined && file.packed !== undefined ? ({ isPart: true } as const) : {}
    yield { path: file.path, what, ...(task === undefined ? {} : { task }), ...isPart }
  }
}

/**
 * Removes a damaged file that no task wrote; the next run writes it again.
 *
 * Files that each run writes first stay, and so do packs, which get another end.
 */
export const removeDamaged = async (out: string, { path, isPart }: FoundDamage): Promise<void> => {
  const first: readonly string[] = [jobName, layout.copy(jobName), layout.context, layout.plan]
  if (isPart !== true && !first.includes(path)) await removeInside(out, path)
}

/** The damage of a file; undefined where there is none. */
const findDamage = async (
  out: string,
  file: WrittenFile,
  onBytes: (count: number) => void,
): Promise<string | undefined> => {
  const { path, packed } = file
  try {
    if (file.sha256 === "") return await damageOfBucket(joinInside(out, path))
    if (packed === undefined) {
      const { size } = await stat(joinInside(out, path))
      if (size !== file.sizeBytes) return `it has ${size} bytes; ${file.sizeBytes} were written`
    } else if (packed.pack !== path && !(await isPacked(out, file))) return `its header in ${packed.pack} is damaged`
    const found = await hashStored(out, fileRead(file), onBytes)
    return found === file.sha256
      ? undefined
      : `its SHA-256 is ${found.slice(0, 12)}…; ${file.sha256.slice(0, 12)}… was written`
  } catch (error) {
    if (error instanceof EngineError && error.context.damaged !== undefined) return "it is missing or cut short"
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "it is missing"
    throw error
  }
}

const damageOfBucket = async (path: string): Promise<string | undefined> => {
  if (!(await isThere(path))) return undefined
  try {
    const bucketFile = await openBucketFile(path)
    try {
      for (const part of bucketFile.parts) for (const segment of part.segments) await part.columns(segment)
    } finally {
      await bucketFile.close()
    }
    return undefined
  } catch (error) {
    if (error instanceof EngineError && error.code === "E_FORMAT") return "its checksum is wrong"
    throw error
  }
}
