/** Shows the progress of a run on standard error: as a bar, plain lines or JSON lines. */
import { quoteWord } from "../engine/core/texts.js"
import type { Job } from "../engine/job/job.js"
import { isUnfit } from "../engine/job/release.js"
import { missingLines } from "../engine/report/missing.js"
import type { RunEvent, RunSummary } from "../engine/report/outcome.js"
import { createBar } from "./point-progress.js"
import { counted, formatTime, grouped, type Level, type LogSettings, logSettings, say } from "./print.js"
import { missingReasons, verdictText } from "./verdict.js"

export interface Progress {
  event(event: RunEvent): void
  /** Removes the progress line. */
  stop(): void
}

export interface ProgressOptions {
  /** What the first lines say about the job. */
  readonly job: Pick<Job, "products" | "out">
  readonly settings?: LogSettings
  readonly stream?: NodeJS.WriteStream
  readonly log?: (text: string, level: Level) => void
  readonly now?: () => number
}

const LINE_EVERY_MS = 5000

/**
 * On a terminal a bar with rate and remaining time, elsewhere a line at intervals, or JSON lines.
 */
export const createProgress = ({
  job,
  settings = logSettings(),
  stream = process.stderr,
  log = say,
  now = () => performance.now(),
}: ProgressOptions): Progress => {
  if (settings.form === "json") return jsonLines(stream, settings)
  const pace = createPace(now)
  const messages = createMessages()
  const lines = (event: RunEvent): readonly Line[] => [...startLines(event, job), ...messages(event)]
  return stream.isTTY && !settings.quiet
    ? terminalLine(stream, { pace, log, lines })
    : plainLines({ pace, log, lines }, now)
}

const jsonLines = (stream: NodeJS.WriteStream, { verbose }: LogSettings): Progress => ({
  event: (event) => {
    if (event.type === "message" && event.level === "detail" && !verbose) return
    const line =
      event.type === "end" ? { type: "end", summary: { ...event.summary, tiles: event.summary.tiles.length } } : event
    stream.write(`${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`)
  },
  stop: () => undefined,
})

/** Rates of a run. Unchanged tasks take no time and count in no rate. */
export type Pace = ReturnType<typeof createPace>

/** The remaining time is unknown before this, ms, and before this share of the work is done. */
const [KNOWN_MS, KNOWN_SHARE] = [5000, 0.05]

/** What a stage costs by the plan, core-seconds, and what of it ended and took how long. */
interface StagePace {
  cost: number
  ended: number
  worked: number
  workedMs: number
}

/**
 * Counts the tasks and points of a run against the clock. The remaining time follows the plan's
 * costs, scaled in each stage by what its tasks took, else by what all took.
 */
