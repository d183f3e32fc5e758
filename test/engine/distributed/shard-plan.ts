import { costStages } from "../../../engine/plan/cost/cost-model.js"
import type { CostStage, JobCost } from "../../../engine/plan/cost/cost-types.js"
import { noWork } from "../../../engine/plan/cost/tile-work.js"
import type { ShardPlan } from "../../../engine/plan/shards/shard-plan.js"

/** A cost of so many core-seconds a tile, by kind of task. */
export const costOf = (seconds: Partial<Record<CostStage, number>>): JobCost => {
  const per = (stage: CostStage) => ({ tiles: seconds[stage] ?? 0 })
  return {
    from: "a test",
    ...{ run: 0, worker: 0 },
    per: Object.fromEntries(costStages.map((stage) => [stage, per(stage)])) as JobCost["per"],
    uses: [],
  }
}

/** A plan of shards of one tile each whose hungriest tiles take these bytes. */
export const shardPlanOf = (bytes: readonly number[]): ShardPlan => ({
  format: 1,
  version: "0",
  hash: "0123456789ab".padEnd(64, "0"),
  epsg: 2154,
  grid: { leafSide: 1000, leafLevel: 12 },
  box: [0, 0, 1000, 1000],
  source: "source not stated",
  reach: 0,
  sourceReach: 500,
  topLevel: 3,
  phases: ["tile", "job", "model", "finish"],
  jobKernels: ["vector.water-join"],
  regionKernels: [],
  regions: [],
  tiles: bytes.length,
  ring: 0,
  sources: bytes.length,
  points: bytes.length,
  costCoreSeconds: bytes.length,
  cost: costOf({ tile: 0.48, model: 0.52, region: 0.004, layer: 0.0043 }),
  work: { own: { ...noWork, tiles: bytes.length }, ring: noWork },
  parallel: 10,
  shards: bytes.map((most, place) => ({
    offset: 0,
    length: 0,
    tiles: 1,
    points: 1,
    costCoreSeconds: 1,
    bytes: most,
    place,
    crc32: 0,
    sources: { offset: 0, length: 0, crc32: 0 },
  })),
  jobSha256: "",
})
