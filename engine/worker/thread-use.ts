/**
 * What a worker uses of the machine: memory, released early, time by step of a task, and the arena
 * of its kernels.
 */
import { readFileSync, readlinkSync } from "node:fs"
import { getHeapStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type { StepTime, StepTimes } from "../journal/journal-record.js"
import type { Scratch } from "../kernel.js"

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

// Code, stack and free lists of one thread, which V8 does not count. With it, the estimate for one
// worker is within −15 to +16 % of the process, on tiles of 0.3, 1 and 6 million points.
const threadBytes = 24 * 1024 * 1024

/**
 * Peak memory of a task. It adds the process's size ahead of its first task, the thread itself, and
 * this worker's own heap, buffers and arena as V8 counts them per isolate. The sum is close to the
 * VmHWM of a process that runs this one task at a time. It leaves out the memory of other workers.
 */
export class PeakMemory {
  readonly #base: number
  #own = 0

  constructor(base: number) {
    this.#base = base + threadBytes
  }

  /** Takes a sample; called where memory is highest: after a read, in and after each kernel. */
  sample(): void {
    const heap = getHeapStatistics()
    this.#own = Math.max(this.#own, heap.total_heap_size + heap.external_memory + heap.malloced_memory)
  }

  get peakBytes(): number {
    return this.#base + this.#own
  }
}

type ThreadClock = () => number | undefined

/**
 * Processor time of this thread since its start, ms: from Node.js 23.9 and later, else from Linux
 * (within a few ms).
 */
const threadClock = (): ThreadClock => {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => { user: number; system: number } }
  if (threadCpuUsage !== undefined) {
    return () => {
      const { user, system } = threadCpuUsage()
      return (user + system) / 1000
    }
  }
  // The first number is nanoseconds on a processor.
  const schedule = (): number => Number.parseInt(readFileSync("/proc/thread-self/schedstat", "latin1"), 10) / 1e6
  try {
    return schedule() > 0 ? schedule : () => undefined
  } catch {
    return () => undefined
  }
}

/**
 * Books the time of a worker's task by step. At any moment one step runs, the innermost one
 * entered: no time counts twice. A change of step costs under 0.1 ms.
 */
export class StepClock {
  readonly #cpuNow: ThreadClock = threadClock()
  readonly #totals = new Map<string, { timeMs: number; cpuMs: number | undefined }>()
  #step = "other"
  #since = 0
  #cpuSince: number | undefined

  /**
   * Starts a task and forgets the previous one. Time belongs to `step` until another is entered.
   */
  begin(step: string): void {
    this.#totals.clear()
    this.#step = step
    this.#since = performance.now()
    this.#cpuSince = this.#cpuNow()
  }

  /** Runs `work` and books its time under `step`, except the time of steps inside it. */
  during<T>(step: string, work: () => T): T {
    const outer = this.enter(step)
    let result: T
    try {
      result = work()
    } catch (error) {
      this.enter(outer)
      throw error
    }
    // Returns to the outer step once it settles, ahead of the caller's continuation.
    if (result instanceof Promise) return result.finally(() => this.enter(outer)) as T
    this.enter(outer)
    return result
  }

  /** Books time under `step` from here on; returns the previous step. */
  enter(step: string): string {
    const [now, cpu] = [performance.now(), this.#cpuNow()]
    const outer = this.#step
    const total = this.#totals.get(outer) ?? { timeMs: 0, cpuMs: undefined }
    total.timeMs += now - this.#since
    if (cpu !== undefined && this.#cpuSince !== undefined) total.cpuMs = (total.cpuMs ?? 0) + cpu - this.#cpuSince
    this.#totals.set(outer, total)
    this.#step = step
    this.#since = now
    this.#cpuSince = cpu
    return outer
  }

  /** Ends the task. Returns its time by step, rounded to a tenth of a millisecond. */
  end(): StepTimes {
    this.enter("other")
    const tenth = (value: number): number => Math.round(value * 10) / 10
    const entries = [...this.#totals].map(([step, { timeMs, cpuMs }]): [string, StepTime] => [
      step,
      { timeMs: tenth(timeMs), ...(cpuMs === undefined ? {} : { cpuMs: tenth(cpuMs) }) },
    ])
    return Object.fromEntries(entries)
  }
}

export interface Arena extends Scratch {
  /** Takes back all arrays; the memory stays for the next kernel. */
  reset(): void
  /** Calls `listener` at each later request, since memory is high at these moments. */
  watch(listener: () => void): void
  readonly bytes: number
}

const blockBytes = 16 * 1024 * 1024

/**
 * A worker's arena: zeroed typed arrays cut from blocks that stay between kernels. A tile therefore
 * does not pay for allocation and collection again. A request above one block gets a block of its
 * own, dropped at the reset.
 */
export const createArena = (): Arena => {
  let blocks: ArrayBuffer[] = []
  let index = 0
  let offset = 0
  let large = 0
  let taken = (): void => undefined
  const take = (sizeBytes: number): { buffer: ArrayBuffer; offset: number } => {
    taken()
    const aligned = Math.ceil(sizeBytes / 8) * 8
    if (aligned > blockBytes) {
      large += aligned
      return { buffer: new ArrayBuffer(aligned), offset: 0 }
    }
    if (offset + aligned > blockBytes) {
      index++
      offset = 0
    }
    const buffer = blocks[index] ?? new ArrayBuffer(blockBytes)
    blocks[index] = buffer
    const start = offset
    offset += aligned
    new Uint8Array(buffer, start, aligned).fill(0)
    return { buffer, offset: start }
  }
  const viewOf =
    <T>(View: { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBuffer, offset: number, length: number): T }) =>
    (length: number): T => {
      const at = take(length * View.BYTES_PER_ELEMENT)
      return new View(at.buffer, at.offset, length)
    }
  return {
    int32: viewOf(Int32Array),
    uint32: viewOf(Uint32Array),
    uint8: viewOf(Uint8Array),
    float32: viewOf(Float32Array),
    float64: viewOf(Float64Array),
    reset: () => {
      // At most 64 MB stay between tiles: a large tile must not occupy memory forever.
      blocks = blocks.slice(0, 4)
      index = 0
      offset = 0
      large = 0
    },
    watch: (listener) => {
      taken = listener
    },
    get bytes() {
      return blocks.length * blockBytes + large
    },
  }
}
