import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { seededRandom } from "../core/random.js"
import { EngineError } from "../errors.js"
import { processBytes, workerBytes } from "../job/estimate-memory.js"
import { type CostModel, fitCost } from "../job/fit-cost.js"
import { resolveJob } from "../job/job.js"
import { planSources } from "../job/open-shard-plan.js"
import { readShardPlan, readShardTiles } from "../job/read-shard-plan.js"
import { readAllEnds } from "../job/shard-journals.js"
import type { ShardPlan } from "../job/shard-plan.js"
import { makeCountry } from "./country.js"
import { defaultStages, fitStages, type StageCosts } from "./fit-stages.js"
import type { RunTimes } from "./run-phases.js"
import { type Circumstances, type PlannedWork, runScenarios, type Scenario } from "./scenarios.js"

/** What to simulate. */
export interface SimulationOptions extends Circumstances {
  /** Output folder of a plan (`maille plan --shards`); absent: a made country. */
  readonly plan?: string
  /** Tiles of the made country, 1 km² each. */
  readonly tiles: number
  /** Output folder of a run whose journals tell what tiles cost; absent: figures measured before. */
  readonly costsFrom?: string
}

/** What came out. */
export interface Simulation {
  readonly tiles: number
  readonly points: number
  readonly shards: number
  readonly cost: CostModel
  readonly stages: StageCosts
  /** Bytes read and written. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** As asked first, then with one circumstance changed in each. */
  readonly scenarios: readonly (Scenario & RunTimes)[]
}

/**
 * Simulates a run of a plan on a cluster: the plan is the real one, cut by the real planner; its tiles take what the cost model says, off by a seeded error; nodes take shards and pools take tiles in
 * the order in which they do. Nothing is computed and nothing read but the plan. Deterministic by seed.
 *
 * Throws E_INPUT for a folder without a plan, or with too few journals.
 */
export const simulate = async (options: SimulationOptions): Promise<Simulation> => {
  const fitted = options.costsFrom === undefined ? undefined : await fitRun(options.costsFrom)
  const cost = fitted?.cost
  const stages = fitted?.stages ?? defaultStages
  const scratch = await mkdtemp(join(tmpdir(), "maille-simulate-"))
  try {
    const plan =
      options.plan === undefined ? await planCountry(scratch, options, cost) : await readShardPlan(options.plan)
    const work = await readWork(options.plan ?? scratch, plan, stages)
    return {
      tiles: plan.tiles,
      points: plan.points,
      shards: plan.shards.length,
      cost: plan.cost,
      stages,
      bytesIn: plan.points * stages.bytesIn,
      bytesOut: plan.points * stages.bytesOut,
      scenarios: runScenarios(work, options),
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** What a run's journals tell. Throws E_INPUT where they tell too little: figures measured elsewhere would pass for the run's own. */
const fitRun = async (folder: string): Promise<{ readonly cost: CostModel; readonly stages: StageCosts }> => {
  const ends = [...(await readAllEnds(folder)).values()]
  const [cost, stages] = [fitCost(ends), fitStages(ends)]
  if (cost !== undefined && stages !== undefined) return { cost, stages }
  const text = `--costs-from: ${folder} holds no journal of three tiles or more; give the folder of a run that has made some, or leave the option out`
  throw new EngineError("E_INPUT", text, { file: folder })
}

const planCountry = async (
  out: string,
  { tiles, seed, nodes }: SimulationOptions,
  cost: CostModel | undefined,
): Promise<ShardPlan> => {
  const job = await resolveJob({ inputs: ["https://simulated.invalid/tiles"], out, crs: "EPSG:2154" })
  return planSources(job, makeCountry(tiles, seed), { parallel: nodes, ...(cost ? { cost } : {}) })
}

const readWork = async (out: string, plan: ShardPlan, stages: StageCosts): Promise<PlannedWork> => {
  const count = plan.shards.reduce((sum, shard) => sum + shard.tiles, 0)
  const estimate = new Float64Array(count)
  const bytes = new Float64Array(count)
  const shards: number[][] = []
  let at = 0
  for (const shard of plan.shards) {
    const own: number[] = []
    const lines = await readShardTiles(out, shard)
    const densest = lines.reduce((most, line) => Math.max(most, line.points), 1)
    for (const { cost, points } of lines) {
      estimate[at] = cost
      // The plan keeps the estimate of the densest tile; what is not the process's or the worker's own goes with the points. Processes are counted once a node.
      bytes[at] = workerBytes + ((shard.bytes - workerBytes - processBytes) * points) / densest
      own.push(at++)
    }
    shards.push(own)
  }
  return { estimate, bytes, shards, phases: plan.phases, stages, random: seededRandom }
}
