import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "./core/atomic-write.js"
import { canonicalJson, sha256 } from "./core/hash.js"
import { processBytes } from "./job/estimate-memory.js"
import type { Job } from "./job/job.js"
import { Journal, type JournalState, readJournal, taskId } from "./job/journal.js"
import type { PlannedTask } from "./job/lay-tasks.js"
import { layout } from "./job/layout.js"
import { lockOutput } from "./job/lock.js"
import { packageVersion } from "./job/package-version.js"
import { type Plan, planJob } from "./job/plan.js"
import { rollUp } from "./job/roll-up.js"
import { createDispatch, type Dispatched, reproduceCommand, stands } from "./pool/dispatch.js"
import { openPool } from "./pool/pool.js"
import { schedule } from "./pool/schedule.js"
import { type MemorySample, sampleMemory } from "./report/memory-samples.js"
import type { RunEvent, RunSummary, TileOutcome } from "./report/outcome.js"
import { runHistory } from "./report/run-history.js"
import { totalStages } from "./report/stage-times.js"
import { type ReportPlan, writeReport } from "./report/write-report.js"

/** How a run is watched and stopped. */
export interface RunOptions {
  /** Aborting ends the run at once: tasks that are running are given up, what is finished stays. */
  readonly signal?: AbortSignal
  readonly onEvent?: (event: RunEvent) => void
}

/**
 * Runs a job and yields the outcome of each task as it comes; the generator's return value is the summary.
 *
 * Finished tasks that the journal holds under the same hash are kept ("unchanged"). A failure of a tile is an outcome, never an exception.
 * Throws `EngineError` when nothing can start: E_USAGE, E_INPUT (no readable source, no CRS), E_OUTPUT.
 *
 * @example
 * const job = await resolveJob({ inputs: ["tile.copc.laz"], out: "out" })
 * for await (const outcome of runJob(job)) console.log(outcome.key, outcome.outcome)
 */
export async function* runJob(job: Job, options: RunOptions = {}): AsyncGenerator<TileOutcome, RunSummary> {
  const started = performance.now()
  const emit = options.onEvent ?? (() => undefined)
  const plan = await planJob(job)
  const unlock = await lockOutput(job.out)
  const memory = sampleMemory()
  try {
    const contextHash = await prepareFolder(plan)
    const state = await readJournal(job.out)
    const journal = await Journal.open(job.out)
    const pool = openPool(job.workers)
    const outcomes: TileOutcome[] = rejectedSources(plan)
    const finished: Dispatched[] = []
    try {
      const blamed = await blameCrash(state, journal)
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
      emit({ type: "plan", tasks: tasks.length, points: plan.points })
      for (const text of plan.warnings) emit({ type: "message", level: "warning", text })
      yield* outcomes
      const dispatch = createDispatch({ plan, pool, journal, state, unchanged, contextHash, ownEnds })
      const runnable = tasks.map((task) => (blamed.has(taskId(task)) ? { ...task, alone: true } : task))
      const limits = {
        workers: job.workers,
        budgetBytes: job.memoryBytes,
        sharedBytes: processBytes,
        ...(options.signal ? { signal: options.signal } : {}),
      }
      // Layers last, in new threads: what a layer holds of the whole job never comes on top of what tiles left in the others.
      const layers = runnable.filter(({ scope }) => scope === "layer")
      for (const stage of [runnable.filter(({ scope }) => scope !== "layer"), layers]) {
        if (stage === layers && layers.length > 0 && tilesRan(finished)) await pool.renew()
        for await (const dispatched of schedule(stage, { ...limits, run: dispatch })) {
          finished.push(dispatched)
          const outcome = outcomeOf(plan, dispatched)
          outcomes.push(outcome)
          emit({ type: "progress", finished: finished.length, tasks: tasks.length, outcome })
          yield outcome
        }
      }
      const aborted = options.signal?.aborted === true
      if (!aborted)
        await rollUp(
          plan,
          finished.map(({ end }) => end),
          state.ends,
        )
      const summary = summarise(outcomes, memory.stop(), performance.now() - started, aborted)
      if (!aborted) {
        await dropSpools(plan, finished)
        await writeReport(job.out, { plan: reportFacts(plan), summary })
      }
      emit({ type: "end", summary })
      return summary
    } finally {
      await pool.close()
      await journal.close()
    }
  } finally {
    memory.stop()
    await unlock()
  }
}

