/**
 * Runs the tasks of a plan group by group, with fresh threads before the kernels and layers of the
 * whole job.
 */
import { elementAt } from "../core/lists.js"
import { isJoin, stageOfId, taskId } from "../core/stages.js"
import type { JournalState } from "../journal/journal.js"
import { processBytes } from "../plan/admission/estimate-memory.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import type { Pool } from "../pool/pool.js"
import type { Dispatch, Dispatched, TakeTask } from "./dispatch.js"
import { isUpToDate } from "./keep-end.js"
import { After, type ScheduleOptions, schedule } from "./schedule.js"
import { isOverall } from "./worker-input.js"

/**
 * Finds the unchanged tiles and those that other folders have, except those in `damaged` (task
 * ids). Drops sources that only they would read. Sources that models need again are added later.
 */
export const chooseTasks = async (
  plan: Plan,
  state: JournalState,
  ownEnds: ReadonlySet<string>,
  damaged: ReadonlySet<string> = new Set(),
  take: TakeTask = () => Promise.resolve(undefined),
) => {
  const unchanged = new Set<string>()
  const neededSources = new Set<string>()
  for (const task of plan.tasks) {
    if (task.stage !== "tile") continue
    const end = state.ends.get(taskId(task))
    const hashes = [task.hash, task.wholeHash]
    const isKnown = async (): Promise<boolean> =>
      (await isUpToDate(plan, end, hashes, ownEnds)) || (await take(task, hashes)) !== undefined
    if (!damaged.has(task.id) && (await isKnown())) unchanged.add(task.id)
    else for (const id of task.dependsOn) neededSources.add(id)
  }
  return { tasks: plan.tasks.filter((task) => task.stage !== "source" || neededSources.has(task.id)), unchanged }
}

type AdmittedTask = PlannedTask & { readonly alone?: true }

export interface Running {
  readonly plan: Plan
  readonly tasks: readonly PlannedTask[]
  readonly dispatch: Dispatch
  readonly pool: Pool
  readonly limits: Omit<ScheduleOptions<AdmittedTask, Dispatched>, "run">
  /** Tasks started without an end under some hash, by `stage key`. */
  readonly suspects: ReadonlySet<string>
  /** Receives the number of tasks added during the run. */
  onMore(count: number): void
}

/** A job within this share of the memory is small: its threads need no renewal. */
const SMALL = 1 / 8

/**
 * Runs tasks group by group and yields them as they end. Threads are renewed before the kernels and
 * layers of regions and of the job, to free what tiles left in them. A job that is small beside its
 * memory skips this: new threads compile all code again.
 */
export async function* runStages(running: Running): AsyncGenerator<Dispatched, void> {
  const { dispatch, limits, pool } = running
  const present = new Set(running.tasks.map(({ id }) => id))
  const run = async (task: AdmittedTask): ReturnType<Dispatch["run"]> => {
    const result = await dispatch.run(task)
    // Only source parts can be new; all other tasks are counted.
    const added = result instanceof After ? result.tasks.filter(({ id }) => !present.has(id)) : []
    for (const { id } of added) present.add(id)
    running.onMore(added.length)
    return result
  }
  // Largest estimate of a task in the present threads.
  let used = 0
  for (const group of groupTasks(running)) {
    const sources = (await sourcesOfModels(running, group)).filter(({ id }) => !present.has(id))
    running.onMore(sources.length)
    for (const { id } of sources) present.add(id)
    const tasks: AdmittedTask[] = []
    const last: AdmittedTask[] = []
    for (const task of [...sources, ...group]) {
      const weighed = await dispatch.estimate(task)
      const place = running.suspects.has(taskId(task)) ? await dispatch.placeOf(task) : "thread"
      // A separate process has its own copy of code and libraries.
      if (place === "alone") last.push({ ...weighed, alone: true })
      else tasks.push(place === "process" ? besides(weighed, limits.budgetBytes) : weighed)
    }
    for (const task of last) tasks.push(task)
    const whole = tasks.filter(isOverall).map(({ bytes }) => bytes)
    if (used > 0 && whole.length > 0 && !isSmall(limits, used, whole)) {
      await pool.renew()
      used = 0
    }
    for await (const dispatched of schedule(tasks, { ...limits, run, bytesOf: dispatch.bytesOf })) {
      const { task, unchanged } = dispatched
      if (!isOverall(task) && !unchanged) used = Math.max(used, task.bytes)
      yield dispatched
    }
    if (limits.signal?.aborted || limits.drain?.aborted) return
  }
}

/**
 * True if little memory is used: every thread grown to its largest task, plus the largest following
 * task.
 */
const isSmall = (
  { workers, budgetBytes, sharedBytes = 0 }: Running["limits"],
  used: number,
  following: readonly number[],
): boolean => {
  const largest = following.reduce((most, bytes) => Math.max(most, bytes), 0)
  return workers * (used - sharedBytes) + largest <= SMALL * budgetBytes
}

/**
 * Adds the overhead of a separate process to a task's bytes, up to the budget: it must not make the
 * task unaffordable.
 */
const besides = (task: PlannedTask, budgetBytes: number): PlannedTask => ({
  ...task,
  bytes: Math.max(task.bytes, Math.min(task.bytes + processBytes, budgetBytes)),
})

/**
 * Groups in order: sources and tiles; regions, then job kernels that models wait for; models and
 * parents; other regions; other job kernels and layers. Without models, parents run with the tiles.
 */
const groupTasks = ({ plan, tasks }: Running): PlannedTask[][] => {
  const modelled = plan.context.chains.model.length > 0
  const awaited = new Set<string>()
  for (const { stage, dependsOn } of tasks)
    if (stage === "model") for (const id of dependsOn) if (isJoin(stageOfId(id))) awaited.add(id)
  const chooseGroup = ({ id, stage }: PlannedTask): number => {
    if (stage === "source" || stage === "tile") return 0
    // Regions end before job kernels are estimated from their outputs.
    if (isJoin(stage)) return (awaited.has(id) ? 1 : 4) + (stage === "job" ? 1 : 0)
    if (stage === "layer") return 5
    return modelled ? 3 : 0
  }
  const groups: PlannedTask[][] = [0, 1, 2, 3, 4, 5].map(() => [])
  for (const task of tasks) elementAt(groups, chooseGroup(task)).push(task)
  return groups
}

/** Source parts that models must read again and that no task of this run puts in bucket files. */
const sourcesOfModels = async (
  { plan, tasks, dispatch }: Running,
  group: readonly PlannedTask[],
): Promise<PlannedTask[]> => {
  const needed = new Set<string>()
  // Points that are read by ranges have no source tasks.
  if (!plan.tasks.some(({ stage }) => stage === "source")) return []
  for (const task of group) {
    if (task.stage !== "model" || (await dispatch.isUpToDate(task))) continue
    for (const id of task.dependsOn) needed.add(id)
  }
  const present = new Set(tasks.map(({ id }) => id))
  return plan.tasks.filter(({ id, stage }) => stage === "source" && needed.has(id) && !present.has(id))
}
