import { readFileSync, writeFileSync } from "node:fs"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Worker } from "node:worker_threads"
import { seededRandom } from "../../engine/core/random.js"
import { EngineError } from "../../engine/errors.js"
import { processorMs } from "../processor-ms.js"
import { byteMutations, type Mutation, pick } from "./mutate-bytes.js"

/** A sound file to break. */
export interface Seed {
  readonly name: string
  readonly bytes: Uint8Array
  /** Where the reader looks for it, below the folder of a case; default: the name. */
  readonly path?: string
  /** Of this format, beside those of all. */
  readonly mutations?: readonly Mutation[]
}

/** A reader, and the files that it is given. */
export interface Target {
  readonly name: string
  /** What it cannot read it leaves out: it refuses nothing. */
  readonly isLenient?: true
  /** Makes the seeds; lays beside them in `folder` what else the reader needs. */
  seeds(folder: string): Promise<readonly Seed[]>
  /**
   * Reads one in every way; throws an `EngineError` where it is refused. Returns what is wrong
   * with what it gave.
   */
  read(path: string, folder: string): Promise<string | undefined>
}

/** What came of the cases of a target. */
export interface FuzzReport {
  readonly refused: number
  readonly read: number
  /** Cases that ended otherwise than they may, each with the command that repeats it. */
  readonly faults: readonly string[]
  /** Processor time of the slowest case, and of all. */
  readonly slowestMs: number
  readonly allMs: number
  readonly peakBytes: number
}

/**
 * Processor time of one case, milliseconds: above the first it is a fault, above the second it is
 * taken for a hang, and the process is ended.
 */
const MOST_MS = 4000
const HANG_MS = 60_000

/**
 * Peak of resident memory since the last call; where the system does not start anew: since the
 * process began.
 */
const takePeak = (): number => {
  try {
    const peak = /VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))
    writeFileSync("/proc/self/clear_refs", "5")
    return Number(peak?.[1]) * 1024
  } catch {
    return process.resourceUsage().maxRSS * 1024
  }
}

/**
 * Ends the process where a case takes too much processor time: a loop in a reader leaves no room
 * for a timer.
 */
const startWatchdog = () => {
  const words = new SharedArrayBuffer(4 + 256)
  const [round, text] = [new Int32Array(words, 0, 1), new Uint8Array(words, 4)]
  const source = `const { workerData: { words, most } } = require("node:worker_threads")
    const [round, text] = [new Int32Array(words, 0, 1), new Uint8Array(words, 4)]
    let [last, since] = [-1, 0]
    setInterval(() => {
      const { user, system } = process.cpuUsage()
      const ms = (user + system) / 1000
      if (round[0] !== last) [last, since] = [round[0], ms]
      else if (ms - since > most) {
        require("node:fs").writeSync(2, "hang: " + Buffer.from(text).toString().replace(/\\0+$/, "") + "\\n")
        process.kill(process.pid, "SIGKILL")
      }
    }, 500)`
  const worker = new Worker(source, { eval: true, workerData: { words, most: HANG_MS } })
  worker.unref()
  return {
    watch: (line: string): void => {
      text.fill(0)
      new TextEncoder().encodeInto(line, text)
      Atomics.add(round, 0, 1)
    },
    stop: () => worker.terminate(),
  }
}

const faultOf = (error: unknown): string | undefined => {
  if (error instanceof EngineError && error.code !== "E_INTERNAL") return undefined
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

const random = (target: string, number: number) =>
  seededRandom([...target].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7) + 7919 * number)

/** The file of a case, which depends on the target's seeds and the number alone. */
const mutantOf = (target: Target, seeds: readonly Seed[], number: number): { seed: Seed; bytes: Uint8Array } => {
  const seed = seeds[number % seeds.length]!
  const next = random(target.name, number)
  const own = seed.mutations ?? []
  for (;;) {
    const first: Mutation = own.length > 0 && next() < 0.6 ? pick(next, own) : pick(next, byteMutations)
    let bytes = first(seed.bytes, next)
    // A second one knows nothing of the structure, which may be gone.
    if (next() < 0.2 && bytes !== undefined) bytes = pick(next, byteMutations)(bytes, next)
    if (bytes !== undefined && Buffer.compare(bytes, seed.bytes) !== 0) return { seed, bytes }
  }
}

/**
 * Breaks the seeds of a target in turn, numbers `[first, first + cases)`. The sound ones must be
 * read.
 */
export const runFuzz = async (target: Target, cases: number, first = 0): Promise<FuzzReport> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-fuzz-"))
  const report = { refused: 0, read: 0, faults: [] as string[], slowestMs: 0, allMs: 0 }
  const { watch, stop } = startWatchdog()
  try {
    const seeds = await target.seeds(folder)
    const placeOf = ({ name, path = name }: Seed): string => join(folder, path)
    for (const seed of seeds) {
      await mkdir(dirname(placeOf(seed)), { recursive: true })
      await writeFile(placeOf(seed), seed.bytes)
    }
    for (const seed of seeds) {
      const wrong = await target.read(placeOf(seed), folder)
      if (wrong !== undefined) report.faults.push(`${target.name}, sound ${seed.name}: ${wrong}`)
    }
    takePeak()
    const begun = processorMs()
    for (let number = first; number < first + cases; number++) {
      const { seed, bytes } = mutantOf(target, seeds, number)
      const place = placeOf(seed)
      const line = `MAILLE_FUZZ=${target.name}:${number} npx vitest run test/fuzz (${seed.name})`
      watch(line)
      await writeFile(place, bytes)
      const start = processorMs()
      const note = (fault: string | undefined): void => {
        if (fault !== undefined) report.faults.push(`${line}: ${fault}`)
      }
      try {
        note(await target.read(place, folder))
        report.read++
      } catch (error) {
        report.refused++
        note(faultOf(error))
      }
      const ms = processorMs() - start
      report.slowestMs = Math.max(report.slowestMs, ms)
      if (ms > MOST_MS) note(`took ${Math.round(ms)} ms of processor time`)
      await writeFile(place, seed.bytes)
    }
    return { ...report, allMs: processorMs() - begun, peakBytes: takePeak() }
  } finally {
    await stop()
    await rm(folder, { recursive: true, force: true })
  }
}
