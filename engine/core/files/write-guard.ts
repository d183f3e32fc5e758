/**
 * Stops this process from writing to an output folder whose lock another process has taken over.
 */
import { closeSync, openSync } from "node:fs"
import { resolve, sep } from "node:path"
import { EngineError } from "../../errors.js"

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
