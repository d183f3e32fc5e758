/** Schedules tasks by order, dependencies, free workers and a budget of bytes, whatever they do. */
import { addToList } from "../core/lists.js"

export interface Schedulable {
  readonly id: string
  readonly dependsOn: readonly string[]
  /** Estimated peak, for admission. */
  readonly bytes: number
  /** Run with nothing beside it: it has started several times without ending. */
  readonly alone?: boolean
}

/** Result of a task to run again behind all others, with nothing beside it. */
export const later = Symbol("later")

/** Result of a task to run again after other tasks; these may repeat earlier ones. */
export class After<T> {
  readonly tasks: readonly T[]

  /** @param tasks in order; each waits for those before it that it depends on */
  constructor(tasks: readonly T[]) {
    this.tasks = tasks
  }
}

export interface ScheduleOptions<T extends Schedulable, R> {
  readonly workers: number
  /** Bytes that running tasks may need together. One task always runs, whatever it needs. */
  readonly budgetBytes: number
  /** Bytes in every estimate that tasks share when they run together. Default 0. */
  readonly sharedBytes?: number
  /** Bytes to admit a task by, queried when its turn comes; default: its estimate. */
  bytesOf?(task: T): number
  readonly signal?: AbortSignal
  /** Aborting starts no further task; running ones end. */
  readonly drain?: AbortSignal
  /** Runs the task, or defers it. */
  run(task: T): Promise<R | typeof later | After<T>>
}

/**
 * Runs tasks in their given order, as dependencies, free workers and the byte budget allow, and
 * yields results as they end. A dependency that is not in the list is ignored. Aborting `signal`
 * ends at once; aborting `drain` ends after the running tasks. O(1) per task, plus the tasks that a
 * dependency has woken.
 */
export async function* schedule<T extends Schedulable, R>(
  tasks: readonly T[],
  options: ScheduleOptions<T, R>,
): AsyncGenerator<R, void> {
  const queue = new Queue(tasks)
  const running = new Running<R | After<T>>(options.signal)
  const shared = options.sharedBytes ?? 0
  const bytesOf = options.bytesOf ?? (({ bytes }: T) => bytes)
  const stopped = (): boolean => options.signal?.aborted === true || options.drain?.aborted === true
  // Bytes of the running tasks, without the shared ones.
  let bytes = 0
  let exclusive = false
  try {
    for (;;) {
      while (running.size < options.workers && !exclusive && !stopped()) {
        const index = queue.peek()
        const task = queue.at(index)
        if (index === undefined || !task) break
        const whole = bytesOf(task)
        const alone = task.alone === true || queue.isPutOff(index)
        if (running.size > 0 && (alone || bytes + whole > options.budgetBytes)) break
        queue.take(index)
        const own = whole - shared
        bytes += own
        exclusive = alone
        running.add({ index, own }, options.run(task))
      }
      if (running.size === 0 || options.signal?.aborted) return
      const finished = await running.next()
      if (finished === undefined) return
      bytes -= finished.own
      exclusive = false
      const { index, result } = finished
      if (result === later) {
        queue.putOff(index)
        continue
      }
      if (result instanceof After) {
        queue.restart(index, result.tasks)
        continue
      }
      queue.finish(index)
      yield result
    }
  } finally {
    running.leave()
  }
}

/** A running task: its index, and the bytes that it was admitted by. */
interface Admitted {
  readonly index: number
  readonly own: number
}

/**
 * The running tasks, and the ended ones not yet consumed. Not a `Promise.race` per ended task: that
 * creates a promise per worker each time. All of them would stay attached to the abort promise for
 * the whole run.
 */
class Running<R> {
  readonly #signal: AbortSignal | undefined
  readonly #ended: (Admitted & { readonly result: R | typeof later })[] = []
  #failed: { readonly error: unknown } | undefined
  #wake: () => void = () => undefined
  readonly #onAbort = (): void => this.#wake()
  size = 0

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
    signal?.addEventListener("abort", this.#onAbort, { once: true })
  }

