import type { ShardPlan } from "../job/shard-plan.js"

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
  /** Time limit of the tasks of arrays, and of the phases that are one task, as sbatch takes it. */
  readonly time?: string
  readonly singleTime?: string
  readonly cpus: number
  readonly memoryBytes: number
  readonly singleMemoryBytes: number
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

/** The options with what was left open: 1 processor, 2 GiB for each, one task's phases with room for a record of every tile. */
export const slurmOptions = (
  plan: ShardPlan,
  choices: SlurmChoices & Pick<SlurmOptions, "command" | "arraySize">,
): SlurmOptions => {
  const cpus = choices.cpus ?? 1
  const memoryBytes = choices.memoryBytes ?? 2 * gibibyte * cpus
  const record = 6 * 1024
  const singleMemoryBytes =
    choices.singleMemoryBytes ?? Math.max(memoryBytes, gibibyte + record * (plan.tiles + plan.ring))
  return { setup: [], sbatch: [], warning: 180, rounds: 3, ...choices, cpus, memoryBytes, singleMemoryBytes }
}