export const createPace = (now: () => number) => {
  let [started, tasks, finished, tiles, points] = [now(), 0, 0, 0, 0]
  const stages = new Map<string, StagePace>()
  let workers = 1
  const elapsed = (): number => Math.max(1, now() - started)
  return {
    event: (event: RunEvent): void => {
      if (event.type === "plan") {
        ;[started, tasks] = [now(), event.tasks]
        workers = event.workers
        for (const [stage, cost] of Object.entries(event.costs))
          stages.set(stage, { cost, ended: 0, worked: 0, workedMs: 0 })
      }
      if (event.type !== "progress") return
      finished = event.finished
      tasks = event.tasks
      const own = stages.get(event.outcome.stage)
      if (own !== undefined) own.ended += event.costCoreSeconds
      if (event.outcome.outcome === "unchanged") return
      if (own !== undefined) {
        own.worked += event.costCoreSeconds
        own.workedMs += event.outcome.timeMs
      }
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
    /** "1 234 567 points/s, 12.0 tiles/min"; without points, only tiles. */
    rate: (): string => {
      const ofTiles = `${((tiles * 60_000) / elapsed()).toFixed(1)} tiles/min`
      return points === 0 ? ofTiles : `${grouped((points * 1000) / elapsed())} points/s, ${ofTiles}`
    },
    /** "3 min 20 s left"; empty while unknown. */
    left: (): string => {
      const all = [...stages.values()]
      const sum = (read: (stage: StagePace) => number): number => all.reduce((total, stage) => total + read(stage), 0)
      const [worked, workedMs] = [sum((stage) => stage.worked), sum((stage) => stage.workedMs)]
      const isKnown =
        elapsed() >= KNOWN_MS && worked > 0 && sum((stage) => stage.ended) >= KNOWN_SHARE * sum(({ cost }) => cost)
      if (!isKnown) return ""
      const left = sum((stage) => {
        const [own, ownMs] = stage.worked > 0 ? [stage.worked, stage.workedMs] : [worked, workedMs]
        return (Math.max(0, stage.cost - stage.ended) * ownMs) / own
      })
      const ms = left / Math.min(workers, Math.max(1, workedMs / elapsed()))
      return ms <= 0 ? "" : `${formatTime(ms)} left`
    },
  }
}

interface Line {
  readonly text: string
  readonly level: Level
}

/** What a run makes, of how much, where, and how long it may take. */
const startLines = (event: RunEvent, { products, out }: ProgressOptions["job"]): Line[] => {
  if (event.type !== "plan") return []
  const { tasks, tiles, unchangedTiles, points, estimateMs, workers } = event
  const known = unchangedTiles === 0 ? "" : `, ${grouped(unchangedTiles)} finished before`
  const ofPoints = points === 0 ? "" : ` (${counted(points, "point")})`
  const size = tiles === 0 ? "" : ` for ${counted(tiles, "tile")}${known}${ofPoints}`
  const time = estimateMs === undefined ? "" : `, about ${formatTime(estimateMs)}`
  return [
    { level: "info", text: `making ${products.join(", ")}${size} in ${out}` },
    { level: "info", text: `${counted(tasks, "task")}${time} with ${counted(workers, "worker")}` },
  ]
}

/** Most reasons to compare new ones with. */
const MOST_REASONS = 100

/**
 * Lines for messages and for tasks that were not done. Each reason is printed once; the report has
 * all tasks.
 */
const createMessages = (): ((event: RunEvent) => readonly Line[]) => {
  const reasons: string[] = []
  return (event) => {
    if (event.type === "message") return [event]
    if (event.type !== "progress") return []
    const { stage, key, outcome, reason = "", timeMs, points } = event.outcome
    if (outcome === "done" || outcome === "unchanged") {
      const size = points === 0 ? "" : `, ${counted(points, "point")}`
      const facts = outcome === "done" ? ` in ${formatTime(timeMs)}${size}` : ""
      return [{ level: "detail", text: `${stage} ${key} ${outcome}${facts}` }]
    }
    // The reason of a dependent task ends with that of its cause.
    const isKnown = reasons.some((one) => reason.endsWith(one))
    if (reason !== "" && reasons.length < MOST_REASONS) reasons.push(reason)
    const level = isKnown ? "detail" : outcome === "skipped" ? "info" : "error"
    return [{ level, text: `${stage} ${key} ${outcome}: ${reason}` }]
  }
}

interface Shown {
  readonly pace: Pace
  readonly log: (text: string, level: Level) => void
  readonly lines: (event: RunEvent) => readonly Line[]
}

const terminalLine = (stream: NodeJS.WriteStream, { pace, log, lines }: Shown): Progress => {
  const bar = createBar(stream, "{bar} {value}/{total} tasks  {rate}  {left}")
  return {
    event: (event) => {
      pace.event(event)
      const messages = lines(event)
      if (messages.length > 0) bar.stop()
      for (const { text, level } of messages) log(text, level)
      if (event.type === "end") bar.stop()
      else if (pace.tasks > 0) bar.draw(pace.finished, pace.tasks, { rate: pace.rate(), left: pace.left() })
    },
    stop: bar.stop,
  }
}

const plainLines = ({ pace, log, lines }: Shown, now: () => number): Progress => {
  let last = now()
  return {
    event: (event) => {
      pace.event(event)
      for (const { text, level } of lines(event)) log(text, level)
      if (event.type !== "progress" || now() - last < LINE_EVERY_MS) return
      last = now()
      log([`${pace.finished}/${pace.tasks} tasks`, pace.rate(), pace.left()].join("  ").trimEnd(), "info")
    },
    stop: () => undefined,
  }
}

/**
 * The end of a run: its outcome, why it made nothing, the verdict of the passport, and the next
 * steps.
 */
export const endLines = (summary: RunSummary, out: string, isLast = false): readonly Line[] => {
  const missing = missingReasons(summary, isLast)
  const verdict = verdictText(summary)
  const isMade = !summary.aborted && summary.stopped === undefined
  const failed = summary.failed + summary.quarantined
  const hasModel = summary.tiles.some(({ outputs = [] }) => outputs.length > 0)
  const lines = [summaryLine(summary, out)]
  const add = (level: Level, text: string): void => void lines.push({ level, text })
  if (missing.length > 0) add("error", `nothing was made: every tile with points was skipped: ${missing.join("; ")}`)
  if (verdict !== undefined) add(isUnfit(summary) ? "error" : "result", verdict)
  for (const text of missingLines(summary.missing)) add("error", text)
  if (isMade && failed > 0) add("hint", `When the causes are removed: ${invocation()} retry ${quoteWord(out)}`)
  if (verdict !== undefined && !isUnfit(summary))
    add("hint", `Before a release: ${invocation()} validate ${quoteWord(out)}`)
  if (isMade && hasModel) add("hint", `Look at the result: ${invocation()} view ${quoteWord(out)}`)
  return lines
}

/** The outcome of a run. */
export const summaryLine = (summary: RunSummary, out: string): Line => {
  const { done, unchanged, skipped, failed, quarantined } = summary
  if (summary.stopped === "output") {
    const remedy = "Make room, then run the same command again: finished tasks are kept."
    return { level: "error", text: `stopped: ${out} takes no more bytes (disk full or read-only). ${remedy}` }
  }
  if (summary.aborted)
    return { level: "result", text: "stopped: run the same command again to resume; finished tasks are kept" }
  if (summary.upToDate)
    return { level: "result", text: `up to date: nothing to do for the ${counted(unchanged, "tile")} of ${out}` }
  const parts = [`${counted(done, "tile")} done`]
  if (unchanged > 0) parts.push(`${grouped(unchanged)} unchanged`)
  if (skipped > 0) parts.push(`${grouped(skipped)} skipped`)
  if (failed > 0) parts.push(`${counted(failed, "task")} failed`)
  const left = summary.missing?.inputs ?? 0
  if (left > 0) parts.push(`${counted(left, "input file")} left out`)
  if (quarantined > left) parts.push(`${counted(quarantined - left, "task")} quarantined`)
  const where =
    failed + quarantined > 0
      ? `Reasons and remedies: report.html and quarantine/ in ${out}`
      : `Products and report: ${out}`
  return { level: "result", text: `${parts.join(", ")} in ${formatTime(summary.timeMs)}. ${where}` }
}

/** Calls maille in a next command as this process was called. */
export const invocation = (): string => {
  const by = process.env["npm_command"]
  return by === "exec" ? "npx maille" : by?.startsWith("run") ? "node dist/bundle/cli/main.js" : "maille"
}
