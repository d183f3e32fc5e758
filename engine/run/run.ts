/** Runs a job (`maille run`): plan, tasks, products, report. */
import { existsSync } from "node:fs"
import { joinInside } from "../core/files/join-inside.js"
import type { Job } from "../job/job.js"
import { kernelsOfJob } from "../job/kernels/kernels-of-job.js"
import { journalName } from "../job/layout.js"
import type { FolderChange } from "../job/output-folder.js"
import { readJournal } from "../journal/journal.js"
import type { KnownOfPlan } from "../plan/plan.js"
import { openPool } from "../pool/pool.js"
import type { RunSummary } from "../report/outcome.js"
import type { TileOutcome } from "../report/tile-outcome.js"
import { type AdmittedJob, admitJob } from "./admit-job.js"
import { folderArea, isWhole } from "./folder-area.js"
import type { RunOptions } from "./run-options.js"

/**
 * Runs a job and yields the outcome of each task as it comes; the generator's return value is the summary.
 *
 * Finished tasks that the journal holds under the same hash are kept ("unchanged"). A failure of a tile is an outcome, never an exception.
 * Throws `EngineError` when nothing can start: E_USAGE (the output folder holds another job or other files), E_INPUT (no readable source, no CRS), E_OUTPUT. Nothing was changed then.
 *
 * @example
 * const job = await resolveJob({ inputs: ["tile.copc.laz"], out: "out" })
 * for await (const outcome of runJob(job)) console.log(outcome.key, outcome.outcome)
 */
export async function* runJob(given: Job, options: RunOptions = {}): AsyncGenerator<TileOutcome, RunSummary> {
  const started = performance.now()
  const admitted = await admitJob(given, options)
  const { job } = admitted
  // Its threads load their modules on other processors while this one loads its own, and plans. Where that is done, or a run went before, they wait for the first task: there may be none.
  const later = options.plan !== undefined || existsSync(joinInside(job.out, options.journal ?? journalName))
  const pool = openPool(job, later ? { later } : { ahead: await kernelModules(job) })
  try {
    const [{ planJob }, { runPlan }] = await Promise.all([import("../plan/plan.js"), import("./run-plan.js")])
    const plan = options.plan ?? (await planJob(job, await knownOfFolder(admitted, options.change)))
    return yield* runPlan(plan, pool, started, options)
  } finally {
    await pool.close()
  }
}

/** What the planner must know of the folder. */
export const knownOfFolder = async (
  { job, former }: AdmittedJob,
  change: FolderChange | undefined,
): Promise<KnownOfPlan> => {
  if (former === undefined || isWhole(job)) return {}
  const { withShardEnds } = await import("../journal/shard-journals.js")
  const state = await withShardEnds(job.out, await readJournal(job.out), true)
  return folderArea(job, former, state, change)
}

/** URLs of maille's own kernels that the job takes. */
const kernelModules = async (job: Job): Promise<string[]> => {
  const { declared, chosen } = await kernelsOfJob(job)
  return declared.flatMap(({ kernel, url, digest }) => (digest === undefined && chosen.has(kernel.id) ? [url] : []))
}
