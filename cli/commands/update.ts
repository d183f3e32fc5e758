/**
 * `maille update` and `maille retry`: run an output folder again after inputs changed or tasks
 * failed.
 */
import { join } from "node:path"
import type { Command } from "commander"
import { jobFields } from "../../engine/job/fields.js"
import type { Job } from "../../engine/job/job.js"
import type { ForeseenTask } from "../../engine/run/update.js"
import { isSupervised, joinSupervisor } from "../engine-process.js"
import { exitCodes } from "../exit-codes.js"
import { addFieldFlag, addTrustVrt, readJob, trustHelp } from "../job-flags.js"
import { counted, formatTable, grouped, printJson, printLine, say } from "../print.js"
import { superviseSelf } from "../supervise.js"
import { addGrace, addMessages, addStrict, addVerify, type RunFlags, runEngine } from "./run.js"

export const addUpdate = (program: Command): void => {
  const command = program
    .command("update")
    .summary("bring an output folder to the state of its inputs")
    .description(
      "Runs the job of an output folder again after source tiles were changed, added or removed: what depends on them is made again, products of\n" +
        "tiles that are gone are removed, nothing else is touched. INPUT… replaces the inputs of the job; without, its own are looked at again.",
    )
    .argument("<dir>", "output folder of maille run")
    .argument("[input...]", `${jobFields.inputs.help.en}: all inputs from now on`)
  addFieldFlag(command, "newColours", "fit new images to those before")
  addFlags(command, "list what would be done again, and why").action(
    async (out: string, inputs: string[], flags: RunFlags) => {
      if (flags.dryRun) return printForeseen(await jobOf(out, inputs, flags), "update", flags)
      await again(out, inputs, flags, { change: "update" })
    },
  )
}

export const addRetry = (program: Command): void => {
  const command = program
    .command("retry")
    .summary("run what failed or was quarantined again")
    .description(
      "Runs what failed or is quarantined in an output folder again, after its input was mended or more memory given.\n" +
        "It also runs tiles that took down their process, which maille run leaves alone. What is done stays.",
    )
    .argument("<dir>", "output folder of maille run")
  addFlags(command, "list what would be run again, and why").action(async (out: string, flags: RunFlags) => {
    if (flags.dryRun) return printForeseen(await jobOf(out, [], flags), "retry", flags)
    await again(out, [], flags, { retry: true })
  })
}

const addFlags = (command: Command, dryRun: string): Command => {
  for (const name of ["workers", "memory", "kernels"] as const) addFieldFlag(command, name, "as the job")
  addVerify(addStrict(addGrace(addTrustVrt(command).option("--trust-kernels", trustHelp))))
  return addMessages(command, dryRun)
}

const jobOf = async (out: string, inputs: readonly string[], flags: RunFlags): Promise<Job> => {
  const { jobName, requireStoredJob } = await import("../../engine/job/output-folder.js")
  await requireStoredJob(out)
  return readJob(inputs, { ...flags, job: join(out, jobName), out })
}

const again = async (
  out: string,
  inputs: readonly string[],
  flags: RunFlags,
  more: Parameters<typeof runEngine>[3],
): Promise<void> => {
  if (!isSupervised()) {
    await (await import("../../engine/job/output-folder.js")).requireStoredJob(out)
    return superviseSelf(flags.grace)
  }
  const engine = joinSupervisor()
  process.exitCode = await runEngine(await jobOf(out, inputs, flags), flags, engine, more)
}

const printForeseen = async (job: Job, command: "update" | "retry", { json }: RunFlags): Promise<void> => {
  const { foreseeRun } = await import("../../engine/run/update.js")
  const foreseen = await foreseeRun(job, command === "update" ? { change: "update" } : { retry: true })
  const { redone, maybe, others, rejected, unchanged } = foreseen
  process.exitCode = exitCodes.done
  if (json) return printJson(foreseen)
  for (const { reason } of rejected) say(`left out: ${reason}`, "warning")
  const rows = (what: string, tasks: readonly ForeseenTask[]): string[][] =>
    tasks.map(({ stage, key, why }) => [what, stage, key, why])
  const all = [...rows("again", redone), ...rows("maybe", maybe), ...rows("remove", others)]
  if (all.length > 0) printLine(formatTable([["what", "stage", "key", "why"], ...all]))
  printLine(
    redone.length + maybe.length + others.length === 0
      ? `up to date: ${counted(unchanged, "task")} unchanged`
      : `${counted(redone.length, "task")} to run again, ${grouped(maybe.length)} to run if their inputs change, ${grouped(others.length)} to remove, ${grouped(unchanged)} unchanged`,
  )
}
