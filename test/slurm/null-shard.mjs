/**
 * `maille` for a rehearsal of a whole country (`maille submit slurm --command "node
 * null-shard.mjs"`): the real planning, hashing, journals and gates of each shard, but tiles that
 * take no time and write nothing. The last phase, which would write the products, only looks
 * whether every tile has ended.
 */
import { randomUUID } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href)
const [command] = process.argv.slice(2)
if (command === "run") await run()
else await dist("cli/main.js")

async function run() {
  const text = { type: "string" }
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: {
      ...{ job: text, phase: text, workers: text, memory: text, grace: text, "shard-offset": text },
      shard: { type: "boolean" },
    },
  })
  const [{ resolveJob }, { readJobFile }, { runShard }] = await Promise.all(
    ["engine/job/job.js", "engine/plan/job-file.js", "engine/distributed/run-shard.js"].map(dist),
  )
  // Nothing is computed: what bounds a shard is its journal, and records that come together share
  // an fsync.
  const job = {
    ...(await resolveJob(await readJobFile(values.job))),
    workers: 64,
    memoryBytes: Number.MAX_SAFE_INTEGER,
  }
  if (values.phase === "finish") return finish(job)
  const drain = new AbortController()
  process.on("SIGUSR1", () => drain.abort())
  const shard = Number(process.env.SLURM_ARRAY_TASK_ID) + Number(values["shard-offset"] ?? 0)
  const made = { outcome: "done", timeMs: 0, points: 0, peakBytes: 0, files: [] }
  const make = async () => ({ ...made, startedAt: Date.now() })
  const pool = { loaded: async () => {}, run: make, runApart: make, renew: async () => {}, close: async () => {} }
  const options = { phase: values.phase, shard, attempt: randomUUID(), pool, drain: drain.signal }
  for await (const _ of runShard(job, options));
}

async function finish(job) {
  const [{ readShardPlan }, { findMissing }, { planLayout }] = await Promise.all(
    ["engine/plan/shards/read-shard-plan.js", "engine/distributed/shard-progress.js", "engine/job/layout.js"].map(dist),
  )
  const plan = await readShardPlan(job.out)
  const { count } = await findMissing(job.out, plan, "finish")
  if (count > 0) process.exit(75)
  await writeFile(join(job.out, planLayout.finished), JSON.stringify({ planHash: plan.hash }))
}
