import { importFromKernels } from "../../job/kernels/mesh-presets.js"
import type { TaskScope } from "../../journal/journal-record.js"
import type { CostRates, JobCost, JobWork, StageUse, WorkRates } from "./cost-types.js"
import { type Work, workFields } from "./tile-work.js"

/** The measured costs of kernels and of what the engine does around them. */
export const { costRates } = (await importFromKernels("cost-rates.js")) as { costRates: CostRates }

/** Kinds of tasks. */
export const taskScopes: readonly TaskScope[] = ["source", "tile", "join", "model", "parent", "layer"]
/** Those that are paid for tiles which are read for their neighbours' sake. */
const scopesOfNeighbours: readonly TaskScope[] = ["source", "tile"]
/** Those that the shards of a plan make; the rest follows for all tiles together. */
const scopesOfShards: readonly TaskScope[] = ["source", "tile", "model", "parent"]

const units: Readonly<Record<keyof Work, number>> = {
  tiles: 1,
  points: 1e6,
  copcPoints: 1e6,
  plainPoints: 1e6,
  lazPoints: 1e6,
  areaM2: 1e6,
  coveredM2: 1e6,
  imagesM2: 1e6,
}

/** The work in the units of rates, by {@link workFields}. */
export const inUnits = (work: Work): number[] => workFields.map((field) => work[field] / units[field])

/** What a job costs by the rates: those of its stages summed up. Stages without a rate, such as a new kernel's, count as nothing. */
export const jobCost = (uses: readonly StageUse[], rates: CostRates = costRates): JobCost => {
  const known = new Map(rates.stages.map(({ scope, stage, per }) => [`${scope} ${stage}`, per]))
  const ratesOf = (scope: TaskScope): WorkRates => {
    const sum: Partial<Record<keyof Work, number>> = {}
    for (const { stage, times } of uses.filter((use) => use.scope === scope))
      for (const [field, rate] of Object.entries(known.get(`${scope} ${stage}`) ?? {}))
        sum[field as keyof Work] = (sum[field as keyof Work] ?? 0) + times * (1 + rates.beside) * rate
    return sum
  }
  const per = Object.fromEntries(taskScopes.map((scope) => [scope, ratesOf(scope)])) as Record<TaskScope, WorkRates>
  return { from: rates.from, run: rates.run + rates.kernel * kernelsOf(uses), worker: rates.worker, per, uses }
}

/** How many kernels a job has: the names of all other stages have no point. */
export const kernelsOf = (uses: readonly StageUse[]): number =>
  new Set(uses.flatMap(({ stage }) => (stage.includes(".") ? [stage] : []))).size

/** Core-seconds of the tasks of some kinds for a tile, or for all tiles of a job, without the start. */
export const secondsOf = ({ per }: JobCost, work: Work, scopes: readonly TaskScope[] = taskScopes): number => {
  const amounts = inUnits(work)
  let seconds = 0
  for (const scope of scopes)
    for (const [i, field] of workFields.entries()) seconds += (per[scope][field] ?? 0) * (amounts[i] as number)
  return seconds
}

/** Core-seconds of a tile in a shard of a plan. */
export const tileSeconds = (cost: JobCost, work: Work, neighbour: boolean): number =>
  secondsOf(cost, work, neighbour ? scopesOfNeighbours : scopesOfShards)

/** Core-seconds of the tasks of one kind for a whole job. */
export const scopeSeconds = (cost: JobCost, { own, ring }: JobWork, scope: TaskScope): number =>
  secondsOf(cost, own, [scope]) + (scopesOfNeighbours.includes(scope) ? secondsOf(cost, ring, [scope]) : 0)

/** Core-seconds of a whole run in one process. */
export const runSeconds = (cost: JobCost, work: JobWork, workers: number): number =>
  cost.run + cost.worker * workers + taskScopes.reduce((seconds, scope) => seconds + scopeSeconds(cost, work, scope), 0)
