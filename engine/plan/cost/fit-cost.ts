/** Fits cost rates to finished runs. */
import { join } from "node:path"
import { joinInside } from "../../core/files/join-inside.js"
import { readJsonIfAny } from "../../core/files/parse-file.js"
import { EngineError } from "../../errors.js"
import { planLayout } from "../../job/layout.js"
import { requireStoredJob } from "../../job/output-folder.js"
import type { EndRecord } from "../../journal/journal-record.js"
import { readAllEnds } from "../../journal/shard-journals.js"
import type { Plan } from "../plan.js"
import { costRates, costStages, inUnits, jobCost, kernelsOf, runSeconds, stageSeconds } from "./cost-model.js"
import type { CostRates, CostStage, JobWork, StepRate, StepUse, WorkRates } from "./cost-types.js"
import { nonNegativeLeastSquares } from "./least-squares.js"
import { ratedStep } from "./steps-of-job.js"
import { addWork, type Work, workFields } from "./tile-work.js"

/** The measurements of a finished output folder. */
export interface MeasuredRun {
  readonly folder: string
  readonly work: JobWork
  readonly uses: readonly StepUse[]
  readonly workers: number
  /** Core-seconds by `stage step`. */
  readonly seconds: ReadonlyMap<string, number>
  /** Core-seconds of the whole process; absent if several runs made the tasks. */
  readonly processSeconds?: number
}

/**
 * The part of a plan that costs are derived from; `plan.json` and `plan/shards.json` contain it.
 */
type PlannedCost = Pick<Plan, "work" | "cost">

/**
 * Reads the measurements of a finished run.
 *
 * @throws EngineError E_INPUT for a folder without a plan or a finished tile
 */
export const readMeasuredRun = async (folder: string): Promise<MeasuredRun> => {
  const { work, cost } = await readPlannedCost(folder)
  const ends = [...(await readAllEnds(folder)).values()]
  if (!ends.some(({ stage, outcome }) => (stage === "tile" || stage === "model") && outcome === "done"))
    throw noCosts(folder, "no tile is finished yet")
  const job = await readJsonIfAny<{ workers?: number }>(join(folder, "job.json"))
  const report = await readJsonIfAny<{ processCpuMs?: number; unchanged?: number }>(join(folder, "report.json"))
  const processMs = report?.unchanged === 0 ? report.processCpuMs : undefined
  return {
    folder,
    work,
    uses: cost.uses,
    workers: job?.workers ?? 1,
    seconds: secondsByStep(ends),
    ...(processMs === undefined ? {} : { processSeconds: processMs / 1000 }),
  }
}

const readPlannedCost = async (folder: string): Promise<PlannedCost> => {
  for (const path of ["plan.json", planLayout.shards]) {
    const plan = await readJsonIfAny<Partial<PlannedCost>>(joinInside(folder, path))
    if (plan?.work !== undefined && plan.cost?.uses !== undefined) return { work: plan.work, cost: plan.cost }
  }
  await requireStoredJob(folder)
  throw noCosts(folder, "its plan is of another version of maille")
}

const noCosts = (folder: string, found: string): EngineError =>
  new EngineError("E_INPUT", `${folder}: ${found}. Give the output folder of a finished run of this version.`, {
    file: folder,
  })

/** Processor time by stage and step, seconds; wall time if the system does not report it. */
const secondsByStep = (ends: readonly EndRecord[]): Map<string, number> => {
  const seconds = new Map<string, number>()
  for (const { stage, steps = {} } of ends)
    for (const [name, { timeMs, cpuMs }] of Object.entries(steps)) {
      const id = `${stage === "job" ? "region" : stage} ${ratedStep(name)}`
      seconds.set(id, (seconds.get(id) ?? 0) + (cpuMs ?? timeMs) / 1000)
    }
  return seconds
}

