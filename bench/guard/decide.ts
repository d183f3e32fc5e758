/** Decides whether one benchmark became slower or fatter, or changed its output in silence. */
import { quantile } from "../product/measure.js"

/** What was measured of one benchmark on one side (base or head), over all its processes. */
export interface SideMeasures {
  /** CPU time of each pass, ms. */
  readonly cpuMs: readonly number[]
  /** Highest resident memory of each process, bytes. */
  readonly peaks: readonly number[]
  /** Digest of the output, one for each process. */
  readonly checksums: readonly string[]
  /** Digest of the input; undefined where the benchmark gives none. */
  readonly inputs?: string | undefined
  /** What the output's bytes belong to: the kernel's version; for a format maille's own. */
  readonly version: string
  /** How many of the unit one run handles. */
  readonly amount: number
}

/** From where on a difference counts: both bounds of a pair must be passed. */
const [SLOWER, SLOWER_MS] = [0.15, 5] as const
const [FATTER, FATTER_BYTES] = [0.15, 50e6] as const

/** What the guard makes of one benchmark. */
export interface Decision {
  /** Reasons to fail; none: it passes. */
  readonly faults: readonly string[]
  /** What is worth knowing and no reason to fail. */
  readonly notes: readonly string[]
  /**
   * Median cost of head over that of base; per unit of amount where the two had other work to do.
   */
  readonly ratio: number
  readonly isSlower: boolean
  readonly isFatter: boolean
}

/** The middle value; NaN of none. */
export const median = (values: readonly number[]): number => quantile(values, 0.5)

/**
 * Compares a benchmark's measures before and after. Head is slower when its median cost is above
 * base's by both bounds and lies outside base's interquartile range, and base's median outside
 * head's. It is fatter when the lowest peak of its processes is above base's lowest by both bounds.
 * Its output may differ only under a raised version, or when its input differs.
 */
export const decide = (base: SideMeasures, head: SideMeasures): Decision => {
  const faults: string[] = []
  const notes: string[] = []
  const isOtherWork = base.amount !== head.amount && (base.inputs === undefined || base.inputs !== head.inputs)
  const scale = isOtherWork ? base.amount / head.amount : 1
  if (isOtherWork) notes.push(`other work: ${base.amount} → ${head.amount} of the unit; compared per unit`)
  const costs = head.cpuMs.map((cost) => cost * scale)
  const ratio = median(costs) / median(base.cpuMs)
  const moreMs = (ratio - 1) * median(base.cpuMs)
  const isSlower =
    ratio >= 1 + SLOWER &&
    moreMs >= SLOWER_MS &&
    median(costs) > quantile(base.cpuMs, 0.75) &&
    median(base.cpuMs) < quantile(costs, 0.25)
  if (isSlower) faults.push(`slower: ${percent(ratio)} (${moreMs.toFixed(1)} ms a pass)`)
  const [before, after] = [Math.min(...base.peaks), Math.min(...head.peaks)]
  const isFatter = after >= before * (1 + FATTER) && after - before >= FATTER_BYTES
  if (isFatter) faults.push(`fatter: ${percent(after / before)} (${Math.round((after - before) / 1e6)} MB at the peak)`)
  compareOutputs(base, head, faults, notes)
  return { faults, notes, ratio, isSlower, isFatter }
}

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

/** True when a dotted version is above another: 2 above 1, 0.10.0 above 0.9.3. */
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
