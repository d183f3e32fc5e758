/**
 * Predicts what a run would do in the folder of an earlier one (`maille update`), without writing.
 */
import { Box2 } from "../core/geometry/box.js"
import type { Stage } from "../core/stages.js"
import { isTileStage, taskId } from "../core/stages.js"
import { TileKey } from "../grid/tile-key.js"
import type { Job } from "../job/job.js"
import { layout } from "../job/layout.js"
import { type JournalState, readJournal } from "../journal/journal.js"
import type { EndRecord } from "../journal/journal-record.js"
import { withShardEnds } from "../journal/shard-journals.js"
import { reachOf } from "../plan/chains/chain.js"
import type { SourceRef } from "../plan/context.js"
import { type Plan, planJob } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import { fixedNames, newNames } from "../plan/product-names.js"
import { readContext } from "../plan/read-context.js"
import { findMissing, inputLines, type Missing } from "../report/missing.js"
import { admitJob, admitPlan } from "./admit-job.js"
import { isUpToDate } from "./keep-end.js"
import { otherTasks } from "./other-tasks.js"
import { knownOfFolder } from "./run.js"
import type { RunOptions } from "./run-options.js"
import { createTaskReads, hashWithReads } from "./task-reads.js"
import { findWithout } from "./without-joins.js"

/** A task that a run would or may execute, and why. */
export interface ForeseenTask {
  readonly stage: Exclude<Stage, "source">
  readonly key: string
  readonly why: string
}

/** The predicted effects of a run in the folder of an earlier one. */
export interface Foreseen {
  /** Tasks without a valid result: they certainly run. */
  readonly redone: readonly ForeseenTask[]
  /** Tasks that read outputs of those: they run if these outputs change. */
  readonly maybe: readonly ForeseenTask[]
  /** Tasks of the earlier job that this one lacks; `update` removes their files. */
  readonly others: readonly ForeseenTask[]
  /** Unusable inputs. */
  readonly rejected: readonly { readonly path: string; readonly reason: string }[]
  /** A line for each cause of unusable inputs. */
  readonly left: readonly string[]
  readonly missing?: Missing
  /** Number of tasks with a valid result. */
  readonly unchanged: number
}

/**
 * Predicts what a run of the job would do in its folder, from headers and the journal; writes
 * nothing. Reasons are derived from the sources of the last run; only hashes decide what runs.
 *
 * @throws EngineError as `runJob` does before it begins
 */
export const foreseeRun = async (
  job: Job,
  options: Pick<RunOptions, "change" | "retry"> = { change: "update" },
): Promise<Foreseen> => {
  const admitted = await admitJob(job, options)
  const plan = await planJob(admitted.job, await knownOfFolder(admitted, options.change))
  await admitPlan(plan, admitted, options)
  const state = await withShardEnds(job.out, await readJournal(job.out), options.retry === true)
  const why = reasons(plan, await formerSources(job.out))
  const readsOf = createTaskReads(plan)
  const redone: ForeseenTask[] = []
  const maybe: ForeseenTask[] = []
  const open = new Set<string>()
  let unchanged = 0
  for (const task of plan.tasks) {
    if (task.stage === "source") continue
    const { stage, key } = task
    const end = state.ends.get(taskId(task))
    // The hash from the present outputs of earlier tasks.
    const hash = await readsOf(task, state.ends)
      .then((reads) => hashWithReads(task, plan, state.ends, reads, findWithout(plan, task, state.ends).kernels))
      .catch(() => "")
    const isUnchanged = await isUpToDate(plan, end, [hash, task.wholeHash], new Set())
    const below = task.dependsOn.filter((id) => open.has(id))
    if (!isUnchanged) redone.push({ stage, key, why: why(task, end, hash, below) })
    else if (below.length > 0) maybe.push({ stage, key, why: `reads results of ${listed(below)}` })
    else unchanged++
    if (!isUnchanged || below.length > 0) open.add(task.id)
  }
  const rejected = plan.rejected.map(({ path, error }) => ({ path, reason: error.message }))
  const gone = options.change === "update" ? otherTasks(plan, state) : []
  const others = gone.flatMap(({ stage, key }) =>
    stage === "source" ? [] : [{ stage, key, why: "not in the job any more" }],
  )
  const missing = findMissing(plan)
  return { redone, maybe, others, rejected, left: inputLines(plan), ...(missing && { missing }), unchanged }
}

const listed = (ids: readonly string[]): string =>
  ids.length > 3 ? `${ids.slice(0, 3).join(", ")} and ${ids.length - 3} more` : ids.join(", ")

const formerSources = async (out: string): Promise<readonly SourceRef[]> => (await readContext(out))?.sources ?? []

type Why = (task: PlannedTask, end: EndRecord | undefined, hash: string, below: readonly string[]) => string

