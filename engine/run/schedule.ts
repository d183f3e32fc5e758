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

/** Tasks in order, those that wait set aside until the last one that they wait for has finished. */
class Queue<T extends Schedulable> {
  readonly #tasks: T[]
  /** Those that were given; the others were added while they ran. */
  readonly #given: number
  /** Of each task, how many others it waits for. */
  readonly #waiting: number[]
  /** Who waits for a task. */
  readonly #readers = new Map<number, number[]>()
  /** Those that were added and have not finished. */
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
    const readers = this.#readers.get(index)
    if (readers) readers.push(reader)
    else this.#readers.set(index, [reader])
  }

  /** Number of the first task that may run now. */
  peek(): number | undefined {
    while (this.#head < this.#given && this.#waiting[this.#head] !== 0) this.#head++
    let next = this.#head < this.#given ? this.#head : undefined
    for (const index of this.#woken) if (next === undefined || index < next) next = index
    return next ?? this.#putOff[0]
  }

  at(index: number | undefined): T | undefined {
    return index === undefined ? undefined : this.#tasks[index]
  }

  /** Removes the task that {@link peek} gave. */
  take(index: number): void {
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

  isPutOff(index: number): boolean {
    return this.#wasPutOff.has(index)
  }

  /** Lets a task that was taken wait for others; one that is added already and not done is not added again. None may wait for itself, through others either. */
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

  /** Wakes those that waited for the task. */
  finish(index: number): void {
    const { id } = this.#tasks[index]!
    if (this.#added.get(id) === index) this.#added.delete(id)
    for (const reader of this.#readers.get(index) ?? []) {
      this.#waiting[reader]!--
      // A reader still ahead of the head is met by the head itself.
      const isBehind = reader < this.#head || reader >= this.#given
      if (this.#waiting[reader] === 0 && isBehind) this.#woken.push(reader)
    }
  }
}
