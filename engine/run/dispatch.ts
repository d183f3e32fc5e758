/**
 * Brings single tasks to their end: keeps an earlier result, refuses, or runs and retries, and
 * journals the outcome.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { removeFile } from "../core/files/atomic-write.js"
import { isJoin, taskId } from "../core/stages.js"
import { EngineError, isTransient } from "../errors.js"
import type { FolderChange } from "../job/output-folder.js"
import { attemptId } from "../journal/attempts.js"
import type { Journal, JournalState } from "../journal/journal.js"
import { type EndRecord, isGood } from "../journal/journal-record.js"
import { Admission } from "../plan/admission/admission.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import type { IsolatedResult } from "../pool/isolated.js"
import type { Pool } from "../pool/pool.js"
import { taskTimeout } from "../pool/watchdog.js"
import { hasWholeLists, isUpToDate, removeStale, withFormer, withProducts, withStandingFormer } from "./keep-end.js"
import type { PackStore } from "./pack-store.js"
import { type CropInput, noteQuarantine } from "./quarantine.js"
import { outcomeOf, refuse, type Starting, skippedBelow } from "./refuse.js"
import { damagedPath, Remakes } from "./remakes.js"
import { After, later } from "./schedule.js"
import { bytesHanded, bytesRead, createTaskReads, hashWithReads } from "./task-reads.js"
import { isOverall, tileListPath, workerInput } from "./worker-input.js"

/** What the dispatcher works with. */
export interface Dispatching {
  readonly plan: Plan
  readonly pool: Pool
  readonly journal: Journal
  /** Takes what tasks stage for it; absent where each file has a name of its own. */
  readonly packs: PackStore | undefined
  readonly state: JournalState
  /** Tasks whose products stand and whose hash has not changed. */
  readonly unchanged: ReadonlySet<string>
  readonly contextHash: string
  /** Where the context was written; default `layout.context`. */
  readonly contextPath?: string | undefined
  /** Ids of tasks whose files were found damaged: they are made again. */
  readonly damaged?: Iterable<string>
  /** Ends of tasks that other processes ran, by task id. */
  readonly before?: ReadonlyMap<string, EndRecord> | undefined
  /** Tasks that this run ended before a crash of its engine process: done, not unchanged, and not forced again. */
  readonly ownEnds: ReadonlySet<string>
  /** Aborted: the run is over, and what comes back from a thread that was ended is nobody's result. */
  readonly signal?: AbortSignal | undefined
  readonly crop: CropInput
  readonly change?: FolderChange | undefined
}

/** How a task came out, and whether the earlier result was simply unchanged. */
export interface Dispatched {
  readonly task: PlannedTask
  readonly end: EndRecord
  readonly unchanged: boolean
  /** True where it was made again because a file of its earlier result was damaged. */
  readonly remade?: true
}

/**
 * Where a task runs: in a thread of the pool; in a process of its own, beside others; or in one with nothing beside it,
 * where its death counts against it.
 */
export type TaskPlace = "thread" | "process" | "alone"

/** A task that was begun so often without an end runs alone. */
const startsInVain = 3

/** Brings tasks to their ends. */
export interface Dispatch {
  /**
   * Keeps, refuses, or runs the task in the pool, and journals its end. Puts it off when its own process died beside
   * others, and behind the tasks that make again a file which it found damaged.
   *
   * @throws EngineError when no thread of the pool can load its code
   */
  run(task: PlannedTask): Promise<Dispatched | typeof later | After<PlannedTask>>
  /** True where the task's earlier result would be unchanged; known once what it depends on has ended. */
  isUpToDate(task: PlannedTask): Promise<boolean>
  /** The task with the bytes that its files take in memory; known once what it depends on has ended. */
  weigh(task: PlannedTask): Promise<PlannedTask>
  /** Where the task will run. */
  placeOf(task: PlannedTask): Promise<TaskPlace>
  /** Bytes to admit the task by: its estimate, corrected by what others of its kind took in this run. */
  bytesOf(task: PlannedTask): number
}

