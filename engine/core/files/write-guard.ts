/**
 * Stops this process from writing into an output folder whose lock another process has taken over.
 */
import { closeSync, openSync } from "node:fs"
import { resolve, sep } from "node:path"
import { EngineError } from "../../errors.js"

/**
 * An output folder that this process has locked. Plain data: threads and child processes of the
 * holder get a copy.
 */
export interface HeldFolder {
  /** Absolute. */
  readonly folder: string
  /** The lock file of this holder. Its name is unique; whoever takes the folder over removes it. */
  readonly file: string
  /**
   * When the holder last found its lock in place: nanoseconds of the monotonic clock, milliseconds
   * of the wall clock (which also
   * counts while the machine sleeps). Shared between threads; absent in another process, which then
   * looks at each write.
   */
  readonly confirmed?: BigInt64Array
  /**
   * For how long a confirmation counts; well below the time after which others take the folder
   * over.
   */
  readonly trustMs: number
}

const held = new Map<string, HeldFolder>()

/** From now on this thread writes below the folder only while its lock is in place. */
export const guardWrites = (folders: Iterable<HeldFolder>): void => {
  for (const one of folders) held.set(one.file, one)
}

/** Ends the guard: the lock was given back. */
export const endGuard = ({ file }: HeldFolder): boolean => held.delete(file)

/** What threads of this process are to guard, or, without the shared clock, its child processes. */
export const heldFolders = (shared = true): HeldFolder[] =>
  [...held.values()].map(({ confirmed, ...one }) => (shared && confirmed ? { ...one, confirmed } : one))

/** Notes that the lock was in place at this moment of both clocks. */
export const confirmHeld = (confirmed: BigInt64Array, [monotonic, wall]: readonly [bigint, bigint]): void => {
  Atomics.store(confirmed, 0, monotonic)
  Atomics.store(confirmed, 1, wall)
}

/** This moment by both clocks. */
export const bothClocks = (): [monotonic: bigint, wall: bigint] => [process.hrtime.bigint(), BigInt(Date.now())]

/**
 * Throws E_INCOMPLETE when `path` lies in a folder whose lock another process has taken over. To be
 * called right before
 * each write that others would see; anything may be written to folders that this process has not
 * locked.
 */
export const assertHeld = (path: string): void => {
  if (held.size === 0) return
  const full = resolve(path)
  for (const one of held.values())
    if ((full === one.folder || full.startsWith(one.folder + sep)) && !isRecent(one)) assertLock(one)
}

const isRecent = ({ confirmed, trustMs }: HeldFolder): boolean => {
  if (confirmed === undefined) return false
  const [monotonic, wall] = bothClocks()
  const aside = wall - Atomics.load(confirmed, 1)
  const elapsed = monotonic - Atomics.load(confirmed, 0)
  return elapsed < BigInt(trustMs) * 1_000_000n && aside < trustMs && aside > -trustMs
}

/** Opens the lock file, since network file systems answer `stat` from memory. */
const assertLock = ({ folder, file }: HeldFolder): void => {
  try {
    closeSync(openSync(file, "r"))
  } catch (error) {
    throw isGone(error) ? lostFolder(folder) : error
  }
}

/** True for the failure to find a file: removed, here or by another machine. */
export const isGone = (error: unknown): boolean =>
  ["ENOENT", "ENOTDIR", "ESTALE"].includes((error as NodeJS.ErrnoException).code ?? "")

const lostFolder = (folder: string): EngineError => {
  const text = `${folder} was taken over by another process while this one was stopped or cut off. This one writes nothing more there. Run again to resume.`
  return new EngineError("E_INCOMPLETE", text, { file: folder })
}
