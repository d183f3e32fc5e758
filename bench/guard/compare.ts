/** Measures one benchmark on both sides, pass by pass in turn. */
import { type Decision, median, type SideMeasures } from "./decide.js"
import { judge, type Pair } from "./judge.js"
import { type Side, type SideReport, startSide } from "./process.js"

/** How to measure. */
export interface CompareOptions {
  /** Passes of each side in each pair of processes; 9 by default. */
  readonly passes?: number
  /** So many pairs of processes, whatever they show; by default 1 to 3, see `judge`. */
  readonly pairs?: number
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
/**
 * Measures a benchmark on both sides, pass by pass in turn (A B B A A B …), each side in a warm
 * process of its own; how many pairs of processes, `judge` says.
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
  const pairs: MeasuredPair[] = []
  for (;;) {
    const pair = await measurePair(base, head, options, pairs[0]?.runs)
    if ("reason" in pair) return { ...pair, name }
    pairs.push(pair)
    const judgement = judge(pairs, options.pairs)
    if (judgement !== undefined) {
      return { kind: "compared", name, unit: pair.unit, runs: pair.runs, pairs: pairs.length, ...judgement }
    }
  }
}

interface MeasuredPair extends Pair {
  readonly unit: string
  readonly runs: number
}

type Refusal = { readonly kind: "skipped" | "broken"; readonly reason: string }

const measurePair = async (
  baseUrl: string,
  headUrl: string,
  { passes = 9, env }: CompareOptions,
  knownRuns?: number,
): Promise<MeasuredPair | Refusal> => {
  const sides = [startSide(baseUrl, env), startSide(headUrl, env)] as const
  try {
    const [base, head] = await Promise.all(sides.map(readyOf))
    if (base === undefined || head === undefined) throw new Error("a side gave no report")
    if (base.kind === "skipped") return { kind: "skipped", reason: base.reason }
    if (head.kind === "skipped") return { kind: "broken", reason: `head cannot run it, base can: ${head.reason}` }
    if (base.kind !== "ready" || head.kind !== "ready") throw new Error(`unexpected report: ${base.kind}, ${head.kind}`)
    const runs = knownRuns ?? Math.max(1, Math.ceil(PASS_MS / Math.min(base.runMs, head.runMs)))
    const times: [number[], number[]] = [[], []]
    for (let pass = 0; pass < passes; pass++) {
      for (const index of pass % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        times[index].push(await measurePass(sides[index], runs))
      }
    }
    const ends = await Promise.all(sides.map((side) => side.ask({ kind: "end" })))
    const measures = [base, head].map((ready, index) => measuresOf(ready, ends[index], times[index]))
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

const measurePass = async (side: Side, runs: number): Promise<number> => {
  const report = await side.ask({ kind: "pass", runs })
  if (report.kind !== "passed") throw new Error(`unexpected report: ${report.kind}`)
  return report.cpuMs
}

const measuresOf = (
  ready: SideReport & { kind: "ready" },
  end: SideReport | undefined,
  cpuMs: readonly number[] = [],
): SideMeasures => {
  if (end?.kind !== "ended") throw new Error(`unexpected report: ${end?.kind}`)
  const { version, amount, inputs } = ready
  return {
    cpuMs,
    peaks: [end.peakBytes],
    checksums: [end.checksum],
    version,
    amount,
    ...(inputs === undefined ? {} : { inputs }),
  }
}

/** Medians for a table: CPU time of a run before and after, ms. */
export const runTimes = (comparison: Comparison & { kind: "compared" }): [number, number] => [
  median(comparison.base.cpuMs) / comparison.runs,
  median(comparison.head.cpuMs) / comparison.runs,
]