/** Makes the dispatcher of a run. */
export const createDispatch = (given: Dispatching): Dispatch => {
  const ends = new Map<string, EndRecord>(given.before)
  const { plan, state } = given
  const admission = new Admission(plan)
  const putOff = new Set<string>()
  const remakes = new Remakes(plan, given.damaged)
  const placeOf = ({ task, hash }: Starting): TaskPlace => {
    const begun = state.attempts.begun.get(attemptId({ ...task, hash })) ?? 0
    return putOff.has(task.id) || begun >= startsInVain ? "alone" : begun > 0 ? "process" : "thread"
  }
  const readsOf = createTaskReads(plan)
  const start = async (task: PlannedTask): Promise<Starting> => {
    const reads = await readsOf(task, ends)
    return { task, bytes: admission.bytesOf(task), reads, hash: hashWithReads(task, plan, ends, reads), ends }
  }
  const standing = async ({ task, hash }: Starting): Promise<EndRecord | undefined> => {
    const earlier = state.ends.get(taskId(task))
    if (remakes.isWanted(task.id)) return undefined
    if (isJoin(task.stage) && earlier !== undefined && !(await hasWholeLists(plan.job.out, earlier))) return undefined
    if (given.unchanged.has(task.id)) return earlier
    return (await isUpToDate(plan, earlier, [hash, task.wholeHash], given.ownEnds)) ? earlier : undefined
  }
  /** True for tasks whose estimate needs what they read: they are weighed before they are sent. */
  const isWeighed = ({ stage }: PlannedTask): boolean => stage === "model" || isJoin(stage)
  /** By what earlier tasks counted or made, which is known before it is admitted. */
  const estimated = (task: PlannedTask): PlannedTask =>
    isWeighed(task) ? task : admission.estimated(task, ends, task.stage === "parent" ? bytesHanded(task, ends) : 0)
  return {
    run: async (planned) => {
      const task = estimated(planned)
      const starting = await start(task)
      const unchanged = await standing(starting)
      const end = unchanged ?? (await perform(given, starting, placeOf(starting), remakes))
      if (end instanceof After) return end
      if (end === later) {
        putOff.add(task.id)
        return later
      }
      const remade = remakes.done(task.id) ? ({ remade: true } as const) : {}
      ends.set(task.id, end)
      await admission.ended(task, end, unchanged === undefined)
      return { task, end, unchanged: unchanged !== undefined && !given.ownEnds.has(taskId(task)), ...remade }
    },
    placeOf: async (task) => placeOf(await start(task)),
    bytesOf: (task) => admission.bytesOf(estimated(task)),
    isUpToDate: async (task) => (await standing(await start(task))) !== undefined,
    weigh: async (task) =>
      isWeighed(task) ? admission.estimated(task, ends, bytesRead(await readsOf(task, ends))) : task,
  }
}

const perform = async (
  given: Dispatching,
  starting: Starting,
  place: TaskPlace,
  remakes: Remakes,
): Promise<EndRecord | typeof later | After<PlannedTask>> => {
  const { plan, state, journal } = given
  const { task } = starting
  const earlier = state.ends.get(taskId(task))
  const made = await makeEnd(given, starting, place)
  if (made === later) return later
  // What was refused tells of the damage that another task met.
  const damaged = made.error && made.startedAt !== undefined ? damagedPath(plan.job.out, made.error) : undefined
  const makers = damaged === undefined ? undefined : remakes.tasksFor(damaged, starting.ends)
  if (makers !== undefined) {
    await journal.append(withFormer(made, earlier), false)
    return new After(makers)
  }
  if (isOverall(task)) await removeFile(tileListPath(plan, task))
  const packed = await packEnd(given, made)
  const own = task.neighbour ? withProducts(packed, state.replacing ? undefined : earlier) : packed
  // After an update the former products are of other inputs.
  const keepsFormer = state.replacing || (!isGood(own) && given.change !== "update")
  const end = keepsFormer ? await withStandingFormer(plan, own, earlier) : own
  await removeStale(plan, earlier, end)
  await noteQuarantine(plan, task, end, given.crop)
  // A bucket file is not on the disk for certain either: the next task need not wait, and what a power cut took is made again.
  await journal.append(end, end.stage !== "source")
  return end
}

/** The end with its files in their packs; a pack that cannot be written fails the task. */
const packEnd = async ({ packs }: Dispatching, end: EndRecord): Promise<EndRecord> => {
  if (packs === undefined) return end
  try {
    return { ...end, files: await packs.add(end.files) }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const lost = new EngineError("E_OUTPUT", `packs could not be written: ${why}`, { tile: end.key }, cause)
    const error = EngineError.toData(lost)
    const { content: _, metrics: _metrics, ...rest } = end
    return { ...rest, files: [], outcome: outcomeOf(error), reason: error.message, error }
  }
}