/** The figures of work that a step's time may depend on. */
const listFields = ({ stage, step, images, rasters }: StepUse): readonly (keyof Work)[] => {
  if (stage === "source") return ["plainPoints", "lazPoints"]
  if (step === "read" && stage !== "parent") return ["tiles", "points", "copcPoints"]
  const hasPoints = stage !== "parent" && stage !== "layer" && step !== "cog"
  return [
    "tiles",
    "coveredM2",
    ...(hasPoints ? (["points"] as const) : []),
    ...(rasters ? (["areaM2"] as const) : []),
    ...(images ? (["imagesM2"] as const) : []),
  ]
}

const workIn = ({ work: { own, ring } }: MeasuredRun, stage: CostStage): Work =>
  stage === "source" || stage === "tile" ? addWork(own, ring) : own

const total = ({ seconds }: MeasuredRun): number => [...seconds.values()].reduce((sum, one) => sum + one, 0)

/**
 * Fits the rates of all steps to runs by non-negative least squares. Errors are relative to the
 * run, so small runs count as much as large ones.
 */
export const fitRates = (runs: readonly MeasuredRun[], from: string): CostRates => {
  const uses = new Map(runs.flatMap((run) => run.uses.map((use) => [`${use.stage} ${use.step}`, use] as const)))
  const steps = [...uses].flatMap(([id, known]): StepRate[] => {
    const { stage, step } = known
    const fields = listFields(known)
    const rows: number[][] = []
    const values: number[] = []
    for (const run of runs) {
      const use = run.uses.find((one) => one.stage === stage && one.step === step)
      if (use === undefined) continue
      const amounts = inUnits(workIn(run, stage))
      rows.push(fields.map((field) => (use.times * amounts[workFields.indexOf(field)]!) / total(run)))
      values.push((run.seconds.get(id) ?? 0) / total(run))
    }
    const rates = nonNegativeLeastSquares(rows, values)
    const per = fields.flatMap((field, i) => (rates[i]! > 0 ? [[field, rates[i]!] as const] : []))
    return per.length === 0 ? [] : [{ stage, step, per: Object.fromEntries(per) }]
  })
  const balance = balanced(runs, { from, ...startingRates(runs), steps: steps.sort((a, b) => order(a) - order(b)) })
  return runs.some(({ work }) => work.own.copcPoints > 0) ? balance : withCopc(balance)
}

/**
 * If no run reads COPC, decoding its points with a tile is assumed to cost as much as decoding LAZ.
 */
const withCopc = (rates: CostRates): CostRates => {
  const { plainPoints = 0, lazPoints = 0 } =
    rates.steps.find(({ stage, step }) => stage === "source" && step === "read")?.per ?? {}
  const steps = rates.steps.map((rate) =>
    rate.stage === "tile" && rate.step === "read"
      ? { ...rate, per: { ...rate.per, copcPoints: plainPoints + lazPoints } }
      : rate,
  )
  return { ...rates, steps }
}

/**
 * Permitted deviation of a factor of {@link balanced} from 1: as if one more run had measured 1
 * with this error.
 */
const trust = 0.05

/**
 * Steps fitted one by one err in the same direction in the same runs. Scales the rates of each
 * figure of work by one factor for all steps, and those of the start by another. This minimises the
 * error of whole runs.
 */
const balanced = (runs: readonly MeasuredRun[], rates: CostRates): CostRates => {
  const measured = runs.flatMap((run) => (run.processSeconds === undefined ? [] : [[run, run.processSeconds] as const]))
  const only = (field: keyof Work): CostRates => ({
    ...rates,
    ...{ run: 0, worker: 0, kernel: 0 },
    steps: rates.steps.map((rate) => ({ ...rate, per: { [field]: rate.per[field] ?? 0 } })),
  })
  const parts = [...workFields.map(only), { ...rates, steps: [] }]
  const pull = parts.map((_, i) => parts.map((__, j) => (i === j ? trust : 0)))
  const factors = nonNegativeLeastSquares(
    [...measured.map(([run, seconds]) => parts.map((part) => estimateRun(run, part) / seconds)), ...pull],
    [...measured.map(() => 1), ...parts.map(() => trust)],
  )
  const start = factors[workFields.length] ?? 1
  return {
    ...rates,
    ...{ run: start * rates.run, worker: start * rates.worker, kernel: start * rates.kernel },
    steps: rates.steps.map(({ stage, step, per }) => ({
      stage,
      step,
      per: Object.fromEntries(
        Object.entries(per)
          .map(([field, rate]) => [field, rate * factors[workFields.indexOf(field as keyof Work)]!] as const)
          .filter(([, rate]) => rate > 0),
      ),
    })),
  }
}

