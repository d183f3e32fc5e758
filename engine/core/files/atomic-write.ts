/**
 * Writes files that are whole or absent, even after a crash: temporary name, fsync, rename, fsync
 * of the folder.
 */
import { randomUUID } from "node:crypto"
import { mkdir, rename, rm, stat } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { EngineError } from "../../errors.js"
import { withFile } from "./with-file.js"
import { assertLocked } from "./write-guard.js"

// Makes temporary names unique to this thread. A process id would not do: machines that share the
// folder may use the same one.
const thread = randomUUID()
let counter = 0

/** A temporary name for `path`, unique across threads and machines. */
export const temporaryName = (path: string): string => `${thread}-${counter++}-${basename(path)}`

/** Makes the entries of a folder durable, for example after a rename in it. */
export const syncFolder = (folder: string): Promise<void> => withFile(folder, "r", (handle) => handle.sync())

/**
 * Renames a complete file to its final name, then syncs the folder. The lock is checked after the
 * temporary file is written and before the rename. A process that pauses between the two may lose
 * the folder to another one. That one removes the temporary file, so the rename fails.
 *
 * @throws EngineError E_INCOMPLETE when the lock of the folder is lost
 */
export const moveIntoPlace = async (temporary: string, path: string): Promise<void> => {
  assertLocked(path)
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** Removes a file if it exists. Throws E_INCOMPLETE when the lock of the folder is lost. */
export const removeFile = async (path: string): Promise<void> => {
  assertLocked(path)
  await rm(path, { force: true })
}

/** Writes pieces to a file and waits until they are on disk. */
export const writeSynced = (
  path: string,
  pieces: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
): Promise<void> =>
  withFile(path, "w", async (handle) => {
    for await (const piece of pieces) await handle.appendFile(piece)
    await handle.sync()
  })

type FileData = Uint8Array | string | Iterable<string>

/**
 * Writes a file through a temporary name, so that its final name never shows half of it.
 *
 * @param path final path; its folder is made when missing
 * @param data all of it, or pieces written in order; a retry iterates them again
 * @param temporaryFolder on the same file system as `path`
 * @throws EngineError E_INCOMPLETE when the lock of the folder is lost
 */
export const atomicWrite = async (path: string, data: FileData, temporaryFolder: string): Promise<void> => {
  try {
    await writeOnce(path, data, temporaryFolder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    // Another process that finished the same job has just removed the temporary folder.
    await writeOnce(path, data, temporaryFolder)
  }
}

const writeOnce = async (path: string, data: FileData, temporaryFolder: string): Promise<void> => {
  assertLocked(path)
  await mkdir(dirname(path), { recursive: true })
  await mkdir(temporaryFolder, { recursive: true })
  const temporary = join(temporaryFolder, temporaryName(path))
  await writeSynced(temporary, typeof data === "string" || data instanceof Uint8Array ? [data] : data)
  await moveIntoPlace(temporary, path)
}

/** Size in bytes; undefined where the file is missing or inaccessible. */
export const sizeOf = async (path: string): Promise<number | undefined> =>
  (await stat(path).catch(() => undefined))?.size

/** True for an accessible file or folder. */
export const isThere = async (path: string): Promise<boolean> => (await sizeOf(path)) !== undefined

/** The error for a file that cannot be written. */
export const outputError = (path: string, cause: unknown): EngineError => {
  const why = cause instanceof Error ? cause.message : String(cause)
  const text = `${path}: cannot be written (${why}). Check the free space and the permissions, then run again.`
  return new EngineError("E_OUTPUT", text, { file: path }, cause)
}
