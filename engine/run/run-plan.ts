/** Runs a planned job: locks and prepares the output folder, runs the tasks, settles the folder. */
import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { assertLocked, atomicWrite, isThere } from "../core/files/atomic-write.js"
import { findInside, joinInside } from "../core/files/join-inside.js"
import { canonicalJson, sha256 } from "../core/hash.js"
import { jsonPieces } from "../core/json/json-pieces.js"
import { sealJson } from "../core/json/sealed-json.js"
import { packageVersion } from "../core/package-files.js"
import { taskId } from "../core/stages.js"
import { writeCopied } from "../job/copied-text.js"
import { describeModules } from "../job/declared-ports.js"
import { layout } from "../job/layout.js"
import { jobName } from "../job/output-folder.js"
import { invertPathMap, mapJobPaths, mapPath } from "../job/path-map.js"
import { Attempts } from "../journal/attempts.js"
import { type Journal, type JournalState, readJournal, repairJournal } from "../journal/journal.js"
import { lockOutput } from "../journal/lock.js"
import { NotedFiles } from "../journal/noted-files.js"
import { withShardEnds } from "../journal/shard-journals.js"
import { idleWorkers } from "../plan/cost/cost-model.js"
import { writtenSource } from "../plan/job-file.js"
import type { Plan } from "../plan/plan.js"
import { newNames } from "../plan/product-names.js"
import { writeExternal } from "../plan/write-external.js"
import type { Pool } from "../pool/pool.js"
import { inputLines } from "../report/missing.js"
import type { RunSummary } from "../report/outcome.js"
import type { TileOutcome } from "../report/tile-outcome.js"
import { reportFiles, writeReport } from "../report/write-report.js"
import { type AdmittedJob, admitJob, admitPlan } from "./admit-job.js"
import type { Dispatched } from "./dispatch.js"
import { areaToStore, folderArea } from "./folder-area.js"
import { type EndedRun, type Lifecycle, runLifecycle, verifyFolder } from "./lifecycle.js"
import { otherTasks } from "./other-tasks.js"
import { refuseLargeJoin } from "./refuse.js"
import type { RunOptions } from "./run-options.js"
import { dropEnds, removeBuckets } from "./settle-folder.js"
import { settleRun } from "./settle-run.js"

/**
 * Runs a planned job in the threads of `pool`, which it closes; otherwise as `runJob`.
 *
 * @param started start of the job, from `performance.now()`
 */
export async function* runPlan(
  plan: Plan,
  pool: Pool,
  started: number,
  options: RunOptions,
): AsyncGenerator<TileOutcome, RunSummary> {
  const { job } = plan
  const { out } = job
  const emit = options.onEvent ?? (() => undefined)
  const lock = await lockOutput(out, {
    onWait: (text) => emit({ type: "message", level: "info", text }),
    signal: AbortSignal.any([options.signal, options.drain].filter((one) => one !== undefined)),
  })
  try {
    const admitted = await admitJob(job, options)
    // The inputs of a plan of shards were admitted when the plan was cut.
    await admitPlan(plan, admitted, { ...options, retry: options.retry === true || options.journal !== undefined })
    const stored = await withShardEnds(out, await readJournal(out), options.retry === true)
    // Shards run without the joins.
    if (options.journal === undefined) refuseLargeJoin(plan, stored.ends)
    const names = await newNames(plan, stored)
    const notes = new NotedFiles(out, stored.noted)
    const damaged = options.verify ? await verifyFolder(plan, stored, emit) : new Set<string>()
    // A shard repairs no journal: other processes may be writing it, such as a copy of a frozen
    // one.
    if (options.journal === undefined) for (const path of stored.damaged) await repairJournal(out, path)
    const { hash, external } = await prepareFolder(plan, admitted, stored, notes, options)
    const warnings = [...plan.warnings, ...external]
    const life: Lifecycle = {
      ...{
        plan: { ...plan, warnings },
        context: { hash },
        pool,
        journal: options.journal,
        points: plan.points,
        damaged,
        started,
        lost: lock.lost,
      },
      begin: (journal) => beginJournal(plan, journal, { stored, names }, options),
      begun: async (journal) => {
        await notes.write(journal)
        for (const text of plan.notes) emit({ type: "message", level: "info", text })
        for (const text of [...inputLines(plan), ...warnings, ...idleWorkers(plan.job.workers)])
          emit({ type: "message", level: "warning", text })
      },
      settle: (run) => settleRun(run, notes),
      finish: (run, summary) => finishFolder(run, summary, notes, options),
    }
    return yield* runLifecycle(life, options)
  } finally {
    await lock.release()
  }
}

