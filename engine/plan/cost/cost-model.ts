/** Estimates the core-seconds of jobs and tasks from measured rates of their steps. */
import { availableParallelism } from "node:os"
import { stageNames } from "../../core/stages.js"
import { counted } from "../../core/texts.js"
import { importFromKernels } from "../../job/kernels/presets.js"
import type { PlannedTask } from "../planned-task.js"
import type { CostRates, CostStage, JobCost, JobWork, StepUse, WorkRates } from "./cost-types.js"
import { type Work, workFields } from "./tile-work.js"

/** The measured costs of kernels and of the engine's own steps. */
export const { costRates } = (await importFromKernels("cost-rates.js")) as { costRates: CostRates }

/** In the order of a run. */
export const costStages: readonly CostStage[] = stageNames.filter((stage) => stage !== "job")
/** Stages that also run for tiles read only for their neighbours. */
const stagesOfNeighbours: readonly CostStage[] = ["source", "tile"]
/** Stages in the shards of a plan; the others follow for all tiles together. */
const stagesOfShards: readonly CostStage[] = ["source", "tile", "model", "parent"]

/**
 * Converts work to the units of rates, by {@link workFields}: tiles, and millions of all other
 * figures.
 */
export const inUnits = (work: Work): number[] => workFields.map((field) => work[field] / (field === "tiles" ? 1 : 1e6))

/** Sums the rates of a job's steps. Steps without a rate, such as a new kernel's, count as zero. */
export const jobCost = (uses: readonly StepUse[], rates: CostRates = costRates): JobCost => {
  const known = new Map(rates.steps.map(({ stage, step, per }) => [`${stage} ${step}`, per]))
  const combineRates = (stage: CostStage): WorkRates => {
    const sum: Partial<Record<keyof Work, number>> = {}
    for (const { step, times } of uses.filter((use) => use.stage === stage))
      for (const [field, rate] of Object.entries(known.get(`${stage} ${step}`) ?? {}))
        sum[field as keyof Work] = (sum[field as keyof Work] ?? 0) + times * (1 + rates.beside) * rate
    return sum
  }
  const per = Object.fromEntries(costStages.map((stage) => [stage, combineRates(stage)])) as Record<
    CostStage,
    WorkRates
  >
  return { from: rates.from, run: rates.run + rates.kernel * kernelsOf(uses), worker: rates.worker, per, uses }
}

/** Number of kernels among the steps: only kernel ids contain a dot. */
export const kernelsOf = (uses: readonly StepUse[]): number =>
  new Set(uses.flatMap(({ step }) => (step.includes(".") ? [step] : []))).size

/** Core-seconds of some stages for a tile, or for all tiles of a job, without the start. */
export const workSeconds = ({ per }: JobCost, work: Work, stages: readonly CostStage[] = costStages): number => {
  const amounts = inUnits(work)
  let seconds = 0
  for (const stage of stages)
    for (const [i, field] of workFields.entries()) seconds += (per[stage][field] ?? 0) * (amounts[i] as number)
  return seconds
}

/** Core-seconds of a tile in a shard of a plan. */
export const tileSeconds = (cost: JobCost, work: Work, neighbour: boolean): number =>
  workSeconds(cost, work, neighbour ? stagesOfNeighbours : stagesOfShards)

/** Core-seconds of one stage for a whole job. */
export const stageSeconds = (cost: JobCost, { own, ring }: JobWork, stage: CostStage): number =>
  workSeconds(cost, own, [stage]) + (stagesOfNeighbours.includes(stage) ? workSeconds(cost, ring, [stage]) : 0)

/** Core-seconds of a whole run in one process. */
export const runSeconds = (cost: JobCost, work: JobWork, workers: number): number =>
  cost.run + cost.worker * workers + costStages.reduce((seconds, stage) => seconds + stageSeconds(cost, work, stage), 0)

/**
 * Seconds of a run with some workers, no more at once than this machine has processors. Stages
 * follow each other, and none takes less than its longest task.
 */
export const wallSeconds = (
  { cost, tasks }: { readonly cost: JobCost; readonly tasks: readonly Costly[] },
  workers: number,
): number => {
  const most = Math.min(workers, availableParallelism())
  const stages = new Map<string, { sum: number; longest: number; count: number }>()
  for (const { stage, costCoreSeconds } of tasks) {
    const { sum, longest, count } = stages.get(stage) ?? { sum: 0, longest: 0, count: 0 }
    stages.set(stage, {
      sum: sum + costCoreSeconds,
      longest: Math.max(longest, costCoreSeconds),
      count: count + 1,
    })
  }
  let seconds = cost.run + cost.worker
  for (const { sum, longest, count } of stages.values()) seconds += Math.max(longest, sum / Math.min(most, count))
  return seconds
}

/** A task of a stage with its cost. */
type Costly = Pick<PlannedTask, "stage" | "costCoreSeconds">

/**
 * Share of the joining left to stage "job": a region of 10 km has about a tenth of the borders of
 * its 1 km tiles.
 */
export const joinLeftShare = 0.1

/** Share of one of the two tile phases in the cost of a plan's tiles. */
export const phaseShare = (
  { cost, work, phases }: { readonly cost: JobCost; readonly work: JobWork; readonly phases: readonly string[] },
  phase: string,
): number => {
  if (!phases.includes("tile") || !phases.includes("model")) return 1
  const first = stageSeconds(cost, work, "source") + stageSeconds(cost, work, "tile")
  const second = stageSeconds(cost, work, "model") + stageSeconds(cost, work, "parent")
  return (phase === "tile" ? first : second) / (first + second)
}

/** A warning for more workers than processors of this machine, if any. */
export const idleWorkers = (workers: number): string[] => {
  const most = availableParallelism()
  const found = `--workers: ${workers} workers on ${counted(most, "processor")} save no time and cost memory`
  return workers > most ? [`${found}. Use --workers ${most}, or leave it out.`] : []
}
