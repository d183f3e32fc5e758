/** Submits a plan of shards to Slurm; at a gate, submits again what earlier phases left. */

import { mkdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "../../core/files/atomic-write.js"
import { counted } from "../../core/texts.js"
import { EngineError } from "../../errors.js"
import { layout, planLayout } from "../../job/layout.js"
import { noteInJournal } from "../../journal/journal.js"
import type { ShardPlan } from "../../plan/shards/shard-plan.js"
import { openPhases } from "../open-phases.js"
import { type Ledger, readLedger } from "../shard-progress.js"
import { cancelJobs, readQueue, submitScript } from "./client.js"
import type { SlurmOptions } from "./options.js"
import { type BatchJob, type Link, logFolder, slurmJobs } from "./scripts.js"

/** `plan/slurm.json`: the last submission of a plan. */
export interface Submission {
  readonly planHash: string
  readonly options: SlurmOptions
  /** Number of tasks that had ended at submission. */
  readonly ended: number
  /** Submissions in a row, by the chain itself, without progress. */
  readonly vain: number
  readonly at: string
  readonly jobs: readonly { readonly id: string; readonly name: string; readonly tasks?: number }[]
}

/** What to submit of a plan. */
export interface SubmitRequest {
  /** Also submit failed and quarantined tasks. */
  readonly retry?: boolean
  readonly dryRun?: boolean
  /** Set by the chain itself. */
  readonly vain?: number
}

export interface Submitted {
  readonly jobs: readonly (BatchJob & { readonly id?: string })[]
  /** Absent where nothing was submitted. */
  readonly submission?: Submission
}

/**
 * The last submission of this plan; undefined where there is none. Throws E_FORMAT for a damaged
 * file.
 */
export const readSubmission = async (out: string, { hash }: ShardPlan): Promise<Submission | undefined> => {
  const path = join(out, planLayout.slurm)
  const text = await readFile(path, "utf8").catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const submission = JSON.parse(text) as Submission | null
    return submission?.planHash === hash ? submission : undefined
  } catch (cause) {
    const said = `${path}: damaged. Remove it and submit again: maille submit slurm ${out}.`
    throw new EngineError("E_FORMAT", said, { file: path }, cause)
  }
}

/**
 * Submits the rest of a plan to Slurm: arrays and the chain after them. Submits nothing where
 * nothing is left.
 *
 * Throws E_USAGE while jobs of the plan are in the queue, or without Slurm; E_RESOURCE where Slurm
 * refuses, after cancelling the jobs already submitted.
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
  // Shards would otherwise skip the tasks that were given up.
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
  const blocked = queue.filter(({ state }) => state === "held")
  const release =
    blocked.length > 0
      ? ` Slurm holds some; release them: scontrol release ${blocked.map(({ id }) => id).join(" ")}.`
      : ""
  const ids = queue.slice(0, 5).map(({ id }) => id)
  const text = `${out}: its plan has ${counted(queue.length, "job")} in the queue (${ids.join(", ")}${queue.length > 5 ? ", …" : ""}).${release}`
  throw new EngineError(
    "E_USAGE",
    `${text} Wait for them (maille status ${out}), or cancel them first: maille cancel ${out}.`,
  )
}

/** Result of a gate. */
export type Passage = "open" | "resubmitted"

/**
 * The gate before a link of the chain, run by its job. It is open where no earlier phase misses
 * anything. Else it cancels the rest of the chain and submits the missing tasks with a new chain,
 * as long as this brings progress.
 *
 * Throws E_INCOMPLETE without progress, or when a compute node may not submit jobs.
 */
export const passGate = async (out: string, plan: ShardPlan, link: Link): Promise<Passage> => {
  const ledger = await readLedger(out, plan)
  const open = await openPhases(out, plan, ledger)
  const first = open[0]?.phase
  if (first === undefined || first === link) return "open"
  const submission = await readSubmission(out, plan)
  if (submission === undefined) throw incomplete(out, link, "its earlier submission is missing")
  await cancelWaiting(plan)
  const vain = progress(ledger, submission) ? 0 : submission.vain + 1
  if (vain >= submission.options.rounds)
    throw incomplete(out, link, `${counted(vain, "submission")} in a row made no progress; see ${join(out, logFolder)}`)
  try {
    await submitSlurm(out, plan, submission.options, { vain })
  } catch (cause) {
    throw incomplete(
      out,
      link,
      `the remaining tasks could not be submitted from this machine: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  }
  return "resubmitted"
}

const progress = ({ tasks }: Ledger, { ended }: Submission): boolean => tasks.size > ended

/** Cancels the waiting part of the chain. Running jobs, this one included, end by themselves. */
const cancelWaiting = async (plan: ShardPlan): Promise<void> => {
  const waiting = (await readQueue(plan)).filter(({ state }) => state !== "running")
  await cancelJobs(waiting.map(({ id }) => id)).catch(() => undefined)
}

const incomplete = (out: string, link: Link, why: string): EngineError =>
  new EngineError(
    "E_INCOMPLETE",
    `${link === "end" ? "the last phase did not finish" : `phase ${link} cannot start`}: ${why}. To see what is left: maille status ${out}. To submit it: maille resume ${out}.`,
  )
