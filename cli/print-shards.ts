/** What `maille plan --shards` does: cuts a job, writes the plan and prints its shards. */
import { InvalidArgumentError } from "commander"
import type { Job } from "../engine/job/job.js"
import type { FolderChange } from "../engine/job/output-folder.js"
import type { ShardPlan } from "../engine/plan/shards/shard-plan.js"
import { formatTime, grouped, printJson, printLine, say } from "./print.js"

/** Most tasks at one time that a plan is cut for. */
const mostParallel = 100_000

/** The number of tasks that are expected to run at one time. */
export const parseParallel = (text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= mostParallel) return value
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${mostParallel}.`)
}

/** What `maille plan --shards` is asked for. */
export interface ShardRequest {
  readonly parallel: number
  readonly costsFrom: string | undefined
  readonly tileIndex: readonly string[] | undefined
  readonly json: boolean
  readonly change?: FolderChange | undefined
}

/** Cuts a job into shards, writes the plan and prints what it is. */
export const printShards = async (
  job: Job,
  { parallel, costsFrom, tileIndex, json, change }: ShardRequest,
): Promise<void> => {
  const { planShards } = await import("../engine/distributed/plan-shards.js")
  const rates =
    costsFrom === undefined ? undefined : await (await import("../engine/plan/cost/fit-cost.js")).readRates(costsFrom)
  const { shardPlan, warnings, rejected } = await planShards(
    job,
    { parallel, rates, ...(change ? { change } : {}) },
    tileIndex,
  )
  const { shards, tiles, points, costCoreSeconds, hash, phases, kernels } = shardPlan
  const trust = kernels === undefined ? "" : " --trust-kernels"
  if (json) {
    const bytes = shards.reduce((most, shard) => Math.max(most, shard.bytes), 0)
    printJson({ tasks: tiles, points, bytes, costCoreSeconds, shards: shards.length, hash, phases, rejected, warnings })
    return
  }
  for (const text of warnings) say(`warning: ${text}`)
  for (const { error } of rejected) say(`left out: ${error.message}`)
  printLine(`${grouped(tiles)} tile(s), ${grouped(points)} points, ${formatTime(costCoreSeconds * 1000)} of one core`)
  printLine(shardText(shardPlan))
  printLine(
    `${job.out}/plan: next, maille submit slurm ${job.out}, or maille run --job ${job.out}/plan/job.json${trust} --shard i for each shard, then the phases after it`,
  )
}

const shardText = ({ shards, parallel, phases }: ShardPlan): string => {
  const longest = Math.max(...shards.map((shard) => shard.costCoreSeconds))
  const memory = Math.ceil(Math.max(...shards.map((shard) => shard.bytes)) / 2 ** 20)
  return `${shards.length} shard(s) for ${parallel} task(s) at one time, phases ${phases.join(", ")}; the longest ${formatTime(longest * 1000)} of one core, a tile at most ${memory} MiB`
}
