/** Measures rates in processor time, and the memory of the process. */
import { readFileSync } from "node:fs"
import { Bench } from "tinybench"

/** Least duration of a measurement. */
export interface MeasureOptions {
  /** Least time, ms; 250 by default. */
  readonly timeMs?: number
  /** Least number of passes; 5 by default. */
  readonly passes?: number
}

/** Least time between two readings of the clock, ms; passes are repeated accordingly. */
const LEAST_MS = 10

/** Amount per second: median and interquartile range of the passes. */
export interface Rate {
  readonly median: number
  readonly spread: number
}

/** Processor time of the process so far, all threads, ms. */
export const processorMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * Repeats a pass that returns the same amount each time. The caller warms up the compiler with a
 * pass of its own.
 */
export const measureRate = async (
  pass: () => number | Promise<number>,
  { timeMs = 250, passes = 5 }: MeasureOptions = {},
): Promise<Rate> => {
  const begin = processorMs()
  let amount = await pass()
  // The clock has a coarse resolution, so short passes are repeated between two readings.
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

/** Quantile at `share` (0 to 1) by linear interpolation; NaN for an empty list. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = Float64Array.from(values).sort()
  const at = (sorted.length - 1) * share
  const [low, high] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN]
  return low + (high - low) * (at - Math.floor(at))
}

/** Peak resident memory of this process, bytes: `VmHWM` on Linux, else libuv's value. */
export const peakBytes = (): number => {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]
    if (kilobytes !== undefined) return Number(kilobytes) * 1024
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024
}
