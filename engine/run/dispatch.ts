/**
 * Runs single tasks: keeps an earlier result, refuses, or runs and retries, and journals the
 * outcome.
 * See docs/decisions/16-deaths-and-retries.md.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { removeFile } from "../core/files/atomic-write.js"
import { isJoin, taskId } from "../core/stages.js"
import { EngineError, isTransient } from "../errors.js"
import type { FolderChange } from "../job/output-folder.js"
import { attemptId } from "../journal/attempts.js"
import type { Journal, JournalState } from "../journal/journal.js"
import { type EndRecord, isGood } from "../journal/journal-record.js"
import { findChangedRead } from "../journal/source-reads.js"
import { Admission } from "../plan/admission/admission.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import type { IsolatedResult } from "../pool/isolated.js"
import type { Pool } from "../pool/pool.js"
import { taskTimeout } from "../pool/watchdog.js"
import { hasWholeLists, isUpToDate, removeStale, withExistingFormer, withFormer, withProducts } from "./keep-end.js"
import type { PackStore } from "./pack-store.js"
import { type CropInput, noteQuarantine } from "./quarantine.js"
import { describeWithout, outcomeOf, refuse, type Starting, skippedBelow } from "./refuse.js"
import { damagedPath, Remakes } from "./remakes.js"
import type { Reuse } from "./reuse/reuse.js"
import { After, later } from "./schedule.js"
import { bytesHanded, bytesOfPorts, bytesRead, createTaskReads, hashWithReads } from "./task-reads.js"
import { findWithout } from "./without-joins.js"
import { isOverall, tileListPath, workerInput } from "./worker-input.js"

export interface Dispatching {
  readonly plan: Plan
  readonly pool: Pool
  readonly journal: Journal
  /** Receives the files that tasks stage; absent if every file is stored separately. */
  readonly packs: PackStore | undefined
  readonly state: JournalState
  /** Tasks with an unchanged hash and valid products. */
  readonly unchanged: ReadonlySet<string>
  readonly contextHash: string
  /** Path of the context file; default `layout.context`. */
  readonly contextPath?: string | undefined
  /** Ids of tasks with damaged files: they run again. */
  readonly damaged?: Iterable<string>
  /** Ends of tasks that other processes ran, by task id. */
  readonly before?: ReadonlyMap<string, EndRecord> | undefined
  /**
   * Tasks that this run ended before a crash of its engine process: they count as done, not
   * unchanged, and `force` does not repeat them.
   */
  readonly ownEnds: ReadonlySet<string>
  /** Aborted when the run is over: results of ended threads are dropped. */
  readonly signal?: AbortSignal | undefined
  readonly crop: CropInput
  /** Results of other folders; absent if the run names none. */
  readonly reuse?: Reuse | undefined
  readonly change?: FolderChange | undefined
}

/** The outcome of a task, and whether it is an unchanged earlier result. */
export interface Dispatched {
  readonly task: PlannedTask
  readonly end: EndRecord
  readonly unchanged: boolean
  /** True if this run took the result from another folder; it then counts as unchanged. */
  readonly reused?: true
  /** True if the task ran again because a file of its earlier result was damaged. */
  readonly remade?: true
}

/**
 * Where a task runs: in a thread of the pool; in its own process beside others; or in a process
 * with nothing beside it. In the last case its death counts against it.
 */
export type TaskPlace = "thread" | "process" | "alone"

/** Number of starts without an end after which a task runs in isolation. */
const startsInVain = 3

