/**
 * Decides whether a benchmark became slower, needs more memory, or changed its output without a new
 * version.
 */
import { quantile } from "../product/measure.js"

/** Measurements of one benchmark on one side (base or head), over all its processes. */
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

/** A difference counts only beyond both bounds of its pair, the relative and the absolute one. */
const [SLOWER, SLOWER_MS] = [0.15, 5] as const
const [FATTER, FATTER_BYTES] = [0.15, 50e6] as const

/** Median; NaN for an empty list. */
export const median = (values: readonly number[]): number => quantile(values, 0.5)

/**
 * Compares a benchmark's measurements on base and head.
 *
 * Head is slower if its median and its fastest pass exceed base's by both bounds, and each median
 * is outside the other side's interquartile range. Other programs and unlucky compilation by V8
 * only add time, so the fastest pass of several processes is nearly free of them. Head needs more
 * memory if its lowest process peak exceeds base's by both bounds. Its output may differ only with
 * a raised version or a changed input. `ratio` is head's median cost by base's, `leastRatio` that
 * of the fastest passes; per unit of work if the sides did different amounts.
 */
export const decide = (base: SideMeasures, head: SideMeasures) => {
  // Reasons to fail, and remarks that are none.
  const [faults, notes]: [string[], string[]] = [[], []]
  const isOtherWork = base.amount !== head.amount && (base.inputs === undefined || base.inputs !== head.inputs)
  const scale = isOtherWork ? base.amount / head.amount : 1
  if (isOtherWork) notes.push(`other work: ${base.amount} → ${head.amount} of the unit; compared per unit`)
  const costs = head.cpuMs.map((cost) => cost * scale)
  const ratio = median(costs) / median(base.cpuMs)
  const moreMs = (ratio - 1) * median(base.cpuMs)
  const fastest = Math.min(...base.cpuMs)
  const leastRatio = Math.min(...costs) / fastest
  const isSlower =
    Math.min(ratio, leastRatio) >= 1 + SLOWER &&
    Math.min(moreMs, (leastRatio - 1) * fastest) >= SLOWER_MS &&
    median(costs) > quantile(base.cpuMs, 0.75) &&
    median(base.cpuMs) < quantile(costs, 0.25)
  if (isSlower) faults.push(`slower: ${percent(ratio)} (${moreMs.toFixed(1)} ms a pass)`)
  const [before, after] = [Math.min(...base.peaks), Math.min(...head.peaks)]
  const isFatter = after >= before * (1 + FATTER) && after - before >= FATTER_BYTES
  if (isFatter) faults.push(`fatter: ${percent(after / before)} (${Math.round((after - before) / 1e6)} MB at the peak)`)
  compareOutputs(base, head, faults, notes)
  return { faults, notes, ratio, leastRatio, isSlower, isFatter }
}

/** The verdict on one benchmark. */
export type Decision = ReturnType<typeof decide>

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
