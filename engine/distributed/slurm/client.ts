/** Calls the commands of Slurm: submit, cancel, read queue and limits. */
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { EngineError } from "../../errors.js"
import type { ShardPlan } from "../../plan/shards/shard-plan.js"
import { countRanges } from "./array-spec.js"
import { jobNames, type Link } from "./scripts.js"

const execute = promisify(execFile)

/** A job of a plan, or one task of an array, that is still in Slurm's queue. */
export interface QueuedJob {
  /** As scancel takes it. */
  readonly id: string
  readonly link: Link
  /** Number of tasks in this entry: waiting tasks of an array share one. */
  readonly tasks: number
  /** A `held` job waits for a person: after a failed launch, or by an administrator. */
  readonly state: "running" | "pending" | "held"
  readonly reason: string
  readonly nodes: string
  /** How often Slurm restarted it. */
  readonly restarts: number
}

/**
 * Runs one of Slurm's commands. Throws E_USAGE without Slurm, E_RESOURCE where the command fails.
 */
const slurm = async (program: string, args: readonly string[], input?: string): Promise<string> => {
  try {
    const running = execute(program, [...args], { maxBuffer: 1 << 29 })
    if (input !== undefined) running.child.stdin?.end(input)
    return (await running).stdout
  } catch (cause) {
    const { code, stderr = "", message } = cause as NodeJS.ErrnoException & { readonly stderr?: string }
    if (code === "ENOENT") {
      const text = `${program}: command not found. Run this on a machine with Slurm, or print the scripts: maille submit slurm --dry-run.`
      throw new EngineError("E_USAGE", text, {}, cause)
    }
    throw new EngineError(
      "E_RESOURCE",
      `${program} failed: ${(stderr.trim() || message).replace(/\.$/, "")}. Check the options of sbatch and the state of Slurm.`,
      {},
      cause,
    )
  }
}

/** Submits a script to start when the given jobs have ended; returns its id. */
export const submitScript = async (script: string, after: readonly string[]): Promise<string> => {
  const dependency = after.length === 0 ? [] : [`--dependency=afterany:${after.join(":")}`]
  const answer = await slurm("sbatch", ["--parsable", ...dependency], script)
  // "id;cluster" on sites with several clusters.
  return answer.trim().split(";")[0] ?? ""
}

/** `MaxArraySize` of the cluster. */
export const readArraySize = async (): Promise<number> => {
  const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(await slurm("scontrol", ["show", "config"]))?.[1])
  if (size >= 1) return size
  throw new EngineError(
    "E_RESOURCE",
    "scontrol show config shows no MaxArraySize above 0: this Slurm runs no arrays. Give --array-size N.",
  )
}

/** Cancels jobs, running or waiting; ignores ids that are gone. */
export const cancelJobs = async (ids: readonly string[]): Promise<void> => {
  if (ids.length > 0) await slurm("scancel", ["--quiet", ...ids])
}

/**
 * The plan's jobs in Slurm's queue, found by name: a controller may reuse numbers after a crash.
 */
export const readQueue = async (plan: ShardPlan): Promise<QueuedJob[]> => {
  const names = jobNames(plan)
  return parseQueue(await slurm("squeue", ["--json", `--name=${names.join(",")}`]), names)
}

interface SqueueJob {
  readonly job_id: number
  readonly name: string
  readonly array_job_id?: { readonly number?: number }
  readonly array_task_id?: { readonly set?: boolean; readonly number?: number }
  readonly array_task_string?: string
  readonly job_state?: readonly string[] | string
  readonly state_reason?: string
  readonly restart_cnt?: number
  readonly nodes?: string
}

/** States of `squeue` in which a job has ended. */
const over: ReadonlySet<string> = new Set(
  "COMPLETED FAILED CANCELLED TIMEOUT OUT_OF_MEMORY DEADLINE BOOT_FAIL NODE_FAIL".split(" "),
)

/** Parses the output of `squeue --json`, for the jobs of these names. */
export const parseQueue = (text: string, names: readonly string[]): QueuedJob[] => {
  const { jobs = [] } = JSON.parse(text) as { jobs?: readonly SqueueJob[] }
  return jobs.flatMap((job) => {
    if (!names.includes(job.name)) return []
    const states = [job.job_state ?? []].flat()
    const waits = states.includes("PENDING") || states.includes("REQUEUED")
    if (!waits && states.some((state) => over.has(state))) return []
    const reason = job.state_reason ?? ""
    const isBlocked = /held/i.test(reason) || states.includes("REQUEUE_HOLD") || states.includes("SPECIAL_EXIT")
    const array = job.array_job_id?.number ?? 0
    const task = job.array_task_id?.set === true ? job.array_task_id.number : undefined
    const rest = job.array_task_string ?? ""
    return [
      {
        id: array > 0 && task !== undefined ? `${array}_${task}` : String(job.job_id),
        link: job.name.slice(job.name.lastIndexOf("-") + 1) as Link,
        tasks: rest === "" ? 1 : Math.max(1, countRanges(rest)),
        state: isBlocked ? ("held" as const) : waits ? ("pending" as const) : ("running" as const),
        reason,
        nodes: job.nodes ?? "",
        restarts: job.restart_cnt ?? 0,
      },
    ]
  })
}
