/** Simulates a national run, of a synthetic country or of an existing plan. */
import { planSources } from "../../../engine/distributed/plan-shards.js"
import { resolveJob } from "../../../engine/job/job.js"
import { processBytes, workerBytes } from "../../../engine/plan/admission/estimate-memory.js"
import { readShardPlan, readShardTiles } from "../../../engine/plan/shards/read-shard-plan.js"
import type { ShardPlan } from "../../../engine/plan/shards/shard-plan.js"
import { makeCountry } from "../../country.js"
import { withFolder } from "../../real-data.js"
import { type Circumstances, type PlannedWork, runScenarios } from "./scenarios.js"
import { type StageCosts, stageCosts } from "./stage-costs.js"

export interface SimulationOptions extends Circumstances {
  /** Output folder of a plan (`maille plan --shards`); absent for a synthetic country. */
  readonly plan?: string
  /** Tiles of the synthetic country, 1 km² each. */
  readonly tiles: number
}

/**
 * Simulates a run of a plan on a cluster. The real planner makes the plan. Tiles cost what the cost
 * model estimates, with a seeded error, and nodes and pools take work in their real order. Reads
 * only the plan and computes no tile. Deterministic by seed.
 *
 * @throws EngineError E_INPUT for a folder without a plan
 */
export const simulate = (options: SimulationOptions) =>
  withFolder(async (scratch) => {
    const plan = options.plan === undefined ? await planCountry(scratch, options) : await readShardPlan(options.plan)
    const stages = stageCosts(plan)
    const work = await readWork(options.plan ?? scratch, plan, stages)
    return {
      tiles: plan.tiles,
      points: plan.points,
      shards: plan.shards.length,
      costCoreSeconds: plan.costCoreSeconds,
      cost: { from: plan.cost.from, per: plan.cost.per },
      stages,
      // Read and written.
      bytesIn: plan.points * stages.bytesIn,
      bytesOut: plan.points * stages.bytesOut,
      // The run as requested, then one with each circumstance changed.
      scenarios: runScenarios(work, options),
    }
  })

/** The plan's size and cost, and the simulated runs. */
export type Simulation = Awaited<ReturnType<typeof simulate>>

const planCountry = async (out: string, { tiles, seed, nodes }: SimulationOptions): Promise<ShardPlan> => {
  const job = await resolveJob({ inputs: ["https://simulated.invalid/tiles"], out, crs: "EPSG:2154" })
  return planSources(job, makeCountry(tiles, seed), { parallel: nodes })
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
      // The plan has the estimate of a shard's densest tile. The part above the process's and the
      // worker's own memory is proportional to points. Processes are counted once a node.
      bytes[at] = workerBytes + ((shard.bytes - workerBytes - processBytes) * points) / densest
      own.push(at++)
    }
    shards.push(own)
  }
  return { estimate, bytes, shards, phases: plan.phases, stages }
}
