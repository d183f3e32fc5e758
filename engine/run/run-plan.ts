import { mkdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { findInside, joinInside } from "../core/files/join-inside.js"
import { assertHeld } from "../core/files/write-guard.js"
import { canonicalJson, sha256 } from "../core/hash.js"
import { jsonPieces } from "../core/json/json-pieces.js"
import { sealJson } from "../core/json/sealed-json.js"
import { packageVersion } from "../core/package-version.js"
import { requireGdal } from "../formats/raster/load-gdal.js"
import { writeCopied } from "../job/copied-text.js"
import { layout } from "../job/layout.js"
import { jobName } from "../job/output-folder.js"
import { invertPathMap, mapJobPaths } from "../job/path-map.js"
import { Attempts } from "../journal/attempts.js"
import { findDamaged, removeDamaged } from "../journal/find-damaged.js"
import { Journal, type JournalState, readJournal, taskId } from "../journal/journal.js"
import { lockOutput } from "../journal/lock.js"
import { NotedFiles } from "../journal/noted-files.js"
import { repairJournal } from "../journal/repair-journal.js"
import { withShardEnds } from "../journal/shard-journals.js"
import { writtenSource } from "../plan/job-file.js"
import { newNames } from "../plan/known-files.js"
import type { Plan } from "../plan/plan.js"
import { writeGiven } from "../plan/write-given.js"
import type { Pool } from "../pool/pool.js"
import { sampleMemory } from "../report/memory-samples.js"
import type { RunEvent, RunSummary, TileOutcome } from "../report/outcome.js"
import { thresholdsOf } from "../report/quality.js"
import type { ReportPlan } from "../report/report-page.js"
import { summarise } from "../report/summarise.js"
import { reportFiles, writeReport } from "../report/write-report.js"
import { type AdmittedJob, admitJob, admitPlan } from "./admit-job.js"
import { createDispatch, type Dispatched } from "./dispatch.js"
import { areaToStore, folderArea } from "./folder-area.js"
import { otherTasks } from "./other-tasks.js"
import { rejectedSources } from "./outcomes.js"
import { PackStore } from "./pack-store.js"
import type { CropInput } from "./quarantine.js"
import type { RunOptions } from "./run.js"
import { chooseTasks } from "./run-stages.js"
import { planned, runTasks } from "./run-tasks.js"
import { dropEnds, removeSpools } from "./settle-folder.js"
import { settleRun } from "./settle-run.js"

/** Runs a job that is laid out in the threads of `pool`, which it closes; `started` is when the job was, as `performance.now()` tells it. The rest as `runJob`. */
export async function* runPlan(
  plan: Plan,
  pool: Pool,
  started: number,
  options: RunOptions,
): AsyncGenerator<TileOutcome, RunSummary> {
  const { job } = plan
  const emit = options.onEvent ?? (() => undefined)
  const lock = await lockOutput(job.out, {
    onWait: (text) => emit({ type: "message", level: "info", text }),
    signal: AbortSignal.any([options.signal, options.drain].filter((one) => one !== undefined)),
  })
  const memory = sampleMemory()
  try {
    const admitted = await admitJob(job, options)
    // The inputs of a plan of shards were admitted when it was cut.
    await admitPlan(plan, admitted, { ...options, retry: options.retry === true || options.journal !== undefined })
    const stored = await withShardEnds(job.out, await readJournal(job.out), options.retry === true)
    const names = await newNames(plan, stored)
    const notes = new NotedFiles(job.out, stored.noted)
    const damaged = options.verify ? await verifyFolder(plan, stored, emit) : new Set<string>()
    // Of shards others may be writing: a copy of one that was frozen.
    if (options.journal === undefined) for (const path of stored.damaged) await repairJournal(job.out, path)
    const contextHash = await prepareFolder(plan, admitted, stored, notes, options)
    const journal = await Journal.open(job.out, options.journal)
    const state = await beginJournal(plan, journal, { stored, names }, options)
    const packs = job.pack ? await PackStore.open(job.out, options.journal) : undefined
    const rejected = rejectedSources(plan)
    const over = new AbortController()
    try {
      const { suspects } = state.attempts
      const ownEnds: ReadonlySet<string> = restarts() > 0 ? state.endedInRun : new Set()
      const { tasks, unchanged } = await chooseTasks(plan, state, ownEnds, damaged)
      await journal.append({
        type: "run",
        version: packageVersion,
        tasks: tasks.length,
        planHash: plan.hash,
        restart: restarts(),
        at: new Date().toISOString(),
      })
      await notes.write(journal)
      emit({ type: "plan", tasks: tasks.length, points: plan.points, ...planned(plan, tasks) })
      for (const text of plan.warnings) emit({ type: "message", level: "warning", text })
      yield* rejected
      const signal = AbortSignal.any([over.signal, lock.lost, ...(options.signal ? [options.signal] : [])])
      const crop: CropInput = async (request) => (await import("../export/crop.js")).cropPoints(request)
      const given = {
        plan,
        pool,
        journal,
        packs,
        state,
        unchanged,
        damaged,
        contextHash,
        ownEnds,
        signal,
        crop,
        change: options.change,
      }
      const dispatch = createDispatch(given)
      const { drain } = options
      const running = { plan, tasks, dispatch, pool, suspects, signal, drain, emit }
      const ran = yield* runTasks(running)
      // Their memory goes back to the system while the results are rolled up; awaited below.
      pool.close().catch(() => undefined)
      const { finished, outcomes, stopped } = yield* settleRun({ given, running, ended: ran, notes })
      const aborted = stopped !== undefined
      if (aborted) await journal.append({ type: "stop", at: new Date().toISOString() })
      const upToDate = !aborted && (await isUpToDate(plan, state, outcomes, options))
      const thresholds = thresholdsOf(plan.kernels.map(({ kernel }) => kernel))
      const timeMs = performance.now() - started
      const summed = summarise([...rejected, ...outcomes], memory.stop(), timeMs, thresholds, stopped)
      const summary = upToDate ? { ...summed, upToDate } : summed
      if (!aborted) {
        await dropSpools(plan, finished, state, options.journal !== undefined)
        if (!upToDate)
          for (const path of await writeReport(job.out, { plan: reportFacts(plan), summary, thresholds }))
            await notes.noteFile(path)
        await notes.write(journal, true)
        await journal.append({ type: "finish", at: new Date().toISOString() })
      }
      emit({ type: "end", summary })
      return summary
    } finally {
      over.abort()
      await pool.close()
      await packs?.close()
      await journal.close()
    }
  } finally {
    memory.stop()
    await lock.release()
  }
}

/** Compares all that earlier runs wrote with its hashes; removes what no task wrote and differs, and gives the tasks whose files do. */
const verifyFolder = async (
  plan: Plan,
  stored: JournalState,
  emit: (event: RunEvent) => void,
): Promise<ReadonlySet<string>> => {
  const say = (text: string, level: "info" | "warning" = "info"): void => emit({ type: "message", level, text })
  const own = new Set(plan.tasks.map(({ id }) => id))
  const tasks = new Set<string>()
  let told = performance.now()
  const onProgress = (done: number, total: number): void => {
    if (performance.now() - told < 10_000) return
    told = performance.now()
    say(`verified ${(done / 1e9).toFixed(1)} of ${(total / 1e9).toFixed(1)} GB`)
  }
  for await (const found of findDamaged(plan.job.out, stored, onProgress)) {
    const isLost = found.task !== undefined && !own.has(found.task)
    say(`${found.path}: ${found.what}${isLost ? ". No task of this job makes it." : ""}`, "warning")
    if (found.task === undefined) await removeDamaged(plan.job.out, found)
    else tasks.add(found.task)
  }
  return tasks
}

/** Notes what the run is about to change, and gives the state that it begins with. */
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
    // What came to nothing before is no reason any more.
    ...(retry ? { attempts: new Attempts() } : {}),
    overall: [...stored.overall, ...names],
    replacing: stored.replacing || starts,
  }
}

