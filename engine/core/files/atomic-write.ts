/**
 * Writes files that are whole or absent, even after a crash: temporary name, fsync, rename, fsync
 * of the folder.
 */
import { randomUUID } from "node:crypto"
import { mkdir, rename, rm, stat } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { EngineError } from "../../errors.js"
import { withFile } from "./with-file.js"
import { assertHeld } from "./write-guard.js"

// Distinguishes the temporary names of one thread from those of any other, on any machine that writes to the folder: process ids are the same on two of them.
const thread = randomUUID()
let counter = 0

/** A name for a file before it is renamed to `path` that no other thread takes, on any machine. */
export const temporaryName = (path: string): string => `${thread}-${counter++}-${basename(path)}`

/** Makes the folder's entries (a rename in it) durable. */
export const syncFolder = (folder: string): Promise<void> => withFile(folder, "r", (handle) => handle.sync())

/**
 * Gives a whole file its final name: rename → fsync of the folder. Throws E_INCOMPLETE when the folder's lock is lost.
 *
 * The check comes behind the temporary file and before the rename. So a process that is stopped between the two finds its
 * temporary file removed by whoever took the folder over meanwhile, and the rename fails.
 */
export const moveIntoPlace = async (temporary: string, path: string): Promise<void> => {
  assertHeld(path)
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** Removes a file that may not be there. Throws E_INCOMPLETE when the folder's lock is lost. */
export const removeFile = async (path: string): Promise<void> => {
  assertHeld(path)
  await rm(path, { force: true })
}

/** Writes pieces one after the other, and waits until they are on the disk. */
export const writeSynced = (
  path: string,
  pieces: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
): Promise<void> =>
  withFile(path, "w", async (handle) => {
    for await (const piece of pieces) await handle.appendFile(piece)
    await handle.sync()
  })

/** What a file is to hold. */
type FileData = Uint8Array | string | Iterable<string>

/**
 * Writes a file so that its final name never holds half of it: temporary name → fsync → rename → fsync of the folder.
 * Throws E_INCOMPLETE when the folder's lock is lost.
 *
 * @param path final path; its folder is made when missing
 * @param data or pieces of it, written one after the other; they may be gone through twice
 * @param temporaryFolder folder on the same file system for the temporary name
 */
export const atomicWrite = async (path: string, data: FileData, temporaryFolder: string): Promise<void> => {
  try {
    await writeOnce(path, data, temporaryFolder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    // Another process that came to the end of the same job swept the folder meanwhile.
    await writeOnce(path, data, temporaryFolder)
  }
}

const writeOnce = async (path: string, data: FileData, temporaryFolder: string): Promise<void> => {
  assertHeld(path)
  await mkdir(dirname(path), { recursive: true })
  await mkdir(temporaryFolder, { recursive: true })
  const temporary = join(temporaryFolder, temporaryName(path))
  await writeSynced(temporary, typeof data === "string" || data instanceof Uint8Array ? [data] : data)
  await moveIntoPlace(temporary, path)
}

/** Bytes of a file; undefined where it is not there, or cannot be looked at. */
export const sizeOf = async (path: string): Promise<number | undefined> =>
  (await stat(path).catch(() => undefined))?.size

/** True where a file or folder of that name is there, and can be looked at. */
export const isThere = async (path: string): Promise<boolean> => (await sizeOf(path)) !== undefined

/** What is thrown where a file cannot be written. */
export const outputError = (path: string, cause: unknown): EngineError => {
  const why = cause instanceof Error ? cause.message : String(cause)
  const text = `${path} could not be written: ${why}; is the disk full or read-only?`
  return new EngineError("E_OUTPUT", text, { file: path }, cause)
}
