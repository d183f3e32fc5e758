/** Runs a job (`maille run`): plan, tasks, products, report. */

import { existsSync } from "node:fs"
import { checkFields } from "../core/arguments.js"
import { densityClass } from "../core/density.js"
import { joinInside } from "../core/files/join-inside.js"
import { EngineError } from "../errors.js"
import type { Job } from "../job/job.js"
import { checkJob } from "../job/job.js"
import { kernelsOfJob } from "../job/kernels/kernels-of-job.js"
import { journalName } from "../job/layout.js"
import type { FolderChange } from "../job/output-folder.js"
import { readJournal } from "../journal/journal.js"
import type { Plan } from "../plan/plan.js"
import type { KnownOfPlan } from "../plan/plan-inputs.js"
import { openPool } from "../pool/pool.js"
import type { RunSummary } from "../report/outcome.js"
import type { TileOutcome } from "../report/tile-outcome.js"
import { type AdmittedJob, admitJob } from "./admit-job.js"
import { folderArea, isWhole } from "./folder-area.js"
import { folderSources } from "./folder-sources.js"
import type { RunOptions } from "./run-options.js"

/**
 * Runs a job and yields the outcome of each task as it ends; the generator returns the summary.
 *
 * Finished tasks with the same hash in the journal are not repeated ("unchanged"). A failed tile is
 * an outcome, never an exception. If nothing can start, an `EngineError` is thrown and nothing is
 * changed.
 *
 * @throws EngineError E_USAGE if the output folder has another job or other files
 * @throws EngineError E_INPUT without a readable source or a CRS
 * @throws EngineError E_OUTPUT if the output folder cannot be written
 *
 * @example
 * const job = await resolveJob({ inputs: ["tile.copc.laz"], out: "out" })
 * for await (const outcome of runJob(job)) console.log(outcome.key, outcome.outcome)
 */
export async function* runJob(stated: Job, options: RunOptions = {}): AsyncGenerator<TileOutcome, RunSummary> {
  checkJob(stated)
  checkFields(options, "options", {
    ...{ signal: "signal?", drain: "signal?", retry: "flag?", verify: "flag?", change: "text?", language: "text?" },
    ...{ reuse: "texts?", onEvent: "function?", plan: "object?", journal: "path?", restart: "whole?" },
  })
  const started = performance.now()
  const admitted = await admitJob(stated, options)
  const { job } = admitted
  // Threads load their modules while this one loads its own and plans. After an earlier run, or
  // with a given plan, they start with the first task: there may be none.
  const later = options.plan !== undefined || existsSync(joinInside(job.out, options.journal ?? journalName))
  const pool = openPool(job, later ? { later } : { ahead: await kernelModules(job) })
  try {
    const [{ planJob }, { runPlan }] = await Promise.all([import("../plan/plan.js"), import("./run-plan.js")])
    const planned = async (signal: AbortSignal): Promise<Plan> =>
      planJob(job, { ...(await knownOfFolder(admitted, options.change)), signal })
    const plan = options.plan ?? (await untilStopped(job.out, options, planned))
    return yield* runPlan(plan, pool, started, options)
  } finally {
    await pool.close()
  }
}

/**
 * Waits for planning, which may last as long as servers take to answer. Nothing runs yet, so
 * `drain` ends it at once too.
 *
 * @throws EngineError E_INCOMPLETE when stopped
 */
const untilStopped = async (
  out: string,
  { signal, drain }: RunOptions,
  work: (signal: AbortSignal) => Promise<Plan>,
): Promise<Plan> => {
  const ends = AbortSignal.any([signal, drain].filter((one) => one !== undefined))
  let stop = (): void => undefined
  const stopped = new Promise<never>((_, reject) => {
    const text = `${out}: stopped while the job was planned. Run again.`
    stop = () => reject(new EngineError("E_INCOMPLETE", text, { file: out }))
  })
  ends.addEventListener("abort", stop)
  if (ends.aborted) stop()
  try {
    return await Promise.race([work(ends), stopped])
  } finally {
    ends.removeEventListener("abort", stop)
  }
}

/** Returns the planner's input from the folder. */
export const knownOfFolder = async (
  { job, former }: AdmittedJob,
  change: FolderChange | undefined,
): Promise<KnownOfPlan> => {
  // Products of one folder have the options of one density.
  const density = change === "replace" ? undefined : former?.density
  const waterFrom = change === "replace" ? undefined : former?.waterFrom
  const known = {
    ...(former === undefined ? {} : { sources: await folderSources(job.out) }),
    ...(density === undefined ? {} : { density: densityClass(density) }),
    ...(waterFrom === undefined ? {} : { waterFrom }),
  }
  if (former === undefined || isWhole(job)) return known
  const { withShardEnds } = await import("../journal/shard-journals.js")
  const state = await withShardEnds(job.out, await readJournal(job.out), true)
  return { ...known, ...folderArea(job, former, state, change) }
}

/** URLs of maille's own kernels that the job uses. */
const kernelModules = async (job: Job): Promise<string[]> => {
  const { declared, chosen } = await kernelsOfJob(job)
  return declared.flatMap(({ kernel, url, digest }) => (digest === undefined && chosen.has(kernel.id) ? [url] : []))
}
