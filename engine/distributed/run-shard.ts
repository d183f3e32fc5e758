/**
 * Runs one shard of a plan in one phase. Any number of such runs share an output folder, each with
 * its own journal.
 */

import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { canonicalJson, sha256 } from "../core/hash.js"
import { usageError } from "../core/parse-values.js"
import type { Phase } from "../core/stages.js"
import { counted } from "../core/texts.js"
import { EngineError } from "../errors.js"
import type { Job } from "../job/job.js"
import { layout, planLayout } from "../job/layout.js"
import { attemptId } from "../journal/attempts.js"
import type { EndRecord } from "../journal/journal-record.js"
import { journalFile, journalFolder } from "../journal/shard-journals.js"
import type { Plan } from "../plan/plan.js"
import { requireShardJob } from "../plan/shards/check-shard-plan.js"
import { readShardPlan } from "../plan/shards/read-shard-plan.js"
import type { ShardPlan } from "../plan/shards/shard-plan.js"
import { writeExternal } from "../plan/write-external.js"
import { openPool, type Pool } from "../pool/pool.js"
import type { RunSummary } from "../report/outcome.js"
import type { TileOutcome } from "../report/tile-outcome.js"
import { admitJob } from "../run/admit-job.js"
import { type Lifecycle, runLifecycle, verifyFolder } from "../run/lifecycle.js"
import { knownOfFolder, runJob } from "../run/run.js"
import type { RunOptions } from "../run/run-options.js"
import { planJoins, planOneShard, planRegions, planWhole } from "./plan-parts.js"
import { countTasks } from "./region-tasks.js"
import { findMissing } from "./shard-progress.js"
import { readJoinInputs, readModelInputs, readShardState, type ShardPhase } from "./shard-state.js"

/** Which part of a plan to run, and the identity of the attempt. */
export interface ShardRunOptions extends RunOptions {
  readonly phase: Phase
  /** Number of the shard; ignored in phases of one task. */
  readonly shard: number
  /** Unique identifier of this attempt: hexadecimal digits and dashes. */
  readonly attempt: string
  /**
   * Runs the tasks of all phases except the last, in place of worker threads: for rehearsals with
   * tiles that make nothing.
   */
  readonly pool?: Pool
}

/**
 * Runs one shard of a plan (`maille plan --shards`) in one of its phases, and yields the outcome of
 * each task.
 *
 * Any number of these may run at one time on one output folder, copies of one shard included. Each
 * writes its own journal and takes no lock. It keeps the results of any attempt at the shard, and
 * puts complete files with identical bytes under their names. The last phase, "finish", is a whole
 * run that finds nearly all done; it takes the lock.
 *
 * @throws EngineError E_USAGE for a shard or a phase that the plan lacks
 * @throws EngineError E_INCOMPLETE when an earlier phase is not complete (`plan/` then lists the
 * missing tasks), or another process runs the last one
 */
export async function* runShard(job: Job, options: ShardRunOptions): AsyncGenerator<TileOutcome, RunSummary> {
  const shardPlan = await readShardPlan(job.out)
  await requireShardJob(job.out, shardPlan)
  const { phase, attempt } = options
  if (!shardPlan.phases.includes(phase)) {
    throw usageError(
      "--phase",
      `"${phase}"`,
      `one of the plan's phases: ${shardPlan.phases.join(", ")}`,
      "Run the phases in this order.",
    )
  }
  const shard = countTasks(shardPlan, phase) === undefined ? 0 : options.shard
  await requireComplete(job.out, shardPlan, { phase, shard })
  const journal = `${journalFolder(shardPlan.hash)}/${journalFile(phase, shard, attempt)}`
  await mkdir(join(job.out, journalFolder(shardPlan.hash)), { recursive: true })
  if (phase === "finish") return yield* finish(job, shardPlan, { ...options, journal })
  const plan = await planPart(job, shardPlan, phase, shard)
  const before =
    phase === "job" || phase === "region"
      ? await readJoinInputs(job.out, shardPlan, plan.tasks)
      : phase === "model"
        ? await readModelInputs(job.out, shardPlan, plan)
        : new Map<string, EndRecord>()
  return yield* runPart({ plan, before, journal, shardPlan, of: { phase, shard } }, options)
}

/**
 * The last phase: a whole run that finds the shards' work done; then records that the plan is
 * complete.
 */
