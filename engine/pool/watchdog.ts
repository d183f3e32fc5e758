/** Ends tasks that use more processor time than their limit. */
import { secondsOfThread } from "../worker/processor-time.js"

/** The system's numbers of a process and of a thread of it; a thread of 0 is one that the system does not tell. */
export interface Place {
  readonly process: number
  readonly thread: number
}

/** A task that is watched. */
export interface Watched {
  /** Seconds of a processor that it may use; undefined: as many as it likes. */
  readonly limitSeconds: number | undefined
  /** Where it runs; undefined as long as it waits for a thread. */
  place(): Place | undefined
  /** Ends it; called once at most. */
  end(): void
}

interface State {
  usedSeconds: number
  /** What its thread had used at the last look. */
  before: number | undefined
}

/**
 * Ends tasks that run away. What counts is the processor's time of the thread that runs the task, so that neither a loaded machine nor one that was suspended, nor a process that was stopped and
 * thawed, nor a wait for the network makes a runaway of a task. Where the system does not tell it, the time counts in which this process was awake: a look that comes late counts as one.
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

  /** Watches a task until the function that it gives is called. */
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

  /** Looks at every task once. */
  look(): void {
    for (const [task, state] of this.#tasks) {
      const place = task.place()
      if (place === undefined) continue
      const now = place.thread === 0 ? undefined : this.#secondsOf(place.process, place.thread)
      if (now === undefined) state.usedSeconds += state.before === undefined ? this.#everyMs / 1000 : 0
      // What the thread had used for other tasks stood at the first look.
      else state.usedSeconds += now - (state.before ?? now)
      state.before = now ?? state.before
      if (state.usedSeconds <= (task.limitSeconds ?? Infinity)) continue
      this.#tasks.delete(task)
      task.end()
    }
  }
}

/** What is told of a runaway. */
export const ranAway = (
  { stage, key }: { readonly stage: string; readonly key: string },
  limitSeconds: number | undefined,
): string =>
  `${stage} ${key} ran away: it had used more than ${Math.round(limitSeconds ?? 0)} s of a processor, its limit, and was ended; where it only needs more, give a longer --task-timeout`

/** What the plan says that a task costs is right within a small factor; no machine is slower by so much. */
const factor = 50
/** Seconds below which no task is a runaway, however little it was said to cost. */
const floorSeconds = 3600
/** Seconds of a processor after which a task has run away: those that the user gave, else 50 times its estimate, an hour at least; undefined where none is a runaway (0 was given). */
export const taskTimeout = (given: number | undefined, costCoreSeconds: number): number | undefined => {
  if (given !== undefined) return given === 0 ? undefined : given
  return Math.max(floorSeconds, factor * costCoreSeconds)
}
