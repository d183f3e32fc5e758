/**
 * The lock of an output folder: one writer at a time, across processes, containers and machines.
 * See docs/decisions/18-folder-lock.md.
 */
import { randomBytes } from "node:crypto"
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { bothClocks, isGone, syncFolder, writeSynced } from "../core/files/atomic-write.js"
import { EngineError } from "../errors.js"
import { layout } from "../job/layout.js"
import { fenceFolder } from "./fence-folder.js"
import { type FolderLock, holdLock, type LockTimes } from "./hold-lock.js"
import { hasEnded, isSamePlace, type LockHolder, lockText, parseLock, thisHolder } from "./lock-holder.js"

const usualTimes: LockTimes = { beatMs: 10_000, staleMs: 60_000, trustMs: 30_000, deathMs: 2000 }

/** How to wait for a lock. */
export interface LockOptions {
  /** Called when the holder cannot be seen from here: its counter must then be watched. */
  readonly onWait?: ((text: string) => void) | undefined
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
  readonly times?: LockTimes
}

interface Contender extends LockOptions {
  readonly out: string
  readonly lock: string
  readonly here: LockHolder
  readonly times: LockTimes
}

/**
 * The last holder. `gone`: it gave the lock back, or its process has ended. `unknown`: it may still
 * be in the middle of a write. `changed`: another contender was faster.
 */
type Former = "gone" | "unknown" | "changed"

/** More turns than contenders can cause. */
const MOST_TURNS = 200

/**
 * Takes the output folder for this process: one writer at a time, across processes, containers and
 * machines. A holder in the same place (host, boot, PID namespace) is stale when its process has
 * ended. Any other holder is stale when its counter has not moved for 60 s.
 *
 * The lock is a folder with one file. It is made whole under another name and then renamed. The
 * rename succeeds only where the lock is missing or empty (rename(2)): one of several contenders
 * wins. A stale holder is removed by unlinking its file, whose name is unique: nobody removes the
 * lock of another. Works without hard links.
 *
 * @throws EngineError E_USAGE when a living run holds it; E_OUTPUT when the folder cannot be made
 * or locked; E_INCOMPLETE when `signal` ended the wait
 */
export const lockOutput = async (folder: string, options: LockOptions = {}): Promise<FolderLock> => {
  const { times = usualTimes } = options
  const out = resolve(folder)
  const work = join(out, layout.work)
  await makeFolder(work)
  const lock = join(out, layout.lock)
  const contender = { ...options, times, out, lock, here: await thisHolder() }
  const id = randomBytes(12).toString("hex")
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const { former, looked } = await clearWay(contender)
    if (former === "changed") continue
    const since = bothClocks()
    const text = lockText(contender.here, former === "gone" ? "holding" : "fencing")
    if (!(await claim({ work, lock, id, text }))) continue
    // Too short for another process to take the lock and be declared stale in between.
    const isSafe = former === "gone" && performance.now() - looked < times.trustMs
    const claimed = {
      out,
      file: join(lock, id),
      at: Buffer.byteLength(text.slice(0, text.indexOf("\n") + 1)),
      times,
      since,
    }
    const taken = await holdLock(claimed, isSafe ? undefined : () => fenceFolder(out))
    await removeOthers(work, id)
    return taken
  }
  const text = `${lock}: the folder cannot be locked: other processes lock it again and again, or its file system cannot replace empty folders. Remove the lock when no run writes there.`
  throw new EngineError("E_OUTPUT", text, { file: lock })
}

/**
 * Refuses a folder that a run is writing; changes nothing. A holder in another place counts as
 * alive.
 *
 * @throws EngineError E_USAGE
 */
export const requireFree = async (folder: string): Promise<void> => {
  const out = resolve(folder)
  const [lock, here] = [join(out, layout.lock), await thisHolder()]
  const [name] = await readdir(lock).catch((): string[] => [])
  const text = name === undefined ? undefined : await readGone(join(lock, name))
  if (text === undefined) return
  const holder = parseLock(text)
  if (holder !== undefined && isSamePlace(holder, here) && (await hasEnded(holder, here))) return
  throw refusal({ out, lock, here }, holder)
}

