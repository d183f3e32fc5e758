/** Rates of repeated work by the processor's time, and the memory of the process. */
import { readFileSync } from "node:fs"
import { Bench } from "tinybench"

/** How long to measure. */
export interface MeasureOptions {
  /** At least this long, ms; 250 by default. */
  readonly timeMs?: number
  /** At least so many passes; 5 by default. */
  readonly passes?: number
}

/** A look at the clock and the next one are at least about this far apart, ms. */
const LEAST_MS = 10

/** Amount a second: the median pass, and the interquartile range. */
export interface Rate {
  readonly median: number
  readonly spread: number
}

/** Processor time of the process so far, all its threads, ms. */
export const processorMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * Repeats a pass, which gives its amount: the same each time. The caller has made one before, which
 * warms the compiler up.
 */
export const measureRate = async (
  pass: () => number | Promise<number>,
  { timeMs = 250, passes = 5 }: MeasureOptions = {},
): Promise<Rate> => {
  const begin = processorMs()
  let amount = await pass()
  // The clock has steps: short passes are repeated between two looks at it.
  const repeats = Math.min(10_000, Math.max(1, Math.ceil(LEAST_MS / Math.max(processorMs() - begin, 1e-3))))
  const bench = new Bench({
    time: timeMs,
    iterations: passes,
    warmup: false,
    throws: true,
    retainSamples: true,
    now: processorMs,
  })
  bench.add("pass", async () => {
    amount = 0
    for (let i = 0; i < repeats; i++) amount += await pass()
  })
  await bench.run()
  const result = bench.tasks[0]?.result
  if (result === undefined || !("latency" in result)) throw new Error("nothing was measured")
  const { samples = [] } = result.latency
  return rateOf(samples.map((milliseconds) => (1000 * amount) / Math.max(milliseconds, 1e-3)))
}

/** Median and interquartile range of the rates of passes. */
export const rateOf = (rates: readonly number[]): Rate => ({
  median: quantile(rates, 0.5),
  spread: quantile(rates, 0.75) - quantile(rates, 0.25),
})

/**
 * The value below which a share of the others lies, in proportion between neighbours; NaN of none.
 */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = Float64Array.from(values).sort()
  const at = (sorted.length - 1) * share
  const [low, high] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN]
  return low + (high - low) * (at - Math.floor(at))
}

/**
 * Highest resident memory of this process so far, bytes: the kernel's own mark on Linux (`VmHWM`),
 * else what libuv says.
 */
export const peakBytes = (): number => {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]
    if (kilobytes !== undefined) return Number(kilobytes) * 1024
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024
}