/** Explains why a task has no valid result. */
const reasons = ({ context }: Plan, former: readonly SourceRef[]): Why => {
  const { grid, chains } = context
  const before = new Map(former.map(({ path, identity }) => [path, identity]))
  const now = new Set(context.sources.map(({ path }) => path))
  const gone = former.filter(({ path }) => !now.has(path))
  const ofSources = ({ stage, key, sources }: PlannedTask): string[] => {
    if (!isTileStage(stage)) return []
    const reach = reachOf(chains[stage])
    const extent = Box2.grow(TileKey.box(grid, TileKey.parse(key)), reach)
    const changes = sources.flatMap((index) => {
      const { path = "", identity } = context.sources[index] ?? {}
      if (before.get(path) === identity) return []
      return [`${path} ${before.has(path) ? "has changed" : "is new"}`]
    })
    return [...changes, ...gone.flatMap(({ path, box }) => (Box2.meets(box, extent) ? [`${path} is missing`] : []))]
  }
  return (task, end, hash, below) => {
    if (end === undefined) return "not made yet"
    if (end.outcome === "failed" || end.outcome === "quarantined") return `${end.outcome}: ${end.reason ?? ""}`
    if (end.hash === hash) return "its files are missing or cut short"
    const changes = ofSources(task)
    if (changes.length > 0) return changes.join("; ")
    return below.length > 0 ? `reads results of ${listed(below)}` : "its options, inputs or kernels have changed"
  }
}

/** The predicted effects of a run on the products of its output folder. */
export interface ForeseenChange {
  /** Products and layers, by name, that the folder has and the job makes. */
  readonly keeps: readonly string[]
  readonly adds: readonly string[]
  readonly removes: readonly string[]
  /** Files of earlier jobs that the run removes at its end; empty without `replace`. */
  readonly removedFiles: readonly string[]
}

/**
 * Plans a run and predicts its effects on the products of its folder; writes nothing.
 *
 * @throws EngineError as `runJob` does before it begins, also for a job that the folder does not
 * permit
 */
export const foreseeChange = async (
  job: Job,
  { change }: Pick<RunOptions, "change">,
): Promise<{ readonly plan: Plan; readonly folder: ForeseenChange }> => {
  const admitted = await admitJob(job, { change })
  const plan = await planJob(admitted.job, { colours: "stored", ...(await knownOfFolder(admitted, change)) })
  await admitPlan(plan, admitted, { change })
  const state = await withShardEnds(job.out, await readJournal(job.out), true)
  await newNames(plan, state)
  const present = new Set(productPaths(state).flatMap(listProducts))
  const planned = new Set(plannedProducts(plan))
  const removedFiles = change === "replace" || state.replacing ? removedPaths(plan, state) : []
  return {
    plan,
    folder: {
      keeps: [...present].filter((name) => planned.has(name)).sort(),
      adds: [...planned].filter((name) => !present.has(name)).sort(),
      removes: removedFiles.length === 0 ? [] : [...present].filter((name) => !planned.has(name)).sort(),
      removedFiles,
    },
  }
}

const productPaths = ({ ends, overall }: JournalState): string[] => {
  const paths = new Set(overall)
  for (const { files, former } of ends.values())
    for (const { path } of [...files, ...(former?.files ?? [])]) if (!path.startsWith(layout.work)) paths.add(path)
  return [...paths].sort()
}

/** The product of a file: mesh, a raster, a layer, or a layer in another format. */
const listProducts = (path: string): string[] => {
  if (path === layout.tileset || path.startsWith("tiles/")) return ["mesh"]
  const [, raster] = /^raster\/([^/]+?)(?:\.vrt|\/.*)$/.exec(path) ?? []
  if (raster !== undefined) return [raster]
  if (path.startsWith("vector/")) return [path.endsWith(".fgb") ? path.slice(7, -4) : path.slice(7)]
  return path === layout.points ? ["points"] : []
}

const plannedProducts = (plan: Plan): string[] =>
  [...plan.context.chains.publish.filter((name) => name === "mesh"), ...fixedNames(plan)].flatMap((name) =>
    name === "mesh" ? ["mesh"] : listProducts(name),
  )

/** Files of products or tiles that the job does not make. */
const removedPaths = (plan: Plan, state: JournalState): string[] => {
  const tasks = new Set(plan.tasks.map(taskId))
  const planned = new Set(plannedProducts(plan))
  const isMade = (path: string): boolean => listProducts(path).every((name) => planned.has(name))
  const removed = new Set<string>()
  for (const end of state.ends.values()) {
    const stays = tasks.has(taskId(end))
    for (const { path } of [...end.files, ...(end.former?.files ?? [])])
      if (!path.startsWith(layout.work) && !(stays && isMade(path))) removed.add(path)
  }
  for (const path of state.overall) if (!isMade(path)) removed.add(path)
  return [...removed].sort()
}
