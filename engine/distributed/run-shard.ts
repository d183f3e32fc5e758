import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { canonicalJson, sha256 } from "../core/hash.js"
import { packageVersion } from "../core/package-version.js"
import { EngineError } from "../errors.js"
import type { Job } from "../job/job.js"
import { layout } from "../job/layout.js"
import { attemptId } from "../journal/attempts.js"
import { findDamaged } from "../journal/find-damaged.js"
import { Journal, type JournalState } from "../journal/journal.js"
import type { EndRecord } from "../journal/journal-record.js"
import { journalFile, journalFolder } from "../journal/shard-journals.js"
import type { Plan } from "../plan/plan.js"
import { requireShardJob } from "../plan/shards/check-shard-plan.js"
import { readShardPlan } from "../plan/shards/read-shard-plan.js"
import { type Phase, planLayout, type ShardPlan } from "../plan/shards/shard-plan.js"
import { writeGiven } from "../plan/write-given.js"
import { openPool, type Pool } from "../pool/pool.js"
import { sampleMemory } from "../report/memory-samples.js"
import type { RunSummary, TileOutcome } from "../report/outcome.js"
import { thresholdsOf } from "../report/quality.js"
import { summarise } from "../report/summarise.js"
import { admitJob } from "../run/admit-job.js"
import { createDispatch } from "../run/dispatch.js"
import { PackStore } from "../run/pack-store.js"
import type { CropInput } from "../run/quarantine.js"
import { knownOfFolder, type RunOptions, runJob } from "../run/run.js"
import { chooseTasks } from "../run/run-stages.js"
import { planned, runTasks } from "../run/run-tasks.js"
import { arraySizeOf } from "./array-tasks.js"
import { planOneShard, planWhole } from "./open-shard-plan.js"
import { planJoins, planSquares } from "./plan-joins.js"
import { findMissing } from "./shard-progress.js"
import { readJoinInputs, readModelInputs, readShardState, type ShardPhase } from "./shard-state.js"

/** Which part of a plan to run, and as whose attempt. */
export interface ShardRunOptions extends RunOptions {
  readonly phase: Phase
  /** Number of the shard; any in the phases that are one task. */
  readonly shard: number
  /** Identifier of this attempt, as no other has it: hexadecimal digits and dashes. */
  readonly attempt: string
  /** How often this attempt's process was restarted. */
  readonly restart?: number
  /** What runs the tasks of the phases before the last, in place of worker threads: for rehearsals with tiles that make nothing. */
  readonly pool?: Pool
}

/**
 * Runs one shard of a plan (`maille plan --shards`) in one of its phases, and yields the outcome of each task.
 *
 * Any number of these run at one time on one output folder, copies of the same shard among them: each writes a journal of its own, takes no lock, keeps what any attempt at the shard has
 * finished, and puts files under their names whole and with the same bytes. The last phase, "finish", is a whole run that finds nearly all done; it takes the lock.
 *
 * Throws E_USAGE for a shard or a phase that the plan has not, E_INCOMPLETE when an earlier phase is not through (what is missing is then listed under `plan/`) or another process runs the last one.
 */
export async function* runShard(job: Job, options: ShardRunOptions): AsyncGenerator<TileOutcome, RunSummary> {
  const shardPlan = await readShardPlan(job.out)
  await requireShardJob(job.out, shardPlan)
  const { phase, attempt } = options
  if (!shardPlan.phases.includes(phase)) {
    const text = `--phase ${phase}: this plan has the phases ${shardPlan.phases.join(", ")}`
    throw new EngineError("E_USAGE", text, { option: "--phase" })
  }
  const shard = arraySizeOf(shardPlan, phase) === undefined ? 0 : options.shard
  await requireComplete(job.out, shardPlan, { phase, shard })
  const journal = `${journalFolder(shardPlan.hash)}/${journalFile(phase, shard, attempt)}`
  await mkdir(join(job.out, journalFolder(shardPlan.hash)), { recursive: true })
  if (phase === "finish") return yield* finish(job, shardPlan, { ...options, journal })
  const plan = await planPart(job, shardPlan, phase, shard)
  const before =
    phase === "join" || phase === "square"
      ? await readJoinInputs(job.out, shardPlan, plan.tasks)
      : phase === "model"
        ? await readModelInputs(job.out, shardPlan, plan)
        : new Map<string, EndRecord>()
  return yield* runPart({ plan, before, journal, shardPlan, of: { phase, shard } }, options)
}

/** The last phase: a whole run that finds the others' work done; then a note that the plan is through. */
async function* finish(job: Job, shardPlan: ShardPlan, options: RunOptions): AsyncGenerator<TileOutcome, RunSummary> {
  const { change } = shardPlan
  const admitted = await admitJob(job, { change })
  const plan = await planWhole(admitted.job, shardPlan, await knownOfFolder(admitted, change))
  const run = runJob(job, { ...options, ...(change === undefined ? {} : { change }), plan })
  const summary = yield* orLater(run, job.out)
  if (summary.stopped !== undefined) return summary
  // One a shard and phase: few files are asked for, and whoever runs a shard again writes its own.
  if (job.pack) await rm(join(job.out, layout.contexts), { recursive: true, force: true })
  const { done, skipped, failed, quarantined, unchanged } = summary
  const counts = { done, skipped, failed, quarantined, unchanged }
  const text = JSON.stringify({ planHash: shardPlan.hash, at: new Date().toISOString(), ...counts }, undefined, 1)
  await atomicWrite(join(job.out, planLayout.finished), `${text}\n`, join(job.out, layout.temporary))
  return summary
}

/**
 * A run of the last phase. Throws E_INCOMPLETE while another copy of it holds the folder: given again when that one has ended,
 * it finds nothing left and ends well.
 */