export interface Dispatch {
  /**
   * Keeps, refuses, or runs the task, and journals its end. Defers it if its own process died
   * beside others (`later`), or if it found a damaged file whose makers must run first (`After`).
   *
   * @throws EngineError if no thread of the pool can load its code
   */
  run(task: PlannedTask): Promise<Dispatched | typeof later | After<PlannedTask>>
  /**
   * True if the task's earlier result is valid. Call it once the task's dependencies have ended.
   */
  isUpToDate(task: PlannedTask): Promise<boolean>
  /**
   * Returns the task with an estimate from the files that it reads. Call it once its dependencies
   * have ended.
   */
  estimate(task: PlannedTask): Promise<PlannedTask>
  /** Where the task will run, by its earlier starts. */
  placeOf(task: PlannedTask): Promise<TaskPlace>
  /**
   * Bytes to admit the task by: its estimate, corrected by the use of similar tasks in this run.
   */
  bytesOf(task: PlannedTask): number
}

export const createDispatch = (common: Dispatching): Dispatch => {
  const ends = new Map<string, EndRecord>(common.before)
  const { plan, state } = common
  const admission = new Admission(plan)
  const putOff = new Set<string>()
  const remakes = new Remakes(plan, common.damaged)
  const placeOf = ({ task, hash }: Starting): TaskPlace => {
    const begun = state.attempts.begun.get(attemptId({ ...task, hash })) ?? 0
    return putOff.has(task.id) || begun >= startsInVain ? "alone" : begun > 0 ? "process" : "thread"
  }
  const readsOf = createTaskReads(plan)
  const start = async (task: PlannedTask): Promise<Starting> => {
    const reads = await readsOf(task, ends)
    const without = findWithout(plan, task, ends)
    const hash = hashWithReads(task, plan, ends, reads, without.kernels)
    return { task, bytes: admission.bytesOf(task), reads, hash, ends, without }
  }
  const findUpToDate = async ({ task, hash }: Starting): Promise<EndRecord | undefined> => {
    const taken = common.reuse?.takenOf(task.id)
    if (remakes.isWanted(task.id)) return undefined
    if (taken !== undefined) return taken
    const earlier = state.ends.get(taskId(task))
    if (isJoin(task.stage) && earlier !== undefined && !(await hasWholeLists(plan.job.out, earlier))) return undefined
    if (common.unchanged.has(task.id)) return earlier
    const hashes = [hash, task.wholeHash]
    if (await isUpToDate(plan, earlier, hashes, common.ownEnds)) return earlier
    return takeTask(common)(task, hashes)
  }
  /** True for tasks whose estimate needs the sizes of their inputs. */
  const isWeighed = ({ stage }: PlannedTask): boolean => stage === "model" || isJoin(stage)
  /** Estimates other tasks from what earlier tasks counted or made. */
  const estimated = (task: PlannedTask): PlannedTask =>
    isWeighed(task) ? task : admission.estimated(task, ends, task.stage === "parent" ? bytesHanded(task, ends) : 0)
  return {
    run: async (planned) => {
      const task = estimated(planned)
      const starting = await start(task)
      const unchanged = await findUpToDate(starting)
      const end = unchanged ?? (await perform(common, starting, placeOf(starting), remakes))
      if (end instanceof After) return end
      if (end === later) {
        putOff.add(task.id)
        return later
      }
      const remade = remakes.done(task.id) ? ({ remade: true } as const) : {}
      ends.set(task.id, end)
      await admission.ended(task, end, unchanged === undefined)
      const reused = common.reuse?.takenOf(task.id) === end ? ({ reused: true } as const) : {}
      const isUnchanged = unchanged !== undefined && !common.ownEnds.has(taskId(task))
      return { task, end, unchanged: isUnchanged, ...reused, ...remade }
    },
    placeOf: async (task) => placeOf(await start(task)),
    bytesOf: (task) => admission.bytesOf(estimated(task)),
    isUpToDate: async (task) => (await findUpToDate(await start(task))) !== undefined,
    estimate: async (task) => {
      if (!isWeighed(task)) return task
      const reads = await readsOf(task, ends)
      return admission.estimated(task, ends, bytesRead(reads), (ports) => bytesOfPorts(reads, ports))
    },
  }
}

