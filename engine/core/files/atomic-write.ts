/**
 * Writes files that are whole or absent, even after a crash: temporary name, fsync, rename, fsync
 * of the folder.
 */
import { randomUUID } from "node:crypto"
import { closeSync, openSync } from "node:fs"
import { lstat, mkdir, rename, rm, stat } from "node:fs/promises"
import { basename, dirname, join, resolve, sep } from "node:path"
import { EngineError } from "../../errors.js"
import { withFile } from "./with-file.js"

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

/**
 * Removes a file if it exists. In a locked folder it first moves it to the {@link removalFolder} of
 * the lock. A process that takes the folder over removes that one, so a holder that wakes up can
 * remove nothing.
 *
 * @throws EngineError E_INCOMPLETE when the lock of the folder is lost
 */
export const removeFile = async (path: string): Promise<void> => {
  const lock = lockOf(path)
  if (lock === undefined) return await rm(path, { force: true })
  assertLocked(path)
  const moved = join(removalFolder(lock.file), temporaryName(path))
  const facts = await lstat(path).catch(() => undefined)
  if (facts === undefined) return
  if (facts.isDirectory()) throw outputError(path, "it is a folder")
  try {
    await rename(path, moved)
  } catch (error) {
    assertLock(lock)
    if (isGone(error) && (await lstat(path).catch(() => undefined)) === undefined) return
    throw error
  }
  await rm(moved, { force: true })
}

/** Folder of what the holder of a lock removes, by its lock file. */
export const removalFolder = (lockFile: string): string =>
  join(dirname(dirname(lockFile)), `removed-${basename(lockFile)}`)

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

/**
 * An output folder that this process has locked. Plain data, copied to its threads and child
 * processes.
 */
export interface LockedFolder {
  /** Absolute path. */
  readonly folder: string
  /** The lock file. Its name is unique; a process that takes the folder over removes it. */
  readonly file: string
  /**
   * When this process last found its lock in place: nanoseconds of the monotonic clock,
   * milliseconds of the wall clock (which also runs while the machine sleeps). Threads share it.
   * Child processes have none and check the lock at each write.
   */
  readonly confirmed?: BigInt64Array
  /**
   * How long a confirmation counts; well below the time after which others take the folder over.
   */
  readonly trustMs: number
}

const locked = new Map<string, LockedFolder>()

/** From now on, this thread writes below these folders only while their locks are in place. */
export const guardWrites = (folders: Iterable<LockedFolder>): void => {
  for (const one of folders) locked.set(one.file, one)
}

/** The same for these folders only: a thread that outlives a run forgets the locks of that run. */
export const guardOnly = (folders: Iterable<LockedFolder>): void => {
  locked.clear()
  guardWrites(folders)
}

/** Ends the guard when the lock is released. */
export const endGuard = ({ file }: LockedFolder): boolean => locked.delete(file)

/** The locked folders to pass to threads or, without the shared clock, to child processes. */
export const lockedFolders = (shared = true): LockedFolder[] =>
  [...locked.values()].map(({ confirmed, ...one }) => (shared && confirmed ? { ...one, confirmed } : one))

/** Records that the lock was in place at this moment. */
export const confirmLock = (confirmed: BigInt64Array, [monotonic, wall]: readonly [bigint, bigint]): void => {
  Atomics.store(confirmed, 0, monotonic)
  Atomics.store(confirmed, 1, wall)
}

/** The monotonic clock in nanoseconds and the wall clock in milliseconds. */
export const bothClocks = (): [monotonic: bigint, wall: bigint] => [process.hrtime.bigint(), BigInt(Date.now())]

/**
 * Throws E_INCOMPLETE when another process has taken over the folder that contains `path`. Call it
 * right before each write that others can see. Folders that this process has not locked are not
 * checked.
 */
export const assertLocked = (path: string): void => {
  if (locked.size === 0) return
  const full = resolve(path)
  for (const one of locked.values())
    if ((full === one.folder || full.startsWith(one.folder + sep)) && !isRecent(one)) assertLock(one)
}

/** The first lock whose folder contains a path. */
const lockOf = (path: string): LockedFolder | undefined => {
  const full = resolve(path)
  return [...locked.values()].find(({ folder }) => full.startsWith(folder + sep))
}

const isRecent = ({ confirmed, trustMs }: LockedFolder): boolean => {
  if (confirmed === undefined) return false
  const [monotonic, wall] = bothClocks()
  const aside = wall - Atomics.load(confirmed, 1)
  const elapsed = monotonic - Atomics.load(confirmed, 0)
  return elapsed < BigInt(trustMs) * 1_000_000n && aside < trustMs && aside > -trustMs
}

/** Opens the lock file, because network file systems answer `stat` from a cache. */
const assertLock = ({ folder, file }: LockedFolder): void => {
  try {
    closeSync(openSync(file, "r"))
  } catch (error) {
    throw isGone(error) ? lostFolder(folder) : error
  }
}

/** True for errors of a missing file, removed here or by another machine. */
export const isGone = (error: unknown): boolean =>
  ["ENOENT", "ENOTDIR", "ESTALE"].includes((error as NodeJS.ErrnoException).code ?? "")

const lostFolder = (folder: string): EngineError => {
  const text = `${folder}: another process took over this folder while this one was paused or offline. Run again to resume.`
  return new EngineError("E_INCOMPLETE", text, { file: folder })
}
