import type { Counter } from "./guard-counter.js"
import { type Decision, decide, median, type SideMeasures } from "./guard-decide.js"
import { type Side, type SideReport, startSide } from "./guard-process.js"

/** How to measure. */
export interface CompareOptions {
  /** Passes of each side in each pair of processes; 9 by default. */
  readonly passes?: number
  /** So many pairs of processes, whatever they show; by default 1 to 3, see `compareBenchmark`. */
  readonly pairs?: number
  /** Counts instructions; CPU time is taken without. */
  readonly counter?: Counter | undefined
  /** Variables added to the environment of the sides. */
  readonly env?: NodeJS.ProcessEnv
}

/** A benchmark measured on both sides, or why it was not. */
export type Comparison =
  | {
      readonly kind: "compared"
      readonly name: string
      readonly unit: string
      /** Runs in a pass. */
      readonly runs: number
      readonly pairs: number
      readonly base: SideMeasures
      readonly head: SideMeasures
      readonly decision: Decision
    }
  | { readonly kind: "new" | "gone" | "skipped" | "broken"; readonly name: string; readonly reason: string }

/** A pass lasts at least this long, ms: short runs are repeated within it. */
const PASS_MS = 50
/** A first pair within this ratio, and no fault, is enough. */
const CLEAR = 1.075
const MOST_PAIRS = 3

/**
 * Measures a benchmark on both sides, pass by pass in turn (A B B A A B …), each side in a warm process of its own. Code that two processes
 * compile alike can still run some per cent apart, by where its memory lies; so a doubtful pair is followed by
 * another: it ends when all passes so far are clear of a fault, when two pairs both show the same fault, or after three.
 *
 * @param base module URL of the benchmark
 * @throws Error when a side's process fails
 */
export const compareBenchmark = async (
  name: string,
  base: string,
  head: string,
  options: CompareOptions = {},
): Promise<Comparison> => {
  const pairs: Pair[] = []
  for (;;) {
    const pair = await measurePair(base, head, options, pairs[0]?.runs)
    if ("reason" in pair) return { ...pair, name }
    pairs.push(pair)
    const all = { base: merge(pairs.map((p) => p.base)), head: merge(pairs.map((p) => p.head)) }
    const decision = decide(all.base, all.head)
    if (isEnough(pairs, decision, options.pairs)) {
      return { kind: "compared", name, unit: pair.unit, runs: pair.runs, pairs: pairs.length, ...all, decision }
    }
  }
}

const isEnough = (pairs: readonly Pair[], { ratio, isSlower, isFatter }: Decision, wanted?: number): boolean => {
  if (wanted !== undefined) return pairs.length >= wanted
  if (pairs.length >= MOST_PAIRS || (ratio < CLEAR && !isFatter)) return true
  if (pairs.length < 2 || !(isSlower || isFatter)) return false
  const each = pairs.map((pair) => decide(pair.base, pair.head))
  return each.every((one) => (one.isSlower && isSlower) || (one.isFatter && isFatter))
}

interface Pair {
  readonly unit: string
  readonly runs: number
  readonly base: SideMeasures
  readonly head: SideMeasures
}

type Refusal = { readonly kind: "skipped" | "broken"; readonly reason: string }

const measurePair = async (
  baseUrl: string,
  headUrl: string,
  { passes = 9, counter, env }: CompareOptions,
  knownRuns?: number,
): Promise<Pair | Refusal> => {
  const sides = [startSide(baseUrl, env), startSide(headUrl, env)] as const
  try {
    const [base, head] = await Promise.all(sides.map(readyOf))
    if (base === undefined || head === undefined) throw new Error("a side gave no report")
    if (base.kind === "skipped") return { kind: "skipped", reason: base.reason }
    if (head.kind === "skipped") return { kind: "broken", reason: `head cannot run it, base can: ${head.reason}` }
    if (base.kind !== "ready" || head.kind !== "ready") throw new Error(`unexpected report: ${base.kind}, ${head.kind}`)
    const runs = knownRuns ?? Math.max(1, Math.ceil(PASS_MS / Math.min(base.runMs, head.runMs)))
    const costs: [number[], number[]] = [[], []]
    const times: [number[], number[]] = [[], []]
    for (let pass = 0; pass < passes; pass++) {
      for (const index of pass % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        const { cost, cpuMs } = await measurePass(sides[index], runs, counter)
        costs[index].push(cost)
        times[index].push(cpuMs)
      }
    }
    const ends = await Promise.all(sides.map((side) => side.ask({ kind: "end" })))
    const measures = [base, head].map((ready, index) => measuresOf(ready, ends[index], costs[index], times[index]))
    return { unit: head.unit, runs, base: measures[0] as SideMeasures, head: measures[1] as SideMeasures }
  } finally {
    for (const side of sides) side.stop()
  }
}

/** A side's first report; an error says which side it was. */
const readyOf = async (side: Side, index: number): Promise<SideReport> => {
  try {
    return await side.ready
  } catch (cause) {
    throw new Error(`${index === 0 ? "base" : "head"}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

const measurePass = async (side: Side, runs: number, counter?: Counter): Promise<{ cost: number; cpuMs: number }> => {
  const pass = async (): Promise<number> => {
    const report = await side.ask({ kind: "pass", runs })
    if (report.kind !== "passed") throw new Error(`unexpected report: ${report.kind}`)
    return report.cpuMs
  }
  if (counter === undefined) {
    const cpuMs = await pass()
    return { cost: cpuMs, cpuMs }
  }
  const { count, result } = await counter.during(side.pid, pass)
  return { cost: count, cpuMs: result }
}

const measuresOf = (
  ready: SideReport & { kind: "ready" },
  end: SideReport | undefined,
  costs: readonly number[] = [],
  cpuMs: readonly number[] = [],
): SideMeasures => {
  if (end?.kind !== "ended") throw new Error(`unexpected report: ${end?.kind}`)
  const { version, amount, inputs } = ready
  return {
    costs,
    cpuMs,
    peaks: [end.peakBytes],
    checksums: [end.checksum],
    version,
    amount,
    ...(inputs === undefined ? {} : { inputs }),
  }
}

const merge = (parts: readonly SideMeasures[]): SideMeasures => ({
  ...(parts[0] as SideMeasures),
  costs: parts.flatMap(({ costs }) => costs),
  cpuMs: parts.flatMap(({ cpuMs }) => cpuMs),
  peaks: parts.flatMap(({ peaks }) => peaks),
  checksums: parts.flatMap(({ checksums }) => checksums),
})

/** Medians for a table: CPU time of a run before and after, ms. */
export const runTimes = (comparison: Comparison & { kind: "compared" }): [number, number] => [
  median(comparison.base.cpuMs) / comparison.runs,
  median(comparison.head.cpuMs) / comparison.runs,
]