  add(task: Admitted, work: Promise<R | typeof later>): void {
    this.size++
    work.then(
      (result) => {
        this.#ended.push({ ...task, result })
        this.#wake()
      },
      (error: unknown) => {
        this.#failed ??= { error }
        this.#wake()
      },
    )
  }

  /**
   * Returns the task that ended first; undefined if the run is aborted before any ends. Throws what
   * a task throws.
   */
  async next(): Promise<(Admitted & { readonly result: R | typeof later }) | undefined> {
    if (this.#ended.length === 0 && this.#failed === undefined && this.#signal?.aborted !== true)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    if (this.#failed !== undefined) throw this.#failed.error
    const ended = this.#ended.shift()
    if (ended !== undefined) this.size--
    return ended
  }

  leave(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort)
  }
}

/** Tasks in order; a task that waits is set aside until its last dependency ends. */
class Queue<T extends Schedulable> {
  readonly #tasks: T[]
  /** Number of initial tasks; the others were added during the run. */
  readonly #given: number
  /** Number of unfinished dependencies of each task. */
  readonly #waiting: number[]
  /** Tasks that wait for a task. */
  readonly #readers = new Map<number, number[]>()
  /** Added tasks that have not finished. */
  readonly #added = new Map<string, number>()
  readonly #woken: number[] = []
  readonly #putOff: number[] = []
  readonly #wasPutOff = new Set<number>()
  #head = 0

  constructor(tasks: readonly T[]) {
    this.#tasks = [...tasks]
    this.#given = tasks.length
    this.#waiting = tasks.map(() => 0)
    const numbers = new Map(tasks.map(({ id }, index) => [id, index]))
    for (const [index, task] of tasks.entries()) this.#awaitAll(index, task, numbers)
  }

  #awaitAll(reader: number, { dependsOn }: T, numbers: ReadonlyMap<string, number>): void {
    for (const id of dependsOn) {
      const index = numbers.get(id)
      if (index !== undefined) this.#await(reader, index)
    }
  }

  #await(reader: number, index: number): void {
    this.#waiting[reader]!++
    addToList(this.#readers, index, reader)
  }

  /** Returns the index of the first task that may run. */
  peek(): number | undefined {
    while (this.#head < this.#given && this.#waiting[this.#head] !== 0) this.#head++
    let next = this.#head < this.#given ? this.#head : undefined
    for (const index of this.#woken) if (next === undefined || index < next) next = index
    return next ?? this.#putOff[0]
  }

  at(index: number | undefined): T | undefined {
    return index === undefined ? undefined : this.#tasks[index]
  }

  /** Removes the task that {@link peek} returned. */
  take(index: number): void {
    const place = this.#woken.indexOf(index)
    if (place >= 0) this.#woken.splice(place, 1)
    else if (index === this.#head) this.#head++
    else this.#putOff.shift()
  }

  /** Puts a taken task behind all others; its readers go on waiting. */
  putOff(index: number): void {
    this.#putOff.push(index)
    this.#wasPutOff.add(index)
  }

  isPutOff(index: number): boolean {
    return this.#wasPutOff.has(index)
  }

  /**
   * Makes a taken task wait for others. One already added and unfinished is not added again. No
   * task may wait for itself, not even indirectly.
   */
  restart(reader: number, tasks: readonly T[]): void {
    for (const task of tasks) {
      const index = this.#added.get(task.id) ?? this.#add(task)
      this.#await(reader, index)
    }
  }

  #add(task: T): number {
    const index = this.#tasks.push(task) - 1
    this.#waiting.push(0)
    this.#awaitAll(index, task, this.#added)
    this.#added.set(task.id, index)
    if (this.#waiting[index] === 0) this.#woken.push(index)
    return index
  }

  /** Wakes the tasks that waited for this one. */
  finish(index: number): void {
    const { id } = this.#tasks[index]!
    if (this.#added.get(id) === index) this.#added.delete(id)
    for (const reader of this.#readers.get(index) ?? []) {
      this.#waiting[reader]!--
      // The head itself reaches a reader that is still ahead of it.
      const isBehind = reader < this.#head || reader >= this.#given
      if (this.#waiting[reader] === 0 && isBehind) this.#woken.push(reader)
    }
  }
}