/** True where the run found all as the last one left it, and its report is there. */
const isUpToDate = async (
  plan: Plan,
  { last }: JournalState,
  outcomes: readonly TileOutcome[],
  { change, retry }: RunOptions,
): Promise<boolean> => {
  if (last?.finished !== true || last.planHash !== plan.hash) return false
  if (outcomes.some(({ outcome }) => outcome !== "unchanged")) return false
  // Other inputs may be rejected now.
  if (plan.rejected.length > 0 && (change !== undefined || retry === true)) return false
  for (const name of reportFiles)
    if ((await stat(joinInside(plan.job.out, name)).catch(() => undefined)) === undefined) return false
  return true
}

/** The output folder with the resolved job, the plan and what workers need; returns the context's hash. */
const prepareFolder = async (
  plan: Plan,
  { former }: AdmittedJob,
  state: JournalState,
  notes: NotedFiles,
  { change }: RunOptions,
): Promise<string> => {
  const { out, vectorFormats } = plan.job
  // Told now, not after hours of work.
  if (vectorFormats.includes("gpkg")) await requireGdal("--vector-format gpkg")
  const temporary = await findInside(out, layout.temporary)
  assertHeld(temporary)
  await rm(temporary, { recursive: true, force: true, maxRetries: 5 })
  await mkdir(temporary, { recursive: true })
  const context = sealJson(canonicalJson(plan.context))
  await atomicWrite(join(out, layout.context), context, temporary)
  const area = folderArea(plan.job, former, state, change)
  const { pathMap = [], ...job } = areaToStore(plan.job, former, area, plan.askedBox)
  const { epsg, grid } = plan.context
  // Paths as the plan names them: who reads the file need not be where this process ran.
  const resolved = {
    ...mapJobPaths(invertPathMap(pathMap), job),
    ...writtenSource(job, plan.context.source),
    epsg,
    leafLevel: grid.leafLevel,
    version: packageVersion,
  }
  await writeCopied(out, jobName, `${JSON.stringify(resolved, undefined, 2)}\n`, notes)
  await writeGiven(plan, notes)
  const { tasks, points, bytes, costCoreSeconds, cost, work, hash } = plan
  const planned = jsonPieces({ hash, points, bytes, costCoreSeconds, cost, work, tasks })
  await atomicWrite(join(out, layout.plan), planned, temporary)
  await notes.noteFile(layout.plan)
  notes.note(layout.context, context)
  return sha256(context)
}

