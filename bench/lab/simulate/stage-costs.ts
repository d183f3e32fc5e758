/** Computes the cost of a plan's phases per tile. */
import { joinLeftShare, phaseShare, stageSeconds } from "../../../engine/plan/cost/cost-model.js"
import type { ShardPlan } from "../../../engine/plan/shards/shard-plan.js"

export const stageCosts = (plan: ShardPlan) => {
  const { cost, work, tiles, ring } = plan
  const all = tiles + ring
  const regionSeconds = stageSeconds(cost, work, "region") / all
  return {
    // Cost of the first phase over tiles, as a share of both such phases.
    firstShare: phaseShare(plan, "tile"),
    // Core-seconds per tile of region kernels; of job kernels and layers, which run as one task.
    regionSeconds,
    joinSeconds: joinLeftShare * regionSeconds,
    finishSeconds: stageSeconds(cost, work, "layer") / all,
    // Bytes per point. A source tile of LiDAR HD has 205 MB for 30 million points. A run with all
    // products except textures wrote 5 bytes a point.
    bytesIn: 6.8,
    bytesOut: 5,
  }
}

/** Costs of a plan's phases, per tile. */
export type StageCosts = ReturnType<typeof stageCosts>
