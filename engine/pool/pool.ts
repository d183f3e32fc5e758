/** The threads that run tasks, with their memory limits and the watchdog. */
import { getHeapStatistics } from "node:v8"
import { lockedFolders } from "../core/files/atomic-write.js"
import { entryUrl } from "../core/package-files.js"
import { EngineError, type ErrorData } from "../errors.js"
import type { Job } from "../job/job.js"
import type { TaskResult } from "../worker/task-result.js"
import type { WorkerInput } from "../worker/worker.js"
import type { WorkerData } from "../worker/worker-state.js"
import { type IsolatedResult, runIsolated } from "./isolated.js"
import { Threads } from "./threads.js"
import { ranAway, Watchdog } from "./watchdog.js"

export interface Pool {
  /**
   * Waits until a thread has loaded its code; starts the threads if none run yet.
   *
   * @throws EngineError `E_INTERNAL` when no thread can load it, since a file of the installation
   * is missing or damaged; `E_RESOURCE` when the memory does not suffice
   */
  loaded(): Promise<void>
  /**
   * Runs a task on a thread; its image windows are transferred. The thread is ended when it exceeds
   * `limitSeconds` of processor time. Never rejects: a task has failed when its worker died or was
   * ended, or when no thread is left and none can start.
   */
  run(input: WorkerInput, limitSeconds?: number): Promise<TaskResult>
  /** Runs a task in a process of its own, with the same limit; `signal` ends it. Never rejects. */
  runApart(input: WorkerInput, signal: AbortSignal | undefined, limitSeconds?: number): Promise<IsolatedResult>
  /**
   * Replaces the threads, as {@link Pool.loaded}, which returns the memory of their tiles to the
   * system. Call it while they are idle; does nothing where none was started.
   */
  renew(): Promise<void>
  /** Ends the threads, even busy ones, once they are loaded. */
  close(): Promise<void>
}

interface PoolOptions {
  /** True: start the threads at the first request; a run that finds everything done starts none. */
  readonly later?: boolean
  /** URLs of kernels that threads load ahead of the first task. */
  readonly ahead?: readonly string[]
  /** The module that the threads run. */
  readonly worker?: URL
}

/**
 * Starts `workers` threads. They load their modules at once and stay until the pool is closed,
 * since a thread that ends loses its WebAssembly instances and arenas. The budget bounds the
 * JavaScript heap of each. Only raw data crosses: messages under 4 KB, and image windows by
 * transfer.
 */
export const openPool = (
  { workers, memoryBytes }: Pick<Job, "workers" | "memoryBytes">,
  { later = false, ahead, worker = entryUrl("engine/worker/worker.js") }: PoolOptions = {},
): Pool => {
  const base = baseMemory()
  const data: WorkerData = { baseBytes: base.shared, ...(ahead === undefined ? {} : { ahead }) }
  const start = (): Threads => new Threads(worker, workers, memoryBytes, data)
  const watchdog = new Watchdog()
  let threads = later ? undefined : start()
  let closed: Promise<void> | undefined
  const started = (): Threads => {
    // A late call must not leave threads behind.
    if (threads === undefined && closed !== undefined) throw new Error("the pool is closed")
    threads ??= start()
    return threads
  }
  return {
    loaded: async () => started().loaded,
    run: async (input, limitSeconds) => {
      const startedAt = performance.now()
      base.update()
      const runaway = new AbortController()
      // The thread writes its number there when it takes the task; −1 until then.
      const seat = new Int32Array(new SharedArrayBuffer(4)).fill(-1)
      const rest = watchdog.watch({
        limitSeconds,
        place: () => {
          const thread = Atomics.load(seat, 0)
          return thread < 0 ? undefined : { process: process.pid, thread }
        },
        end: () => runaway.abort(),
      })
      const failed = (error: ErrorData): TaskResult => {
        const timeMs = Math.round(performance.now() - startedAt)
        return { outcome: "failed", error, timeMs, peakBytes: 0 }
      }
      let own: Threads | undefined
      try {
        own = started()
        return await own.run({ ...input, seat, locked: lockedFolders() }, runaway)
      } catch (error) {
        const context = { tile: input.message.key }
        if (own?.lost !== undefined) return failed(EngineError.toData(own.lost, context))
        const data = EngineError.toData(error, context)
        const died = `its worker crashed: ${data.message}`
        const message = runaway.signal.aborted ? ranAway(limitSeconds) : died
        return { ...failed({ ...data, code: "E_RESOURCE", message }), died: true }
      } finally {
        rest()
      }
    },
    runApart: (input, signal, limitSeconds) =>
      runIsolated(input, { heapBytes: memoryBytes, signal, limitSeconds, watchdog }),
    renew: async () => {
      if (threads === undefined) return
      await threads.close()
      threads = start()
      await threads.loaded
    },
    close: () => {
      closed ??= threads?.close() ?? Promise.resolve()
      return closed
    },
  }
}

/**
 * Bytes of the process that belong to no thread of the pool. That is its resident size at opening,
 * plus the growth of the main thread's own heap and buffers. The threads start during planning: the
 * size of the plan is only known later.
 */
const baseMemory = (): { readonly shared: Float64Array; update(): void } => {
  const shared = new Float64Array(new SharedArrayBuffer(8))
  const own = (): number => {
    const { total_heap_size, external_memory } = getHeapStatistics()
    return total_heap_size + external_memory
  }
  const [residentBytes, ownBytes] = [process.memoryUsage.rss(), own()]
  const update = (): void => {
    shared[0] = residentBytes + Math.max(0, own() - ownBytes)
  }
  update()
  return { shared, update }
}
