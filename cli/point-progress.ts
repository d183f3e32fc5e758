/** A progress bar for commands that work through points, files or bytes outside of a run. */
import cliProgress from "cli-progress"
import { formatTime, grouped } from "./print.js"

/** Tells on standard error how far work on points, or on bytes, is. */
export interface PointProgress {
  at(points: number, total: number): void
  /** A line of text, above the bar. */
  line(text: string): void
  /** Takes the bar away. */
  stop(): void
}

/** A bar with rate and remaining time on a terminal; only the lines elsewhere. */
export const createPointProgress = (
  stream: NodeJS.WriteStream = process.stderr,
  rateOf: (done: number, elapsedMs: number) => string = pointRate,
): PointProgress => {
  const format = "{bar} {percentage} %  {rate}"
  const bar = new cliProgress.SingleBar(
    { format, stream, hideCursor: null, clearOnComplete: true, barsize: 24, etaBuffer: 1 },
    cliProgress.Presets.shades_classic,
  )
  const started = performance.now()
  let running = false
  let last: readonly [points: number, total: number] = [0, 0]
  const stop = (): void => {
    if (running) bar.stop()
    running = false
  }
  const at = (points: number, total: number): void => {
    last = [points, total]
    if (!stream.isTTY || total === 0) return
    const elapsed = Math.max(1, performance.now() - started)
    const left = points === 0 ? "" : `, ${formatTime((elapsed / points) * (total - points))} left`
    const rate = `${rateOf(points, elapsed)}${left}`
    if (running) bar.update(points, { rate })
    else bar.start(total, points, { rate })
    running = true
  }
  const line = (text: string): void => {
    stop()
    stream.write(`${text}\n`)
    const [points, total] = last
    if (points < total) at(points, total)
  }
  return { at, line, stop }
}

/** Each point is read and written. */
const pointRate = (points: number, elapsedMs: number): string => `${grouped((points * 500) / elapsedMs)} points/s`

/** Bytes as they come from a server. */
export const byteRate = (bytes: number, elapsedMs: number): string =>
  `${grouped(bytes / 1e6)} MB, ${(bytes / 1000 / elapsedMs).toFixed(1)} MB/s`
