/**
 * Submits a plan of shards to Slurm, and submits again at a gate what the phases before it left.
 */
import { mkdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "../../core/files/atomic-write.js"
import { EngineError } from "../../errors.js"
import { layout, planLayout } from "../../job/layout.js"
import { noteInJournal } from "../../journal/journal.js"
import type { ShardPlan } from "../../plan/shards/shard-plan.js"
import { openPhases } from "../open-phases.js"
import { type Ledger, readLedger } from "../shard-progress.js"
import { cancelJobs, readQueue, submitScript } from "./client.js"
import type { SlurmOptions } from "./options.js"
import { type BatchJob, type Link, logFolder, slurmJobs } from "./scripts.js"

/** `plan/slurm.json`: how a plan was submitted last. */
export interface Submission {
  readonly planHash: string
  readonly options: SlurmOptions
  /** Tasks that had ended when it was submitted. */
  readonly ended: number
  /** Submissions in a row, by the chain itself, that brought no progress. */
  readonly vain: number
  readonly at: string
  readonly jobs: readonly { readonly id: string; readonly name: string; readonly tasks?: number }[]
}

/** What to submit of a plan. */
export interface SubmitRequest {
  /** What failed or was quarantined too. */
  readonly retry?: boolean
  readonly dryRun?: boolean
  /** Counted by the chain itself. */
  readonly vain?: number
}

/** What was submitted, or would be. */
export interface Submitted {
  readonly jobs: readonly (BatchJob & { readonly id?: string })[]
  /** Told where something was submitted. */
  readonly submission?: Submission
}

/** The last submission of a plan; undefined where there is none of this very plan. Throws E_FORMAT for a damaged file. */
export const readSubmission = async (out: string, { hash }: ShardPlan): Promise<Submission | undefined> => {
  const path = join(out, planLayout.slurm)
  const text = await readFile(path, "utf8").catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const submission = JSON.parse(text) as Submission | null
    return submission?.planHash === hash ? submission : undefined
  } catch (cause) {
    const said = `${path} cannot be read. Remove it, and submit again: maille submit slurm ${out}.`
    throw new EngineError("E_FORMAT", said, { file: path }, cause)
  }
}

/**
 * Submits what is left of a plan to Slurm: arrays and the chain behind them. Nothing is submitted where nothing is left.
 *
 * Throws E_USAGE while jobs of the plan are in the queue, or where there is no Slurm; E_RESOURCE where Slurm refuses: what it had taken is taken back.
 */
export const submitSlurm = async (
  out: string,
  plan: ShardPlan,
  options: SlurmOptions,
  request: SubmitRequest = {},
): Promise<Submitted> => {
  const ledger = await readLedger(out, plan)
  const open = await openPhases(out, plan, ledger, request)
  const jobs = slurmJobs(out, plan, open, options)
  if (request.dryRun || jobs.length === 0) return { jobs }
  await mkdir(join(out, logFolder), { recursive: true })
  // Shards would leave alone what was given up.
  if (request.retry === true) await noteInJournal(out, { type: "retry", at: new Date().toISOString() })
  const ids: string[] = []
  try {
    for (const { script, after } of jobs)
      ids.push(
        await submitScript(
          script,
          after.map((index) => ids[index] ?? ""),
        ),
      )
  } catch (error) {
    await cancelJobs(ids).catch(() => undefined)
    throw error
  }
  const submission: Submission = {
    planHash: plan.hash,
    options,
    ended: ledger.tasks.size,
    vain: request.vain ?? 0,
    at: new Date().toISOString(),
    jobs: jobs.map(({ name, tasks }, index) => ({ id: ids[index]!, name, ...(tasks === undefined ? {} : { tasks }) })),
  }
  const text = `${JSON.stringify(submission, undefined, 1)}\n`
  await atomicWrite(join(out, planLayout.slurm), text, join(out, layout.temporary))
  return { jobs: jobs.map((job, index) => ({ ...job, id: ids[index]! })), submission }
}

/** Throws E_USAGE while Slurm still has jobs of the plan. */
export const requireIdle = async (out: string, plan: ShardPlan): Promise<void> => {
  const queue = await readQueue(plan)
  if (queue.length === 0) return
  const held = queue.filter(({ state }) => state === "held")
  const release =
    held.length > 0 ? ` Held: release them with scontrol release ${held.map(({ id }) => id).join(" ")}.` : ""
  const ids = queue.slice(0, 5).map(({ id }) => id)
  const text = `${queue.length} job(s) of this plan are in the queue (${ids.join(", ")}${queue.length > 5 ? ", …" : ""}).${release}`
  throw new EngineError("E_USAGE", `${text} Wait for them (maille status ${out}), or maille cancel ${out} first.`)
}

/** What a gate found. */
export type Passage = "open" | "resubmitted"

/**
 * The gate before a link of the chain, run by its job. Where nothing is missing of the phases before it, it is open. Else the rest of the chain is cancelled and what is left is submitted again, with a
 * new chain, as long as that brings progress.
 *
 * Throws E_INCOMPLETE when it does not, or no job may be submitted from a compute node.
 */
export const passGate = async (out: string, plan: ShardPlan, link: Link): Promise<Passage> => {
  const ledger = await readLedger(out, plan)
  const open = await openPhases(out, plan, ledger)
  const first = open[0]?.phase
  if (first === undefined || first === link) return "open"
  const submission = await readSubmission(out, plan)
  if (submission === undefined) throw incomplete(out, link, "there is no submission to go on with")
  await cancelWaiting(plan)
  const vain = progress(ledger, submission) ? 0 : submission.vain + 1
  if (vain >= submission.options.rounds)
    throw incomplete(out, link, `${vain} submission(s) in a row brought no progress: see ${join(out, logFolder)}`)
  try {
    await submitSlurm(out, plan, submission.options, { vain })
  } catch (cause) {
    throw incomplete(out, link, `what is left could not be submitted from here: ${String(cause)}`)
  }
  return "resubmitted"
}

const progress = ({ tasks }: Ledger, { ended }: Submission): boolean => tasks.size > ended

/** What waits of the chain: its turn has not come. What runs, this very job among it, comes to its own end. */
const cancelWaiting = async (plan: ShardPlan): Promise<void> => {
  const waiting = (await readQueue(plan)).filter(({ state }) => state !== "running")
  await cancelJobs(waiting.map(({ id }) => id)).catch(() => undefined)
}

const incomplete = (out: string, link: Link, why: string): EngineError =>
  new EngineError(
    "E_INCOMPLETE",
    `${link === "end" ? "the last phase has not come to its end" : `phase ${link} cannot begin`}: ${why}. maille status ${out} tells what is left, maille resume ${out} submits it.`,
  )
