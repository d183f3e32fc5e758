/**
 * Decides whether a benchmark or a whole run became slower, needs more memory, or changed its
 * output without a new version.
 */
import { quantile } from "../product/measure.js"

/** Measurements of one benchmark on one side (base or head), of one process or of several. */
export interface SideMeasures {
  /** CPU time of each pass, ms. */
  readonly cpuMs: readonly number[]
  /** Peak resident memory of each process, bytes. */
  readonly peaks: readonly number[]
  /** Digest of the output, one per process. */
  readonly checksums: readonly string[]
  /** Digest of the input; undefined if the benchmark gives none. */
  readonly inputs?: string | undefined
  /** Version that covers the output's bytes: the kernel's, or maille's for a format. */
  readonly version: string
  /** Amount of work of one run. */
  readonly amount: number
}

/** Measurements of one pair of processes. */
export interface Pair {
  readonly base: SideMeasures
  readonly head: SideMeasures
}

/** Most pairs of a verdict: other programs, or V8, can disturb several processes in a row. */
const PAIRS = 5
/**
 * Head is slower if the median pair is above SLOWER and MANY of the pairs are above RAISED; with
 * several passes a process, also the fastest of all.
 */
const [SLOWER, RAISED, MANY] = [1.1, 1.05, 0.8] as const
/** Memory counts only beyond both bounds, the relative and the absolute one. */
const [FATTER, FATTER_BYTES] = [0.15, 50e6] as const

/** Median; NaN for an empty list. */
export const median = (values: readonly number[]): number => quantile(values, 0.5)

/**
 * Compares a benchmark's measurements on base and head.
 *
 * A pair's ratio is that of its fastest passes, because other programs and unlucky compilation by
 * V8 only add time; per unit of work if the sides did different amounts. Head needs more memory if
 * its lowest process peak exceeds base's by both bounds. Its output may differ only with a raised
 * version or a changed input. `ratio` is the median of the `ratios`.
 */
export const decide = (pairs: readonly Pair[]) => {
  const [base, head] = [merge(pairs.map((pair) => pair.base)), merge(pairs.map((pair) => pair.head))]
  // Reasons to fail, and remarks that are none.
  const [faults, notes]: [string[], string[]] = [[], []]
  const isOtherWork = base.amount !== head.amount && (base.inputs === undefined || base.inputs !== head.inputs)
  const scale = isOtherWork ? base.amount / head.amount : 1
  if (isOtherWork) notes.push(`other work: ${base.amount} → ${head.amount} of the unit; compared per unit`)
  const ratios = pairs.map((pair) => (scale * Math.min(...pair.head.cpuMs)) / Math.min(...pair.base.cpuMs))
  const ratio = median(ratios)
  // V8 may compile a process badly, which is then slow in all passes; others show the real cost.
  const least = (scale * Math.min(...head.cpuMs)) / Math.min(...base.cpuMs)
  const isFastSlower = base.cpuMs.length === pairs.length || least > RAISED
  const isSlower = ratio > SLOWER && countAbove(ratios, RAISED) >= MANY * pairs.length && isFastSlower
  if (isSlower) faults.push(`slower: ${percent(ratio)} (${ratios.map(percent).join(", ")})`)
  const isFatter = isFatterBy(base, head)
  const [before, after] = [Math.min(...base.peaks), Math.min(...head.peaks)]
  if (isFatter) faults.push(`fatter: ${percent(after / before)} (${Math.round((after - before) / 1e6)} MB at the peak)`)
  compareOutputs(base, head, faults, notes)
  return { base, head, faults, notes, ratios, ratio, isSlower, isFatter }
}

/** The verdict on one benchmark. */
export type Decision = ReturnType<typeof decide>

/**
 * Decides the pairs measured so far; undefined if another one is needed. The verdict is final once
 * further pairs cannot change it.
 *
 * @param wanted decide after this number of pairs, regardless of the results
 */
export const judge = (pairs: readonly Pair[], wanted?: number): Decision | undefined => {
  const decision = decide(pairs)
  return isEnough(pairs, decision, wanted) ? decision : undefined
}

const isEnough = (pairs: readonly Pair[], { ratios, isFatter }: Decision, wanted?: number): boolean => {
  if (wanted !== undefined) return pairs.length >= wanted
  if (pairs.length >= PAIRS) return true
  if (isFatter) return pairs.length >= 2 && pairs.every((pair) => isFatterBy(pair.base, pair.head))
  const [raised, slower] = [countAbove(ratios, RAISED), countAbove(ratios, SLOWER)]
  const [many, half] = [MANY * PAIRS, (PAIRS + 1) / 2]
  const left = PAIRS - pairs.length
  return raised + left < many || slower + left < half || (raised >= many && slower >= half)
}

const countAbove = (ratios: readonly number[], bound: number): number => ratios.filter((one) => one > bound).length

const isFatterBy = (base: SideMeasures, head: SideMeasures): boolean => {
  const [before, after] = [Math.min(...base.peaks), Math.min(...head.peaks)]
  return after >= before * (1 + FATTER) && after - before >= FATTER_BYTES
}

const merge = (parts: readonly SideMeasures[]): SideMeasures => ({
  ...(parts[0] as SideMeasures),
  cpuMs: parts.flatMap(({ cpuMs }) => cpuMs),
  peaks: parts.flatMap(({ peaks }) => peaks),
  checksums: parts.flatMap(({ checksums }) => checksums),
})

const compareOutputs = (base: SideMeasures, head: SideMeasures, faults: string[], notes: string[]): void => {
  const [before, after] = [new Set(base.checksums), new Set(head.checksums)]
  if (after.size > 1) faults.push(`output differs from one process to the next: ${[...after].join(", ")}`)
  else if (before.size > 1) notes.push("base's output differs from one process to the next: not compared")
  else if (base.checksums[0] !== head.checksums[0]) {
    const change = `output ${base.checksums[0]} → ${head.checksums[0]}`
    if (isRaised(base.version, head.version)) notes.push(`${change}, version ${base.version} → ${head.version}`)
    else if (base.inputs !== undefined && head.inputs !== undefined && base.inputs !== head.inputs) {
      notes.push(`${change}: its input changed`)
    } else faults.push(`${change}, but version ${head.version} was not raised (before: ${base.version})`)
  }
}

/** True if a dotted version is above another: 2 above 1, 0.10.0 above 0.9.3. */
const isRaised = (from: string, to: string): boolean => {
  const [a, b] = [from.split(".").map(Number), to.split(".").map(Number)]
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const step = (b[i] ?? 0) - (a[i] ?? 0)
    if (step !== 0) return step > 0
  }
  return false
}

/** 1.302 → "+30.2 %". */
export const percent = (ratio: number): string => `${ratio >= 1 ? "+" : "−"}${Math.abs((ratio - 1) * 100).toFixed(1)} %`
