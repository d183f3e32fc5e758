import { readFileSync } from "node:fs"
import { Worker } from "node:worker_threads"
import { builtFile } from "../engine/core/built-file.js"
import { EngineError, type ErrorData } from "../engine/errors.js"
import type { Part } from "../engine/formats/las/part.js"
import { openPointFile } from "../engine/formats/las/point-file.js"
import { expandInputs } from "../engine/io/expand-inputs.js"

/** Attributes that `bench read` reads when none are named. */
export const usualAttributes = [
  "x",
  "y",
  "z",
  "classification",
  "returnNumber",
  "numberOfReturns",
  "intensity",
  "gpsTime",
] as const

/** Attributes that `bench read` knows. */
export const attributeNames = [
  ...usualAttributes,
  "scanAngle",
  "flags",
  "userData",
  "pointSourceId",
  "red",
  "green",
  "blue",
  "nir",
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

/** A share of a file that one thread reads in one go. */
export interface ReadPart {
  readonly path: string
  readonly part: Part
}

/** What a reading thread is given, and what it sends back. */
export interface ReadTask {
  readonly parts: readonly ReadPart[]
  /** One Int32: the first part that no thread has taken. */
  readonly next: SharedArrayBuffer
  readonly attributes: readonly string[]
}
/** Points read, or why not. */
export type ReadAnswer = { readonly points: number } | { readonly error: ErrorData }

/** Points of a part: a few chunks, so that the last ones end together. */
const PART_POINTS = 250_000

/**
 * Reads files as fast as it can: the chunks of each spread over the threads, which take parts in turn. Threads are started, and headers
 * read, beforehand and outside the time.
 *
 * @throws EngineError of the first file that cannot be read
 */
export const readBenchmark = async (
  inputs: readonly string[],
  options: { readonly attributes: readonly string[]; readonly workers: number },
): Promise<ReadResult> => {
  const { paths, rejected } = await expandInputs(inputs)
  if (rejected[0]) throw EngineError.fromData(rejected[0].error)
  const { workers, attributes } = options
  const parts = (await Promise.all(paths.map((path) => partsOf(path, workers)))).flat()
  const task: ReadTask = { parts, next: new SharedArrayBuffer(4), attributes }
  const threads = await Promise.all(Array.from({ length: workers }, () => startReader(task)))
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
  return { points, timeMs: Math.round(timeMs), pointsPerSecond, peakBytes: peakBytes(), workers, attributes }
}

/** A file's parts; one where there is one thread. */
const partsOf = async (path: string, workers: number): Promise<ReadPart[]> => {
  if (workers === 1) return [{ path, part: { index: 0, of: 1 } }]
  const file = await openPointFile(path)
  const of = Math.max(1, Math.ceil(file.info.count / PART_POINTS))
  await file.close()
  return Array.from({ length: of }, (_, index) => ({ path, part: { index, of } }))
}

const startReader = (task: ReadTask): Promise<{ worker: Worker; read: () => Promise<ReadAnswer> }> => {
  const worker = new Worker(builtFile("cli/read-worker.js"), { workerData: task })
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