/** Removes files that only the run's tasks read, and writes the report. */
const finishFolder = async (
  { common, ended }: EndedRun,
  summed: RunSummary,
  notes: NotedFiles,
  options: RunOptions,
): Promise<RunSummary> => {
  const { plan, journal, state } = common
  const upToDate = await isUpToDate(plan, state, ended.finished, options)
  const summary = upToDate ? { ...summed, upToDate } : summed
  await dropBuckets(plan, ended.finished, state, options.journal !== undefined)
  if (!upToDate) for (const path of await writeReport(plan, summary, options.language)) await notes.noteFile(path)
  await notes.write(journal, true)
  await journal.append({ type: "finish", at: new Date().toISOString() })
  return summary
}

/** Journals the changes that the run makes, and returns the initial state. */
const beginJournal = async (
  plan: Plan,
  journal: Journal,
  { stored, names }: { readonly stored: JournalState; readonly names: readonly string[] },
  { retry, change }: RunOptions,
): Promise<JournalState> => {
  const at = new Date().toISOString()
  if (retry) await journal.append({ type: "retry", at })
  const ends = new Map(stored.ends)
  if (change === "update") {
    const others = otherTasks(plan, stored)
    await dropEnds(plan, others, journal)
    for (const end of others) ends.delete(taskId(end))
  }
  if (names.length > 0) await journal.append({ type: "overall", files: [...stored.overall, ...names] })
  const starts = change === "replace" && !stored.replacing && ends.size > 0
  if (starts) await journal.append({ type: "replace", at })
  return {
    ...stored,
    ends,
    // A retry forgets failed attempts.
    ...(retry ? { attempts: new Attempts() } : {}),
    overall: [...stored.overall, ...names],
    replacing: stored.replacing || starts,
  }
}

/** True if the run changed nothing and its report exists. */
const isUpToDate = async (
  plan: Plan,
  { last }: JournalState,
  finished: readonly Dispatched[],
  { change, retry }: RunOptions,
): Promise<boolean> => {
  if (last?.finished !== true || last.planHash !== plan.hash) return false
  if (finished.some(({ unchanged, reused }) => !unchanged || reused)) return false
  // This run may reject other inputs.
  if (plan.rejected.length > 0 && (change !== undefined || retry === true)) return false
  for (const name of reportFiles) if (!(await isThere(joinInside(plan.job.out, name)))) return false
  return true
}

/**
 * Writes the resolved job, the plan and the context for workers. Returns the context's hash, and
 * warnings of external features.
 */
const prepareFolder = async (
  plan: Plan,
  { former }: AdmittedJob,
  state: JournalState,
  notes: NotedFiles,
  { change }: RunOptions,
): Promise<{ readonly hash: string; readonly external: readonly string[] }> => {
  const { out } = plan.job
  const temporary = await findInside(out, layout.temporary)
  assertLocked(temporary)
  await rm(temporary, { recursive: true, force: true, maxRetries: 5 })
  await mkdir(temporary, { recursive: true })
  const context = sealJson(canonicalJson(plan.context))
  await atomicWrite(join(out, layout.context), context, temporary)
  const area = folderArea(plan.job, former, state, change)
  const { pathMap = [], ...job } = areaToStore(plan.job, former, area, plan.askedBox)
  const { epsg, grid } = plan.context
  const planned = invertPathMap(pathMap)
  const modules = describeModules(plan.kernels).map((one) => ({ ...one, path: mapPath(planned, one.path) }))
  // Paths as the plan names them: another machine may read the file.
  const resolved = {
    ...mapJobPaths(
      planned,
      job,
      plan.kernels.map(({ kernel }) => kernel),
    ),
    ...writtenSource(job, plan.context.source),
    epsg,
    pointsBox: plan.box,
    leafLevel: grid.leafLevel,
    ...(modules.length === 0 ? {} : { modules }),
    version: packageVersion,
  }
  await writeCopied(out, jobName, `${JSON.stringify(resolved, undefined, 2)}\n`, notes)
  const external = await writeExternal(plan, notes)
  const { tasks, points, bytes, costCoreSeconds, cost, work, hash } = plan
  const pieces = jsonPieces({ hash, points, bytes, costCoreSeconds, cost, work, tasks })
  await atomicWrite(join(out, layout.plan), pieces, temporary)
  await notes.noteFile(layout.plan)
  notes.note(layout.context, context)
  return { hash: sha256(context), external }
}

/**
 * Removes bucket files once no tile task may need them again, and downloaded copies, which other
 * shards may still need.
 */
const dropBuckets = async (
  plan: Plan,
  finished: readonly Dispatched[],
  { ends }: JournalState,
  isShard: boolean,
): Promise<void> => {
  if (finished.some(({ end }) => (end.stage === "tile" || end.stage === "model") && end.outcome === "failed")) return
  if (!isShard) await rm(join(plan.job.out, layout.copies), { recursive: true, force: true })
  await removeBuckets(plan.job.out, [...ends.values(), ...finished.map(({ end }) => end)])
}
