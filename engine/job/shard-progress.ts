import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { journalName } from "./journal.js"
import type { EndRecord } from "./journal-record.js"
import { readShardTiles } from "./read-shard-plan.js"
import { journalFolder, listJournals } from "./shard-journals.js"
import type { Phase, ShardPlan } from "./shard-plan.js"

type Outcome = EndRecord["outcome"]

/** How a task stands over all attempts. */
export interface TaskStanding {
  readonly outcome: Outcome
  /** How often it came out well under this plan: more than once where two copies of a shard ran, or a finished one again. */
  readonly good: number
  /** When it ended last, milliseconds since 1970; 0 where nothing was run. */
  readonly endedAt: number
}

/** What the journals of a plan tell. */
export interface Ledger {
  /** By `scope key`. */
  readonly tasks: ReadonlyMap<string, TaskStanding>
  /** When the first attempt began, ISO 8601; absent before it. */
  readonly began?: string
  /** Attempts at shards, so many journals. */
  readonly attempts: number
  readonly records: number
}

/** Reads all journals of an output folder, or those of whole runs and of one phase, of each record its head alone. */
export const readLedger = async (out: string, shardPlan: ShardPlan, only?: Phase): Promise<Ledger> => {
  const tasks = new Map<string, { outcome: Outcome; good: number; endedAt: number }>()
  const own = journalFolder(shardPlan.hash)
  const journals = (await listJournals(out)).filter(({ phase }) => only === undefined || phase === only)
  let began: string | undefined
  let records = 0
  const take = async (path: string, isOwn: boolean): Promise<void> => {
    const text = await readFile(join(out, path), "utf8").catch(() => "")
    for (let from = 0; from < text.length; ) {
      const end = text.indexOf("\n", from)
      // A last line without its end was cut by a kill.
      if (end < 0) return
      const line = text.slice(from, end)
      from = end + 1
      if (line.startsWith('{"type":"run"')) {
        const at = fieldOf(line, "at")
        if (isOwn && at !== undefined && (began === undefined || at < began)) began = at
      }
      if (!line.startsWith('{"type":"end"')) continue
      const [key, scope, outcome] = [fieldOf(line, "key"), fieldOf(line, "scope"), fieldOf(line, "outcome")]
      if (key === undefined || scope === undefined || outcome === undefined || !line.endsWith("}")) continue
      records++
      const endedAt = numberOf(line, "startedAt") + numberOf(line, "timeMs")
      note(tasks, `${scope} ${key}`, { outcome: outcome as Outcome, endedAt, counts: isOwn })
    }
  }
  await take(journalName, false)
  for (const { path } of journals) await take(path, path.startsWith(own))
  const attempts = journals.filter(({ path }) => path.startsWith(own)).length
  return { tasks, attempts, records, ...(began === undefined ? {} : { began }) }
}

/** A text field at the beginning of a record; a text that holds these very signs has them escaped. */
const fieldOf = (line: string, name: string): string | undefined => {
  const sign = `"${name}":"`
  const at = line.indexOf(sign)
  if (at < 0) return undefined
  const from = at + sign.length
  return line.slice(from, line.indexOf('"', from))
}

/** A number at the beginning or the end of a record; 0 where there is none. */
const numberOf = (line: string, name: string): number => {
  const sign = `"${name}":`
  const at = name === "startedAt" ? line.lastIndexOf(sign) : line.indexOf(sign)
  return at < 0 ? 0 : Number.parseFloat(line.slice(at + sign.length, at + sign.length + 20))
}

const isGood = (outcome: Outcome): boolean => outcome === "done" || outcome === "skipped"

const note = (
  tasks: Map<string, { outcome: Outcome; good: number; endedAt: number }>,
  id: string,
  { outcome, endedAt, counts }: { outcome: Outcome; endedAt: number; counts: boolean },
): void => {
  const known = tasks.get(id)
  const good = counts && isGood(outcome) ? 1 : 0
  if (known === undefined) tasks.set(id, { outcome, good, endedAt })
  else {
    known.endedAt = Math.max(known.endedAt, endedAt)
    known.good += good
    if (isGood(outcome) || !isGood(known.outcome)) known.outcome = outcome
  }
}

/** Tasks that a phase waits for and that have not ended. */
export interface Missing {
  readonly count: number
  /** By the shard that makes them, with the phase of that shard; at most a hundred keys of each. */
  readonly shards: readonly {
    readonly phase: Phase
    readonly shard: number
    readonly count: number
    readonly keys: readonly string[]
  }[]
}

const mostKeys = 100

/** What of the phases before one has not ended: a failure is an end. */
export const findMissing = async (out: string, shardPlan: ShardPlan, phase: Phase): Promise<Missing> => {
  // Kernels over all tiles began when the first stage was through: a thousand second stages need not look again.
  const joined = phase === "model" && shardPlan.phases.includes("join")
  const before = joined ? (["join"] as const) : shardPlan.phases.slice(0, shardPlan.phases.indexOf(phase))
  const shards: Missing["shards"][number][] = []
  if (before.length === 0) return { count: 0, shards }
  const { tasks } = await readLedger(out, shardPlan, joined ? "join" : undefined)
  for (const earlier of before) shards.push(...(await openTasks(out, shardPlan, earlier, (id) => tasks.has(id))))
  return { count: shards.reduce((sum, { count }) => sum + count, 0), shards }
}

/** The tasks of a phase that `isThrough` does not hold for, shard by shard. */
export const openTasks = async (
  out: string,
  shardPlan: ShardPlan,
  phase: Phase,
  isThrough: (id: string) => boolean,
): Promise<Missing["shards"][number][]> => {
  if (phase === "finish") return []
  if (phase === "join") {
    const keys = shardPlan.joins.filter((id) => !isThrough(`join ${id}`))
    return keys.length === 0 ? [] : [{ phase, shard: 0, count: keys.length, keys }]
  }
  const open: Missing["shards"][number][] = []
  for (const [shard, planned] of shardPlan.shards.entries()) {
    const keys: string[] = []
    let count = 0
    for (const { key, neighbour } of await readShardTiles(out, planned)) {
      // Neighbours have no second stage.
      if ((phase === "model" && neighbour) || isThrough(`${phase} ${key}`)) continue
      count++
      if (keys.length < mostKeys) keys.push(key)
    }
    if (count > 0) open.push({ phase, shard, count, keys })
  }
  return open
}
