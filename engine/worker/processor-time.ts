/** Reads the processor time of threads from the system, for step times and the watchdog. */
import { readFileSync, readlinkSync } from "node:fs"

/**
 * Ticks per second in which Linux reports processor time, whatever the kernel uses itself (proc(5),
 * `USER_HZ`).
 */
const ticksPerSecond = 100

/** The system's number of this thread; 0 where unknown. */
export const threadNumber = (): number => {
  try {
    // "PID/task/TID" (proc(5)).
    return Number(/\d+$/.exec(readlinkSync("/proc/thread-self"))?.[0] ?? 0)
  } catch {
    return 0
  }
}

/**
 * Seconds of processor time that a thread of a process has used since it began. Read from outside,
 * since a thread in an endless loop cannot answer. Undefined without `/proc`, and for a thread that
 * is gone.
 */
export const secondsOfThread = (process: number, thread: number): number | undefined => {
  try {
    const text = readFileSync(`/proc/${process}/task/${thread}/stat`, "latin1")
    // The name in brackets may contain anything. After it, the state is field 3, user and system
    // time are fields 14 and 15.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    const ticks = Number(fields[11]) + Number(fields[12])
    return Number.isFinite(ticks) ? ticks / ticksPerSecond : undefined
  } catch {
    return undefined
  }
}
