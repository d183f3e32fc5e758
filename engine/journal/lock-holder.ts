/** Identifies the process that holds an output folder, and checks whether it has ended. */
import { readFile, readlink } from "node:fs/promises"
import { hostname } from "node:os"

/** The holder of an output folder, as in its lock file. */
export interface LockHolder {
  readonly host: string
  /** Identifier of the system's boot; empty where unknown. */
  readonly boot: string
  /** PID namespace, such as `pid:[4026531836]`; empty where unknown. */
  readonly namespace: string
  readonly pid: number
  /** Start of the process in clock ticks since boot; empty where unknown. */
  readonly started: string
  /** When the lock was taken. */
  readonly since: string
}

/**
 * The second line of the lock file, of fixed length: a counter that shows the holder to be alive,
 * and whether a former holder may still be writing.
 */
export const countDigits = 12
export const states = { fencing: "fencing", holding: "holding" } as const

/**
 * The text of a lock file: a line that names the holder, and one of fixed length that is
 * overwritten in place.
 */
export const lockText = (holder: LockHolder, state: keyof typeof states): string =>
  `${JSON.stringify(holder)}\n${"0".repeat(countDigits)} ${states[state]}\n`

/** The holder that a lock file names; undefined where the text is damaged. */
export const parseLock = (text: string): (LockHolder & { readonly fencing: boolean }) | undefined => {
  const [line = "", state = ""] = text.split("\n")
  try {
    const { host, boot, namespace, pid, started, since } = JSON.parse(line) as LockHolder
    const texts = [host, boot, namespace, started, since]
    if (!texts.every((one) => typeof one === "string") || !Number.isInteger(pid)) return undefined
    return { host, boot, namespace, pid, started, since, fencing: !state.endsWith(states.holding) }
  } catch {
    return undefined
  }
}

export const thisHolder = async (): Promise<LockHolder> => {
  const [boot, namespace, own] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => ""),
    readlink("/proc/self/ns/pid").catch(() => ""),
    // Where /proc shows another namespace, its numbers are not ours.
    readlink("/proc/self").catch(() => ""),
  ])
  const started = own === String(process.pid) ? await startOf(process.pid) : ""
  const since = new Date().toISOString()
  return { host: hostname(), boot: boot.trim(), namespace, pid: process.pid, started, since }
}

/** True where both see the same processes under the same numbers. */
export const isSamePlace = (a: LockHolder, b: LockHolder): boolean =>
  a.host === b.host && a.boot === b.boot && a.namespace === b.namespace

/**
 * True where the holder's process has ended, or another process has its number. The holder must be
 * in the same place.
 */
export const hasEnded = async ({ pid, started }: LockHolder, here: LockHolder): Promise<boolean> => {
  try {
    if (pid <= 0) return true
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true
  }
  if (started === "" || here.started === "") return false
  // Unreadable where /proc hides the processes of others.
  const now = await startOf(pid)
  return now !== "" && now !== started
}

/**
 * Start time of a process in clock ticks since boot (proc(5), /proc/pid/stat fields 3 and 22).
 * "dead": it has ended but was not reaped yet. "": there is none.
 */
const startOf = async (pid: number): Promise<string> => {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return fields[0] === "Z" || fields[0] === "X" ? "dead" : (fields[19] ?? "")
}
