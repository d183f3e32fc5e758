import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "./core/atomic-write.js"
import { canonicalJson, sha256 } from "./core/hash.js"
import { jsonPieces } from "./core/json-pieces.js"
import { requireGdal } from "./formats/raster/load-gdal.js"
import { Journal, type JournalState, readJournal } from "./job/journal.js"
import type { EndRecord } from "./job/journal-record.js"
import { layout } from "./job/layout.js"
import { lockOutput } from "./job/lock.js"
import { otherTasks } from "./job/other-tasks.js"
import { packageVersion } from "./job/package-version.js"
import { invertPathMap, mapJobPaths } from "./job/path-map.js"
import type { Plan } from "./job/plan.js"
import { rollUp } from "./job/roll-up.js"
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
    const contextHash = await prepareFolder(plan)
    const journal = await Journal.open(job.out, options.journal)
    if (options.retry) await journal.append({ type: "retry", at: new Date().toISOString() })
    if (options.dropOthers) await dropOthers(plan, await readJournal(job.out), journal)
    const state = await withShardEnds(job.out, await readJournal(job.out), options.retry === true)
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
      const given = { plan, pool, journal, packs, state, unchanged, contextHash, ownEnds, signal, crop }
      const dispatch = createDispatch(given)
      const { drain } = options
      const running = { plan, tasks, dispatch, pool, suspects, signal, drain, emit }
      const { finished, outcomes, stopped } = yield* runTasks(running)
      // Their memory goes back to the system while the results are rolled up; awaited below.
      pool.close().catch(() => undefined)
      const aborted = stopped !== undefined
      if (aborted) await journal.append({ type: "stop", at: new Date().toISOString() })
      else await rollUpFinished(plan, finished, state, options.dropOthers ? otherTasks(plan, state) : [])
      const summary = summarise([...rejected, ...outcomes], memory.stop(), performance.now() - started, stopped)
      if (!aborted) {
        await dropSpools(plan, finished)
        await writeReport(job.out, { plan: reportFacts(plan), summary })
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

const rollUpFinished = (
  plan: Plan,
  finished: readonly Dispatched[],
  { ends: former }: JournalState,
  gone: readonly EndRecord[],
): Promise<void> => {
  const endsOf = (neighbour: boolean): EndRecord[] =>
    finished.filter(({ task }) => (task.neighbour ?? false) === neighbour).map(({ end }) => end)
  return rollUp(plan, endsOf(false), former, { neighbours: endsOf(true), gone })
}

/** The output folder with the resolved job, the plan and what workers need; returns the context's hash. */
const prepareFolder = async (plan: Plan): Promise<string> => {
  const { out, vectorFormats } = plan.job
  // Told now, not after hours of work.
  if (vectorFormats.includes("gpkg")) await requireGdal("--vector-format gpkg")
  const temporary = join(out, layout.temporary)
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true })
  await writeGiven(plan)
  const context = canonicalJson(plan.context)
  await atomicWrite(join(out, layout.context), context, temporary)
  const { pathMap = [], ...job } = plan.job
  const { epsg, grid } = plan.context
  // Paths as the plan names them: who reads the file need not be where this process ran.
  const resolved = {
    ...mapJobPaths(invertPathMap(pathMap), job),
    epsg,
    leafLevel: grid.leafLevel,
    version: packageVersion,
  }
  await atomicWrite(join(out, "job.json"), `${JSON.stringify(resolved, undefined, 2)}\n`, temporary)
  const { tasks, points, bytes, costCoreSeconds, cost, work, hash } = plan
  const planned = jsonPieces({ hash, points, bytes, costCoreSeconds, cost, work, tasks })
  await atomicWrite(join(out, "plan.json"), planned, temporary)
  return sha256(context)
}

/** How often the supervisor has restarted the engine process in this run; 0 without one. */
const restarts = (): number => Number(process.env["MAILLE_RESTART"] ?? 0)

/** Forgets the tasks of former runs that the job has no more, and removes what they wrote. */
const dropOthers = async (plan: Plan, state: JournalState, journal: Journal): Promise<void> => {
  for (const { key, scope, files } of otherTasks(plan, state)) {
    for (const { path } of files) await rm(join(plan.job.out, path), { force: true })
    await rm(join(plan.job.out, layout.quarantine(`${scope}-${key}`)), { recursive: true, force: true })
    await journal.append({ type: "drop", key, scope })
  }
}

/** Spools are needed no more once every tile that reads them has come out, in both its stages. */
const dropSpools = async (plan: Plan, finished: readonly Dispatched[]): Promise<void> => {
  if (finished.some(({ end }) => (end.scope === "tile" || end.scope === "model") && end.outcome === "failed")) return
  await rm(join(plan.job.out, layout.work, "points"), { recursive: true, force: true })
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
