/** `maille status`, `resume` and `cancel`: the progress of a run or plan, and its jobs on Slurm. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Command, Option } from "commander"
import { phases } from "../../engine/core/stages.js"
import type { RunStatus } from "../../engine/distributed/run-status.js"
import type { QueuedJob } from "../../engine/distributed/slurm/client.js"
import type { Link } from "../../engine/distributed/slurm/scripts.js"
import { EngineError } from "../../engine/errors.js"
import { planLayout } from "../../engine/job/layout.js"
import { jobName, requireStoredJob } from "../../engine/job/output-folder.js"
import { readShardPlan } from "../../engine/plan/shards/read-shard-plan.js"
import type { ShardPlan } from "../../engine/plan/shards/shard-plan.js"
import { exitCodes } from "../exit-codes.js"
import { addExamples, setBasics } from "../help/declare.js"
import { counted, formatTable, formatTime, grouped, printJson, printLine, say } from "../print.js"
import { addSlurmFlags, basicSlurmOptions, outOf, type SlurmFlags, slurmChoices } from "../slurm-flags.js"
import { printSubmitted, submitPlan } from "./submit.js"

export const addStatus = (program: Command): void => {
  addExamples(program.command("status"), "maille status out/")
    .summary("show the progress of a run or of a plan")
    .description(
      "For a plan that was submitted to Slurm it also shows waiting and running jobs.\n" +
        "Exit code 0: finished; 1: finished, but some tasks failed; 75: tasks are left.",
    )
    .argument("<dir>", "output folder of maille run or of maille plan --shards")
    .option("--json", "print one JSON document")
    .action(async (folder: string, { json }: { json?: true }) => {
      const out = outOf(folder)
      if (!existsSync(join(out, planLayout.shards))) return printFolderStatus(out, json === true)
      const plan = await readShardPlan(out)
      const [{ readStatus }, { readSubmission }] = await Promise.all([
        import("../../engine/distributed/run-status.js"),
        import("../../engine/distributed/slurm/submit.js"),
      ])
      const submission = await readSubmission(out, plan)
      const [status, queue] = await Promise.all([
        readStatus(out, plan),
        submission === undefined ? Promise.resolve({}) : askQueue(plan),
      ])
      process.exitCode = exitCodeOf(status)
      if (json) printJson({ ...status, ...summed(queue) })
      else printStatus(out, status, queue)
    })
}

const exitCodeOf = ({ finished, failed, quarantined }: StatusCounts): number =>
  !finished ? exitCodes.early : failed + quarantined > 0 ? exitCodes.someFailed : exitCodes.done

type StatusCounts = Pick<RunStatus, "finished" | "failed" | "quarantined">

const printFolderStatus = async (out: string, json: boolean): Promise<void> => {
  const { readFolderStatus } = await import("../../engine/distributed/folder-status.js")
  const status = await readFolderStatus(out)
  process.exitCode = exitCodeOf(status)
  if (json) return printJson(status)
  const { stages, finished, left, faults } = status
  const heading = ["stage", "tasks", "done", "skipped", "failed", "quarantined", "left"]
  const rows = stages.map(({ stage, tasks, done, skipped, failed, quarantined, left: open }) => [
    ...[stage, tasks, done, skipped, failed, quarantined, open],
  ])
  printLine(formatTable([heading, ...rows]))
  for (const id of faults.slice(0, 10)) say(`not done: ${id}; see ${out}/quarantine/`, "error")
  const { kernels = [] } = await requireStoredJob(out)
  const resume = `maille run --job ${join(out, jobName)}${kernels.length === 0 ? "" : " --trust-kernels"}`
  printLine(finished ? "finished" : `not finished, ${counted(left, "task")} left. To resume: ${resume}`)
}

interface Queue {
  readonly queue?: readonly QueuedJob[]
  readonly queueError?: string
}

/** Reads the queue. An error of Slurm does not hide the progress from the journals. */
const askQueue = async (plan: ShardPlan): Promise<Queue> => {
  const { readQueue } = await import("../../engine/distributed/slurm/client.js")
  try {
    return { queue: await readQueue(plan) }
  } catch (error) {
    return { queueError: EngineError.toData(error).message }
  }
}

const tasksIn = (queue: readonly QueuedJob[], state: QueuedJob["state"]): number =>
  queue.reduce((sum, job) => sum + (job.state === state ? job.tasks : 0), 0)

