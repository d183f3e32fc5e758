/** The figures of one measured run. */
import type { RunSummary } from "../../engine/report/outcome.js"
import { stageCosts } from "./stage-costs.js"

/** Input and output of a run. */
export interface RunFacts {
  readonly name: string
  /** Kind of ground and products, for people. */
  readonly ground: string
  readonly workers: number
  /** Side of a work tile, metres. */
  readonly tileSize: number
  /** Size of the point and image files. */
  readonly bytesIn: number
  /** Size of the products, without the engine's own files. */
  readonly bytesOut: number
  /** SHA-256 over the products. */
  readonly hash: string
  /** Busy time of all cores of the machine during the run, seconds. */
  readonly machineBusySeconds: number
}

/**
 * Computes the figures of a run.
 *
 * @throws Error if a tile failed or none was made: the figures would describe less than the whole
 */
export const measureRun = (facts: RunFacts, summary: RunSummary) => {
  const done = summary.tiles.filter(({ stage, outcome }) => stage === "tile" && outcome === "done")
  const latency = tileLatency(done.map(({ timeMs }) => timeMs))
  if (latency === undefined || summary.failed + summary.quarantined + summary.unchanged > 0) {
    const reasons = summary.tiles.flatMap(({ key, reason }) => (reason === undefined ? [] : [`${key}: ${reason}`]))
    throw new Error(`${facts.name}: not every tile was made (${reasons.slice(0, 3).join("; ") || "none was"})`)
  }
  const km2 = (done.length * facts.tileSize ** 2) / 1e6
  const coreSeconds = summary.processCpuMs / 1000
  const busyMs = summary.steps.reduce((sum, { timeMs }) => sum + timeMs, 0)
  const round = (value: number): number => Number(value.toPrecision(4))
  return {
    ...facts,
    km2: round(km2),
    points: done.reduce((sum, { points }) => sum + points, 0),
    timeMs: summary.timeMs,
    // Processor time of all threads of the engine process, start-up included.
    coreSeconds,
    coreSecondsPerKm2: round(coreSeconds / km2),
    km2PerHour: round(km2 / (summary.timeMs / 3_600_000)),
    // Share of the run's time × workers that tasks took, 0 to 1.
    workerUse: round(busyMs / (facts.workers * summary.timeMs)),
    // Peak resident memory of the engine process (VmHWM), all workers together.
    peakBytes: summary.processPeakBytes,
    stages: stageCosts(summary.steps, coreSeconds, km2),
    // Of the stages: processor time of their threads; wall time where the system has none.
    clock: summary.steps.every(({ cpuMs }) => cpuMs !== undefined) ? ("processor" as const) : ("wall" as const),
    latency,
    // Cores that other programs kept busy during the run, on average.
    othersCores: round(Math.max(0, facts.machineBusySeconds - coreSeconds) / (summary.timeMs / 1000)),
  }
}

export type RunMeasurement = ReturnType<typeof measureRun>

/** Percentiles of times, ms, by nearest rank: each is the time of a tile. Undefined without any. */
export const tileLatency = (timesMs: readonly number[]) => {
  const sorted = [...timesMs].sort((a, b) => a - b)
  const at = (percent: number): number => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0
  return sorted.length === 0 ? undefined : { tiles: sorted.length, p50: at(50), p90: at(90), p99: at(99), max: at(100) }
}
