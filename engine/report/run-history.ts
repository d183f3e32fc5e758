/** Reconstructs a run over time from the starts and durations of its tasks, for the plots. */
import { isJoin, isTileStage, type Stage } from "../core/stages.js"
import { isOwnTile, type TileOutcome } from "./tile-outcome.js"

/** A run over time, in steps of equal length. */
export interface RunHistory {
  /** Start of the first task, ISO 8601. */
  readonly start: string
  readonly stepMs: number
  /** By step: work tiles that ended, and their points. */
  readonly tiles: readonly number[]
  readonly points: readonly number[]
  /** By step and kind of task: mean number that ran at once. */
  readonly busy: Readonly<Record<"source" | "tile" | "parent" | "job", readonly number[]>>
  /** By step: largest sampled resident memory of the engine process; null without a sample. */
  readonly memoryBytes: readonly (number | null)[]
  /**
   * By worker thread, in the order of their first tasks: busy share of the time from first to last
   * task.
   */
  readonly workers: readonly { readonly worker: number; readonly tasks: number; readonly busyShare: number }[]
}

/** Most steps, as many as a plot can show. */
const MOST_STEPS = 120

interface Timed {
  readonly outcome: TileOutcome
  readonly begin: number
  readonly end: number
}

/**
 * The history of a run from its tasks' starts and times; undefined when none ran. Ignores tasks
 * with an unchanged result, which have no time. O(tasks + tasks · steps of a task).
 */
export const runHistory = (
  outcomes: readonly TileOutcome[],
  memory: readonly MemorySample[] = [],
): RunHistory | undefined => {
  const timed = outcomes.flatMap((outcome): Timed[] =>
    outcome.startedAt === undefined
      ? []
      : [{ outcome, begin: outcome.startedAt, end: outcome.startedAt + outcome.timeMs }],
  )
  if (timed.length === 0) return undefined
  const start = timed.reduce((least, { begin }) => Math.min(least, begin), Number.POSITIVE_INFINITY)
  const span = timed.reduce((most, { end }) => Math.max(most, end), start) - start
  const stepMs = roundAbove(Math.max(100, span / MOST_STEPS))
  const steps = Math.max(1, Math.ceil(span / stepMs))
  const stepOf = (time: number): number => Math.min(steps - 1, Math.max(0, Math.floor((time - start) / stepMs)))
  const zeros = (): number[] => new Array<number>(steps).fill(0)
  const [tiles, points] = [zeros(), zeros()]
  const busy = { source: zeros(), tile: zeros(), parent: zeros(), job: zeros() }
  for (const { outcome, begin, end } of timed) {
    const last = stepOf(end)
    if (isOwnTile(outcome)) {
      tiles[last] = (tiles[last] ?? 0) + 1
      points[last] = (points[last] ?? 0) + outcome.points
    }
    const row = busy[kindOf(outcome.stage)]
    for (let step = stepOf(begin); step <= last; step++) {
      const from = start + step * stepMs
      row[step] = (row[step] ?? 0) + Math.max(0, Math.min(end, from + stepMs) - Math.max(begin, from)) / stepMs
    }
  }
  const memoryBytes = new Array<number | null>(steps).fill(null)
  for (const { at, rssBytes } of memory) {
    if (at < start || at > start + span) continue
    const step = stepOf(at)
    memoryBytes[step] = Math.max(memoryBytes[step] ?? 0, rssBytes)
  }
  const rounded = (row: number[]): number[] => row.map((value) => Math.round(100 * value) / 100)
  return {
    start: new Date(start).toISOString(),
    stepMs,
    tiles,
    points,
    busy: {
      source: rounded(busy.source),
      tile: rounded(busy.tile),
      parent: rounded(busy.parent),
      job: rounded(busy.job),
    },
    memoryBytes,
    workers: summariseWorkers(timed, span),
  }
}

/** Both stages of a tile are work on tiles; joins and layers are work on the whole job. */
const kindOf = (stage: Stage): keyof RunHistory["busy"] => {
  if (isTileStage(stage)) return "tile"
  return isJoin(stage) || stage === "layer" ? "job" : stage
}

const summariseWorkers = (timed: readonly Timed[], span: number): RunHistory["workers"] => {
  const totals = new Map<number, { tasks: number; busyMs: number }>()
  for (const { outcome, begin, end } of [...timed].sort((a, b) => a.begin - b.begin)) {
    if (outcome.worker === undefined) continue
    const total = totals.get(outcome.worker) ?? { tasks: 0, busyMs: 0 }
    totals.set(outcome.worker, { tasks: total.tasks + 1, busyMs: total.busyMs + end - begin })
  }
  return [...totals].map(([worker, { tasks, busyMs }]) => ({
    worker,
    tasks,
    busyShare: Math.round((1000 * busyMs) / Math.max(1, span)) / 1000,
  }))
}

/** The least 1, 2 or 5 times a power of ten that is at least `value`, which is positive. */
export const roundAbove = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5].find((factor) => factor * power >= value) ?? 10) * power
}

/** Resident memory of the process at one time. */
export interface MemorySample {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly rssBytes: number
}

/**
 * Most samples. At this number, every second one is dropped and the interval doubles: a run of days
 * costs no more than one of minutes.
 */
const MOST = 1000
const FIRST_PACE_MS = 250

/**
 * Samples the process's resident memory until `stop`, which returns the samples in order. Does not
 * keep the process alive.
 */
export const sampleMemory = (): { stop(): readonly MemorySample[] } => {
  let samples: MemorySample[] = []
  let paceMs = FIRST_PACE_MS
  let timer: NodeJS.Timeout
  const look = (): void => {
    samples.push({ at: performance.timeOrigin + performance.now(), rssBytes: process.memoryUsage.rss() })
    if (samples.length >= MOST) {
      samples = samples.filter((_, i) => i % 2 === 0)
      paceMs *= 2
    }
    timer = setTimeout(look, paceMs).unref()
  }
  look()
  return {
    stop: () => {
      clearTimeout(timer)
      samples.push({ at: performance.timeOrigin + performance.now(), rssBytes: process.memoryUsage.rss() })
      return samples
    },
  }
}
