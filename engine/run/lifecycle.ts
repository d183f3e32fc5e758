/**
 * Runs tasks from the first journal line to the summary, the same for a whole job and for a shard.
 */
import { packageVersion } from "../core/package-files.js"
import { findDamaged, removeDamaged } from "../journal/find-damaged.js"
import { Journal, type JournalState } from "../journal/journal.js"
import type { EndRecord } from "../journal/journal-record.js"
import type { Plan } from "../plan/plan.js"
import type { Pool } from "../pool/pool.js"
import { findMissing } from "../report/missing.js"
import type { RunEvent, RunSummary } from "../report/outcome.js"
import { listShares, listThresholds, shareWarnings } from "../report/quality.js"
import { sampleMemory } from "../report/run-history.js"
import { pointWarnings, summarise } from "../report/summarise.js"
import type { TileOutcome } from "../report/tile-outcome.js"
import { createDispatch, type Dispatching, takeTask } from "./dispatch.js"
import { rejectedSources, toOutcome } from "./outcomes.js"
import { PackStore } from "./pack-store.js"
import type { CropInput } from "./quarantine.js"
import { Reuse } from "./reuse/reuse.js"
import { chooseTasks } from "./run-groups.js"
import type { RunOptions } from "./run-options.js"
import { decisions, planned, runTasks, type TaskRun, type TasksRun } from "./run-tasks.js"

/** A run whose tasks have ended. */
export interface EndedRun {
  readonly common: Dispatching
  readonly running: TaskRun
  readonly ended: TasksRun
}

/** A run with a prepared folder, and the steps around its tasks. */
export interface Lifecycle {
  readonly plan: Plan
  /** Closed at the end of the run. */
  readonly pool: Pool
  /** Name of the journal to write; default: that of the whole folder. */
  readonly journal: string | undefined
  /** Path and hash of the context for workers. */
  readonly context: { readonly hash: string; readonly path?: string }
  /** Points reported in the run's first event. */
  readonly points: number
  /** Ids of tasks with damaged files. */
  readonly damaged: ReadonlySet<string>
  /** Start of the run, from `performance.now()`. */
  readonly started: number
  /** Aborted when another process takes over the folder. */
  readonly lost?: AbortSignal
  /** Ends of tasks that other processes ran. */
  readonly before?: ReadonlyMap<string, EndRecord>
  /** Journals the changes to the folder and returns the initial state. */
  begin(journal: Journal): Promise<JournalState>
  /** Called after the run's line in the journal. */
  begun?(journal: Journal): Promise<void>
  /** Settles the folder after the last task; repeats tasks with damaged files. */
  settle?(run: EndedRun): AsyncGenerator<TileOutcome, TasksRun>
  /** Called after the last task, also if the run was stopped. */
  ended?(run: EndedRun): Promise<void>
  /** Called at the end of a run that was not stopped. */
  finish?(run: EndedRun, summary: RunSummary): Promise<RunSummary>
}

/**
 * Runs the unfinished tasks of a plan, yields their outcomes and returns the summary. Journal,
 * packs and threads are always closed.
 *
 * @throws EngineError if the journal cannot be written, no thread can load its code, or `settle`
 * throws
 */
