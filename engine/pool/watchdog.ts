/** Ends tasks that use more processor time than their limit. */
import { secondsOfThread } from "../worker/thread-use.js"

export interface Watched {
  /** Seconds of processor time that it may use; undefined: unlimited. */
  readonly limitSeconds: number | undefined
  /** Where it runs; undefined while it waits for a thread. */
  place(): { readonly process: number; readonly thread: number } | undefined
  /** Ends it; called at most once. */
  end(): void
}

interface State {
  usedSeconds: number
  /** Seconds that its thread had used at the last look. */
  before: number | undefined
}

/**
 * Ends tasks that run away, by the processor time of the thread that runs the task. A loaded or
 * suspended machine, a stopped process or a wait for the network therefore never counts. Where the
 * system does not report that time, the time counts in which this process was awake: a late look
 * counts as one interval.
 */
export class Watchdog {
  readonly #everyMs: number
  readonly #secondsOf: typeof secondsOfThread
  readonly #tasks = new Map<Watched, State>()
  #timer: NodeJS.Timeout | undefined

  constructor({ everyMs = 1000, secondsOf = secondsOfThread } = {}) {
    this.#everyMs = everyMs
    this.#secondsOf = secondsOf
  }

  /** Watches a task until the returned function is called. */
  watch(task: Watched): () => void {
    if (task.limitSeconds === undefined) return () => undefined
    this.#tasks.set(task, { usedSeconds: 0, before: undefined })
    this.#timer ??= setInterval(() => this.look(), this.#everyMs).unref()
    return () => {
      this.#tasks.delete(task)
      if (this.#tasks.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  /** Checks every task once. */
  look(): void {
    for (const [task, state] of this.#tasks) {
      const place = task.place()
      if (place === undefined) continue
      const now = place.thread === 0 ? undefined : this.#secondsOf(place.process, place.thread)
      if (now === undefined) state.usedSeconds += state.before === undefined ? this.#everyMs / 1000 : 0
      // Time used for other tasks is in the first look, hence not counted.
      else state.usedSeconds += now - (state.before ?? now)
      state.before = now ?? state.before
      if (state.usedSeconds <= (task.limitSeconds ?? Infinity)) continue
      this.#tasks.delete(task)
      task.end()
    }
  }
}

/** The message for a task that ran away. */
export const ranAway = (limitSeconds: number | undefined): string =>
  `stopped at its limit of ${Math.round(limitSeconds ?? 0)} s of processor time. If it needs more, raise --task-timeout, then maille retry.`

/** The plan's estimate is right within a small factor, and no machine is slower by this much. */
const factor = 50
/** No task is a runaway below this many seconds, however small its estimate. */
const floorSeconds = 3600
/**
 * Seconds of processor time after which a task has run away: the user's value, else 50 times the
 * estimate, at least an hour. Undefined (the user gave 0): no limit.
 */
export const taskTimeout = (stated: number | undefined, costCoreSeconds: number): number | undefined => {
  if (stated !== undefined) return stated === 0 ? undefined : stated
  return Math.max(floorSeconds, factor * costCoreSeconds)
}
