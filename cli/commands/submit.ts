/** `maille submit`: submits a plan to an engine that runs arrays of tasks. */
import type { Command } from "commander"
import type { SlurmChoices } from "../../engine/distributed/slurm/options.js"
import type { Submitted } from "../../engine/distributed/slurm/submit.js"
import type { ShardPlan } from "../../engine/plan/shards/shard-plan.js"
import { addExamples, setBasics } from "../help/declare.js"
import { counted, printJson, printLine, say } from "../print.js"
import { addSlurmFlags, basicSlurmOptions, outOf, type SlurmFlags, slurmChoices, thisCommand } from "../slurm-flags.js"
import { addManifests } from "../submit-manifests.js"

export const addSubmit = (program: Command): void => {
  const example = "maille submit slurm out/ --partition cpu --time auto"
  const submit = addExamples(program.command("submit"), example)
    .summary("submit a plan to a cluster")
    .description("First make the plan: maille plan lidar/ --out out/ --shards 100")
  const slurm = addExamples(submit.command("slurm"), example)
    .summary("submit a plan to Slurm")
    .description(
      "Submits the unfinished tasks as job arrays, phase after phase. After each phase the chain submits missing tasks again.\n" +
        "Next: maille status out/, maille resume out/ or maille cancel out/.",
    )
    .argument("<plan>", "output folder of maille plan --shards")
  setBasics(addSlurmFlags(slurm), basicSlurmOptions)
    .optionsGroup("Output:")
    .option("--dry-run", "print the scripts, submit nothing")
    .option("--json", "print the submitted jobs as one JSON document")
    .action(async (folder: string, flags: SlurmFlags) => {
      const out = outOf(folder)
      const { readShardPlan } = await import("../../engine/plan/shards/read-shard-plan.js")
      const plan = await readShardPlan(out)
      printSubmitted(out, await submitPlan(out, plan, slurmChoices(flags), flags), flags)
    })
  addManifests(submit)
}

/** Submits the unfinished rest of a plan. */
export const submitPlan = async (
  out: string,
  plan: ShardPlan,
  choices: SlurmChoices,
  flags: Pick<SlurmFlags, "dryRun" | "retry">,
): Promise<Submitted> => {
  const [{ submitSlurm, requireIdle }, { readArraySize }, { slurmOptions, usualArraySize }, { requirePlanned }] =
    await Promise.all([
      import("../../engine/distributed/slurm/submit.js"),
      import("../../engine/distributed/slurm/client.js"),
      import("../../engine/distributed/slurm/options.js"),
      import("../../engine/job/kernels/trust-kernels.js"),
    ])
  // Refuse unplanned kernels here, not only in the first shard.
  await requirePlanned(new Map(Object.keys(plan.kernels ?? {}).map((path) => [path, path])), plan)
  const { command = thisCommand() } = choices
  const [dryRun, retry] = [flags.dryRun === true, flags.retry === true]
  if (!dryRun) await requireIdle(out, plan)
  const ask = (): Promise<number> => {
    const asked = readArraySize()
    if (!dryRun) return asked
    return asked.catch(() => {
      say(`Slurm does not answer: MaxArraySize is taken as ${usualArraySize}. To set it: --array-size`, "warning")
      return usualArraySize
    })
  }
  const arraySize = choices.arraySize ?? (await ask())
  return submitSlurm(out, plan, slurmOptions(plan, { ...choices, command, arraySize }), { dryRun, retry })
}

/** Prints the submitted jobs, or the scripts of a dry run. */
export const printSubmitted = (out: string, { jobs }: Submitted, { dryRun, json }: SlurmFlags): void => {
  if (json) {
    printJson({ jobs })
    return
  }
  if (jobs.length === 0) {
    say(`${out}: nothing is left to submit`, "result")
    return
  }
  for (const { id, name, tasks, after, script } of jobs) {
    const behind = after.map((index) => jobs[index]?.id ?? jobs[index]?.name).join(", ")
    const what = `${name}${tasks === undefined ? "" : `, ${counted(tasks, "task")}`}${behind === "" ? "" : `, after ${behind}`}`
    if (dryRun) printLine(`# ${what}\n${script}`)
    else printLine(`${id}: ${what}`)
  }
  if (!dryRun) say(`To show progress: maille status ${out}. To cancel: maille cancel ${out}`)
}
