/** What the phases of a plan cost a tile. */
import { joinLeftShare, phaseShare, stageSeconds } from "../../engine/plan/cost/cost-model.js"
import type { ShardPlan } from "../../engine/plan/shards/shard-plan.js"

/** What the phases of a plan cost, for each of its tiles. */
export interface StageCosts {
  /** Share of the first phase over tiles in what a tile costs in both. */
  readonly firstShare: number
  /** Core-seconds of the kernels of regions, which run in an array. */
  readonly regionSeconds: number
  /** Core-seconds of the kernels over all tiles on what regions left: one task. */
  readonly joinSeconds: number
  /** Core-seconds of the layers: one task. */
  readonly finishSeconds: number
  /** Bytes read and written for each point. */
  readonly bytesIn: number
  readonly bytesOut: number
}

/**
 * A delivered tile of LiDAR HD has 205 MB for 30 million points; a run with all products but
 * textures wrote 5 bytes a point.
 */
const bytes = { bytesIn: 6.8, bytesOut: 5 } as const

/** The plan's cost, by its phases. */
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
