/** Finds which phases and shards of a plan still have work. */
import { join } from "node:path"
import { readJsonIfAny } from "../core/files/parse-file.js"
import type { Phase } from "../core/stages.js"
import { planLayout } from "../job/layout.js"
import type { ShardPlan } from "../plan/shards/shard-plan.js"
import { type Ledger, openTasks } from "./shard-progress.js"

/** A phase that is not complete. */
export interface OpenPhase {
  readonly phase: Phase
  /** Numbers of the shards with something left, ascending; absent where the phase is one task. */
  readonly shards?: readonly number[]
}

/** True once the last phase of this plan has finished. */
export const isFinished = async (out: string, { hash }: ShardPlan): Promise<boolean> => {
  const finished = await readJsonIfAny<{ readonly planHash?: string }>(join(out, planLayout.finished))
  return finished?.planHash === hash
}

/**
 * The rest of a plan, in the order of its phases. The first incomplete phase lists the shards with
 * something left. All later phases are open completely, since they read its results. With `retry`,
 * failed and quarantined tasks count as left.
 */
export const openPhases = async (
  out: string,
  plan: ShardPlan,
  ledger: Ledger,
  { retry = false }: { readonly retry?: boolean } = {},
): Promise<OpenPhase[]> => {
  const isThrough = (id: string): boolean => {
    const outcome = ledger.tasks.get(id)?.outcome
    return retry ? outcome === "done" || outcome === "skipped" : outcome !== undefined
  }
  const open: OpenPhase[] = []
  for (const phase of plan.phases) {
    if (phase === "finish") {
      if (open.length > 0 || !(await isFinished(out, plan))) open.push({ phase })
      continue
    }
    const left = await openTasks(out, plan, phase, open.length > 0 ? () => false : isThrough)
    if (left.length === 0) continue
    open.push(phase === "job" ? { phase } : { phase, shards: left.map(({ shard }) => shard) })
  }
  return open
}
