/** A group of worker threads that replaces those that die, as long as their code can be loaded. */
import { fileURLToPath } from "node:url"
import type { Worker } from "node:worker_threads"
import { Piscina } from "piscina"
import { EngineError } from "../errors.js"
import type { TaskResult } from "../worker/task-result.js"
import type { WorkerInput } from "../worker/worker.js"
import type { WorkerData } from "../worker/worker-state.js"

/**
 * Threads that run one module. Piscina replaces a thread that dies. Where new threads cannot load
 * the module, Piscina gives up and tasks would wait forever; this class then fails them.
 */
export class Threads {
  /** Resolves when a thread has loaded its module; rejects when all of them died while loading. */
  readonly loaded: Promise<void>
  readonly #settled: Promise<unknown>
  readonly #piscina: Piscina<WorkerInput, TaskResult>
  readonly #worker: URL
  readonly #waiting = new Set<AbortController>()
  #lost: EngineError | undefined

  constructor(worker: URL, workers: number, memoryBytes: number, data: WorkerData) {
    this.#worker = worker
    const piscina = new Piscina<WorkerInput, TaskResult>({
      filename: worker.href,
      minThreads: workers,
      maxThreads: workers,
      idleTimeout: 2 ** 31 - 1,
      concurrentTasksPerWorker: 1,
      recordTiming: false,
      // A thread whose JavaScript heap exceeds this ends by itself (ERR_WORKER_OUT_OF_MEMORY).
      // Buffers and WebAssembly do not count.
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(memoryBytes / 2 ** 20) },
      // geotiff's worker shim reads a field of this when a thread loads it, and fails without any
      // data.
      workerData: data,
    })
    this.#piscina = piscina
    const threads = piscina.threads.map(whenLoaded)
    this.#settled = Promise.allSettled(threads)
    this.loaded = Promise.any(threads).then(
      () => undefined,
      ({ errors }: AggregateError) => {
        this.#lose(errors[0])
        throw this.#lost
      },
    )
    // `run` reports it as well.
    this.loaded.catch(() => undefined)
    // A thread that dies also rejects its task. Without a listener the event would end the process.
    piscina.on("error", (error: unknown) => this.#check(error))
  }

  /** Why no thread is left; undefined while there are some. */
  get lost(): EngineError | undefined {
    return this.#lost
  }

  /** Rejects when its thread died, `runaway` was aborted, or no thread is left. */
  async run(input: WorkerInput, runaway: AbortController): Promise<TaskResult> {
    if (this.#lost !== undefined) throw this.#lost
    this.#waiting.add(runaway)
    try {
      const transferList = input.images.map(({ image }) => image.data.buffer as ArrayBuffer)
      return await this.#piscina.run(input, { transferList, signal: runaway.signal })
    } catch (error) {
      this.#check(error)
      throw error
    } finally {
      this.#waiting.delete(runaway)
    }
  }

  /**
   * Ends the threads, even busy ones, once they are loaded. Node 20 crashes when a thread is
   * terminated while it loads its modules.
   */
  async close(): Promise<void> {
    await this.#settled
    await this.#piscina.destroy()
  }

  #check(error: unknown): void {
    if (this.#piscina.threads.length === 0) this.#lose(error)
  }

  /** Fails every task from here on, waiting ones too. */
  #lose(error: unknown): void {
    this.#lost ??= lostThreads(this.#worker, error)
    for (const runaway of this.#waiting) runaway.abort()
  }
}

/** A thread's first message says that its module is loaded. */
const whenLoaded = (thread: Worker): Promise<void> =>
  new Promise((resolve, reject) => {
    thread.once("message", () => resolve())
    thread.once("error", reject)
    thread.once("exit", (code) => reject(new Error(`exit code ${code}`)))
  })

const lostThreads = (worker: URL, cause: unknown): EngineError => {
  const why = cause instanceof Error ? cause.message : String(cause)
  const file = fileURLToPath(worker)
  if (cause instanceof Error && "code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY") {
    const text = `No worker could start: too little memory to load ${file} (${why}). Raise --memory.`
    return new EngineError("E_RESOURCE", text, { file }, cause)
  }
  // A syntax error names its file only in the first line of the stack.
  const [place = ""] = (cause instanceof Error ? cause.stack : undefined)?.match(/file:\/\/\S+/) ?? []
  const at = place === "" || why.includes(place) ? "" : ` at ${place}`
  const text = `No worker could start: ${file} cannot be loaded (${why}${at}). Install maille again (in a clone: npm ci, then npm run build).`
  return new EngineError("E_INTERNAL", text, { file }, cause)
}
