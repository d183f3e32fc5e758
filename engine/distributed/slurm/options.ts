/** Options of a submission to Slurm, their defaults, and times in the forms of sbatch. */
import { usageError } from "../../core/parse-values.js"
import type { ShardPlan } from "../../plan/shards/shard-plan.js"
import type { StepLimits } from "../phase-steps.js"

/** How a plan is submitted to Slurm. */
export interface SlurmOptions extends StepLimits {
  /** Words of the command that is `maille` on a compute node. */
  readonly command: readonly string[]
  /** Shell lines that precede it, such as `module load nodejs`. */
  readonly setup: readonly string[]
  readonly partition?: string
  readonly account?: string
  readonly qos?: string
  readonly constraint?: string
  /**
   * Time limit of array tasks (`time`) and of phases of one task (`singleTime`), as sbatch takes
   * it. "auto": derived from the plan's estimates.
   */
  readonly time?: string
  readonly singleTime?: string
  /** Upper bound of an "auto" limit. */
  readonly mostTime?: string
  readonly cpus: number
  /** Maximum number of tasks of an array that run at one time. */
  readonly atOnce?: number
  /** Seconds between the signal to stop and the time limit. */
  readonly warning: number
  /** Maximum number of submissions in a row without progress; the chain then gives up. */
  readonly rounds: number
  /** Further options of sbatch, passed unchanged. */
  readonly sbatch: readonly string[]
}

/** The user's choices among them. */
export type SlurmChoices = Partial<SlurmOptions>

/** `MaxArraySize` of an unconfigured Slurm. */
export const usualArraySize = 1001

const gibibyte = 2 ** 30

export const slurmDefaults = { cpus: 1, gibibytesPerCpu: 2, warning: 180, rounds: 3 } as const

/**
 * Completes the options: 1 processor, 2 GiB per processor, and for phases of one task room for a
 * record of every tile. Throws E_USAGE for a time limit no longer than its warning.
 */
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
  if (choices.mostTime !== undefined && parseSeconds(choices.mostTime) === undefined)
    throw usageError("--max-time", `"${choices.mostTime}"`, "a time of sbatch", "Example: --max-time 20:00:00.")
  const singleMemoryBytes =
    choices.singleMemoryBytes ?? Math.max(memoryBytes, gibibyte + record * (plan.tiles + plan.ring))
  return { setup: [], sbatch: [], ...usual, ...choices, cpus, memoryBytes, singleMemoryBytes }
}

/**
 * Throws E_USAGE for a time limit that has passed when its warning arrives. Leaves texts in no form
 * of Slurm to sbatch.
 */
const checkTime = (time: string | undefined, warning: number): void => {
  const seconds = time === undefined ? undefined : parseSeconds(time)
  if (seconds === undefined || seconds > warning) return
  const expected = `more than the ${warning} s of --warning`
  throw usageError("--time", `"${time}" (${seconds} s)`, expected, "Give tasks more time, or shorten --warning.")
}

/**
 * Seconds of a time in the forms of sbatch(1); undefined for any other text. They are `minutes`,
 * `minutes:seconds`, `hours:minutes:seconds`, `days-hours`, `days-hours:minutes` and
 * `days-hours:minutes:seconds`.
 */
export const parseSeconds = (time: string): number | undefined => {
  const match = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(time)
  if (!match) return undefined
  const [first = 0, second = 0, third = 0] = match.slice(2).map((text) => Number(text ?? 0))
  if (match[1] !== undefined) return 86_400 * Number(match[1]) + 3600 * first + 60 * second + third
  return match[4] === undefined ? 60 * first + second : 3600 * first + 60 * second + third
}