const order = ({ stage }: StepRate): number => costStages.indexOf(stage)

/**
 * Fits the processor time beside the steps: per run, per worker, per kernel, and in proportion to
 * the work.
 */
const startingRates = (runs: readonly MeasuredRun[]): Omit<CostRates, "from" | "steps"> => {
  const rows: number[][] = []
  const values: number[] = []
  for (const one of runs) {
    const { processSeconds: seconds } = one
    if (seconds === undefined) continue
    rows.push([1, one.workers, kernelsOf(one.uses), total(one)].map((value) => value / seconds))
    values.push((seconds - total(one)) / seconds)
  }
  if (rows.length === 0) return costRates
  const [run = 0, worker = 0, kernel = 0, beside = 0] = nonNegativeLeastSquares(rows, values)
  return { run, worker, kernel, beside }
}

/**
 * Derives rates from a single run: scales each step of `base` by its measured time. A step without
 * a rate follows the area that points cover. Steps that the run lacks are scaled by its overall
 * factor.
 */
export const ratesOfRun = (run: MeasuredRun, base: CostRates = costRates): CostRates => {
  const cost = jobCost(run.uses, { ...base, beside: 0 })
  const estimated = costStages.reduce((sum, stage) => sum + stageSeconds(cost, run.work, stage), 0)
  const overall = estimated > 0 ? total(run) / estimated : 1
  const known = new Map(base.steps.map((rate) => [`${rate.stage} ${rate.step}`, rate]))
  const steps = new Map([...known].map(([id, rate]) => [id, scaled(rate, overall)]))
  for (const use of run.uses) {
    const { stage, step } = use
    const id = `${stage} ${step}`
    const taken = run.seconds.get(id) ?? 0
    const expected = stageSeconds(jobCost([use], { ...base, beside: 0 }), run.work, stage)
    const rate = known.get(id)
    const covered = workIn(run, stage).coveredM2 / 1e6
    if (rate !== undefined && expected > 0) steps.set(id, scaled(rate, taken / expected))
    else if (covered > 0) steps.set(id, { stage, step, per: { coveredM2: taken / covered / use.times } })
  }
  // Only the sum is known for the process as a whole, so all its parts get the same factor.
  const beside = base.run + base.worker * run.workers + base.kernel * kernelsOf(run.uses) + base.beside * total(run)
  const measured = run.processSeconds
  const factor = measured === undefined || beside === 0 ? 1 : Math.max(0, measured - total(run)) / beside
  return {
    from: run.folder,
    ...{ run: factor * base.run, worker: factor * base.worker, kernel: factor * base.kernel },
    beside: factor * base.beside,
    steps: [...steps.values()],
  }
}

const scaled = ({ stage, step, per }: StepRate, factor: number): StepRate => ({
  stage,
  step,
  per: Object.fromEntries(Object.entries(per).map(([field, rate]) => [field, factor * rate])) as WorkRates,
})

/** Estimates the core-seconds of a measured run from rates. */
export const estimateRun = ({ uses, work, workers }: MeasuredRun, rates: CostRates = costRates): number =>
  runSeconds(jobCost(uses, rates), work, workers)

/**
 * Reads the rates of the finished run in an output folder, for `--costs-from`. Throws E_INPUT if
 * there is none.
 */
export const readRates = async (folder: string): Promise<CostRates> => ratesOfRun(await readMeasuredRun(folder))
