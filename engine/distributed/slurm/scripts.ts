/**
 * Writes the batch scripts of a plan for Slurm: the arrays of each phase and the gates between
 * them.
 */
import { join } from "node:path"
import type { Phase } from "../../core/stages.js"
import { quoteWords } from "../../core/texts.js"
import { planLayout } from "../../job/layout.js"
import type { ShardPlan } from "../../plan/shards/shard-plan.js"
import type { OpenPhase } from "../open-phases.js"
import { phaseSteps, type Step } from "../phase-steps.js"
import { checkLines, megabytes, runArguments } from "../run-command.js"
import { formatRanges } from "./array-spec.js"
import { parseSeconds, type SlurmOptions } from "./options.js"
import { autoTime, timeLimit } from "./time-limit.js"

/** A link of the chain of jobs. The last one, "end", checks whether the last phase finished. */
export type Link = Phase | "end"

/** A job as it is submitted. */
export interface BatchJob {
  readonly name: string
  readonly phase: Link
  /** Number of tasks of an array; absent for a single job. */
  readonly tasks?: number
  /** Indexes, in the list of jobs, of those that must have ended first, successfully or not. */
  readonly after: readonly number[]
  /** Without the dependency, which is only known at submission. */
  readonly script: string
}

/** Name of a plan's jobs in one phase; no other plan's jobs have it. */
export const jobName = (plan: ShardPlan, phase: Link): string => `maille-${plan.hash.slice(0, 12)}-${phase}`

export const jobNames = (plan: ShardPlan): string[] => [...plan.phases, "end" as const].map((one) => jobName(plan, one))

/** Folder of the jobs' logs, relative to the output folder. */
export const logFolder = `${planLayout.folder}/log`

/**
 * Converts the rest of a plan to Slurm jobs: the arrays of a phase, then the next phase once they
 * have ended, successfully or not. A phase of one task, and the last link, first check whether
 * something is missing. They submit the missing tasks again (`maille resume --before`).
 */
export const slurmJobs = (
  out: string,
  plan: ShardPlan,
  open: readonly OpenPhase[],
  options: SlurmOptions,
): BatchJob[] => {
  checkLines("--out", [out, ...options.command])
  const jobs: BatchJob[] = []
  let before: number[] = []
  for (const phase of open) {
    const steps = phaseSteps(plan, [phase], options)
    const first = jobs.length
    for (const step of steps) {
      const { tasks } = step
      const name = jobName(plan, step.phase)
      const script = stepScript(out, plan, step, options)
      const count = tasks === undefined ? {} : { tasks: tasks.length }
      jobs.push({ name, phase: step.phase, ...count, after: before, script })
    }
    before = steps.map((_, index) => first + index)
  }
  if (jobs.length > 0)
    jobs.push({ name: jobName(plan, "end"), phase: "end", after: before, script: lastScript(out, plan, options) })
  return jobs
}

const stepScript = (out: string, plan: ShardPlan, step: Step, options: SlurmOptions): string => {
  const { phase, tasks, offset, memoryBytes } = step
  const { cpus, warning, atOnce } = options
  const width = atOnce === undefined ? "" : `%${atOnce}`
  const limit = chooseLimit(plan, step, options)
  const directives = {
    ...(tasks === undefined ? {} : { array: `${formatRanges(tasks)}${width}` }),
    "cpus-per-task": String(cpus),
    mem: megabytes(memoryBytes),
    ...(limit === undefined ? {} : { time: limit }),
    // Sent only to the batch shell, which `exec` replaces by the command; it may arrive a minute
    // early.
    signal: `B:USR1@${warning}`,
    output: logOf(out, phase, tasks === undefined ? "%j" : "%A_%a"),
  }
  // Tiles still running then are abandoned, early enough to record it.
  const grace = Math.max(1, Math.floor(warning * graceShare))
  const shard = tasks === undefined ? {} : { shard: "environment" as const, offset }
  const trustKernels = plan.kernels !== undefined
  const run = runArguments(out, { phase, ...shard, cpus, memoryBytes, grace, trustKernels })
  const gate = tasks === undefined ? [`${gateCommand(out, phase, options)} || exit $?`] : []
  return makeScript(plan, phase, options, directives, [...gate, `exec ${commandOf(options, run)}`])
}

/** The limit of a step: the user's choice, or derived from the plan's estimates. */
const chooseLimit = (
  plan: ShardPlan,
  step: Pick<Step, "phase" | "tasks" | "offset">,
  options: SlurmOptions,
): string | undefined => {
  const { time, singleTime = time, mostTime, cpus, warning } = options
  const chosen = step.tasks === undefined ? singleTime : time
  if (chosen !== autoTime) return chosen
  return timeLimit(plan, step, {
    cpus,
    warning,
    mostSeconds: mostTime === undefined ? undefined : parseSeconds(mostTime),
  })
}

/** Share of the warning time that running tiles get. */
const graceShare = 0.8

const lastScript = (out: string, plan: ShardPlan, options: SlurmOptions): string => {
  // It reads the journals, as the last phase does.
  const time = chooseLimit(plan, { phase: "finish", offset: 0 }, options)
  const directives = {
    "cpus-per-task": "1",
    mem: megabytes(options.singleMemoryBytes),
    ...(time === undefined ? {} : { time }),
    output: logOf(out, "end", "%j"),
  }
  return makeScript(plan, "end", options, directives, [`exec ${gateCommand(out, "end", options)}`])
}

const gateCommand = (out: string, link: Link, options: SlurmOptions): string =>
  commandOf(options, ["resume", out, "--before", link])

const makeScript = (
  plan: ShardPlan,
  link: Link,
  { partition, account, qos, constraint, sbatch, setup }: SlurmOptions,
  directives: Readonly<Record<string, string>>,
  body: readonly string[],
): string => {
  const chosen = Object.entries({ partition, account, qos, constraint })
  for (const [name, value = ""] of chosen) checkLines(`--${name}`, [value])
  checkLines("--sbatch", sbatch)
  const all: [string, string][] = [
    ["job-name", jobName(plan, link)],
    ["comment", `maille plan ${plan.hash}`],
    ...chosen.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
    ...Object.entries(directives),
  ]
  return [
    "#!/bin/bash",
    ...all.map(([name, value]) => `#SBATCH --${name}=${quoteDirective(value)}`),
    "#SBATCH --requeue",
    "#SBATCH --open-mode=append",
    ...sbatch.map((option) => `#SBATCH ${option}`),
    ...setup,
    ...body,
    "",
  ].join("\n")
}

const logOf = (out: string, link: Link, id: string): string => {
  // A % in the folder's own name would start a pattern.
  const folder = join(out, logFolder).replaceAll("%", "%%")
  return `${folder}/${link}-${id}.log`
}

const commandOf = ({ command }: SlurmOptions, args: readonly string[]): string => quoteWords([...command, ...args])

/** sbatch splits its lines at white space, and knows both quotes. */
const quoteDirective = (value: string): string => (/[\s"']/.test(value) ? `"${value.replaceAll('"', '\\"')}"` : value)
