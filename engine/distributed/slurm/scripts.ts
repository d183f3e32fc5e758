/**
 * Writes the batch scripts of a plan for Slurm: the arrays of each phase and the gates between
 * them.
 */
import { join } from "node:path"
import { quoteWords } from "../../core/quote-word.js"
import type { Phase } from "../../core/stages.js"
import { planLayout } from "../../job/layout.js"
import type { ShardPlan } from "../../plan/shards/shard-plan.js"
import type { OpenPhase } from "../open-phases.js"
import { phaseSteps, type Step } from "../phase-steps.js"
import { checkLines, megabytes, runArguments } from "../run-command.js"
import { formatRanges } from "./array-spec.js"
import { type SlurmOptions, secondsOf } from "./options.js"
import { autoTime, timeLimit } from "./time-limit.js"

/** The last link of a chain, which looks whether the last phase came to its end. */
export type Link = Phase | "end"

/** A job as it is submitted. */
export interface BatchJob {
  readonly name: string
  readonly phase: Link
  /** Tasks, where it is an array. */
  readonly tasks?: number
  /** Indexes, in the list of jobs, of those that must have ended before: well or not. */
  readonly after: readonly number[]
  /** Without the dependency, which is known when it is submitted. */
  readonly script: string
}

/** Name of the jobs of a plan in one phase; no other plan's jobs have it. */
export const jobName = (plan: ShardPlan, phase: Link): string => `maille-${plan.hash.slice(0, 12)}-${phase}`

/** Names of all jobs of a plan. */
export const jobNames = (plan: ShardPlan): string[] => [...plan.phases, "end" as const].map((one) => jobName(plan, one))

/** Folder of what the jobs print, relative to the output folder. */
export const logFolder = `${planLayout.folder}/log`

/**
 * Lays out what is left of a plan as Slurm jobs: the arrays of a phase, then the next phase when they have ended, well or not. A phase that is one task, and the last link, first look whether
 * something is missing, and submit what is (`maille resume --before`).
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
  const limit = limitOf(plan, step, options)
  const directives = {
    ...(tasks === undefined ? {} : { array: `${formatRanges(tasks)}${width}` }),
    "cpus-per-task": String(cpus),
    mem: megabytes(memoryBytes),
    ...(limit === undefined ? {} : { time: limit }),
    // To the batch shell alone, which the command takes the place of; it may come a minute early.
    signal: `B:USR1@${warning}`,
    output: logOf(out, phase, tasks === undefined ? "%j" : "%A_%a"),
  }
  // What still runs then is given up in time to write that down.
  const grace = Math.max(1, Math.floor(warning * graceShare))
  const shard = tasks === undefined ? {} : { shard: "environment" as const, offset }
  const trustKernels = plan.kernels !== undefined
  const run = runArguments(out, { phase, ...shard, cpus, memoryBytes, grace, trustKernels })
  const gate = tasks === undefined ? [`${gateCommand(out, phase, options)} || exit $?`] : []
  return scriptOf(plan, phase, options, directives, [...gate, `exec ${commandOf(options, run)}`])
}

/** The limit of a step: as it was chosen, or by what the plan says that it takes. */
const limitOf = (
  plan: ShardPlan,
  step: Pick<Step, "phase" | "tasks" | "offset">,
  options: SlurmOptions,
): string | undefined => {
  const { time, singleTime = time, mostTime, cpus, warning } = options
  const chosen = step.tasks === undefined ? singleTime : time
  if (chosen !== autoTime) return chosen
  return timeLimit(plan, step, { cpus, warning, mostSeconds: mostTime === undefined ? undefined : secondsOf(mostTime) })
}

/** Share of the warning that running tiles get. */
const graceShare = 0.8

const lastScript = (out: string, plan: ShardPlan, options: SlurmOptions): string => {
  // It reads the journals, as the last phase does.
  const time = limitOf(plan, { phase: "finish", offset: 0 }, options)
  const directives = {
    "cpus-per-task": "1",
    mem: megabytes(options.singleMemoryBytes),
    ...(time === undefined ? {} : { time }),
    output: logOf(out, "end", "%j"),
  }
  return scriptOf(plan, "end", options, directives, [`exec ${gateCommand(out, "end", options)}`])
}

const gateCommand = (out: string, link: Link, options: SlurmOptions): string =>
  commandOf(options, ["resume", out, "--before", link])

const scriptOf = (
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
  // A % in the folder's own name would be taken for a pattern.
  const folder = join(out, logFolder).replaceAll("%", "%%")
  return `${folder}/${link}-${id}.log`
}

const commandOf = ({ command }: SlurmOptions, args: readonly string[]): string => quoteWords([...command, ...args])

/** sbatch splits its lines at white space, and knows both quotes. */
const quoteDirective = (value: string): string => (/[\s"']/.test(value) ? `"${value.replaceAll('"', '\\"')}"` : value)