/** Takes a task from another folder and journals its end; undefined where none has it. */
export type TakeTask = (task: PlannedTask, hashes: readonly (string | undefined)[]) => Promise<EndRecord | undefined>

/** Returns the {@link TakeTask} of a run. Tasks of stage "source" leave no file to take. */
export const takeTask =
  (common: Pick<Dispatching, "plan" | "journal" | "state" | "reuse" | "crop" | "change">): TakeTask =>
  async (task, hashes) => {
    const { plan, reuse, state, journal } = common
    if (reuse === undefined || task.stage === "source" || plan.job.force) return undefined
    const taken = await reuse.take(task, hashes)
    if (taken === undefined) return undefined
    for (const part of taken.parts)
      if (!state.ends.has(taskId(part))) await journal.append({ ...part, reused: true }, false)
    const end = await settleEnd(common, task, taken.end)
    reuse.note(task.id, end)
    return end
  }

/** Settles the files of a task's former results, and journals its end. */
const settleEnd = async (
  { plan, state, journal, crop, change }: Pick<Dispatching, "plan" | "state" | "journal" | "crop" | "change">,
  task: PlannedTask,
  made: EndRecord,
): Promise<EndRecord> => {
  const earlier = state.ends.get(taskId(task))
  const own = task.neighbour ? withProducts(made, state.replacing ? undefined : earlier) : made
  // After an update the former products belong to other inputs.
  const keepsFormer = state.replacing || (!isGood(own) && change !== "update")
  const end = keepsFormer ? await withExistingFormer(plan, own, earlier) : own
  await removeStale(plan, earlier, end)
  await noteQuarantine(plan, task, end, crop)
  // No fsync for a source: its bucket file has none either, and a power cut only means that it runs
  // again.
  await journal.append(end, end.stage !== "source")
  return end
}

const perform = async (
  common: Dispatching,
  starting: Starting,
  place: TaskPlace,
  remakes: Remakes,
): Promise<EndRecord | typeof later | After<PlannedTask>> => {
  const { plan, state, journal } = common
  const { task } = starting
  const earlier = state.ends.get(taskId(task))
  const ended = await makeEnd(common, starting, place)
  if (ended === later) return later
  const made = withoutSilentChange(plan, ended, earlier)
  // A refusal repeats another task's error; only a task that ran reports damage.
  const damaged = made.error && made.startedAt !== undefined ? damagedPath(plan.job.out, made.error) : undefined
  const makers = damaged === undefined ? undefined : remakes.tasksFor(damaged, starting.ends)
  if (makers !== undefined) {
    await journal.append(withFormer(made, earlier), false)
    return new After(makers)
  }
  if (isOverall(task)) await removeFile(tileListPath(plan, task))
  return settleEnd(common, task, await packEnd(common, made))
}

/**
 * Fails a task that read other bytes than before from a file whose size and time are the same:
 * other tasks have used the former bytes.
 */
const withoutSilentChange = ({ context }: Plan, end: EndRecord, earlier: EndRecord | undefined): EndRecord => {
  const identity = isGood(end) ? findChangedRead(end, earlier) : undefined
  if (identity === undefined) return end
  const path = context.sources.find((source) => source.identity === identity)?.path ?? identity
  const text = `${path}: its bytes have changed, but not its size and modification time. Run "touch" on it, then maille update.`
  const error = EngineError.toData(new EngineError("E_INPUT", text, { file: path }))
  const { content: _, metrics: _metrics, read: _read, ...rest } = end
  return { ...rest, files: [], outcome: outcomeOf(error), reason: error.message, error }
}

/** Packs the files of an end; a pack that cannot be written fails the task. */
const packEnd = async ({ packs }: Dispatching, end: EndRecord): Promise<EndRecord> => {
  if (packs === undefined) return end
  try {
    return { ...end, files: await packs.add(end.files) }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const lost = new EngineError("E_OUTPUT", `packs cannot be written: ${why}`, { tile: end.key }, cause)
    const error = EngineError.toData(lost)
    const { content: _, metrics: _metrics, ...rest } = end
    return { ...rest, files: [], outcome: outcomeOf(error), reason: error.message, error }
  }
}

