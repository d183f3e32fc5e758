/** Finds files of a plan of shards that differ from what `maille plan` wrote. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { isThere } from "../../core/files/atomic-write.js"
import { sha256 } from "../../core/hash.js"
import { planLayout } from "../../job/layout.js"
import { damagedPlan } from "./check-plan.js"
import { readShardPlan, readShardSources, readShardTiles } from "./read-shard-plan.js"
import type { ShardPlan } from "./shard-plan.js"

/** Throws E_INPUT if the job file differs from the one that the plan was made for. */
export const requireShardJob = async (out: string, { jobSha256 }: ShardPlan): Promise<void> => {
  const path = join(out, planLayout.job)
  if (sha256(await readFile(path)) === jobSha256) return
  throw damagedPlan(path, "it is not as the plan wrote it", "E_INPUT")
}

/** Finds the files of a plan that differ from what `maille plan` wrote; empty without a plan. */
export const damageOfShardPlan = async (out: string): Promise<readonly { path: string; what: string }[]> => {
  const found: { path: string; what: string }[] = []
  if (!(await isThere(join(out, planLayout.shards)))) return found
  const attempt = async <T>(path: string, look: () => Promise<T>): Promise<T | undefined> =>
    look().catch((error: unknown) => {
      found.push({ path, what: error instanceof Error ? error.message : String(error) })
      return undefined
    })
  const plan = await attempt(planLayout.shards, () => readShardPlan(out))
  if (plan === undefined) return found
  await attempt(planLayout.job, () => requireShardJob(out, plan))
  await attempt(planLayout.tiles, async () => {
    for (const shard of plan.shards) await readShardTiles(out, shard)
  })
  await attempt(planLayout.sources, async () => {
    for (const shard of plan.shards) await readShardSources(out, shard)
  })
  return found
}
