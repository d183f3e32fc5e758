/**
 * Schedules tasks by order, dependencies, free workers and a budget of bytes; knows nothing of what
 * they do.
 */

/** A task as the scheduler sees it. */
export interface Schedulable {
  readonly id: string
  readonly dependsOn: readonly string[]
  /** Estimate of peak bytes, for admission. */
  readonly bytes: number
  /** Run with nothing beside it: it was begun several times and did not end. */
  readonly alone?: boolean
}

/** What a task comes back with that is to be run once more, behind all others and with nothing beside it. */
export const later = Symbol("later")

/** What a task comes back with that is to be run once more when other tasks are done: some of its run already, which are run again. */
export class After<T> {
  readonly tasks: readonly T[]

  /** @param tasks in their order; each waits for those before it that it depends on */
  constructor(tasks: readonly T[]) {
    this.tasks = tasks
  }
}

/** Limits and the work itself. */
export interface ScheduleOptions<T extends Schedulable, R> {
  readonly workers: number
  /** Bytes that running tasks may need together. One task always runs, whatever it needs. */
  readonly budgetBytes: number
  /** Bytes that each task's estimate counts, though tasks that run together need them once. Default 0. */
  readonly sharedBytes?: number
  /** Bytes to admit a task by, asked when its turn comes; default its estimate. */
  bytesOf?(task: T): number
  readonly signal?: AbortSignal
  /** Aborted: no further task is started, those that run come to their ends. */
  readonly drain?: AbortSignal
  /** Does the task, or puts it off. */
  run(task: T): Promise<R | typeof later | After<T>>
}

/**
 * Runs tasks in their given order, as dependencies, free workers and the byte budget allow, and yields results as they come.
 * A task whose dependency is not in the list does not wait for it. Ends early when `signal` aborts, without waiting for what runs, and when `drain` does, behind that.
 * O(1) a task beside the few that were woken by a dependency.
 */
export async function* schedule<T extends Schedulable, R>(
  tasks: readonly T[],
  options: ScheduleOptions<T, R>,
): AsyncGenerator<R, void> {
  const queue = new Queue(tasks)
  const added: T[] = []
  const running = new Running<R | After<T>>(options.signal)
  const shared = options.sharedBytes ?? 0
  const bytesOf = options.bytesOf ?? (({ bytes }: T) => bytes)
  const stopped = (): boolean => options.signal?.aborted === true || options.drain?.aborted === true
  // Of the tasks that run, without what they share.
  let bytes = 0
  let exclusive = false
  try {
    for (;;) {
      while (running.size < options.workers && !exclusive && !stopped()) {
        const index = queue.peek()
        const task = index === undefined ? undefined : (tasks[index] ?? added[index - tasks.length])
        if (index === undefined || !task) break
        const whole = bytesOf(task)
        const alone = task.alone === true || queue.isPutOff(index)
        if (running.size > 0 && (alone || bytes + whole > options.budgetBytes)) break
        queue.take()
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
        added.push(...queue.restart(index, result.tasks))
        continue
      }
      queue.finish(index)
      yield result
    }
  } finally {
    running.leave()
  }
}

/** A task that runs: which, and the bytes that it was admitted by. */
interface Admitted {
  readonly index: number
  readonly own: number
}

/**
 * The tasks that run, and those that have ended and were not looked at. A race of all of them anew for each one that ends costs as many promises as there are workers, and hangs them all on the one that tells of an abort, for the whole run.
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

  /** The one that ended first; undefined when the run is aborted before any. Throws what a task throws. */
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

/** Tasks in order, those that wait set aside until their last dependency has finished. */
class Queue {
  /** Those that were given; others follow by number in the list that is scheduled. */
  readonly #tasks: readonly Schedulable[]
  readonly #waiting: Int32Array
  readonly #added = new Added()
  readonly #readers = new Map<string, number[]>()
  readonly #woken: number[] = []
  readonly #putOff: number[] = []
  readonly #wasPutOff = new Set<number>()
  #head = 0

