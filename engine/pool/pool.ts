import { getHeapStatistics } from "node:v8"
import { Piscina } from "piscina"
import { EngineError } from "../errors.js"
import { type IsolatedResult, runIsolated } from "./isolated.js"
import type { TaskResult } from "./task-result.js"
import { ranAway, Watchdog } from "./watchdog.js"
import type { WorkerInput } from "./worker.js"
import type { WorkerData } from "./worker-state.js"

/** The threads that run tasks. */
export interface Pool {
  /**
   * Sends a task; image windows are transferred. Its thread is ended when it has used more than `limitSeconds` of a processor. Never rejects: a worker that died, or was ended, is a failed
   * task.
   */
  run(input: WorkerInput, limitSeconds?: number): Promise<TaskResult>
  /** Runs a task in a process of its own, which the same limit ends, and `signal`. Never rejects. */
  runApart(input: WorkerInput, signal: AbortSignal | undefined, limitSeconds?: number): Promise<IsolatedResult>
  /** Ends the idle threads and starts new ones: what they kept of their tiles goes back to the system. */
  renew(): Promise<void>
  /** Ends the threads, whatever they do; once they are loaded. */
  close(): Promise<void>
}

/**
 * Starts `workers` threads, which load their modules at once, and that stay until the pool is closed: a thread that ends loses its WebAssembly instances and arenas.
 * None's JavaScript heap grows beyond the budget. Only raw data crosses: messages under 4 KB, and image windows by transfer.
 */
export const openPool = (workers: number, memoryBytes: number): Pool => {
  const base = baseMemory()
  const start = (): Threads => startThreads(workers, memoryBytes, base.shared)
  const watchdog = new Watchdog()
  let threads = start()
  let closed: Promise<void> | undefined
  return {
    run: async (input, limitSeconds) => {
      const started = performance.now()
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
      try {
        const transferList = input.given.map(({ image }) => image.data.buffer as ArrayBuffer)
        return await threads.piscina.run({ ...input, seat }, { transferList, signal: runaway.signal })
      } catch (error) {
        const data = EngineError.toData(error, { tile: input.message.key })
        const died = `the worker ended while it ran ${input.message.scope} ${input.message.key}: ${data.message}`
        const message = runaway.signal.aborted ? ranAway(input.message, limitSeconds) : died
        const timeMs = Math.round(performance.now() - started)
        return { outcome: "failed", error: { ...data, code: "E_RESOURCE", message }, timeMs, peakBytes: 0, died: true }
      } finally {
        rest()
      }
    },
    runApart: (input, signal, limitSeconds) =>
      runIsolated(input, { heapBytes: memoryBytes, signal, limitSeconds, watchdog }),
    renew: async () => {
      await endThreads(threads)
      threads = start()
    },
    close: () => {
      closed ??= endThreads(threads)
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

interface Threads {
  readonly piscina: Piscina<WorkerInput, TaskResult>
  /** Resolves when the threads have loaded their modules, or are gone. */
  readonly loaded: Promise<unknown>
}

const endThreads = async ({ piscina, loaded }: Threads): Promise<void> => {
  // Node 20 takes the process down when a thread is ended while it loads its modules.
  await loaded
  await piscina.destroy()
}

const startThreads = (workers: number, memoryBytes: number, baseBytes: Float64Array): Threads => {
  const piscina = new Piscina<WorkerInput, TaskResult>({
    filename: new URL("./worker.js", import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    idleTimeout: 2 ** 31 - 1,
    concurrentTasksPerWorker: 1,
    recordTiming: false,
    // A thread whose JavaScript heap passes it ends alone (ERR_WORKER_OUT_OF_MEMORY); buffers and WebAssembly are not counted.
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil(memoryBytes / 2 ** 20) },
    // geotiff's worker shim reads a field of it when it is loaded in a thread, and fails where there is no data at all.
    workerData: { baseBytes } satisfies WorkerData,
  })
  // A worker that dies also rejects its task, where it is dealt with; unheard, the event would end the process.
  piscina.on("error", () => undefined)
  // What a thread says first is that its modules are loaded.
  const loaded = piscina.threads.map(
    (thread) => new Promise((resolve) => ["message", "error", "exit"].map((event) => thread.once(event, resolve))),
  )
  return { piscina, loaded: Promise.all(loaded) }
}
