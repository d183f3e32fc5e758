/** Measures a benchmark on both sides, in pairs of processes, until they are judged. */
import { join } from "node:path"
import { projectRoot } from "../machine.js"
import { startProcess, type WaitingProcess } from "../waiting-process.js"
import { type Decision, judge, median, type Pair, type SideMeasures } from "./decide.js"

export interface CompareOptions {
  /** Most passes of each side in a pair of processes; 9 by default. Clear ones end earlier. */
  readonly passes?: number
  /** Number of process pairs, regardless of the results; by default 2 to 5, see `judge`. */
  readonly pairs?: number
  /** Environment variables added for the sides. */
  readonly env?: NodeJS.ProcessEnv
  /** Share by which head is slowed down, to check that the guard notices. */
  readonly planted?: number
}

/** Environment variable with the share by which a side slows down. */
export const PLANTED = "MAILLE_PLANTED_SHARE"

/** A side's message once it is warm. */
interface Ready {
  /** Why it cannot run here; the other fields are then absent. */
  readonly skipped?: string
  /** CPU time of one warm run, ms. */
  readonly runMs: number
  readonly amount: number
  readonly unit: string
  readonly version: string
  readonly inputs?: string
}

/** A side's answer to a request for runs; a request for 0 runs ends the measurement. */
interface Passed {
  readonly cpuMs: number
  readonly peakBytes: number
  readonly checksum: string
}

/**
 * V8 collects garbage and compiles on the main thread. Without helper threads a run's CPU time
 * repeats within 1 to 3 % instead of 3 to 12 %.
 */
const NODE_FLAGS = ["--single-threaded"]

/**
 * Starts a process for one side. The guard's own `side.js` drives it, however old the side's build.
 *
 * @param url module of the side's benchmark
 */
export const startSide = (url: string, env: NodeJS.ProcessEnv = {}): WaitingProcess<Ready, Passed> => {
  const script = join(projectRoot, "dist", "bench", "guard", "side.js")
  return startProcess({ command: process.execPath, args: [...NODE_FLAGS, script, url] }, env)
}

/** A benchmark measured on both sides, or the reason why not. */
export type Comparison =
  | {
      readonly kind: "compared"
      readonly name: string
      readonly unit: string
      /** Runs in a pass. */
      readonly runs: number
      readonly pairs: number
      readonly decision: Decision
    }
  | { readonly kind: "new" | "gone" | "skipped" | "broken"; readonly name: string; readonly reason: string }

/** Measurements of one pair of processes, with the unit of the amount and the runs in a pass. */
export interface MeasuredPair extends Pair {
  readonly unit: string
  readonly runs: number
}

type Refusal = { readonly kind: "skipped" | "broken"; readonly reason: string }

/**
 * Measures pairs until they are judged.
 *
 * @param measure measures one more, given those so far
 */
export const comparePairs = async (
  name: string,
  measure: (pairs: readonly MeasuredPair[]) => Promise<MeasuredPair | Refusal>,
  wanted?: number,
): Promise<Comparison> => {
  const pairs: MeasuredPair[] = []
  for (;;) {
    const pair = await measure(pairs)
    if ("reason" in pair) return { ...pair, name }
    pairs.push(pair)
    const decision = judge(pairs, wanted)
    if (decision === undefined) continue
    return { kind: "compared", name, unit: pair.unit, runs: pair.runs, pairs: pairs.length, decision }
  }
}

/**
 * Measures a benchmark on both sides, pass by pass in turn (A B B A A B …), each side in its own
 * warm process.
 *
 * @param base module URL of the benchmark
 * @throws Error when a side's process fails
 */
export const compareBenchmark = (
  name: string,
  base: string,
  head: string,
  options: CompareOptions = {},
): Promise<Comparison> => comparePairs(name, (pairs) => measurePair(base, head, options, pairs[0]?.runs), options.pairs)

/** Least duration of a pass, ms; short runs are repeated within it. */
const PASS_MS = 50
/** Passes of each side before the first look; they end then if head is surely not slower. */
const [FEW_PASSES, CLEAR] = [3, 1.05] as const

const measurePair = async (
  baseUrl: string,
  headUrl: string,
  { passes = 9, env, planted = 0 }: CompareOptions,
  knownRuns?: number,
): Promise<MeasuredPair | Refusal> => {
  const sides = [startSide(baseUrl, env), startSide(headUrl, { ...env, [PLANTED]: String(planted) })] as const
  try {
    const [base, head] = (await Promise.all(sides.map(awaitGreeting))) as [Ready, Ready]
    if (base.skipped !== undefined) return { kind: "skipped", reason: base.skipped }
    if (head.skipped !== undefined) {
      return { kind: "broken", reason: `head cannot run it, base can: ${head.skipped}` }
    }
    const runs = knownRuns ?? Math.max(1, Math.ceil(PASS_MS / Math.min(base.runMs, head.runMs)))
    const times: [number[], number[]] = [[], []]
    const isSameWork = base.amount === head.amount
    for (let pass = 0; pass < passes; pass++) {
      if (pass === FEW_PASSES && isSameWork && Math.min(...times[1]) < CLEAR * Math.min(...times[0])) break
      for (const index of pass % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        times[index].push((await sides[index].ask(runs)).cpuMs)
      }
    }
    const [before, after] = (await Promise.all(sides.map((side) => side.ask(0)))) as [Passed, Passed]
    const [measuredBase, measuredHead] = [toMeasures(base, before, times[0]), toMeasures(head, after, times[1])]
    return { unit: head.unit, runs, base: measuredBase, head: measuredHead }
  } finally {
    for (const side of sides) await side.close()
  }
}

/** Waits for a side's greeting; an error names the side. */
const awaitGreeting = async ({ greeting }: ReturnType<typeof startSide>, index: number): Promise<Ready> => {
  try {
    return await greeting
  } catch (cause) {
    throw new Error(`${index === 0 ? "base" : "head"}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

const toMeasures = ({ version, amount, inputs }: Ready, end: Passed, cpuMs: readonly number[]): SideMeasures => ({
  cpuMs,
  peaks: [end.peakBytes],
  checksums: [end.checksum],
  version,
  amount,
  inputs,
})

/** Median CPU time of a run before and after, ms. */
export const runTimes = (comparison: Comparison & { kind: "compared" }): [number, number] => [
  median(comparison.decision.base.cpuMs) / comparison.runs,
  median(comparison.decision.head.cpuMs) / comparison.runs,
]