  constructor(tasks: readonly Schedulable[]) {
    this.#tasks = tasks
    this.#waiting = new Int32Array(tasks.length)
    const present = new Set(tasks.map((task) => task.id))
    for (const [index, task] of tasks.entries()) {
      for (const id of task.dependsOn) {
        if (!present.has(id)) continue
        this.#waiting[index] = (this.#waiting[index] ?? 0) + 1
        const readers = this.#readers.get(id)
        if (readers) readers.push(index)
        else this.#readers.set(id, [index])
      }
    }
  }

  /** Index of the first task that may run now. */
  peek(): number | undefined {
    while (this.#head < this.#tasks.length && this.#waiting[this.#head] !== 0) this.#head++
    let next = this.#head < this.#tasks.length ? this.#head : undefined
    for (const index of this.#woken) if (next === undefined || index < next) next = index
    return next ?? this.#putOff[0]
  }

  /** Removes the task that {@link peek} gave. */
  take(): void {
    const index = this.peek()
    if (index === undefined) return
    const place = this.#woken.indexOf(index)
    if (place >= 0) this.#woken.splice(place, 1)
    else if (index === this.#head) this.#head++
    else this.#putOff.shift()
  }

  /** Puts a task that was taken behind all others; those that wait for it go on waiting. */
  putOff(index: number): void {
    this.#putOff.push(index)
    this.#wasPutOff.add(index)
  }

  /** Puts a task that was taken behind others; gives those of them that are new to the list, in the order of their numbers. */
  restart<T extends Schedulable>(index: number, tasks: readonly T[]): T[] {
    const { fresh, ready } = this.#added.add(index, tasks, this.#tasks.length)
    this.#woken.push(...ready)
    return fresh
  }

  isPutOff(index: number): boolean {
    return this.#wasPutOff.has(index)
  }

  /** Wakes those that waited for the task. */
  finish(index: number): void {
    // Those who waited for the task when it was run first have been woken.
    if (index >= this.#tasks.length) {
      this.#woken.push(...this.#added.finish(index))
      return
    }
    const id = this.#tasks[index]?.id
    for (const reader of (id === undefined ? undefined : this.#readers.get(id)) ?? []) {
      const left = (this.#waiting[reader] ?? 0) - 1
      this.#waiting[reader] = left
      // A reader still ahead of the head is met by the head itself.
      if (left === 0 && reader < this.#head) this.#woken.push(reader)
    }
  }
}

/** Tasks that are added while others run, by number behind those that were there, and who waits for them. None may wait for itself, through others either. */
class Added {
  readonly #open = new Map<string, number>()
  readonly #readers = new Map<number, number[]>()
  readonly #waiting = new Map<number, number>()
  #count = 0

  /** Lets a task wait for others; one that is added already and not done is not added again. Gives the new ones, and the numbers of those that may run. */
  add<T extends Schedulable>(reader: number, tasks: readonly T[], from: number): { fresh: T[]; ready: number[] } {
    const fresh: T[] = []
    const ready: number[] = []
    for (const task of tasks) {
      const known = this.#open.get(task.id)
      if (known !== undefined) {
        this.#await(reader, known)
        continue
      }
      const index = from + this.#count++
      for (const id of task.dependsOn) {
        const before = this.#open.get(id)
        if (before !== undefined) this.#await(index, before)
      }
      this.#open.set(task.id, index)
      this.#await(reader, index)
      fresh.push(task)
      if (!this.#waiting.has(index)) ready.push(index)
    }
    return { fresh, ready }
  }

  #await(reader: number, index: number): void {
    this.#waiting.set(reader, (this.#waiting.get(reader) ?? 0) + 1)
    const readers = this.#readers.get(index)
    if (readers) readers.push(reader)
    else this.#readers.set(index, [reader])
  }

  /** Gives the numbers of those that may run now. */
  finish(index: number): number[] {
    for (const [id, open] of this.#open) if (open === index) this.#open.delete(id)
    return (this.#readers.get(index) ?? []).filter((reader) => {
      const left = (this.#waiting.get(reader) ?? 1) - 1
      if (left > 0) this.#waiting.set(reader, left)
      else this.#waiting.delete(reader)
      return left === 0
    })
  }
}
