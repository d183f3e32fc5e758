import { readFileSync } from "node:fs"
import { Worker } from "node:worker_threads"
import { EngineError, type ErrorData } from "../engine/errors.js"
import { expandInputs } from "../engine/spatial/expand-inputs.js"

/** Attributes that `bench read` knows. */
export const attributeNames = [
  "x",
  "y",
  "z",
  "classification",
  "returnNumber",
  "numberOfReturns",
  "intensity",
  "gpsTime",
] as const

/** What `maille bench read` prints. */
export interface ReadResult {
  readonly points: number
  readonly timeMs: number
  readonly pointsPerSecond: number
  /** VmHWM of the process, or its maximum resident set where there is no /proc. */
  readonly peakBytes: number
  readonly workers: number
  readonly attributes: readonly string[]
}

/** What a reading thread is given, and what it sends back. */
export interface ReadTask {
  readonly files: readonly string[]
  readonly attributes: readonly string[]
}
/** Points read, or why not. */
export type ReadAnswer = { readonly points: number } | { readonly error: ErrorData }

/**
 * Reads files as fast as it can, each whole by one thread, threads started beforehand and outside the time.
 *
 * @throws EngineError of the first file that cannot be read
 */
export const readBenchmark = async (
  inputs: readonly string[],
  options: { readonly attributes: readonly string[]; readonly workers: number },
): Promise<ReadResult> => {
  const { paths, rejected } = await expandInputs(inputs)
  if (rejected[0]) throw EngineError.fromData(rejected[0].error)
  const workers = Math.min(options.workers, paths.length)
  const shares = Array.from({ length: workers }, (_, lane) => paths.filter((_path, index) => index % workers === lane))
  const threads = await Promise.all(shares.map((files) => startReader({ files, attributes: options.attributes })))
  const started = performance.now()
  const answers = await Promise.all(threads.map(({ read }) => read()))
  const timeMs = performance.now() - started
  await Promise.all(threads.map(({ worker }) => worker.terminate()))
  let points = 0
  for (const answer of answers) {
    if ("error" in answer) throw EngineError.fromData(answer.error)
    points += answer.points
  }
  const pointsPerSecond = Math.round((points * 1000) / timeMs)
  const { attributes } = options
  return { points, timeMs: Math.round(timeMs), pointsPerSecond, peakBytes: peakBytes(), workers, attributes }
}

const startReader = (task: ReadTask): Promise<{ worker: Worker; read: () => Promise<ReadAnswer> }> => {
  // From the sources (tests) the built worker is used: Node 20 does not run TypeScript.
  const built = import.meta.url.endsWith(".ts") ? "../dist/cli/read-worker.js" : "./read-worker.js"
  const worker = new Worker(new URL(built, import.meta.url), { workerData: task })
  return new Promise((ready, failed) => {
    worker.once("error", failed)
    worker.once("message", () => {
      const read = (): Promise<ReadAnswer> =>
        new Promise((done, broken) => {
          worker.once("message", (answer: ReadAnswer) => done(answer))
          worker.once("error", broken)
          worker.postMessage("read")
        })
      ready({ worker, read })
    })
  })
}

const peakBytes = (): number => {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))
    if (match) return Number(match[1]) * 1024
  } catch {
    // No /proc on this system.
  }
  return process.resourceUsage().maxRSS * 1024
}
