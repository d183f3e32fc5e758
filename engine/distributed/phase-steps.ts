/** Divides the open work of a plan into batch arrays, by memory class and array size. */
import type { Phase } from "../core/stages.js"
import { EngineError } from "../errors.js"
import { processBytes } from "../plan/admission/estimate-memory.js"
import type { ShardPlan } from "../plan/shards/shard-plan.js"
import type { OpenPhase } from "./open-phases.js"

/** One submission under one set of options: an array over shards, or one task. */
export interface Step {
  readonly phase: Phase
  /** Numbers of the array's tasks, ascending; absent where the phase is one task. */
  readonly tasks?: readonly number[]
  /** Added to a task's number to give its shard's. */
  readonly offset: number
  /** Memory of each task. */
  readonly memoryBytes: number
}

/** Limits of an engine and resources of tasks. */
export interface StepLimits {
  /** Bound of task numbers in an array, such as Slurm's `MaxArraySize`: the highest is one less. */
  readonly arraySize: number
  /** Of a task. Shards whose hungriest tile does not fit get 2, 4, 8 … times as much. */
  readonly memoryBytes: number
  /** Of a phase that is one task. */
  readonly singleMemoryBytes: number
  /** Maximum memory that a task may ask for. */
  readonly mostMemoryBytes?: number
}

/**
 * Share of a task's memory for its tiles; the rest is for the supervisor, the file cache and errors
 * of estimates.
 */
export const memoryShare = 0.8

/**
 * Divides the rest of a plan into arrays, phase by phase: one for each memory class and each run of
 * `arraySize` shards. Within an array the long shards come first, as in the plan.
 *
 * Throws E_RESOURCE for a shard whose hungriest tile needs more than `mostMemoryBytes`.
 */
export const phaseSteps = (plan: ShardPlan, open: readonly OpenPhase[], limits: StepLimits): Step[] =>
  open.flatMap(({ phase, shards }) => {
    if (shards === undefined) return [{ phase, offset: 0, memoryBytes: limits.singleMemoryBytes }]
    const arrays = new Map<string, { phase: Phase; tasks: number[]; offset: number; memoryBytes: number }>()
    for (const shard of shards) {
      const memoryBytes = memoryClass(plan, phase, shard, limits)
      const offset = Math.floor(shard / limits.arraySize) * limits.arraySize
      const id = `${memoryBytes} ${offset}`
      const array = arrays.get(id) ?? { phase, tasks: [], offset, memoryBytes }
      array.tasks.push(shard - offset)
      arrays.set(id, array)
    }
    return [...arrays.values()]
  })

/**
 * Minimum bytes of an array's task; 0 for regions, whose need is only known when their tiles have
 * ended.
 */
export const taskBytes = ({ shards }: ShardPlan, phase: Phase, task: number): number =>
  phase === "region" ? 0 : (shards[task]?.bytes ?? 0)

/** The memory class of a shard: the normal memory, doubled until its hungriest tile fits. */
const memoryClass = (
  plan: ShardPlan,
  phase: Phase,
  shard: number,
  { memoryBytes, mostMemoryBytes }: StepLimits,
): number => {
  const needed = Math.max(processBytes, taskBytes(plan, phase, shard))
  let bytes = memoryBytes
  while (bytes * memoryShare < needed) bytes *= 2
  if (mostMemoryBytes === undefined || bytes <= mostMemoryBytes) return bytes
  if (mostMemoryBytes * memoryShare >= needed) return mostMemoryBytes
  const text = `shard ${shard}: one of its tiles needs ${gibibytes(needed)} GiB, and --max-mem leaves ${gibibytes(mostMemoryBytes * memoryShare)} GiB`
  throw new EngineError("E_RESOURCE", `${text}. Plan again with a smaller --tile-size, or raise --max-mem.`)
}

const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1)
