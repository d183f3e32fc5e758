import { readShardTiles } from "../plan/shards/read-shard-plan.js"
import type { Phase, ShardPlan } from "../plan/shards/shard-plan.js"
import { squareTaskKeys } from "./array-tasks.js"
import { isFinished } from "./open-phases.js"
import { type Ledger, readLedger } from "./shard-progress.js"

/** How far a phase is. */
export interface PhaseStatus {
  readonly phase: Phase
  readonly tasks: number
  /** Made. */
  readonly done: number
  /** Looked at, with nothing to make. */
  readonly skipped: number
  readonly failed: number
  readonly quarantined: number
  readonly left: number
  /** Shards in all, and those with nothing left; absent where the phase is one task. */
  readonly shards?: number
  readonly shardsThrough?: number
}

/** How far a plan is, as its journals tell. */
export interface RunStatus {
  readonly planHash: string
  readonly finished: boolean
  readonly phases: readonly PhaseStatus[]
  readonly done: number
  readonly skipped: number
  readonly left: number
  readonly failed: number
  readonly quarantined: number
  /** Tasks that came out well more than once: two copies of a shard, or a finished one again. */
  readonly moreThanOnce: number
  /** `scope key` of what failed or was quarantined, at most a hundred. */
  readonly faults: readonly string[]
  /** Attempts at shards. */
  readonly attempts: number
  /** Share of the planned cost of tiles that is done. */
  readonly share: number
  /** When the first attempt began, ISO 8601. */
  readonly began?: string
  /** Core-seconds of the plan that were done in a second of late, and when the tiles will be through at that rate; absent where nothing ended of late. */
  readonly rate?: number
  readonly end?: string
}

/** A tally of tiles. */
interface Tally {
  tasks: number
  done: number
  skipped: number
  failed: number
  quarantined: number
  shardsThrough: number
  cost: number
  costDone: number
  costLate: number
}

const mostFaults = 100
/** The rate is that of this long, milliseconds, or of a tenth of the time since the first attempt began. */
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
      const { tasks, done, skipped, failed, quarantined, shardsThrough } = tally
      const left = tasks - done - skipped - failed - quarantined
      return { phase, tasks, done, skipped, failed, quarantined, left, shards: plan.shards.length, shardsThrough }
    }
    if (phase === "square") return squareStatus(plan, ledger)
    return phase === "join" ? joinStatus(plan, ledger) : { phase, tasks: 1, ...nothing, ...oneTask(finished) }
  })
  const total = (count: (status: PhaseStatus) => number): number => phases.reduce((sum, one) => sum + count(one), 0)
  const faults = [...ledger.tasks].flatMap(([id, { outcome }]) => (isFault(outcome) ? [id] : []))
  let moreThanOnce = 0
  // Plain files between two shards are read by both.
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
    faults: faults.slice(0, mostFaults),
    attempts: ledger.attempts,
    ...forecast([...tallies.values()], ledger.began, since, now),
  }
}

const isFault = (outcome: string): boolean => outcome === "failed" || outcome === "quarantined"

const nothing = { done: 0, skipped: 0, failed: 0, quarantined: 0, left: 0 }
const oneTask = (through: boolean) => (through ? { done: 1 } : { left: 1 })

const joinStatus = ({ joins }: ShardPlan, { tasks }: Ledger): PhaseStatus => {
  const counts = { ...nothing }
  for (const id of joins) counts[kindOf(tasks.get(`join ${id}`)?.outcome)]++
  return { phase: "join", tasks: joins.length, ...counts }
}

const squareStatus = (plan: ShardPlan, { tasks }: Ledger): PhaseStatus => {
  const counts = { ...nothing }
  let [sum, through] = [0, 0]
  for (let task = 0; task < plan.squares.length; task++) {
    const kinds = squareTaskKeys(plan, task).map((key) => kindOf(tasks.get(`join ${key}`)?.outcome))
    for (const kind of kinds) counts[kind]++
    sum += kinds.length
    if (!kinds.includes("left")) through++
  }
  return { phase: "square", tasks: sum, ...counts, shards: plan.squares.length, shardsThrough: through }
}

const kindOf = (outcome: string | undefined): "done" | "skipped" | "failed" | "quarantined" | "left" => {
  if (outcome === undefined) return "left"
  return outcome === "failed" || outcome === "quarantined" || outcome === "skipped" ? outcome : "done"
}

/** The phases over shards. A tile's cost is that of both its stages: half for each, where there are two. */
const tallyTiles = async (
  out: string,
  plan: ShardPlan,
  { tasks }: Ledger,
  since: number,
): Promise<Map<Phase, Tally>> => {
  const phases = plan.phases.filter((phase) => phase === "tile" || phase === "model")
  const tallies = new Map<Phase, Tally>(phases.map((phase) => [phase, emptyTally()]))
  for (const shard of plan.shards) {
    const tiles = await readShardTiles(out, shard)
    for (const [phase, tally] of tallies) {
      let through = true
      for (const { key, neighbour, cost } of tiles) {
        // Neighbours have no second stage, and cost what their first one does.
        if (phase === "model" && neighbour) continue
        const known = tasks.get(`${phase} ${key}`)
        const kind = kindOf(known?.outcome)
        const own = neighbour ? cost : cost / phases.length
        tally.tasks++
        tally.cost += own
        if (known === undefined || kind === "left") through = false
        else {
          tally[kind]++
          tally.costDone += own
          if (known.endedAt >= since) tally.costLate += own
        }
      }
      if (through) tally.shardsThrough++
    }
  }
  return tallies
}

const emptyTally = (): Tally => ({
  tasks: 0,
  done: 0,
  skipped: 0,
  failed: 0,
  quarantined: 0,
  shardsThrough: 0,
  cost: 0,
  costDone: 0,
  costLate: 0,
})

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