async function* finish(job: Job, shardPlan: ShardPlan, options: RunOptions): AsyncGenerator<TileOutcome, RunSummary> {
  const { change } = shardPlan
  const admitted = await admitJob(job, { change })
  const plan = await planWhole(admitted.job, shardPlan, await knownOfFolder(admitted, change))
  const run = runJob(job, { ...options, ...(change === undefined ? {} : { change }), plan })
  const summary = yield* orLater(run, job.out)
  if (summary.stopped !== undefined) return summary
  // There is one for each shard and phase. With `--pack`, few files are wanted, and a repeated
  // shard writes its own again.
  if (job.pack) await rm(join(job.out, layout.contexts), { recursive: true, force: true })
  const { done, skipped, failed, quarantined, unchanged } = summary
  const counts = { done, skipped, failed, quarantined, unchanged }
  const text = JSON.stringify({ planHash: shardPlan.hash, at: new Date().toISOString(), ...counts }, undefined, 1)
  await atomicWrite(join(job.out, planLayout.finished), `${text}\n`, join(job.out, layout.temporary))
  return summary
}

/**
 * Runs the last phase. Throws E_INCOMPLETE while another copy of it holds the folder. Given again
 * after that copy has ended, it finds nothing left and succeeds.
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
    const text = `${message} Only one process runs the last phase. Run the same command again when it has finished.`
    throw new EngineError("E_INCOMPLETE", text, context, cause)
  }
}

/** Throws E_INCOMPLETE, and lists the missing tasks, when an earlier phase is not complete. */
const requireComplete = async (out: string, shardPlan: ShardPlan, { phase, shard }: ShardPhase): Promise<void> => {
  const missing = await findMissing(out, shardPlan, phase, shard)
  if (missing.count === 0) return
  const path = planLayout.missing(phase, phase === "region" ? shard : undefined)
  await atomicWrite(joinInside(out, path), `${JSON.stringify(missing, undefined, 1)}\n`, join(out, layout.temporary))
  const what = `earlier phases have ${counted(missing.count, "unfinished task")} in ${counted(missing.shards.length, "shard")}`
  const text = `phase ${phase} cannot start: ${what}. Run the shards again that ${joinInside(out, path)} lists.`
  throw new EngineError("E_INCOMPLETE", text, { file: joinInside(out, path) })
}

/** The tasks that one task of a phase runs. */
const planPart = (job: Job, shardPlan: ShardPlan, phase: Exclude<Phase, "finish">, shard: number): Promise<Plan> => {
  if (phase === "job") return planJoins(job, shardPlan)
  if (phase === "region") return planRegions(job, shardPlan, shard)
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
  const context = await prepare(plan, options.onEvent)
  const state = await readShardState(job.out, shardPlan, of)
  const ids = new Set(plan.tasks.map(({ id }) => id))
  const own = { ends: new Map([...state.ends].filter(([id]) => ids.has(id))), noted: new Map<string, never>() }
  const damaged = options.verify
    ? await verifyFolder(plan, own, options.onEvent ?? (() => undefined))
    : new Set<string>()
  const life: Lifecycle = {
    ...{ plan, journal: name, context, before, damaged, started },
    pool: options.pool ?? openPool(job, { later: true }),
    points: plan.tasks.reduce((sum, task) => sum + task.points, 0),
    begin: () => Promise.resolve(state),
    // Records results of former plans and whole runs again: the ledger then needs only this plan's
    // journals.
    ended: async ({ common, ended }) => {
      for (const { end, unchanged } of ended.finished)
        if (unchanged && !state.written.has(attemptId(end))) await common.journal.append(end, false)
    },
  }
  return yield* runLifecycle(life, options)
}

/**
 * Writes what workers need, the same in each process. The context is named by its content, since
 * shards have different ones.
 */
const prepare = async (plan: Plan, onEvent: RunOptions["onEvent"]): Promise<{ hash: string; path: string }> => {
  const { out } = plan.job
  const temporary = join(out, layout.temporary)
  await mkdir(temporary, { recursive: true })
  for (const text of await writeExternal(plan)) onEvent?.({ type: "message", level: "warning", text })
  const context = canonicalJson(plan.context)
  const hash = sha256(context)
  const path = `${layout.contexts}${hash.slice(0, 24)}.json`
  await atomicWrite(joinInside(out, path), context, temporary)
  return { hash, path }
}
