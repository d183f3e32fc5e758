import type { ShardPlan } from "../../../engine/job/shard-plan.js"

/** A plan of shards of one tile each whose hungriest tiles take these bytes. */
export const shardPlanOf = (bytes: readonly number[]): ShardPlan => ({
  format: 1,
  version: "0",
  hash: "0123456789ab".padEnd(64, "0"),
  epsg: 2154,
  grid: { leafSide: 1000, leafLevel: 12 },
  box: [0, 0, 1000, 1000],
  reach: 0,
  sourceReach: 500,
  topLevel: 3,
  phases: ["tile", "join", "model", "finish"],
  joins: ["vector.water-join"],
  tiles: bytes.length,
  ring: 0,
  sources: bytes.length,
  points: bytes.length,
  costCoreSeconds: bytes.length,
  cost: { perPoint: 0, perTile: 1, tiles: 0, spread: 0 },
  parallel: 10,
  shards: bytes.map((most, place) => ({
    offset: 0,
    length: 0,
    tiles: 1,
    points: 1,
    costCoreSeconds: 1,
    bytes: most,
    place,
    sources: { offset: 0, length: 0 },
  })),
})