const summed = ({ queue, queueError }: Queue): object => {
  const states = ["running", "pending", "held"] as const
  const counts = Object.fromEntries(states.map((state) => [state, tasksIn(queue ?? [], state)]))
  return { queue: queue && { ...counts, jobs: queue }, queueError }
}

const printStatus = (out: string, status: RunStatus, { queue, queueError }: Queue): void => {
  const heading = ["phase", "tasks", "done", "skipped", "failed", "quarantined", "left", "shards"]
  const rows = status.phases.map(
    ({ phase, tasks, done, skipped, left, failed, quarantined, shards, shardsThrough }) => [
      ...[phase, tasks, done, skipped, failed, quarantined, left],
      shards === undefined ? "" : `${shardsThrough} / ${shards}`,
    ],
  )
  printLine(formatTable([heading, ...rows]))
  const { share, rate, end, attempts, moreThanOnce, finished, faults, left } = status
  printLine(
    `${(100 * share).toFixed(1)} % of the tiles by cost; ${counted(attempts, "attempt")} at shards, ${counted(moreThanOnce, "task")} computed more than once`,
  )
  if (rate !== undefined && end !== undefined)
    printLine(
      `recent rate ${rate} planned core s/s: tiles finished in ${formatTime(Date.parse(end) - Date.now())}, at ${end}`,
    )
  for (const id of faults.slice(0, 10)) say(`not done: ${id}; see ${out}/quarantine/`, "error")
  if (queueError !== undefined) say(queueError, "warning")
  if (queue !== undefined) {
    const count = (state: QueuedJob["state"]): string => grouped(tasksIn(queue, state))
    printLine(`Slurm tasks: ${count("running")} running, ${count("pending")} waiting, ${count("held")} on hold`)
    for (const { id, state, reason } of queue)
      if (state === "held")
        say(`on hold: ${id} (${reason}). When the cause is removed: scontrol release ${id}`, "error")
    if (queue.length === 0 && !finished) say(`no task is queued, but some are left: maille resume ${out}`, "warning")
  }
  printLine(finished ? "finished" : `${counted(left, "task")} left`)
}

export const addResume = (program: Command): void => {
  const command = addExamples(program.command("resume"), "maille resume out/", "maille resume out/ --retry --mem 16G")
    .summary("submit the unfinished tasks of a plan to Slurm again")
    .description("Uses the options of the last submission; options given here win over them.")
    .argument("<dir>", "output folder of maille plan --shards")
    .option("--retry", "submit failed and quarantined tasks too")
    .addOption(
      new Option("--before <link>", "as a link of the chain: only if something is missing before this phase")
        .choices([...phases, "end"])
        .hideHelp(),
    )
  setBasics(addSlurmFlags(command), ["--retry", ...basicSlurmOptions])
    .optionsGroup("Output:")
    .option("--dry-run", "print the scripts, submit nothing")
    .option("--json", "print the submitted jobs as one JSON document")
    .action(async (folder: string, { before, ...flags }: SlurmFlags & { readonly before?: Link }) => {
      const out = outOf(folder)
      const plan = await readShardPlan(out)
      const { passGate, readSubmission } = await import("../../engine/distributed/slurm/submit.js")
      if (before !== undefined) {
        if ((await passGate(out, plan, before)) === "open") return
        say(`tasks are missing before ${before}: the rest was submitted again as a new chain`, "warning")
        process.exitCode = exitCodes.early
        return
      }
      const submission = await readSubmission(out, plan)
      if (submission === undefined) {
        const text = `${out}: this plan was not submitted yet. Submit it: maille submit slurm ${out}.`
        throw new EngineError("E_USAGE", text)
      }
      const choices = { ...submission.options, ...slurmChoices(flags) }
      printSubmitted(out, await submitPlan(out, plan, choices, flags), flags)
    })
}

export const addCancel = (program: Command): void => {
  addExamples(program.command("cancel"), "maille cancel out/")
    .summary("cancel the Slurm jobs of a plan")
    .description("Finished tasks are kept; maille resume submits the others again.")
    .argument("<dir>", "output folder of maille plan --shards")
    .option("--json", "print the ids of the jobs as one JSON document")
    .action(async (folder: string, { json }: { json?: true }) => {
      const { cancelJobs, readQueue } = await import("../../engine/distributed/slurm/client.js")
      const ids = (await readQueue(await readShardPlan(outOf(folder)))).map(({ id }) => id)
      await cancelJobs(ids)
      if (json) printJson({ cancelled: ids })
      else say(`${counted(ids.length, "job")} cancelled`, "result")
    })
}
