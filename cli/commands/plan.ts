import type { Command } from "commander"
import type { KernelOptions } from "../../engine/job/check-options.js"
import type { Job } from "../../engine/job/job.js"
import { addJobFlags, readJob } from "../job-flags.js"
import { formatTable, formatTime, grouped, printJson, printLine, say } from "../print.js"

/** `maille plan`: what a run would do. */
export const addPlan = (program: Command, kernels: readonly KernelOptions[]): void => {
  const command = program
    .command("plan")
    .summary("tell what a run would do")
    .description("Reads headers and tells the tasks of a run with their points, memory and time. Writes nothing.")
  addJobFlags(command, kernels)
  command
    .optionsGroup("Messages:")
    .option("--json", "print the plan as one JSON document")
    .action(async (inputs: string[], flags: { json?: true }) =>
      printPlan(await readJob(inputs, { ...flags }), flags.json === true),
    )
}

/** Plans a job and prints it: the work tiles as `tasks`, everything before and after them as `further`. */
export const printPlan = async (job: Job, json: boolean): Promise<void> => {
  const { planJob } = await import("../../engine/job/plan.js")
  const plan = await planJob(job)
  const tasks = plan.tasks.map((task) => ({
    key: task.key,
    scope: task.scope,
    hash: task.hash,
    points: task.points,
    bytes: task.bytes,
    costCoreSeconds: task.costCoreSeconds,
    sources: task.sources.flatMap((index) => plan.context.sources[index]?.path ?? []),
  }))
  const { points, bytes, costCoreSeconds, hash, warnings } = plan
  const rejected = plan.rejected.map(({ path, error }) => ({ path, error }))
  const tiles = tasks.filter(({ scope }) => scope === "tile")
  if (json) {
    const further = tasks.filter(({ scope }) => scope !== "tile")
    printJson({ tasks: tiles, further, points, bytes, costCoreSeconds, shards: 1, hash, rejected, warnings })
    return
  }
  for (const text of warnings) say(`warning: ${text}`)
  for (const { error } of rejected) say(`left out: ${error.message}`)
  const heading = ["tile", "points", "memory MB", "core s", "sources"]
  const rows = tiles.map((task) => [
    task.key,
    task.points,
    Math.ceil(task.bytes / 1e6),
    Number(task.costCoreSeconds.toFixed(1)),
    task.sources.length,
  ])
  printLine(formatTable([heading, ...rows]))
  const time = formatTime((costCoreSeconds * 1000) / job.workers)
  printLine(
    `${tiles.length} tile(s), ${tasks.length - tiles.length} further task(s), ${grouped(points)} points, about ${time} with ${job.workers} worker(s)`,
  )
}
