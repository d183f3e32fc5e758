/** Finds the kernels that a model goes without because a join that they read has failed. */
import { isJoin } from "../core/stages.js"
import { RegionKey } from "../grid/tile-key.js"
import { kernelOf } from "../job/kernels/load-kernels.js"
import type { EndRecord } from "../journal/journal-record.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import type { Ends } from "./task-reads.js"

/** Kernels that a model leaves out, and the failed joins that they need. */
export interface Without {
  /** Ids of kernels, in the order of the chain. */
  readonly kernels: readonly string[]
  readonly failed: readonly EndRecord[]
}

const nothing: Without = { kernels: [], failed: [] }

/**
 * Returns the kernels of a model that need a failed join, directly or through another kernel.
 * Optional ports count too: without its join a port would look empty. If no other kernel makes a
 * product, it returns none of them, and the failure is the model's own.
 */
export const findWithout = (plan: Plan, task: PlannedTask, ends: Ends): Without => {
  if (task.stage !== "model") return nothing
  const failed = task.dependsOn.flatMap((id) => {
    const end = ends.get(id)
    return end !== undefined && isJoin(end.stage) && isFailed(end) ? [end] : []
  })
  if (failed.length === 0) return nothing
  const outputsOf = (id: string): readonly string[] => Object.keys(kernelOf(plan.kernels, id)?.outputs ?? {})
  const missing = new Set(failed.flatMap(({ key }) => outputsOf(RegionKey.parse(key).kernel)))
  const { chains } = plan.context
  const kernels: string[] = []
  let products = 0
  for (const { id, takes, withheld } of chains.model) {
    const read = Object.keys(kernelOf(plan.kernels, id)?.inputs ?? {}).filter((name) => !withheld?.includes(name))
    if (read.some((name) => missing.has(takes?.[name] ?? name))) {
      kernels.push(id)
      for (const name of outputsOf(id)) missing.add(name)
    } else if (outputsOf(id).some((name) => chains.publish.includes(name) || name === chains.shown)) products++
  }
  return products === 0 ? nothing : { kernels, failed }
}

/** True for a task that failed or was quarantined. */
export const isFailed = ({ outcome }: EndRecord): boolean => outcome === "failed" || outcome === "quarantined"