/** The output folder with the resolved job, the plan and what workers need; returns the context's hash. */
const prepareFolder = async (plan: Plan): Promise<string> => {
  const { out } = plan.job
  const temporary = join(out, layout.temporary)
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true })
  const context = canonicalJson(plan.context)
  await atomicWrite(join(out, layout.context), context, temporary)
  const { grid, epsg } = plan.context
  const job = { ...plan.job, epsg, leafLevel: grid.leafLevel, version: packageVersion }
  await atomicWrite(join(out, "job.json"), `${JSON.stringify(job, undefined, 2)}\n`, temporary)
  const { tasks, points, bytes, costCoreSeconds, hash } = plan
  await atomicWrite(
    join(out, "plan.json"),
    `${JSON.stringify({ hash, points, bytes, costCoreSeconds, tasks }, undefined, 1)}\n`,
    temporary,
  )
  return sha256(context)
}

/** How often the supervisor has restarted the engine process in this run; 0 without one. */
const restarts = (): number => Number(process.env["MAILLE_RESTART"] ?? 0)

/**
 * After a crash of the engine process (its supervisor says so), the tasks that were running are noted; they run alone from then on, and one
 * that is noted twice is given up.
 */
const blameCrash = async (state: JournalState, journal: Journal): Promise<ReadonlySet<string>> => {
  const blamed = new Set([...state.crashes.keys()].map((id) => id.split(" ").slice(0, 2).join(" ")))
  if (restarts() === 0) return blamed
  const crashes = state.crashes as Map<string, number>
  for (const { key, scope, hash } of state.running) {
    await journal.append({ type: "crash", key, scope, hash })
    const id = `${scope} ${key}`
    crashes.set(`${id} ${hash}`, (crashes.get(`${id} ${hash}`) ?? 0) + 1)
    blamed.add(id)
  }
  return blamed
}

/** Leaves out the sources that only unchanged tiles would read. */
const chooseTasks = async (
  plan: Plan,
  state: JournalState,
  ownEnds: ReadonlySet<string>,
): Promise<{ tasks: readonly PlannedTask[]; unchanged: ReadonlySet<string> }> => {
  const unchanged = new Set<string>()
  const neededSources = new Set<string>()
  for (const task of plan.tasks) {
    if (task.scope !== "tile") continue
    if (await stands(plan, state.ends.get(taskId(task)), task.hash, ownEnds)) unchanged.add(task.id)
    else for (const id of task.dependsOn) neededSources.add(id)
  }
  return { tasks: plan.tasks.filter((task) => task.scope !== "source" || neededSources.has(task.id)), unchanged }
}

const tilesRan = (finished: readonly Dispatched[]): boolean =>
  finished.some(({ task, kept }) => task.scope === "tile" && !kept)

/** The path of a source, with the part where there are several. */
const sourceName = ({ context }: Plan, { key, sources, part }: PlannedTask): string => {
  const path = context.sources[sources[0] ?? -1]?.path ?? key
  return part === undefined || part.of === 1 ? path : `${path}#${part.index}`
}

const outcomeScope = { source: "source", tile: "tile", parent: "parent", layer: "job" } as const

const outcomeOf = (plan: Plan, { task, end, kept }: Dispatched): TileOutcome => {
  const failed = end.outcome === "failed" || end.outcome === "quarantined"
  return {
    key: task.scope === "source" ? sourceName(plan, task) : task.key,
    scope: outcomeScope[task.scope],
    outcome: kept ? "unchanged" : end.outcome,
    timeMs: kept ? 0 : end.timeMs,
    points: end.points,
    peakBytes: end.peakBytes,
    ...(end.reason === undefined ? {} : { reason: end.reason }),
    ...(end.error === undefined ? {} : { error: end.error }),
    ...(end.metrics === undefined ? {} : { metrics: end.metrics }),
    ...(kept || end.stages === undefined ? {} : { stages: end.stages }),
    ...(kept || end.startedAt === undefined ? {} : { startedAt: end.startedAt }),
    ...(kept || end.worker === undefined ? {} : { worker: end.worker }),
    ...(failed ? { reproduce: reproduceCommand(plan, task) } : {}),
    outputs: end.files.map((file) => file.path).filter((path) => !path.startsWith(layout.work)),
  }
}