/** Finds the holder of the lock. Removes a stale one; throws for a living one. */
const clearWay = async (contender: Contender): Promise<{ former: Former; looked: number }> => {
  const { lock } = contender
  const looked = performance.now()
  let names: string[]
  try {
    names = await readdir(lock)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT") return { former: "gone", looked }
    if (code !== "ENOTDIR") throw error
    const text = `${lock}: a file, not a folder; an older maille left it. Remove it when no run writes there.`
    throw new EngineError("E_OUTPUT", text, { file: lock }, error)
  }
  const [name] = names
  // Another contender removed the holder and has not put its own lock there yet.
  if (name === undefined) return { former: "unknown", looked }
  const file = join(lock, name)
  const text = await readGone(file)
  if (text === undefined) return { former: "changed", looked }
  const holder = parseLock(text)
  if (holder === undefined || !isSamePlace(holder, contender.here)) {
    await watch(contender, file, text)
    await rm(file, { force: true })
    return { former: "unknown", looked: performance.now() }
  }
  await requireEnded(contender, holder)
  await rm(file, { force: true })
  return { former: holder.fencing ? "unknown" : "gone", looked }
}

/** Puts the lock in place, whole; false when another contender was faster. */
const claim = async (mine: Record<"work" | "lock" | "id" | "text", string>): Promise<boolean> => {
  const { work, lock, id, text } = mine
  const folder = join(work, `lock-${id}`)
  try {
    await mkdir(folder)
    await writeSynced(join(folder, id), [text])
    await rename(folder, lock)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    // ENOENT: the holder removed this folder as the leftover of a killed contender.
    if (["EEXIST", "ENOTEMPTY", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return false
    throw error
  }
  await syncFolder(work)
  return true
}

/**
 * Removes the leftovers of killed contenders; a living one makes its folder again. Former holders
 * lose the folder without which they remove nothing.
 */
const removeOthers = async (work: string, id: string): Promise<void> => {
  for (const name of await readdir(work))
    if (/^(lock|removed)-/.test(name) && name !== `removed-${id}`)
      await rm(join(work, name), { recursive: true, force: true, maxRetries: 5 })
}

/**
 * Waits until the counter of a holder elsewhere has not moved for `staleMs`; throws when it moves.
 */
const watch = async (contender: Contender, file: string, first: string): Promise<void> => {
  const { out, times, onWait, signal } = contender
  const { staleMs } = times
  const holder = parseLock(first)
  onWait?.(
    `${out}: ${whoIs(holder, contender.here)} may still be writing there. Waiting up to ${Math.ceil(staleMs / 1000)} s to see.`,
  )
  const from = performance.now()
  for (let elapsed = 0; elapsed < staleMs; ) {
    await sleep(Math.min(1000, staleMs / 20), undefined, signal && { signal }).catch(() => undefined)
    if (signal?.aborted)
      throw new EngineError("E_INCOMPLETE", `${out}: stopped while waiting for another process. Run again.`, {
        file: out,
      })
    // Taken before the read: the text is no older.
    elapsed = performance.now() - from
    const text = await readGone(file)
    if (text === undefined) return
    if (text !== first) throw refusal(contender, holder)
  }
}

const requireEnded = async (contender: Contender, holder: LockHolder): Promise<void> => {
  const until = performance.now() + contender.times.deathMs
  for (;;) {
    if (await hasEnded(holder, contender.here)) return
    if (performance.now() >= until) throw refusal(contender, holder)
    await sleep(100)
  }
}

const refusal = (
  { out, lock, here }: Pick<Contender, "out" | "lock" | "here">,
  holder: LockHolder | undefined,
): EngineError => {
  const text = `${out}: in use by ${whoIs(holder, here)}. Wait for it, stop it, or choose another folder.`
  return new EngineError("E_USAGE", text, { file: lock })
}

const whoIs = (holder: LockHolder | undefined, here: LockHolder): string => {
  if (holder === undefined) return "an unknown process (its lock file is damaged)"
  const { host, boot, namespace, pid, since } = holder
  const isElsewhere = host === here.host && boot === here.boot && namespace !== here.namespace
  const where = isElsewhere ? `in another container of host ${host}` : `on host ${host}`
  return `process ${pid} ${where} (since ${since})`
}

/** The text of a file; undefined where it is gone. */
const readGone = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    if (isGone(error) || (error as NodeJS.ErrnoException).code === "EISDIR") return undefined
    throw error
  }
}

/** Why the system refuses a folder. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "a file has this name",
  ENOENT: "its file system has no new folders",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is a file",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
}

/**
 * Makes a folder and its parents one at a time. A recursive `mkdir` never returns where a file
 * system refuses folders with ENOENT (/proc).
 */
const makeFolder = async (path: string): Promise<void> => {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return
  if (dirname(path) !== path) await makeFolder(dirname(path))
  try {
    await mkdir(path)
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return
    const text = `${path}: the folder cannot be made (${reasons[code] ?? code}). Check its permissions, or choose another --out.`
    throw new EngineError("E_OUTPUT", text, { file: path }, cause)
  }
}
