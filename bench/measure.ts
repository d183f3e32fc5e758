import { readFileSync } from "node:fs"
import { Bench } from "tinybench"
import type { Benchmark, Row } from "./bench.js"

/** How long to measure. */
export interface MeasureOptions {
  /** At least this long, ms; 500 by default. */
  readonly timeMs?: number
  /** At least so many passes; 7 by default. */
  readonly passes?: number
}

/**
 * Sets a benchmark up and measures it in this process, after one pass that warms the compiler up.
 * A string: why it cannot run here. Throws when two passes give different checksums.
 */
export const measure = async (benchmark: Benchmark, options: MeasureOptions = {}): Promise<Row | string> => {
  const prepared = await benchmark.setup()
  if (typeof prepared === "string") return prepared
  try {
    const amount = await prepared.run()
    const checksum = prepared.checksum()
    const bench = new Bench({
      time: options.timeMs ?? 500,
      iterations: options.passes ?? 7,
      warmup: false,
      throws: true,
    })
    bench.add(benchmark.name, async () => {
      await prepared.run()
    })
    await bench.run()
    const result = bench.tasks[0]?.result
    if (result === undefined || !("latency" in result)) throw new Error(`${benchmark.name}: not measured`)
    if (prepared.checksum() !== checksum) {
      throw new Error(`${benchmark.name}: two passes over the same data gave ${checksum} and ${prepared.checksum()}`)
    }
    const { p50, p75, samples } = result.latency
    const p25 = samples === undefined ? p50 : (samples[Math.floor(samples.length / 4)] ?? p50)
    const rate = (milliseconds: number): number => amount / (milliseconds / 1000)
    return {
      name: benchmark.name,
      unit: benchmark.unit,
      median: rate(p50),
      spread: rate(p25) - rate(p75),
      peakBytes: peakBytes(),
      checksum,
    }
  } finally {
    await prepared.close?.()
  }
}

/** Highest resident memory of this process so far, bytes: the kernel's own mark on Linux (`VmHWM`), else what libuv says. */
export const peakBytes = (): number => {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]
    if (kilobytes !== undefined) return Number(kilobytes) * 1024
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024
}
