/**
 * `maille update` and `maille retry`: run an output folder again after inputs changed or tasks
 * failed.
 */
import { join } from "node:path"
import type { Command } from "commander"
import type { Job } from "../../engine/job/job.js"
import { missingLines } from "../../engine/report/missing.js"
import type { ForeseenTask } from "../../engine/run/update.js"
import { isSupervised, joinSupervisor } from "../engine-process.js"
import { exitCodes } from "../exit-codes.js"
import { addExamples, setBasics } from "../help/declare.js"
import { addFieldFlag, addTrustVrt, heading, readJob, trustHelp } from "../job-flags.js"
import { counted, formatTable, grouped, printJson, printLine, say } from "../print.js"
import { superviseSelf } from "../supervise.js"
import { addGrace, addMessages, addStrict, addVerify, type RunFlags, runEngine } from "./run.js"

export const addUpdate = (program: Command): void => {
  const command = addExamples(program.command("update"), "maille update out/", "maille update out/ --dry-run")
    .summary("update products after inputs changed")
    .description(
      "Source tiles were changed, added or removed: builds only what depends on them, and removes products of tiles that are gone.\n" +
        "Without INPUT, it reads the inputs of the job again.",
    )
    .argument("<dir>", "output folder of maille run")
    .argument("[input...]", "all inputs from now on, instead of those of the job")
  addFieldFlag(command, "newColours", {
    en: "fit new images to the former",
    fr: "accorder les nouvelles aux anciennes",
  })
  addFlags(command, "show the tasks to run again, and why").action(
    async (out: string, inputs: string[], flags: RunFlags) => {
      if (flags.dryRun) return printForeseen(await jobOf(out, inputs, flags), "update", flags)
      await again(out, inputs, flags, { change: "update" })
    },
  )
}

export const addRetry = (program: Command): void => {
  const command = addExamples(program.command("retry"), "maille retry out/", "maille retry out/ --workers 1")
    .summary("run failed and quarantined tasks again")
    .description(
      "Use it after you repaired an input or gave more memory. Finished tasks are kept.\n" +
        "It also runs tasks that crashed the engine, which maille run skips.",
    )
    .argument("<dir>", "output folder of maille run")
  addFlags(command, "show the tasks to run again, and why").action(async (out: string, flags: RunFlags) => {
    if (flags.dryRun) return printForeseen(await jobOf(out, [], flags), "retry", flags)
    await again(out, [], flags, { retry: true })
  })
}

const asJob = { en: "as in the job", fr: "comme dans le traitement" }

const addFlags = (command: Command, dryRun: string): Command => {
  for (const name of ["workers", "memory", "kernels", "allowMissing"] as const) addFieldFlag(command, name, asJob)
  addVerify(addGrace(addTrustVrt(command.optionsGroup(heading("advanced"))).option("--trust-kernels", trustHelp)))
  setBasics(command, ["--workers", "--memory", "--dry-run", "--json", "--strict"])
  return addStrict(addMessages(command.optionsGroup(heading("output")), dryRun))
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
  const { redone, maybe, others, left, missing, unchanged } = foreseen
  process.exitCode = missing === undefined ? exitCodes.done : exitCodes.someFailed
  if (json) return printJson(foreseen)
  for (const text of left) say(text, "warning")
  const rows = (what: string, tasks: readonly ForeseenTask[]): string[][] =>
    tasks.map(({ stage, key, why }) => [what, stage, key, why])
  const all = [...rows("again", redone), ...rows("maybe", maybe), ...rows("remove", others)]
  if (all.length > 0) printLine(formatTable([["what", "stage", "key", "why"], ...all]))
  printLine(
    redone.length + maybe.length + others.length === 0
      ? `up to date: ${counted(unchanged, "task")} unchanged`
      : `${counted(redone.length, "task")} to run again, ${grouped(maybe.length)} to run if their inputs change, ${grouped(others.length)} to remove, ${grouped(unchanged)} unchanged`,
  )
  for (const text of missingLines(missing)) say(text, "error")
}
