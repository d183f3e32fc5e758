/** Sums the progress of a plan of shards from its journals, for `maille status`. */
import { type Phase, type Stage, taskId } from "../core/stages.js"
import { readShardTiles } from "../plan/shards/read-shard-plan.js"
import type { ShardPlan } from "../plan/shards/shard-plan.js"
import { countKinds, faultsOf, type TaskCounts, type TaskKind } from "./folder-status.js"
import { isFinished } from "./open-phases.js"
import { regionTaskKeys } from "./region-tasks.js"
import { type Ledger, readLedger } from "./shard-progress.js"

/** Progress of a phase. */
export interface PhaseStatus extends TaskCounts {
  readonly phase: Phase
  /** Number of shards, and of those with nothing left; absent where the phase is one task. */
  readonly shards?: number
  readonly shardsThrough?: number
}

/** Progress of a plan, from its journals. */
export interface RunStatus extends Omit<TaskCounts, "tasks"> {
  readonly planHash: string
  readonly finished: boolean
  readonly phases: readonly PhaseStatus[]
  /**
   * Tasks that succeeded more than once: two copies of a shard ran, or a finished one ran again.
   */
  readonly moreThanOnce: number
  /** Failed or quarantined tasks, by `stage key`, at most a hundred. */
  readonly faults: readonly string[]
  /** Attempts at shards. */
  readonly attempts: number
  /** Share of the planned cost of tiles that is done. */
  readonly share: number
  /** Start of the first attempt, ISO 8601. */
  readonly began?: string
  /**
   * `rate`: planned core-seconds completed per second recently. `end`: when the tiles will be
   * complete at that rate. Both are absent where nothing ended recently.
   */
  readonly rate?: number
  readonly end?: string
}

interface Tally {
  readonly kinds: TaskKind[]
  shardsThrough: number
  cost: number
  costDone: number
  costLate: number
}

/** Window of the rate, milliseconds; at least a tenth of the time since the first attempt began. */
const lateMs = 600_000

/** Sums the progress over the shards of a plan; reads its journals, and no queue. */
export const readStatus = async (out: string, plan: ShardPlan, now = Date.now()): Promise<RunStatus> => {
  const ledger = await readLedger(out, plan)
  const finished = await isFinished(out, plan)
  const since = now - Math.max(lateMs, 0.1 * (now - Date.parse(ledger.began ?? new Date(now).toISOString())))
  const tallies = await tallyTiles(out, plan, ledger, since)
  const phases = plan.phases.map((phase): PhaseStatus => {
    const tally = tallies.get(phase)
    if (tally !== undefined) {
      const { kinds, shardsThrough } = tally
      return { phase, ...countKinds(kinds), shards: plan.shards.length, shardsThrough }
    }
    if (phase === "region") return regionStatus(plan, ledger)
    if (phase === "job") return { phase, ...countKinds(plan.jobKernels.map((key) => kindIn(ledger, phase, key))) }
    return { phase, ...countKinds([finished ? "done" : "left"]) }
  })
  const total = (count: (status: PhaseStatus) => number): number => phases.reduce((sum, one) => sum + count(one), 0)
  let moreThanOnce = 0
  // Two shards may both read the plain files between them.
  for (const [id, { good }] of ledger.tasks) if (good > 1 && !id.startsWith("source ")) moreThanOnce++
  return {
    planHash: plan.hash,
    finished,
    phases,
    done: total(({ done }) => done),
    skipped: total(({ skipped }) => skipped),
    left: total(({ left }) => left),
    failed: total(({ failed }) => failed),
    quarantined: total(({ quarantined }) => quarantined),
    moreThanOnce,
    faults: faultsOf([...ledger.tasks].map(([id, { outcome }]) => [id, outcome])),
    attempts: ledger.attempts,
    ...forecast([...tallies.values()], ledger.began, since, now),
  }
}

const kindIn = ({ tasks }: Ledger, stage: Stage, key: string): TaskKind =>
  tasks.get(taskId({ stage, key }))?.outcome ?? "left"

const regionStatus = (plan: ShardPlan, ledger: Ledger): PhaseStatus => {
  const kinds = plan.regions.map((_, task) => regionTaskKeys(plan, task).map((key) => kindIn(ledger, "region", key)))
  const shardsThrough = kinds.filter((own) => !own.includes("left")).length
  return { phase: "region", ...countKinds(kinds.flat()), shards: kinds.length, shardsThrough }
}

/**
 * Tallies the phases over shards. A tile's cost covers both its stages: half for each, where there
 * are two.
 */
const tallyTiles = async (
  out: string,
  plan: ShardPlan,
  { tasks }: Ledger,
  since: number,
): Promise<ReadonlyMap<Phase, Tally>> => {
  const phases = plan.phases.filter((phase) => phase === "tile" || phase === "model")
  const tallies = new Map(phases.map((phase) => [phase, emptyTally()] as const))
  for (const shard of plan.shards) {
    const tiles = await readShardTiles(out, shard)
    for (const [phase, tally] of tallies) {
      let through = true
      for (const { key, neighbour, cost } of tiles) {
        // Neighbours have no second stage; their cost is that of the first one.
        if (phase === "model" && neighbour) continue
        const known = tasks.get(taskId({ stage: phase, key }))
        const own = neighbour ? cost : cost / phases.length
        tally.kinds.push(known?.outcome ?? "left")
        tally.cost += own
        if (known === undefined) through = false
        else {
          tally.costDone += own
          if (known.endedAt >= since) tally.costLate += own
        }
      }
      if (through) tally.shardsThrough++
    }
  }
  return tallies
}

const emptyTally = (): Tally => ({ kinds: [], shardsThrough: 0, cost: 0, costDone: 0, costLate: 0 })

const forecast = (
  tallies: readonly Tally[],
  began: string | undefined,
  since: number,
  now: number,
): Pick<RunStatus, "share" | "began" | "rate" | "end"> => {
  const sum = (value: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + value(tally), 0)
  const [cost, done, late] = [sum((t) => t.cost), sum((t) => t.costDone), sum((t) => t.costLate)]
  const share = cost > 0 ? done / cost : 1
  if (began === undefined) return { share }
  const seconds = (now - Math.max(since, Date.parse(began))) / 1000
  if (late === 0 || seconds <= 0) return { share, began }
  const rate = late / seconds
  const left = cost - done
  return {
    share,
    began,
    rate: Number(rate.toPrecision(4)),
    ...(left > 0 ? { end: new Date(now + (1000 * left) / rate).toISOString() } : {}),
  }
}
