import { existsSync } from "node:fs"
import { joinInside } from "../core/files/join-inside.js"
import type { Job } from "../job/job.js"
import { kernelsOfJob } from "../job/kernels/kernels-of-job.js"
import { journalName, readJournal } from "../journal/journal.js"
import type { KnownOfPlan, Plan } from "../plan/plan.js"
import { openPool } from "../pool/pool.js"
import type { RunEvent, RunSummary, TileOutcome } from "../report/outcome.js"
import { type AdmittedJob, admitJob, type FolderChange } from "./admit-job.js"
import { folderArea, knownOfArea } from "./folder-area.js"

/** How a run is watched and stopped. */
export interface RunOptions {
  /** Aborting ends the run at once: tasks that are running are given up, what is finished stays. */
  readonly signal?: AbortSignal
  /** Aborting starts no further task: those that run come to their ends, then the run does. */
  readonly drain?: AbortSignal
  /** What was given up because it took its process down is tried again. */
  readonly retry?: boolean
  /** All files that earlier runs wrote are compared with their hashes, and what differs is made again. Reads every byte. */
  readonly verify?: boolean
  /**
   * What may become of another job's products in the output folder: `add` makes further products or layers and keeps what is there; `replace`
   * removes what this job does not make, once all of it is made; `update` follows inputs that were added, changed or removed. Default: a
   * folder of another job is refused.
   */
  readonly change?: FolderChange
  readonly onEvent?: (event: RunEvent) => void
  /** The job laid out before; default: from its inputs. */
  readonly plan?: Plan
  /** Name of the journal that this run writes, under the output folder; default `journal.jsonl`. */
  readonly journal?: string
}

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
  const pool = openPool(
    job.workers,
    job.memoryBytes,
    undefined,
    later ? { later } : { ahead: await kernelModules(job) },
  )
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
  const { bbox, aoi, limits } = job
  const isWhole = bbox === undefined && aoi === undefined && limits === undefined
  if (former === undefined || isWhole) return {}
  const { withShardEnds } = await import("../journal/shard-journals.js")
  const state = await withShardEnds(job.out, await readJournal(job.out), true)
  return knownOfArea(folderArea(job, former, state, change))
}

/** URLs of maille's own kernels that the job takes. */
const kernelModules = async (job: Job): Promise<string[]> => {
  const { declared, chosen } = await kernelsOfJob(job)
  return declared.flatMap(({ kernel, url, digest }) => (digest === undefined && chosen.has(kernel.id) ? [url] : []))
}
