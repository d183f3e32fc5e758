/**
 * Runs the tasks of a plan group by group, with fresh threads before the kernels and layers of the
 * whole job.
 */
import { isJoin, stageOfId, taskId } from "../core/stages.js"
import type { JournalState } from "../journal/journal.js"
import { processBytes } from "../plan/admission/estimate-memory.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import type { Pool } from "../pool/pool.js"
import type { Dispatch, Dispatched } from "./dispatch.js"
import { isUpToDate } from "./keep-end.js"
import { After, type ScheduleOptions, schedule } from "./schedule.js"
import { isOverall } from "./worker-input.js"

/** What of a plan must be looked at. */
export interface ChosenTasks {
  /** All but the sources that only unchanged tiles would read. */
  readonly tasks: readonly PlannedTask[]
  /** First stages of tiles that stand. */
  readonly unchanged: ReadonlySet<string>
}

/** Leaves out the tiles whose files are `damaged`, by task id, of the unchanged ones, and the sources that only unchanged tiles would read; those that the second stage needs again are added when it is known. */
export const chooseTasks = async (
  plan: Plan,
  state: JournalState,
  ownEnds: ReadonlySet<string>,
  damaged: ReadonlySet<string> = new Set(),
): Promise<ChosenTasks> => {
  const unchanged = new Set<string>()
  const neededSources = new Set<string>()
  for (const task of plan.tasks) {
    if (task.stage !== "tile") continue
    const end = state.ends.get(taskId(task))
    if (!damaged.has(task.id) && (await isUpToDate(plan, end, [task.hash, task.wholeHash], ownEnds)))
      unchanged.add(task.id)
    else for (const id of task.dependsOn) neededSources.add(id)
  }
  return { tasks: plan.tasks.filter((task) => task.stage !== "source" || neededSources.has(task.id)), unchanged }
}

type AdmittedTask = PlannedTask & { readonly alone?: true }

/** A run under way. */
export interface Running {
  readonly plan: Plan
  readonly tasks: readonly PlannedTask[]
  readonly dispatch: Dispatch
  readonly pool: Pool
  readonly limits: Omit<ScheduleOptions<AdmittedTask, Dispatched>, "run">
  /** Tasks that were begun and did not end under some hash, by `stage key`. */
  readonly suspects: ReadonlySet<string>
  /** Told of the tasks that are added on the way. */
  onMore(count: number): void
}

/** Share of the memory up to which tiles and what comes after them are small: what they left in the threads may stay beside it. */
const SMALL = 1 / 8

/**
 * Runs the tasks group by group and yields them as they end. What a whole job's kernel or layer holds does not come on top of what tiles left in the
 * threads: those are ended before it and others started, which compile all code anew; but for a job that is small beside its memory.
 */
export async function* runStages(running: Running): AsyncGenerator<Dispatched, void> {
  const { dispatch, limits, pool } = running
  const present = new Set(running.tasks.map(({ id }) => id))
  const run = async (task: AdmittedTask): ReturnType<Dispatch["run"]> => {
    const result = await dispatch.run(task)
    // Parts of sources that were not asked for until now; the rest is counted.
    const added = result instanceof After ? result.tasks.filter(({ id }) => !present.has(id)) : []
    for (const { id } of added) present.add(id)
    running.onMore(added.length)
    return result
  }
  // The most that a task of before took of a thread that is still there.
  let used = 0
  for (const group of groupsOf(running)) {
    const sources = (await sourcesOfModels(running, group)).filter(({ id }) => !present.has(id))
    running.onMore(sources.length)
    for (const { id } of sources) present.add(id)
    const tasks: AdmittedTask[] = []
    const last: AdmittedTask[] = []
    for (const task of [...sources, ...group]) {
      const weighed = await dispatch.weigh(task)
      const place = running.suspects.has(taskId(task)) ? await dispatch.placeOf(task) : "thread"
      // A process of its own holds code and libraries once more.
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

/** True where all threads, each as full as its largest tile made it, leave most of the memory free with the largest of the tasks that follow. */
const isSmall = (
  { workers, budgetBytes, sharedBytes = 0 }: Running["limits"],
  used: number,
  following: readonly number[],
): boolean => {
  const largest = following.reduce((most, bytes) => Math.max(most, bytes), 0)
  return workers * (used - sharedBytes) + largest <= SMALL * budgetBytes
}

/** A task with the process that it gets of its own, as far as that makes it no task that the budget cannot hold. */
const besides = (task: PlannedTask, budgetBytes: number): PlannedTask => ({
  ...task,
  bytes: Math.max(task.bytes, Math.min(task.bytes + processBytes, budgetBytes)),
})

/** Tiles; with a second stage the kernels that it waits for, then that and the pyramid; then the kernels of regions; then the other kernels of the whole job, and the layers. */
const groupsOf = ({ plan, tasks }: Running): PlannedTask[][] => {
  const modelled = plan.context.chains.model.length > 0
  const awaited = new Set<string>()
  for (const { stage, dependsOn } of tasks)
    if (stage === "model") for (const id of dependsOn) if (isJoin(stageOfId(id))) awaited.add(id)
  const groupOf = ({ id, stage }: PlannedTask): number => {
    if (stage === "source" || stage === "tile") return 0
    // What regions make is weighed before a kernel of the whole job reads it.
    if (isJoin(stage)) return (awaited.has(id) ? 1 : 4) + (stage === "job" ? 1 : 0)
    if (stage === "layer") return 5
    return modelled ? 3 : 0
  }
  const groups: PlannedTask[][] = [0, 1, 2, 3, 4, 5].map(() => [])
  for (const task of tasks) groups[groupOf(task)]!.push(task)
  return groups
}

/** The parts of sources that models must read again and that no task of this run has in bucket files. */
const sourcesOfModels = async (
  { plan, tasks, dispatch }: Running,
  group: readonly PlannedTask[],
): Promise<PlannedTask[]> => {
  const needed = new Set<string>()
  // Of points that are read by ranges there are none.
  if (!plan.tasks.some(({ stage }) => stage === "source")) return []
  for (const task of group) {
    if (task.stage !== "model" || (await dispatch.isUpToDate(task))) continue
    for (const id of task.dependsOn) needed.add(id)
  }
  const present = new Set(tasks.map(({ id }) => id))
  return plan.tasks.filter(({ id, stage }) => stage === "source" && needed.has(id) && !present.has(id))
}
