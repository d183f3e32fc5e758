import { mkdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "./core/atomic-write.js"
import { canonicalJson, sha256 } from "./core/hash.js"
import { findInside, joinInside } from "./core/join-inside.js"
import { jsonPieces } from "./core/json-pieces.js"
import { requireGdal } from "./formats/raster/load-gdal.js"
import { type AdmittedJob, admitJob, admitPlan } from "./job/admit-job.js"
import { areaToStore, folderArea } from "./job/folder-area.js"
import { writtenSource } from "./job/job-file.js"
import { Journal, type JournalState, readJournal, taskId } from "./job/journal.js"
import { newNames } from "./job/known-files.js"
import { layout } from "./job/layout.js"
import { lockOutput } from "./job/lock.js"
import { otherTasks } from "./job/other-tasks.js"
import { packageVersion } from "./job/package-version.js"
import { invertPathMap, mapJobPaths } from "./job/path-map.js"
import type { Plan } from "./job/plan.js"
import { dropEnds, removeSpools, settleFolder } from "./job/settle-folder.js"
import { withShardEnds } from "./job/shard-journals.js"
import { writeGiven } from "./job/write-given.js"
import { createDispatch, type Dispatched } from "./pool/dispatch.js"
import { rejectedSources } from "./pool/outcomes.js"
import { PackStore } from "./pool/pack-store.js"
import type { Pool } from "./pool/pool.js"
import type { CropInput } from "./pool/quarantine.js"
import { chooseTasks } from "./pool/run-stages.js"
import { planned, runTasks } from "./pool/run-tasks.js"
import { sampleMemory } from "./report/memory-samples.js"
import type { RunSummary, TileOutcome } from "./report/outcome.js"
import { summarise } from "./report/summarise.js"
import { type ReportPlan, writeReport } from "./report/write-report.js"
import type { RunOptions } from "./run.js"

/** Runs a job that is laid out in the threads of `pool`, which it closes; `started` is when the job was, as `performance.now()` tells it. The rest as `runJob`. */
export async function* runPlan(
  plan: Plan,
  pool: Pool,
  started: number,
  options: RunOptions,
): AsyncGenerator<TileOutcome, RunSummary> {
  const { job } = plan
  const emit = options.onEvent ?? (() => undefined)
  const unlock = await lockOutput(job.out)
  const memory = sampleMemory()
  try {
    const admitted = await admitJob(job, options)
    // The inputs of a plan of shards were admitted when it was cut.
    await admitPlan(plan, admitted, { ...options, retry: options.retry === true || options.journal !== undefined })
    const stored = await withShardEnds(job.out, await readJournal(job.out), options.retry === true)
    const names = await newNames(plan, stored)
    const contextHash = await prepareFolder(plan, admitted, stored, options)
    const journal = await Journal.open(job.out, options.journal)
    const state = await beginJournal(plan, journal, { stored, names }, options)
    const packs = job.pack ? await PackStore.open(job.out, options.journal) : undefined
    const rejected = rejectedSources(plan)
    const over = new AbortController()
    try {
      const suspects = new Set([...state.crashes.keys()].map((id) => id.split(" ").slice(0, 2).join(" ")))
      const ownEnds: ReadonlySet<string> = restarts() > 0 ? state.endedInRun : new Set()
      const { tasks, unchanged } = await chooseTasks(plan, state, ownEnds)
      await journal.append({
        type: "run",
        version: packageVersion,
        tasks: tasks.length,
        planHash: plan.hash,
        restart: restarts(),
        at: new Date().toISOString(),
      })
      emit({ type: "plan", tasks: tasks.length, points: plan.points, ...planned(plan, tasks) })
      for (const text of plan.warnings) emit({ type: "message", level: "warning", text })
      yield* rejected
      const signal = AbortSignal.any([over.signal, ...(options.signal ? [options.signal] : [])])
      const crop: CropInput = async (request) => (await import("./crop.js")).cropPoints(request)
      const given = {
        plan,
        pool,
        journal,
        packs,
        state,
        unchanged,
        contextHash,
        ownEnds,
        signal,
        crop,
        change: options.change,
      }
      const dispatch = createDispatch(given)
      const { drain } = options
      const running = { plan, tasks, dispatch, pool, suspects, signal, drain, emit }
      const { finished, outcomes, stopped } = yield* runTasks(running)
      // Their memory goes back to the system while the results are rolled up; awaited below.
      pool.close().catch(() => undefined)
      const aborted = stopped !== undefined
      if (aborted) await journal.append({ type: "stop", at: new Date().toISOString() })
      else await settleFolder(plan, endsOf(finished), state, journal)
      const upToDate = !aborted && (await isUpToDate(plan, state, outcomes, options))
      const summed = summarise([...rejected, ...outcomes], memory.stop(), performance.now() - started, stopped)
      const summary = upToDate ? { ...summed, upToDate } : summed
      if (!aborted) {
        await dropSpools(plan, finished, state)
        if (!upToDate) await writeReport(job.out, { plan: reportFacts(plan), summary })
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
    await unlock()
  }
}

const endsOf = (finished: readonly Dispatched[]): Parameters<typeof settleFolder>[1] => {
  const ends = (neighbour: boolean) =>
    finished.filter(({ task }) => (task.neighbour ?? false) === neighbour).map(({ end }) => end)
  return { own: ends(false), neighbours: ends(true) }
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
    // What took its process down before is no reason any more.
    ...(retry ? { crashes: new Map() } : {}),
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
  for (const name of ["report.json", "report.html"])
    if ((await stat(joinInside(plan.job.out, name)).catch(() => undefined)) === undefined) return false
  return true
}

/** The output folder with the resolved job, the plan and what workers need; returns the context's hash. */
const prepareFolder = async (
  plan: Plan,
  { former }: AdmittedJob,
  state: JournalState,
  { change }: RunOptions,
): Promise<string> => {
  const { out, vectorFormats } = plan.job
  // Told now, not after hours of work.
  if (vectorFormats.includes("gpkg")) await requireGdal("--vector-format gpkg")
  const temporary = await findInside(out, layout.temporary)
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true })
  const context = canonicalJson(plan.context)
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
  await atomicWrite(join(out, "job.json"), `${JSON.stringify(resolved, undefined, 2)}\n`, temporary)
  await writeGiven(plan)
  const { tasks, points, bytes, costCoreSeconds, cost, work, hash } = plan
  const planned = jsonPieces({ hash, points, bytes, costCoreSeconds, cost, work, tasks })
  await atomicWrite(join(out, "plan.json"), planned, temporary)
  return sha256(context)
}

/** How often the supervisor has restarted the engine process in this run; 0 without one. */
const restarts = (): number => Number(process.env["MAILLE_RESTART"] ?? 0)

/** Spools are needed no more once every tile that reads them has come out, in both its stages. */
const dropSpools = async (plan: Plan, finished: readonly Dispatched[], { ends }: JournalState): Promise<void> => {
  if (finished.some(({ end }) => (end.scope === "tile" || end.scope === "model") && end.outcome === "failed")) return
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
