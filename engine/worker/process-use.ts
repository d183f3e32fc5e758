/** What a worker uses of the machine: its memory, released early, and processor time. */

import { readFileSync, readlinkSync } from "node:fs"
import { getHeapStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/**
 * Growth outside the heap that is worth a collection, which takes some 20 ms of processor time.
 * Points and rasters are tens of megabytes each.
 */
const worthBytes = 64 * 1024 * 1024

/** Bytes outside the heap after the last collection. */
let left = 0
/** Of these, what stays between tasks: the arena, memory of WebAssembly. */
let lasting = 0
let collect: Collector | undefined

type Collector = (options?: { readonly type: "minor" }) => void

/** The collector of this thread, which V8 exposes only under a flag. */
const collector = (): Collector => {
  setFlagsFromString("--expose-gc")
  return runInNewContext("gc") as Collector
}

/**
 * Collects garbage if this thread has taken much memory since the last collection. V8 itself waits
 * until buffers have grown by more than a tile's points. Between tiles and kernels, a task would
 * then take half as much memory again as it needs, by chance.
 *
 * @param dropped bytes of buffers that were there at the last collection, and are garbage now
 * @returns true if it collected
 */
export const releaseMemory = (dropped = 0): boolean => {
  if (getHeapStatistics().external_memory + dropped < left + worthBytes) return false
  collect ??= collector()
  // After the first call another thread frees the buffers; the second, minor one waits for that.
  collect()
  collect({ type: "minor" })
  left = getHeapStatistics().external_memory
  return true
}

/** Like {@link releaseMemory}, before a task: all that the task before it had is garbage now. */
export const releaseTask = (): void => {
  if (releaseMemory(left - lasting)) lasting = left
}

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
