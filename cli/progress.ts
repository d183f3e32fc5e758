/** Shows the progress of a run on standard error: as a bar, plain lines or JSON lines. */
import type { RunEvent, RunSummary } from "../engine/report/outcome.js"
import { createBar } from "./point-progress.js"
import { formatTime, grouped, printable } from "./print.js"
import { missingReasons, verdictText } from "./verdict.js"

export interface Progress {
  event(event: RunEvent): void
  /** Removes the progress line. */
  stop(): void
}

export interface ProgressOptions {
  /** `json`: one JSON object a line. */
  readonly log: "text" | "json"
  readonly stream?: NodeJS.WriteStream
  readonly now?: () => number
}

const LINE_EVERY_MS = 5000

/**
 * On a terminal a bar with rate and remaining time, elsewhere a line at intervals, or JSON lines.
 */
export const createProgress = ({
  log,
  stream = process.stderr,
  now = () => performance.now(),
}: ProgressOptions): Progress => {
  if (log === "json") return jsonLines(stream)
  const pace = createPace(now)
  return stream.isTTY ? terminalLine(stream, pace) : plainLines(stream, pace, now)
}

const jsonLines = (stream: NodeJS.WriteStream): Progress => ({
  event: (event) => {
    const line =
      event.type === "end" ? { type: "end", summary: { ...event.summary, tiles: event.summary.tiles.length } } : event
    stream.write(`${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`)
  },
  stop: () => undefined,
})

/** Rates of a run. Unchanged tasks take no time and count in no rate. */
export type Pace = ReturnType<typeof createPace>

/**
 * Counts the tasks and points of a run against the clock. The remaining time follows the plan's
 * cost estimates, scaled by the pace of the tasks that ended.
 */
export const createPace = (now: () => number) => {
  let [started, tasks, finished, tiles, points] = [now(), 0, 0, 0, 0]
  let [cost, ended, worked, workers] = [0, 0, 0, 1]
  const elapsed = (): number => Math.max(1, now() - started)
  return {
    event: (event: RunEvent): void => {
      if (event.type === "plan") {
        ;[started, tasks] = [now(), event.tasks]
        ;[cost, workers] = [event.costCoreSeconds, event.workers]
      }
      if (event.type !== "progress") return
      finished = event.finished
      tasks = event.tasks
      ended += event.costCoreSeconds
      if (event.outcome.outcome === "unchanged") return
      worked += event.costCoreSeconds
      if (event.outcome.stage !== "tile") return
      tiles++
      points += event.outcome.points
    },
    get finished() {
      return finished
    },
    get tasks() {
      return tasks
    },
    /** "1 234 567 points/s, 12.0 tiles/min". */
    rate: (): string =>
      `${grouped((points * 1000) / elapsed())} points/s, ${((tiles * 60_000) / elapsed()).toFixed(1)} tiles/min`,
    /** "3 min 20 s left"; empty while unknown. */
    left: (): string => {
      const left = Math.max(0, cost - ended)
      const ms = worked === 0 ? (1000 * left) / workers - elapsed() : (elapsed() / worked) * left
      return cost === 0 || ms <= 0 ? "" : `${formatTime(ms)} left`
    },
  }
}

const messageOf = (event: RunEvent): string | undefined => {
  if (event.type === "message") return printable(`${event.level === "info" ? "" : `${event.level}: `}${event.text}`)
  if (event.type !== "progress") return undefined
  const { key, outcome, reason } = event.outcome
  return outcome === "failed" || outcome === "quarantined" || outcome === "skipped"
    ? printable(`${key} ${outcome}: ${reason ?? ""}`)
    : undefined
}

const terminalLine = (stream: NodeJS.WriteStream, pace: Pace): Progress => {
  const bar = createBar(stream, "{bar} {value}/{total} tasks  {rate}  {left}")
  return {
    event: (event) => {
      pace.event(event)
      const message = messageOf(event)
      if (message !== undefined) {
        bar.stop()
        stream.write(`${message}\n`)
      }
      if (event.type === "end") bar.stop()
      else if (pace.tasks > 0) bar.draw(pace.finished, pace.tasks, { rate: pace.rate(), left: pace.left() })
    },
    stop: bar.stop,
  }
}

const plainLines = (stream: NodeJS.WriteStream, pace: Pace, now: () => number): Progress => {
  let last = now()
  return {
    event: (event) => {
      pace.event(event)
      const message = messageOf(event)
      if (message !== undefined) stream.write(`${message}\n`)
      if (event.type === "plan") stream.write(`${event.tasks} tasks, ${grouped(event.points)} points\n`)
      if (event.type !== "progress" || now() - last < LINE_EVERY_MS) return
      last = now()
      stream.write(`${pace.finished}/${pace.tasks} tasks  ${pace.rate()}  ${pace.left()}\n`)
    },
    stop: () => undefined,
  }
}

/**
 * Summarises a finished run: its outcome and the next step, why it made nothing, and the passport's
 * verdict.
 */
export const endText = (summary: RunSummary, out: string, isLast = false): string => {
  const missing = missingReasons(summary, isLast)
  const nothing =
    missing.length === 0 ? [] : [`Nothing was made. Every tile with points was skipped: ${missing.join("; ")}.`]
  const verdict = verdictText(summary)
  return [summaryText(summary, out), ...nothing, ...(verdict === undefined ? [] : [verdict])].join("\n")
}

/** Summarises the outcome of a run, with the next step. */
export const summaryText = (summary: RunSummary, out: string): string => {
  const { done, unchanged, skipped, failed, quarantined } = summary
  if (summary.stopped === "output")
    return `Stopped: ${out} takes no more bytes (disk full or read-only). Make room and run the same command again: what is finished is kept.`
  if (summary.aborted) return `Stopped. What is finished is kept: run the same command again to go on.`
  if (summary.upToDate) return `Up to date: nothing was left to do for the ${unchanged} tile(s) of ${out}.`
  const parts = [`${done} tile(s) done`]
  if (unchanged > 0) parts.push(`${unchanged} unchanged`)
  if (skipped > 0) parts.push(`${skipped} skipped`)
  if (failed > 0) parts.push(`${failed} failed`)
  if (quarantined > 0) parts.push(`${quarantined} quarantined`)
  const text = `${parts.join(", ")} in ${formatTime(summary.timeMs)}. Products and report: ${out}`
  return failed + quarantined > 0 ? `${text} (reasons and remedies in report.html and quarantine/)` : text
}