async function* orLater(
  run: AsyncGenerator<TileOutcome, RunSummary>,
  out: string,
): AsyncGenerator<TileOutcome, RunSummary> {
  try {
    return yield* run
  } catch (cause) {
    const { code, message, context } = EngineError.toData(cause)
    if (code !== "E_USAGE" || context.file !== join(out, layout.lock)) throw cause
    const text = `${message} The last phase runs once at a time: give the same command again when that one has ended.`
    throw new EngineError("E_INCOMPLETE", text, context, cause)
  }
}

/** Throws E_INCOMPLETE, and lists what is missing, when a phase before this one is not through. */
const requireComplete = async (out: string, shardPlan: ShardPlan, { phase, shard }: ShardPhase): Promise<void> => {
  const missing = await findMissing(out, shardPlan, phase, shard)
  if (missing.count === 0) return
  const path = planLayout.missing(phase, phase === "square" ? shard : undefined)
  await atomicWrite(joinInside(out, path), `${JSON.stringify(missing, undefined, 1)}\n`, join(out, layout.temporary))
  const what = `${missing.count} task(s) of the phases before it have not ended, in ${missing.shards.length} shard(s)`
  const text = `phase ${phase} cannot begin: ${what}; ${joinInside(out, path)} lists them. Run those shards again.`
  throw new EngineError("E_INCOMPLETE", text, { file: joinInside(out, path) })
}

/** The tasks that one task of a phase runs. */
const planPart = (job: Job, shardPlan: ShardPlan, phase: Exclude<Phase, "finish">, shard: number): Promise<Plan> => {
  if (phase === "join") return planJoins(job, shardPlan)
  if (phase === "square") return planSquares(job, shardPlan, shard)
  return planOneShard(job, shardPlan, phase, shard)
}

interface Part {
  readonly plan: Plan
  readonly before: ReadonlyMap<string, EndRecord>
  readonly journal: string
  readonly shardPlan: ShardPlan
  readonly of: ShardPhase
}

async function* runPart(
  { plan, before, journal: name, shardPlan, of }: Part,
  options: ShardRunOptions,
): AsyncGenerator<TileOutcome, RunSummary> {
  const { job } = plan
  const started = performance.now()
  const emit = options.onEvent ?? (() => undefined)
  const memory = sampleMemory()
  const context = await prepare(plan)
  const state = await readShardState(job.out, shardPlan, of)
  const journal = await Journal.open(job.out, name)
  const packs = job.pack ? await PackStore.open(job.out, name) : undefined
  const pool = options.pool ?? openPool(job.workers, job.memoryBytes, undefined, { later: true })
  // What ends after the run has, or was never sent, is in no journal: it would count as a task's own failure.
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, ...(options.signal ? [options.signal] : [])])
  try {
    const damaged = options.verify ? await damagedTasks(plan, state) : new Set<string>()
    const { tasks, unchanged } = await chooseTasks(plan, state, new Set(), damaged)
    await journal.append(runRecord(tasks.length, shardPlan, options))
    const points = plan.tasks.reduce((sum, task) => sum + task.points, 0)
    emit({ type: "plan", tasks: tasks.length, points, ...planned(plan, tasks) })
    const shared = {
      plan,
      pool,
      journal,
      state: state as JournalState,
      unchanged,
      damaged,
      before,
      ownEnds: new Set<string>(),
      signal,
      crop: async (request: Parameters<CropInput>[0]) => (await import("../export/crop.js")).cropPoints(request),
    }
    const dispatch = createDispatch({ ...shared, packs, contextHash: context.hash, contextPath: context.path })
    const { drain } = options
    const { suspects } = state.attempts
    const running = { plan, tasks, dispatch, pool, suspects, signal, drain, emit }
    const { finished, outcomes, stopped } = yield* runTasks(running)
    // What stands of former plans and of whole runs: the ledger of this one need not look there.
    for (const { end, kept } of finished)
      if (kept && !state.written.has(attemptId(end))) await journal.append(end, false)
    if (stopped !== undefined) await journal.append({ type: "stop", at: new Date().toISOString() })
    const thresholds = thresholdsOf(plan.kernels.map(({ kernel }) => kernel))
    const summary = summarise(outcomes, memory.stop(), performance.now() - started, thresholds, stopped)
    emit({ type: "end", summary })
    return summary
  } finally {
    over.abort()
    memory.stop()
    await pool.close()
    await packs?.close()
    await journal.close()
  }
}

/** The tasks of a shard whose files differ from their hashes. */
const damagedTasks = async (plan: Plan, { ends }: JournalState): Promise<ReadonlySet<string>> => {
  const own = new Map(plan.tasks.flatMap((task) => (ends.has(task.id) ? [[task.id, ends.get(task.id)!] as const] : [])))
  const tasks = new Set<string>()
  for await (const { task } of findDamaged(plan.job.out, { ends: own, noted: new Map() }))
    if (task !== undefined) tasks.add(task)
  return tasks
}

const runRecord = (tasks: number, { hash }: ShardPlan, { restart = 0 }: ShardRunOptions) =>
  ({ type: "run", version: packageVersion, tasks, planHash: hash, restart, at: new Date().toISOString() }) as const

/** What workers need, written by each process alike; the context under the name of its content, since shards have different ones. */
const prepare = async (plan: Plan): Promise<{ hash: string; path: string }> => {
  const { out } = plan.job
  const temporary = join(out, layout.temporary)
  await mkdir(temporary, { recursive: true })
  await writeGiven(plan)
  const context = canonicalJson(plan.context)
  const hash = sha256(context)
  const path = `${layout.contexts}${hash.slice(0, 24)}.json`
  await atomicWrite(joinInside(out, path), context, temporary)
  return { hash, path }
}
