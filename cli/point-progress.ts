/** A progress bar for commands that process points, files or bytes outside of a run. */
import cliProgress from "cli-progress"
import { formatTime, grouped, type Level, logSettings, say } from "./print.js"

/** Shows the progress of work on points or bytes on standard error. */
export interface PointProgress {
  at(points: number, total: number): void
  /** Prints a line of the log above the bar. */
  line(text: string, level: Level): void
  /** Removes the bar. */
  stop(): void
}

/** A bar with rate and remaining time on a terminal; only the lines elsewhere. */
export const createPointProgress = (
  stream: NodeJS.WriteStream = process.stderr,
  rateOf: (done: number, elapsedMs: number) => string = pointRate,
  log: (text: string, level: Level) => void = say,
): PointProgress => {
  const bar = createBar(stream, "{bar} {percentage} %  {rate}")
  const started = performance.now()
  let last: readonly [points: number, total: number] = [0, 0]
  const at = (points: number, total: number): void => {
    last = [points, total]
    if (!stream.isTTY || total === 0 || logSettings().quiet) return
    const elapsed = Math.max(1, performance.now() - started)
    const left = points === 0 ? "" : `, ${formatTime((elapsed / points) * (total - points))} left`
    bar.draw(points, total, { rate: `${rateOf(points, elapsed)}${left}` })
  }
  const line = (text: string, level: Level): void => {
    bar.stop()
    log(text, level)
    const [points, total] = last
    if (points < total) at(points, total)
  }
  return { at, line, stop: bar.stop }
}

/** A bar on a terminal: the first `draw` shows it, `stop` removes it. */
export const createBar = (
  stream: NodeJS.WriteStream,
  format: string,
): { draw(value: number, total: number, texts: object): void; stop(): void } => {
  const bar = new cliProgress.SingleBar(
    { format, stream, hideCursor: null, clearOnComplete: true, barsize: 24, etaBuffer: 1 },
    cliProgress.Presets.shades_classic,
  )
  let running = false
  return {
    draw: (value, total, texts) => {
      if (running) bar.update(value, texts)
      else bar.start(total, value, texts)
      running = true
    },
    stop: () => {
      if (running) bar.stop()
      running = false
    },
  }
}

/** Runs work that Ctrl-C and SIGTERM abort; removes the bar at the end. */
export const untilStopped = async <T>(
  progress: PointProgress,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly isStopped: boolean; readonly result: T }> => {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  for (const event of ["SIGINT", "SIGTERM"]) process.once(event, abort)
  try {
    const result = await work(stop.signal)
    return { isStopped: stop.signal.aborted, result }
  } finally {
    progress.stop()
    for (const event of ["SIGINT", "SIGTERM"]) process.removeListener(event, abort)
  }
}

/** Counts half: each point is read and written. */
const pointRate = (points: number, elapsedMs: number): string => `${grouped((points * 500) / elapsedMs)} points/s`

/** Rate of bytes from a server. */
export const byteRate = (bytes: number, elapsedMs: number): string =>
  `${grouped(bytes / 1e6)} MB, ${(bytes / 1000 / elapsedMs).toFixed(1)} MB/s`