/** How often the supervisor has restarted the engine process in this run; 0 without one. */
const restarts = (): number => Number(process.env["MAILLE_RESTART"] ?? 0)

/** Spools are needed no more once every tile that reads them has come out, in both its stages; nor are copies, but by other shards. */
const dropSpools = async (
  plan: Plan,
  finished: readonly Dispatched[],
  { ends }: JournalState,
  isShard: boolean,
): Promise<void> => {
  if (finished.some(({ end }) => (end.scope === "tile" || end.scope === "model") && end.outcome === "failed")) return
  if (!isShard) await rm(join(plan.job.out, layout.copies), { recursive: true, force: true })
  await removeSpools(plan.job.out, [...ends.values(), ...finished.map(({ end }) => end)])
}

const reportFacts = (plan: Plan): ReportPlan => {
  const { job, context, rejected, imagesIgnored, colours, warnings, points, hash } = plan
  return {
    job,
    version: packageVersion,
    epsg: context.epsg,
    source: context.source,
    images: context.images.length,
    rejected,
    imagesIgnored,
    ...(colours === undefined ? {} : { colours }),
    warnings,
    points,
    hash,
    optionsHash: context.optionsHash,
    kernels: plan.kernels.map(({ kernel }) => ({ id: kernel.id, version: kernel.version })),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
  }
}
