/** Derives the time limit of an array from the estimated cost of its dearest shard. */
import type { Phase } from "../../core/stages.js"
import { joinLeftShare, phaseShare, stageSeconds } from "../../plan/cost/cost-model.js"
import type { ShardPlan } from "../../plan/shards/shard-plan.js"
import type { Step } from "../phase-steps.js"

/** Asks for a limit derived from the plan's estimates, in place of a time. */
export const autoTime = "auto"

/**
 * Limit as a multiple of the estimate: nodes may be slower than the measured one, estimates are
 * inexact, and a shard's last tiles leave processors idle.
 */
const factor = 3
/** Seconds to start and to read the plan and the journals. */
const startSeconds = 300
/** Limits are multiples of this: the arrays of a plan then share a few values. */
const stepSeconds = 600
const leastSeconds = 1800

/** The tasks that a limit is for. */
interface TimedTask {
  readonly cpus: number
  /** Seconds between the warning and the limit. */
  readonly warning: number
  /** Upper bound of the limit. */
  readonly mostSeconds?: number | undefined
}

/**
 * Time limit of array tasks, or of a phase that is one task, as sbatch takes it
 * (`hours:minutes:seconds`). It is three times the estimate of the dearest shard on its processors,
 * at least half an hour. A task that needs more ends in time, and the chain submits the rest.
 */
export const timeLimit = (plan: ShardPlan, step: Pick<Step, "phase" | "tasks" | "offset">, task: TimedTask): string => {
  const { cpus, warning, mostSeconds = Number.POSITIVE_INFINITY } = task
  const work = step.tasks === undefined ? singleSeconds(plan, step.phase) : arraySeconds(plan, step) / cpus
  const needed = Math.max(leastSeconds, startSeconds + warning + factor * work)
  const seconds = Math.min(mostSeconds, stepSeconds * Math.ceil(needed / stepSeconds))
  const two = (value: number): string => String(value).padStart(2, "0")
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`
}

const arraySeconds = (plan: ShardPlan, step: Pick<Step, "phase" | "tasks" | "offset">): number =>
  step.phase === "region"
    ? stageSeconds(plan.cost, plan.work, "region") / Math.max(1, plan.regions.length)
    : dearest(plan, step)

/** Core-seconds of the array's dearest shard in its phase. */
const dearest = (plan: ShardPlan, { phase, tasks = [], offset }: Pick<Step, "phase" | "tasks" | "offset">): number => {
  const costs = tasks.map((task) => plan.shards[task + offset]?.costCoreSeconds ?? 0)
  return phaseShare(plan, phase) * costs.reduce((most, cost) => Math.max(most, cost), 0)
}

const singleSeconds = ({ cost, work, regions }: ShardPlan, phase: Phase): number =>
  phase === "job"
    ? stageSeconds(cost, work, "region") * (regions.length > 0 ? joinLeftShare : 1)
    : stageSeconds(cost, work, "layer")