export async function* runLifecycle(life: Lifecycle, options: RunOptions): AsyncGenerator<TileOutcome, RunSummary> {
  const { plan, pool, damaged } = life
  const { out, pack } = plan.job
  const { restart = 0, drain, onEvent: emit = () => undefined } = options
  const memory = sampleMemory()
  let opened: Journal | undefined
  // Aborted when the run is over: a task that ends later, or was never sent, must not be journaled
  // as failed.
  const over = new AbortController()
  let packs: PackStore | undefined
  try {
    const journal = await Journal.open(out, life.journal)
    opened = journal
    const state = await life.begin(journal)
    packs = pack ? await PackStore.open(out, life.journal) : undefined
    const rejected = rejectedSources(plan)
    const ownEnds: ReadonlySet<string> = restart > 0 ? state.endedInRun : new Set()
    const say = (text: string, level: "info" | "warning"): void => emit({ type: "message", level, text })
    const { reuse: folders = [], change } = options
    const reuse = folders.length === 0 ? undefined : await Reuse.open(plan, folders, say)
    const crop: CropInput = async (request) => (await import("../export/crop.js")).cropPoints(request)
    const taking = takeTask({ plan, journal, state, reuse, crop, change })
    const { tasks, unchanged } = await chooseTasks(plan, state, ownEnds, damaged, taking)
    const at = new Date().toISOString()
    const head = { version: packageVersion, tasks: tasks.length, planHash: plan.hash, restart, at }
    await journal.append({ type: "run", ...head })
    emit({ ...planned(plan, tasks, unchanged), points: life.points })
    for (const text of decisions(plan, tasks)) emit({ type: "message", level: "detail", text })
    await life.begun?.(journal)
    yield* rejected
    const signal = AbortSignal.any([over.signal, life.lost, options.signal].filter((one) => one !== undefined))
    const common: Dispatching = {
      ...{ plan, pool, journal, packs, state, unchanged, damaged, ownEnds, signal },
      ...{ before: life.before, contextHash: life.context.hash, contextPath: life.context.path },
      ...{ change, crop, reuse },
    }
    const { suspects } = state.attempts
    const running = { plan, tasks, dispatch: createDispatch(common), pool, suspects, signal, drain, emit }
    const ran = yield* runTasks(running)
    for (const text of reuse?.summary() ?? []) say(text, "info")
    // Returns the threads' memory while results are settled; awaited below.
    pool.close().catch(() => undefined)
    const ended = life.settle === undefined ? ran : yield* life.settle({ common, running, ended: ran })
    const whole = { common, running, ended }
    await life.ended?.(whole)
    const { finished, stopped } = ended
    const outcomes = finished.map((one) => toOutcome(plan, one))
    if (stopped !== undefined) await journal.append({ type: "stop", at: new Date().toISOString() })
    const timeMs = performance.now() - life.started
    const kernels = plan.kernels.map(({ kernel }) => kernel)
    const declared = { thresholds: listThresholds(kernels), shares: listShares(kernels) }
    const missing = life.finish === undefined || stopped !== undefined ? undefined : findMissing(plan, outcomes)
    const summed: RunSummary = {
      ...summarise([...rejected, ...outcomes], memory.stop(), timeMs, declared, stopped),
      ...(missing && { missing }),
    }
    // One shard lacks the objects that later phases join.
    const shares = life.finish === undefined ? [] : (summed.quality?.shares ?? [])
    for (const text of [...pointWarnings(summed, plan), ...shareWarnings(shares)])
      emit({ type: "message", level: "warning", text })
    const summary = stopped === undefined ? ((await life.finish?.(whole, summed)) ?? summed) : summed
    emit({ type: "end", summary })
    return summary
  } finally {
    over.abort()
    memory.stop()
    await pool.close()
    await packs?.close()
    await opened?.close()
  }
}

/**
 * Compares the files of earlier runs with their hashes. Removes damaged files that no task wrote,
 * and returns the ids of the tasks that wrote the others.
 */
export const verifyFolder = async (
  plan: Plan,
  state: Pick<JournalState, "ends" | "noted">,
  emit: (event: RunEvent) => void,
): Promise<ReadonlySet<string>> => {
  const say = (text: string, level: "info" | "warning" = "info"): void => emit({ type: "message", level, text })
  const own = new Set(plan.tasks.map(({ id }) => id))
  const tasks = new Set<string>()
  let reportedAt = performance.now()
  const onProgress = (done: number, total: number): void => {
    if (performance.now() - reportedAt < 10_000) return
    reportedAt = performance.now()
    say(`verified ${(done / 1e9).toFixed(1)} of ${(total / 1e9).toFixed(1)} GB`)
  }
  for await (const found of findDamaged(plan.job.out, state, onProgress)) {
    const isLost = found.task !== undefined && !own.has(found.task)
    const next = isLost ? "No task of this job makes it" : "It is made again"
    say(`${found.path}: damaged: ${found.what}. ${next}.`, "warning")
    if (found.task === undefined) await removeDamaged(plan.job.out, found)
    else tasks.add(found.task)
  }
  return tasks
}
