/** Runs the tasks of a plan within workers and memory, and yields their outcomes. */

import { stageNames } from "../core/stages.js"
import { isOutputLost } from "../errors.js"
import { processBytes } from "../plan/admission/estimate-memory.js"
import { wallSeconds } from "../plan/cost/cost-model.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import type { RunEvent, RunSummary } from "../report/outcome.js"
import type { TileOutcome } from "../report/tile-outcome.js"
import type { Dispatched } from "./dispatch.js"
import { toOutcome } from "./outcomes.js"
import { type Running, runStages } from "./run-groups.js"

/** Tasks to run, and how to watch and stop them. */
export interface TaskRun extends Omit<Running, "limits" | "onMore"> {
  readonly signal?: AbortSignal | undefined
  readonly drain?: AbortSignal | undefined
  emit(event: RunEvent): void
}

export interface TasksRun {
  readonly finished: readonly Dispatched[]
  /** Why the run ended with tasks left; absent if none is left. */
  readonly stopped: RunSummary["stopped"]
}

/** The first event of a run: its size and an estimate of its duration. */
export const planned = (
  { job, cost, tasks: all }: Plan,
  tasks: readonly PlannedTask[],
  unchanged: ReadonlySet<string> = new Set(),
): Omit<Extract<RunEvent, { type: "plan" }>, "points"> => {
  const stage = tasks.some((task) => task.stage === "tile") ? "tile" : "model"
  const tiles = tasks.filter((task) => task.stage === stage && task.neighbour !== true)
  return {
    type: "plan",
    tasks: tasks.length,
    tiles: tiles.length,
    unchangedTiles: tiles.filter(({ id }) => unchanged.has(id)).length,
    ...(unchanged.size === 0 && tasks.length === all.length
      ? { estimateMs: 1000 * wallSeconds({ cost, tasks }, job.workers) }
      : {}),
    costs: sumStages(tasks),
    workers: job.workers,
  }
}

/** Estimated core-seconds by stage. */
const sumStages = (tasks: readonly PlannedTask[]): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {}
  for (const { stage, costCoreSeconds } of tasks) sums[stage] = (sums[stage] ?? 0) + costCoreSeconds
  return sums
}

/** What the plan of a run decided, a line each. */
export const decisions = ({ job, context, kernels }: Plan, tasks: readonly PlannedTask[]): string[] => {
  const stages = stageNames.flatMap((name) => {
    const count = tasks.filter(({ stage }) => stage === name).length
    return count === 0 ? [] : [`${count} ${name}`]
  })
  return [
    `CRS EPSG:${context.epsg}, tiles of ${job.tileSize} m at level ${context.grid.leafLevel}`,
    `kernels: ${kernels.map(({ kernel }) => `${kernel.id} ${kernel.version}`).join(", ")}`,
    `tasks by stage: ${stages.join(", ")}`,
    `memory for tasks: ${Math.round(job.memoryBytes / 1e6)} MB; usable images: ${context.images.length}`,
  ]
}

/**
 * Runs tasks within the job's workers and memory, and yields their outcomes as they end. A full or
 * read-only output drains the run.
 *
 * @throws EngineError if no thread of the pool can load its code; then no task was started
 */
export async function* runTasks({ signal, drain, emit, ...running }: TaskRun): AsyncGenerator<TileOutcome, TasksRun> {
  const { plan, tasks } = running
  const { workers, memoryBytes } = plan.job
  // By task id: a task made again because of damage counts with its last outcome.
  const finished = new Map<string, Dispatched>()
  let total = tasks.length
  const lost = new AbortController()
  const limits = {
    workers,
    budgetBytes: memoryBytes,
    sharedBytes: processBytes,
    drain: AbortSignal.any([lost.signal, ...(drain ? [drain] : [])]),
    ...(signal ? { signal } : {}),
  }
  const onMore = (count: number): void => {
    total += count
  }
  for await (const dispatched of runStages({ ...running, limits, onMore })) {
    const { task, remade } = dispatched
    finished.set(task.id, dispatched)
    if (remade) {
      const text = `${task.stage} ${task.key}: made again, since one of its files was damaged. Check the disk.`
      emit({ type: "message", level: "warning", text })
    }
    if (dispatched.end.error && isOutputLost(dispatched.end.error)) lost.abort()
    const outcome = toOutcome(plan, dispatched)
    const { costCoreSeconds } = task
    emit({ type: "progress", finished: finished.size, tasks: total, outcome, costCoreSeconds })
    yield outcome
  }
  const reason = lost.signal.aborted ? "output" : drain?.aborted ? "early" : signal?.aborted ? "stop" : undefined
  const stopped = finished.size < total ? reason : undefined
  return { finished: [...finished.values()], stopped }
}
