/** Options of a submission to Slurm, their defaults, and times as sbatch reads them. */
import { usageError } from "../../core/parse-values.js"
import type { ShardPlan } from "../../plan/shards/shard-plan.js"

/** How a plan is submitted to Slurm. */
export interface SlurmOptions {
  /** Words of the command that is `maille` on a compute node. */
  readonly command: readonly string[]
  /** Lines of shell that come before it, such as `module load nodejs`. */
  readonly setup: readonly string[]
  readonly partition?: string
  readonly account?: string
  readonly qos?: string
  readonly constraint?: string
  /** Time limit of the tasks of arrays, and of the phases that are one task, as sbatch takes it, or "auto": by the plan's estimates. */
  readonly time?: string
  readonly singleTime?: string
  /** Longest limit that "auto" gives. */
  readonly mostTime?: string
  readonly cpus: number
  /** Of a task; shards whose hungriest tile does not fit get twice, four times… as much. */
  readonly memoryBytes: number
  /** Of the phases that are one task. */
  readonly singleMemoryBytes: number
  /** Most memory that a task may ask for. */
  readonly mostMemoryBytes?: number
  /** Tasks of an array that may run at one time. */
  readonly atOnce?: number
  /** How long before the time limit tasks are told to come to an end, seconds. */
  readonly warning: number
  /** Submissions in a row without any progress before the chain gives up. */
  readonly rounds: number
  /** Further options of sbatch, as they are. */
  readonly sbatch: readonly string[]
  /** `MaxArraySize` of the cluster: the highest number of a task is one less. */
  readonly arraySize: number
}

/** What a user chose of them. */
export type SlurmChoices = Partial<SlurmOptions>

/** `MaxArraySize` of a Slurm that nobody configured. */
export const usualArraySize = 1001

const gibibyte = 2 ** 30

/** What is taken where nothing is chosen. */
export const slurmDefaults = { cpus: 1, gibibytesPerCpu: 2, warning: 180, rounds: 3 } as const

/** The options with what was left open: 1 processor, 2 GiB for each, one task's phases with room for a record of every tile. Throws E_USAGE for a time limit no longer than the warning before it. */
export const slurmOptions = (
  plan: ShardPlan,
  choices: SlurmChoices & Pick<SlurmOptions, "command" | "arraySize">,
): SlurmOptions => {
  const { gibibytesPerCpu, ...usual } = slurmDefaults
  const cpus = choices.cpus ?? usual.cpus
  const memoryBytes = choices.memoryBytes ?? gibibytesPerCpu * gibibyte * cpus
  const record = 6 * 1024
  for (const time of [choices.time, choices.singleTime, choices.mostTime])
    checkTime(time, choices.warning ?? usual.warning)
  if (choices.mostTime !== undefined && secondsOf(choices.mostTime) === undefined)
    throw usageError(
      "--max-time",
      `"${choices.mostTime}"`,
      "a time as sbatch takes it",
      "Example: --max-time 20:00:00.",
    )
  const singleMemoryBytes =
    choices.singleMemoryBytes ?? Math.max(memoryBytes, gibibyte + record * (plan.tiles + plan.ring))
  return { setup: [], sbatch: [], ...usual, ...choices, cpus, memoryBytes, singleMemoryBytes }
}

/** Throws E_USAGE for a time limit that is over when its warning comes; what is no time in Slurm's forms is left to sbatch to refuse. */
const checkTime = (time: string | undefined, warning: number): void => {
  const seconds = time === undefined ? undefined : secondsOf(time)
  if (seconds === undefined || seconds > warning) return
  const found = `${time}, ${seconds} s`
  throw usageError(
    "--time",
    found,
    `more than the ${warning} s of --warning`,
    "Give tasks more time, or a shorter --warning.",
  )
}

/** Seconds of a time as sbatch takes it, `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`, `days-hours:minutes` and `days-hours:minutes:seconds` (sbatch(1)); undefined of any other text. */
export const secondsOf = (time: string): number | undefined => {
  const match = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(time)
  if (!match) return undefined
  const [first = 0, second = 0, third = 0] = match.slice(2).map((text) => Number(text ?? 0))
  if (match[1] !== undefined) return 86_400 * Number(match[1]) + 3600 * first + 60 * second + third
  return match[4] === undefined ? 60 * first + second : 3600 * first + 60 * second + third
}
