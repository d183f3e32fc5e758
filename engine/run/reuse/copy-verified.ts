/** Copies a file between output folders, and checks its hash. */
import { constants, copyFile, link, mkdir, readFile, rename } from "node:fs/promises"
import { dirname } from "node:path"
import { assertLocked, removeFile, sizeOf, temporaryName } from "../../core/files/atomic-write.js"
import { findInside, joinInside } from "../../core/files/join-inside.js"
import { withFile } from "../../core/files/with-file.js"
import { EngineError } from "../../errors.js"
import { layout } from "../../job/layout.js"
import type { WrittenFile } from "../../journal/journal-record.js"
import { hashStored } from "../../journal/read-verified.js"

/** Larger files are hashed piece by piece. */
const WHOLE = 2 ** 27

/** How files get from one folder to another, and the folders that are there. */
export interface CopyWays {
  /** Ways that the file systems have, best first. */
  readonly ways: ((from: string, to: string) => Promise<void>)[]
  readonly folders: Set<string>
}

/** Reflink, hard link or bytes; those that fail are not tried again. */
export const copyWays = (): CopyWays => ({
  ways: [
    (from, to) => copyFile(from, to, constants.COPYFILE_FICLONE_FORCE),
    link,
    async (from, to) => {
      await copyFile(from, to)
      await withFile(to, "r", (handle) => handle.sync())
    },
  ],
  folders: new Set(),
})

/**
 * Copies a file between folders by reflink, hard link or bytes, whichever the file system has. It
 * gets its name only if its hash is the journaled one; false otherwise. Its folder is not synced:
 * after a power cut the next run finds the file missing and makes it again.
 *
 * @throws EngineError E_OUTPUT where the output folder takes no file
 */
export const copyVerified = async (
  from: string,
  out: string,
  file: WrittenFile,
  { ways, folders }: CopyWays,
): Promise<boolean> => {
  const { path, sizeBytes, sha256 } = file
  const [source, final] = [await findInside(from, path), joinInside(out, path)]
  if ((await sizeOf(source)) !== sizeBytes) return false
  const copy = `${layout.temporary}/${temporaryName(path)}`
  const temporary = joinInside(out, copy)
  try {
    assertLocked(final)
    for (const folder of [dirname(final), dirname(temporary)])
      if (!folders.has(folder)) {
        await mkdir(folder, { recursive: true })
        folders.add(folder)
      }
    await copyBest(ways, source, temporary)
    if ((await hashOf(out, copy, sizeBytes)) !== sha256) {
      await removeFile(temporary)
      return false
    }
    assertLocked(final)
    await rename(temporary, final)
    return true
  } catch (cause) {
    await removeFile(temporary).catch(() => undefined)
    if (cause instanceof EngineError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError("E_OUTPUT", `${final}: cannot be copied from ${from}: ${why}`, { file: final }, cause)
  }
}

const copyBest = async (ways: CopyWays["ways"], from: string, to: string): Promise<void> => {
  for (;;) {
    const [way] = ways
    if (way === undefined) return
    try {
      return await way(from, to)
    } catch (error) {
      if (ways.length === 1) throw error
      // Another task may have dropped it meanwhile.
      if (ways[0] === way) ways.shift()
    }
  }
}

/** SHA-256 of a file, off the main thread except for large files. */
const hashOf = async (out: string, path: string, sizeBytes: number): Promise<string> => {
  if (sizeBytes > WHOLE) return hashStored(out, { path })
  const bytes = await readFile(joinInside(out, path))
  return Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex")
}