const makeEnd = async (given: Dispatching, starting: Starting, place: TaskPlace): Promise<EndRecord | typeof later> => {
  const { task, hash } = starting
  const base = { type: "end", key: task.key, stage: task.stage, hash } as const
  const nothing = { timeMs: 0, points: 0, peakBytes: 0, files: [] }
  const refusal = refuse(given.plan, given.state.attempts, starting)
  if (refusal) return { ...base, ...nothing, outcome: outcomeOf(refusal), reason: refusal.message, error: refusal }
  const skipped = skippedBelow(starting)
  if (skipped !== undefined) return { ...base, ...nothing, outcome: "skipped", reason: skipped }
  const { bytes } = starting
  // Where no thread can load its code nothing is begun: the run ends with that.
  await given.pool.loaded()
  // Stopped meanwhile: what has not begun must not look like a failed start.
  if (given.signal?.aborted) await new Promise(() => undefined)
  await given.journal.append({ type: "start", key: task.key, stage: task.stage, hash, bytes }, false)
  const { result, tries } = await send(given, starting, place)
  // Of a run that was stopped nobody waits for it.
  if (given.signal?.aborted) await new Promise(() => undefined)
  // Its neighbours, or the machine, may have been too much.
  if (result.fatal === "died" && place !== "alone") return later
  const tried = tries > 1 ? { tries } : {}
  const { died: _, fatal, ...rest } = result
  if (rest.outcome !== "failed") return { ...base, ...rest, ...tried }
  const { error, timeMs, peakBytes, startedAt, worker } = rest
  const ran = startedAt === undefined || worker === undefined ? {} : { startedAt, worker }
  const how = { ...tried, ...(fatal ? { fatal: true as const } : {}) }
  return {
    ...base,
    ...nothing,
    outcome: outcomeOf(error),
    reason: error.message,
    error,
    timeMs,
    peakBytes,
    ...ran,
    ...how,
  }
}

/**
 * Runs the task where its place is, again after failures that may pass; in a process of its own where its thread ran out of memory or ran away. So suspects run beside each other, and the guilty
 * one takes down nothing but itself. Alone it has two tries: one SIGKILL may be meant for the machine.
 */
const send = async (
  given: Dispatching,
  starting: Starting,
  place: TaskPlace,
): Promise<{ readonly result: IsolatedResult; readonly tries: number }> => {
  const { signal, pool } = given
  const limit = taskTimeout(given.plan.job.taskTimeout, starting.task.costCoreSeconds)
  const apart = async (): Promise<IsolatedResult> => pool.runApart(await workerInput(given, starting), signal, limit)
  const run = place === "thread" ? async () => pool.run(await workerInput(given, starting), limit) : apart
  const mayPass = (result: IsolatedResult): boolean =>
    result.outcome === "failed" && result.died !== true && isTransient(result.error)
  const first = await withRetries(() => attempt(run, starting), mayPass, signal === undefined ? {} : { signal })
  const isLost = first.result.died === true || (place === "alone" && first.result.fatal === "died")
  if (!isLost || signal?.aborted) return first
  return { result: await attempt(apart, starting), tries: first.tries + 1 }
}

/** What fails on the way to a worker (an image that GDAL cannot read) is the task's failure too. */
const attempt = async (run: () => Promise<IsolatedResult>, { task }: Starting): Promise<IsolatedResult> => {
  try {
    return await run()
  } catch (error) {
    return { outcome: "failed", error: EngineError.toData(error, { tile: task.key }), timeMs: 0, peakBytes: 0 }
  }
}

/** How often and how soon a task is tried again. */
export interface RetryOptions {
  /** In all; default 3. */
  readonly tries?: number
  /** Wait before the second try, fourfold before each further one; default 1 s. */
  readonly backOffMs?: number
  /** Ends the waiting: the last result stands. */
  readonly signal?: AbortSignal
}

/**
 * Runs `attempt` until its result is none that may be gone at another try, or the tries are used up; gives the last result and how often it was
 * tried.
 */
export const withRetries = async <R>(
  attempt: () => Promise<R>,
  mayPass: (result: R) => boolean,
  { tries = 3, backOffMs = 1000, signal }: RetryOptions = {},
): Promise<{ readonly result: R; readonly tries: number }> => {
  for (let tried = 1; ; tried++) {
    const result = await attempt()
    if (tried >= tries || signal?.aborted || !mayPass(result)) return { result, tries: tried }
    await sleep(backOffMs * 4 ** (tried - 1), undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
    if (signal?.aborted) return { result, tries: tried }
  }
}
