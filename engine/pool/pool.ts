/** The threads that run tasks, with their memory limits and the watchdog. */
import { getHeapStatistics } from "node:v8"
import { heldFolders } from "../core/files/write-guard.js"
import { EngineError, type ErrorData } from "../errors.js"
import type { Job } from "../job/job.js"
import type { TaskResult } from "../worker/task-result.js"
import type { WorkerInput } from "../worker/worker.js"
import type { WorkerData } from "../worker/worker-state.js"
import { type IsolatedResult, runIsolated } from "./isolated.js"
import { Threads } from "./threads.js"
import { ranAway, Watchdog } from "./watchdog.js"

/** The threads that run tasks. */
export interface Pool {
  /**
   * Waits until a thread has loaded its code; starts the threads where none was needed before.
   *
   * @throws EngineError `E_INTERNAL` when none can: a file of the installation is missing or damaged; `E_RESOURCE` when the memory does not suffice for it
   */
  loaded(): Promise<void>
  /**
   * Sends a task; image windows are transferred. Its thread is ended when it has used more than `limitSeconds` of a processor. Never rejects: a worker that died, or was ended, is a failed
   * task; so is every task when no thread is left and none can be started.
   */
  run(input: WorkerInput, limitSeconds?: number): Promise<TaskResult>
  /** Runs a task in a process of its own, which the same limit ends, and `signal`. Never rejects. */
  runApart(input: WorkerInput, signal: AbortSignal | undefined, limitSeconds?: number): Promise<IsolatedResult>
  /** Ends the idle threads and starts new ones, as {@link Pool.loaded}: what they kept of their tiles goes back to the system. Nothing where none was started. */
  renew(): Promise<void>
  /** Ends the threads, whatever they do; once they are loaded. */
  close(): Promise<void>
}

/** How the threads of a pool start. */
interface PoolOptions {
  /** True: with the first that is asked of them; a run that finds all done starts none. */
  readonly later?: boolean
  /** URLs of kernels that tasks will need, and threads load before the first one. */
  readonly ahead?: readonly string[]
  /** What they run. */
  readonly worker?: URL
}

/**
 * Starts `workers` threads, which load their modules at once, and that stay until the pool is closed: a thread that ends loses its WebAssembly instances and arenas.
 * None's JavaScript heap grows beyond the budget. Only raw data crosses: messages under 4 KB, and image windows by transfer.
 */
export const openPool = (
  { workers, memoryBytes }: Pick<Job, "workers" | "memoryBytes">,
  { later = false, ahead, worker = new URL("../worker/worker.js", import.meta.url) }: PoolOptions = {},
): Pool => {
  const base = baseMemory()
  const data: WorkerData = { baseBytes: base.shared, ...(ahead === undefined ? {} : { ahead }) }
  const start = (): Threads => new Threads(worker, workers, memoryBytes, data)
  const watchdog = new Watchdog()
  let threads = later ? undefined : start()
  let closed: Promise<void> | undefined
  const started = (): Threads => {
    // What comes late must not leave threads behind.
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
      // The thread writes its number there when it takes the task; before, nobody has.
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
        return await own.run({ ...input, seat, held: heldFolders() }, runaway)
      } catch (error) {
        const context = { tile: input.message.key }
        if (own?.lost !== undefined) return failed(EngineError.toData(own.lost, context))
        const data = EngineError.toData(error, context)
        const died = `the worker ended while it ran ${input.message.stage} ${input.message.key}: ${data.message}`
        const message = runaway.signal.aborted ? ranAway(input.message, limitSeconds) : died
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
 * Bytes of the process that are no thread's of the pool: resident when it was opened, and by what the main thread's own heap and buffers have grown since. The threads start
 * while the job is still planned: how much the plan takes is known later.
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
