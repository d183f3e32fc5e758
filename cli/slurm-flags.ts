/** The flags of `maille submit slurm` and `maille resume`, and the choices that they make. */
import { isAbsolute, resolve } from "node:path"
import type { Command } from "commander"
import { parseBytes } from "../engine/core/parse-values.js"
import { type SlurmChoices, slurmDefaults } from "../engine/distributed/slurm/options.js"
import { addTo } from "./job-flags.js"
import { wholeFrom } from "./parse-numbers.js"

/** Choices that have the names and values of their flags. */
const sameNames = [
  ...([
    "partition",
    "account",
    "qos",
    "constraint",
    "time",
    "singleTime",
    "cpus",
    "atOnce",
    "warning",
    "rounds",
  ] as const),
  ...(["sbatch", "setup", "arraySize"] as const),
]

export interface SlurmFlags extends Pick<SlurmChoices, (typeof sameNames)[number]> {
  readonly maxTime?: string
  readonly mem?: string
  readonly singleMem?: string
  readonly maxMem?: string
  readonly command?: string
  readonly retry?: true
  readonly dryRun?: true
  readonly json?: true
}

/** Parses a count of things that a cluster has. */
export const countFrom = (least: number) => wholeFrom(least, 1e6)

/** Adds the flags that control submission to Slurm. */
export const addSlurmFlags = (command: Command): Command =>
  command
    .optionsGroup("How tasks are run:")
    .option("--partition <name>", "partition")
    .option("--account <name>", "account")
    .option("--qos <name>", "quality of service")
    .option("--constraint <text>", "features of nodes")
    .option(
      "--time <limit>",
      "time limit of a task, as sbatch takes it, or auto: by the plan's estimates, for each class of memory (default: the partition's)",
    )
    .option("--single-time <limit>", "time limit of the phases that are one task (default: that of --time)")
    .option("--max-time <limit>", "longest limit that auto gives (default: as long as it takes)")
    .option("--cpus <n>", `processors of a task, one worker thread each (default: ${slurmDefaults.cpus})`, countFrom(1))
    .option(
      "--mem <size>",
      `memory of a task, such as 8G; shards with a hungrier tile get twice, four times… (default: ${slurmDefaults.gibibytesPerCpu}G a processor)`,
    )
    .option("--single-mem <size>", "memory of the phases that are one task (default: by the number of tiles)")
    .option("--max-mem <size>", "most memory that a node gives a task")
    .option(
      "--at-once <n>",
      "tasks of an array that run at one time (default: as many as there is room for)",
      countFrom(1),
    )
    .option(
      "--warning <seconds>",
      `how long before the time limit tasks come to an end (default: ${slurmDefaults.warning})`,
      countFrom(1),
    )
    .option(
      "--rounds <n>",
      `submissions without progress before the chain gives up (default: ${slurmDefaults.rounds})`,
      countFrom(1),
    )
    .option("--sbatch <option>", "a further option of sbatch, such as --sbatch=--exclusive; may be repeated", addTo)
    .option(
      "--setup <line>",
      'a line of shell before the command, such as "module load nodejs"; may be repeated',
      addTo,
    )
    .option("--command <words>", "what maille is on a node, such as a container's command (default: this very one)")
    .option("--array-size <n>", "MaxArraySize of the cluster (default: as scontrol tells)", countFrom(1))

export const slurmChoices = (flags: SlurmFlags): SlurmChoices =>
  givenOnes<SlurmChoices>({
    ...Object.fromEntries(sameNames.map((name) => [name, flags[name]])),
    mostTime: flags.maxTime,
    memoryBytes: bytesOf("--mem", flags.mem),
    singleMemoryBytes: bytesOf("--single-mem", flags.singleMem),
    mostMemoryBytes: bytesOf("--max-mem", flags.maxMem),
    command: flags.command === undefined ? undefined : flags.command.split(/\s+/).filter((word) => word !== ""),
  })

/** Bytes of an optional flag. */
export const bytesOf = (name: string, text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseBytes(text, name)

/** The choices that are not undefined. */
export const givenOnes = <T extends object>(all: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as T

/** The command line of this program: nodes see the same files. */
export const thisCommand = (): string[] => [process.execPath, resolve(process.argv[1] ?? "maille")]

/** The output folder of a plan, given as that folder, its `plan/` or a file in it. */
export const outOf = (given: string): string => {
  const out = given.replace(/\/plan(\/[a-z]+\.(json|ndjson))?\/*$/, "").replace(/^plan(\/[a-z]+\.json)?\/*$/, ".")
  return isAbsolute(out) ? out : resolve(out)
}