const makeEnd = async (
  common: Dispatching,
  starting: Starting,
  place: TaskPlace,
): Promise<EndRecord | typeof later> => {
  const { task, hash } = starting
  const base = { type: "end", key: task.key, stage: task.stage, hash } as const
  const nothing = { timeMs: 0, points: 0, peakBytes: 0, files: [] }
  const refusal = refuse(common.plan, common.state.attempts, starting)
  if (refusal) return { ...base, ...nothing, outcome: outcomeOf(refusal), reason: refusal.message, error: refusal }
  const skipped = skippedBelow(common.plan, starting)
  if (skipped !== undefined) return { ...base, ...nothing, outcome: "skipped", reason: skipped }
  const { bytes } = starting
  // Rejects if no thread can load its code: then the run ends and no start is journaled.
  await common.pool.loaded()
  // Never resolve after an abort: a task that has not begun must not look like a failed start.
  if (common.signal?.aborted) await new Promise(() => undefined)
  await common.journal.append({ type: "start", key: task.key, stage: task.stage, hash, bytes }, false)
  const { result, tries } = await send(common, starting, place)
  // Nobody waits for a task of a stopped run.
  if (common.signal?.aborted) await new Promise(() => undefined)
  // The cause may be the tasks beside it, or the machine.
  if (result.fatal === "died" && place !== "alone") return later
  const tried = tries > 1 ? { tries } : {}
  const { died: _, fatal, ...rest } = result
  if (rest.outcome !== "failed") {
    const { without } = starting
    const lacking = without.kernels.length === 0 ? {} : { reason: describeWithout(without) }
    return { ...base, ...lacking, ...rest, ...tried }
  }
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
 * Runs the task at its place and retries transient failures. If its thread ran out of memory or ran
 * away, it runs again in its own process. There suspects can run beside each other, and a failing
 * one ends only itself. An isolated task gets two tries: one SIGKILL may have been meant for the
 * machine.
 */
const send = async (
  common: Dispatching,
  starting: Starting,
  place: TaskPlace,
): Promise<{ readonly result: IsolatedResult; readonly tries: number }> => {
  const { signal, pool } = common
  const limit = taskTimeout(common.plan.job.taskTimeout, starting.task.costCoreSeconds)
  const apart = async (): Promise<IsolatedResult> => pool.runApart(await workerInput(common, starting), signal, limit)
  const run = place === "thread" ? async () => pool.run(await workerInput(common, starting), limit) : apart
  const mayPass = (result: IsolatedResult): boolean =>
    result.outcome === "failed" && result.died !== true && isTransient(result.error)
  const first = await withRetries(() => attempt(run, starting), mayPass, signal === undefined ? {} : { signal })
  const isLost = first.result.died === true || (place === "alone" && first.result.fatal === "died")
  if (!isLost || signal?.aborted) return first
  return { result: await attempt(apart, starting), tries: first.tries + 1 }
}

/**
 * A failure before the worker starts (an image that GDAL cannot read) is the task's failure too.
 */
const attempt = async (run: () => Promise<IsolatedResult>, { task }: Starting): Promise<IsolatedResult> => {
  try {
    return await run()
  } catch (error) {
    return { outcome: "failed", error: EngineError.toData(error, { tile: task.key }), timeMs: 0, peakBytes: 0 }
  }
}

export interface RetryOptions {
  /** Tries in all; default 3. */
  readonly tries?: number
  /** Wait before the second try, fourfold before each further one; default 1 s. */
  readonly backOffMs?: number
  /** Ends the waiting; the last result is returned. */
  readonly signal?: AbortSignal
}

/**
 * Repeats `attempt` while its result may be transient and tries remain. Returns the last result and
 * the number of tries.
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
