/** The flags of `maille submit slurm` and `maille resume`, and the choices that they make. */
import { isAbsolute, resolve } from "node:path"
import type { Command } from "commander"
import { parseBytes } from "../engine/core/parse-values.js"
import { type SlurmChoices, slurmDefaults } from "../engine/distributed/slurm/options.js"
import { addTo } from "./job-flags.js"
import { wholeFrom } from "./parse-numbers.js"

/** Choices that have other names or values than their flags. */
type OtherNames = "mostTime" | "memoryBytes" | "singleMemoryBytes" | "mostMemoryBytes" | "command"

export interface SlurmFlags extends Omit<SlurmChoices, OtherNames> {
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

/** Options of the short help. */
export const basicSlurmOptions = [
  ...["--partition", "--account", "--time", "--cpus", "--mem", "--at-once", "--setup", "--command"],
  ...["--dry-run", "--json"],
]

/** Adds the flags that control submission to Slurm. */
export const addSlurmFlags = (command: Command): Command =>
  command
    .optionsGroup("Slurm:")
    .option("--partition <name>", "partition")
    .option("--account <name>", "account")
    .option("--qos <name>", "quality of service")
    .option("--constraint <text>", "features that nodes must have")
    .option(
      "--time <limit>",
      "time limit of a task, or auto (default: the partition's)\nin the form of sbatch; auto: from the estimates of the plan",
    )
    .option("--single-time <limit>", "time limit of phases with one task (default: that of --time)")
    .option("--max-time <limit>", "longest limit that auto may set (default: none)")
    .option("--cpus <n>", `processors of a task, one worker each (default: ${slurmDefaults.cpus})`, countFrom(1))
    .option(
      "--mem <size>",
      `memory of a task, such as 8G (default: ${slurmDefaults.gibibytesPerCpu}G per processor)\nshards with larger tiles get twice or four times as much, and so on`,
    )
    .option("--single-mem <size>", "memory of phases with one task (default: by the number of tiles)")
    .option("--max-mem <size>", "most memory that a node can give to a task")
    .option("--at-once <n>", "most tasks of an array that run at the same time", countFrom(1))
    .option(
      "--warning <seconds>",
      `time before the time limit at which tasks stop (default: ${slurmDefaults.warning})`,
      countFrom(1),
    )
    .option(
      "--rounds <n>",
      `submissions without progress after which the chain stops (default: ${slurmDefaults.rounds})`,
      countFrom(1),
    )
    .option("--sbatch <option>", "further option of sbatch, such as --sbatch=--exclusive; may be repeated", addTo)
    .option("--setup <line>", 'shell line before the command, as "module load nodejs"\nmay be repeated', addTo)
    .option(
      "--command <words>",
      "command that starts maille on a node\nsuch as a container's (default: the command that runs now)",
    )
    .option("--array-size <n>", "MaxArraySize of the cluster (default: from scontrol)", countFrom(1))

export const slurmChoices = (flags: SlurmFlags): SlurmChoices => {
  const { maxTime, mem, singleMem, maxMem, command, retry: _retry, dryRun: _dryRun, json: _json, ...same } = flags
  return defined<SlurmChoices>({
    ...same,
    mostTime: maxTime,
    memoryBytes: bytesOf("--mem", mem),
    singleMemoryBytes: bytesOf("--single-mem", singleMem),
    mostMemoryBytes: bytesOf("--max-mem", maxMem),
    command: command?.split(/\s+/).filter((word) => word !== ""),
  })
}

/** Bytes of an optional flag. */
export const bytesOf = (name: string, text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseBytes(text, name)

/** The choices that are not undefined. */
export const defined = <T extends object>(all: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as T

/** The command line of this program: nodes see the same files. */
export const thisCommand = (): string[] => [process.execPath, resolve(process.argv[1] ?? "maille")]

/** The output folder of a plan, given as that folder, its `plan/` or a file in it. */
export const outOf = (folder: string): string => {
  const out = folder.replace(/\/plan(\/[a-z]+\.(json|ndjson))?\/*$/, "").replace(/^plan(\/[a-z]+\.json)?\/*$/, ".")
  return isAbsolute(out) ? out : resolve(out)
}
