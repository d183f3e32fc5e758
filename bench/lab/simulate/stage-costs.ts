/** Computes the cost of a plan's phases per tile. */
import { joinLeftShare, phaseShare, stageSeconds } from "../../../engine/plan/cost/cost-model.js"
import type { ShardPlan } from "../../../engine/plan/shards/shard-plan.js"

/** Costs of a plan's phases, per tile. */
export interface StageCosts {
  /** Cost of the first phase over tiles, as a share of both such phases. */
  readonly firstShare: number
  /** Core-seconds of the region kernels. */
  readonly regionSeconds: number
  /** Core-seconds of the job kernels, which run as one task. */
  readonly joinSeconds: number
  /** Core-seconds of the layers, which run as one task. */
  readonly finishSeconds: number
  /** Bytes read and written per point. */
  readonly bytesIn: number
  readonly bytesOut: number
}

/**
 * A source tile of LiDAR HD has 205 MB for 30 million points. A run with all products except
 * textures wrote 5 bytes a point.
 */
const bytes = { bytesIn: 6.8, bytesOut: 5 } as const

export const stageCosts = (plan: ShardPlan): StageCosts => {
  const { cost, work, tiles, ring } = plan
  const all = tiles + ring
  const joins = stageSeconds(cost, work, "region") / all
  return {
    firstShare: phaseShare(plan, "tile"),
    regionSeconds: joins,
    joinSeconds: joinLeftShare * joins,
    finishSeconds: stageSeconds(cost, work, "layer") / all,
    ...bytes,
  }
}
