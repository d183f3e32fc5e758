/** Books the time of a task by step, so that no moment counts twice. */
import { readFileSync } from "node:fs"
import type { StepTime, StepTimes } from "../journal/journal-record.js"

type ThreadClock = () => number | undefined

/** Processor time of this thread since its start, ms: Node.js 23.9 and later say it, before that Linux does (within a few ms). */
const threadClock = (): ThreadClock => {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => { user: number; system: number } }
  if (threadCpuUsage !== undefined) {
    return () => {
      const { user, system } = threadCpuUsage()
      return (user + system) / 1000
    }
  }
  // Nanoseconds on a processor come first.
  const schedule = (): number => Number.parseInt(readFileSync("/proc/thread-self/schedstat", "latin1"), 10) / 1e6
  try {
    return schedule() > 0 ? schedule : () => undefined
  } catch {
    return () => undefined
  }
}

/**
 * Books the time of a worker's task by step: at any moment one step runs, the innermost of those that were entered, so that no time counts twice.
 * Costs under 0.1 ms a change of step.
 */
export class StepClock {
  readonly #cpuNow: ThreadClock = threadClock()
  readonly #totals = new Map<string, { timeMs: number; cpuMs: number | undefined }>()
  #step = "other"
  #since = 0
  #cpuSince: number | undefined

  /** Starts a task: forgets the one before; its time is that of `step` until another is entered. */
  begin(step: string): void {
    this.#totals.clear()
    this.#step = step
    this.#since = performance.now()
    this.#cpuSince = this.#cpuNow()
  }

  /** Does `work`, its time booked under `step`; what steps inside it take is booked under theirs alone. */
  during<T>(step: string, work: () => T): T {
    const outer = this.enter(step)
    let result: T
    try {
      result = work()
    } catch (error) {
      this.enter(outer)
      throw error
    }
    // Back to the outer step when it is done, and the caller's next step after that.
    if (result instanceof Promise) return result.finally(() => this.enter(outer)) as T
    this.enter(outer)
    return result
  }

  /** From now on the time is that of `step`; gives the step that it was before. */
  enter(step: string): string {
    const [now, cpu] = [performance.now(), this.#cpuNow()]
    const outer = this.#step
    const total = this.#totals.get(outer) ?? { timeMs: 0, cpuMs: undefined }
    total.timeMs += now - this.#since
    if (cpu !== undefined && this.#cpuSince !== undefined) total.cpuMs = (total.cpuMs ?? 0) + cpu - this.#cpuSince
    this.#totals.set(outer, total)
    this.#step = step
    this.#since = now
    this.#cpuSince = cpu
    return outer
  }

  /** Ends the task: where its time went, to a tenth of a millisecond. */
  end(): StepTimes {
    this.enter("other")
    const tenth = (value: number): number => Math.round(value * 10) / 10
    const entries = [...this.#totals].map(([step, { timeMs, cpuMs }]): [string, StepTime] => [
      step,
      { timeMs: tenth(timeMs), ...(cpuMs === undefined ? {} : { cpuMs: tenth(cpuMs) }) },
    ])
    return Object.fromEntries(entries)
  }
}