/** Inputs whose header could not be read belong to no tile: each is an outcome of its own. */
const rejectedSources = (plan: Plan): TileOutcome[] =>
  plan.rejected.map(({ path, error }) => ({
    key: path,
    scope: "source",
    outcome: "quarantined",
    timeMs: 0,
    points: 0,
    peakBytes: 0,
    reason: error.message,
    error,
    reproduce: `maille inspect ${path}`,
    outputs: [],
  }))

const summarise = (
  outcomes: readonly TileOutcome[],
  memory: readonly MemorySample[],
  timeMs: number,
  aborted: boolean,
): RunSummary => {
  const history = runHistory(outcomes, memory)
  const tiles = outcomes.filter(({ scope }) => scope === "tile")
  const countOf = (list: readonly TileOutcome[], ...kinds: TileOutcome["outcome"][]): number =>
    list.filter(({ outcome }) => kinds.includes(outcome)).length
  return {
    done: countOf(tiles, "done"),
    unchanged: countOf(tiles, "unchanged"),
    skipped: countOf(tiles, "skipped", "unchanged"),
    failed: countOf(outcomes, "failed"),
    quarantined: countOf(outcomes, "quarantined"),
    aborted,
    ...readingOf(outcomes),
    // maxRSS is in KiB.
    processPeakBytes: process.resourceUsage().maxRSS * 1024,
    processCpuMs: processCpuMs(),
    stages: totalStages(outcomes),
    ...(history === undefined ? {} : { history }),
    tiles: outcomes.filter(
      ({ scope, outcome }) => scope === "tile" || outcome === "failed" || outcome === "quarantined",
    ),
    timeMs: Math.round(timeMs),
  }
}

const processCpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return Math.round((user + system) / 1000)
}

/** What this run decoded, against what its tiles needed. */
const readingOf = (
  outcomes: readonly TileOutcome[],
): Pick<RunSummary, "pointsDecoded" | "pointsNeeded" | "decodedPerNeeded"> => {
  let [pointsDecoded, pointsNeeded] = [0, 0]
  for (const { scope, outcome, points, metrics = {} } of outcomes) {
    if (outcome !== "done" && outcome !== "skipped") continue
    if (scope === "source") pointsDecoded += points
    if (scope !== "tile") continue
    const { "points.decoded": decoded = 0, "points.read": read = 0 } = metrics
    const { "points.duplicates": duplicates = 0, "points.noise": noise = 0 } = metrics
    pointsDecoded += decoded
    pointsNeeded += read + duplicates + noise
  }
  if (pointsNeeded === 0) return { pointsDecoded, pointsNeeded }
  return { pointsDecoded, pointsNeeded, decodedPerNeeded: Math.round((1000 * pointsDecoded) / pointsNeeded) / 1000 }
}

/** Spools are needed no more once every tile that reads them has come out. */
const dropSpools = async (plan: Plan, finished: readonly Dispatched[]): Promise<void> => {
  if (finished.some(({ end }) => end.scope === "tile" && end.outcome === "failed")) return
  await rm(join(plan.job.out, layout.work, "points"), { recursive: true, force: true })
}

const reportFacts = (plan: Plan): ReportPlan => {
  const { job, context, rejected, imagesIgnored, warnings, points, hash } = plan
  return {
    job,
    version: packageVersion,
    epsg: context.epsg,
    source: context.source,
    images: context.images.length,
    rejected,
    imagesIgnored,
    warnings,
    points,
    hash,
    optionsHash: context.optionsHash,
    kernels: plan.kernels.map(({ kernel }) => ({ id: kernel.id, version: kernel.version })),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
  }
}
