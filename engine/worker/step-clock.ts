/** Books the time of a task by step, so that no moment counts twice. */
import { readFileSync } from "node:fs"
import type { StepTime, StepTimes } from "../journal/journal-record.js"

type ThreadClock = () => number | undefined

/**
 * Processor time of this thread since its start, ms: from Node.js 23.9 and later, else from Linux
 * (within a few ms).
 */
const threadClock = (): ThreadClock => {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => { user: number; system: number } }
  if (threadCpuUsage !== undefined) {
    return () => {
      const { user, system } = threadCpuUsage()
      return (user + system) / 1000
    }
  }
  // The first number is nanoseconds on a processor.
  const schedule = (): number => Number.parseInt(readFileSync("/proc/thread-self/schedstat", "latin1"), 10) / 1e6
  try {
    return schedule() > 0 ? schedule : () => undefined
  } catch {
    return () => undefined
  }
}

/**
 * Books the time of a worker's task by step. At any moment one step runs, the innermost one
 * entered: no time counts twice. A change of step costs under 0.1 ms.
 */
export class StepClock {
  readonly #cpuNow: ThreadClock = threadClock()
  readonly #totals = new Map<string, { timeMs: number; cpuMs: number | undefined }>()
  #step = "other"
  #since = 0
  #cpuSince: number | undefined

  /**
   * Starts a task and forgets the previous one. Time belongs to `step` until another is entered.
   */
  begin(step: string): void {
    this.#totals.clear()
    this.#step = step
    this.#since = performance.now()
    this.#cpuSince = this.#cpuNow()
  }

  /** Runs `work` and books its time under `step`, except the time of steps inside it. */
  during<T>(step: string, work: () => T): T {
    const outer = this.enter(step)
    let result: T
    try {
      result = work()
    } catch (error) {
      this.enter(outer)
      throw error
    }
    // Returns to the outer step once it settles, ahead of the caller's continuation.
    if (result instanceof Promise) return result.finally(() => this.enter(outer)) as T
    this.enter(outer)
    return result
  }

  /** Books time under `step` from here on; returns the previous step. */
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

  /** Ends the task. Returns its time by step, rounded to a tenth of a millisecond. */
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
