/**
 * Reads from the journals of all attempts which tasks of a plan have ended and which are missing.
 */
import { join } from "node:path"
import { joinInside } from "../core/files/join-inside.js"
import { lineBatches } from "../core/files/line-batches.js"
import { openSealed } from "../core/json/sealed-json.js"
import { type Phase, type Stage, taskId } from "../core/stages.js"
import { journalName } from "../job/layout.js"
import { type EndRecord, isGood } from "../journal/journal-record.js"
import { journalFolder, listJournals } from "../journal/shard-journals.js"
import { readShardTiles } from "../plan/shards/read-shard-plan.js"
import type { ShardPlan } from "../plan/shards/shard-plan.js"
import { regionTaskKeys, shardsOfRegions } from "./region-tasks.js"

type Outcome = EndRecord["outcome"]

/** State of a task over all attempts. */
export interface TaskState {
  readonly outcome: Outcome
  /**
   * How often it succeeded under this plan. More than once where two copies of a shard ran, or a
   * finished one ran again.
   */
  readonly good: number
  /** Last end, milliseconds since 1970; 0 where nothing ran. */
  readonly endedAt: number
}

/** Summary of a plan's journals. */
export interface Ledger {
  /** By `stage key`. */
  readonly tasks: ReadonlyMap<string, TaskState>
  /** Start of the first attempt, ISO 8601; absent if none began. */
  readonly began?: string
  /** Attempts at shards; each has one journal. */
  readonly attempts: number
  readonly records: number
}

/**
 * Reads a few fields of each record in all journals of a plan, or in those of one phase and some of
 * its shards. Former plans do not count: this plan's shards have recorded their valid results
 * again. Improvements by whole runs in the same folder (`maille retry`) count.
 */
export const readLedger = async (
  out: string,
  shardPlan: ShardPlan,
  only: { readonly phase?: Phase; readonly shards?: ReadonlySet<number> } = {},
): Promise<Ledger> => {
  const tasks = new Map<string, MutableState>()
  const own = `${journalFolder(shardPlan.hash)}/`
  const journals = (await listJournals(out)).filter(
    ({ path, phase, shard }) =>
      path.startsWith(own) && (only.phase ?? phase) === phase && only.shards?.has(shard) !== false,
  )
  let began: string | undefined
  let records = 0
  for (const { path } of journals) {
    for await (const lines of lineBatches(joinInside(out, path)))
      for (const line of lines) {
        if (line.startsWith('{"type":"run"') && openSealed(line) !== undefined) {
          const at = findField(line, "at")
          if (at !== undefined && (began === undefined || at < began)) began = at
        }
        const end = parseEnd(line)
        if (end === undefined) continue
        records++
        note(tasks, end)
      }
  }
  for await (const lines of lineBatches(join(out, journalName)))
    for (const line of lines) {
      const end = parseEnd(line)
      const known = end === undefined ? undefined : tasks.get(end.id)
      if (known !== undefined && end !== undefined && isGood(end)) known.outcome = end.outcome
    }
  return { tasks, attempts: journals.length, records, ...(began === undefined ? {} : { began }) }
}

type MutableState = { -readonly [field in keyof TaskState]: TaskState[field] }

interface End {
  readonly id: string
  readonly outcome: Outcome
  readonly endedAt: number
}

const parseEnd = (line: string): End | undefined => {
  if (!line.startsWith('{"type":"end"') || !line.endsWith("}") || openSealed(line) === undefined) return undefined
  const [key, stage, outcome] = [findField(line, "key"), findField(line, "stage"), findField(line, "outcome")]
  if (key === undefined || stage === undefined || outcome === undefined) return undefined
  const endedAt = numberOf(line, "startedAt") + numberOf(line, "timeMs")
  return { id: taskId({ stage: stage as Stage, key }), outcome: outcome as Outcome, endedAt }
}

/**
 * A text field at the beginning of a record. Texts that contain this pattern have its quotes
 * escaped.
 */
const findField = (line: string, name: string): string | undefined => {
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

const note = (tasks: Map<string, MutableState>, { id, outcome, endedAt }: End): void => {
  const known = tasks.get(id)
  const good = isGood({ outcome }) ? 1 : 0
  if (known === undefined) tasks.set(id, { outcome, good, endedAt })
  else {
    known.endedAt = Math.max(known.endedAt, endedAt)
    known.good += good
    if (good === 1 || !isGood(known)) known.outcome = outcome
  }
}

/** Tasks that a phase waits for and that have not ended. */
export interface Missing {
  readonly count: number
  /** By the shard that makes them, with its phase; at most a hundred keys each. */
  readonly shards: readonly {
    readonly phase: Phase
    readonly shard: number
    readonly count: number
    readonly keys: readonly string[]
  }[]
}

const mostKeys = 100

/**
 * Finds the unended tasks of earlier phases; a failed task has ended. For a region task, `task` is
 * its number, and only the shards that it reads count.
 */
export const findMissing = async (out: string, shardPlan: ShardPlan, phase: Phase, task?: number): Promise<Missing> => {
  const only = phase === "region" && task !== undefined ? new Set(shardsOfRegions(shardPlan, task)) : undefined
  // Kernels over all tiles started after the first stage was complete: a thousand second stages
  // need not check it again.
  const joined = phase === "model" && shardPlan.phases.includes("job")
  const one: Phase | undefined = only ? "tile" : joined ? "job" : undefined
  const before: readonly Phase[] = one ? [one] : shardPlan.phases.slice(0, shardPlan.phases.indexOf(phase))
  const shards: Missing["shards"][number][] = []
  if (before.length === 0) return { count: 0, shards }
  const { tasks } = await readLedger(out, shardPlan, { ...(one && { phase: one }), ...(only && { shards: only }) })
  for (const earlier of before) shards.push(...(await openTasks(out, shardPlan, earlier, (id) => tasks.has(id), only)))
  return { count: shards.reduce((sum, { count }) => sum + count, 0), shards }
}

/**
 * The tasks of a phase for which `isThrough` is false, shard by shard. With `only`, tile stages are
 * limited to these shards.
 */
export const openTasks = async (
  out: string,
  shardPlan: ShardPlan,
  phase: Phase,
  isThrough: (id: string) => boolean,
  only?: ReadonlySet<number>,
): Promise<Missing["shards"][number][]> => {
  if (phase === "finish") return []
  if (phase === "region") {
    return shardPlan.regions.flatMap((_, shard) => {
      const keys = regionTaskKeys(shardPlan, shard).filter((key) => !isThrough(taskId({ stage: phase, key })))
      return keys.length === 0 ? [] : [{ phase, shard, count: keys.length, keys: keys.slice(0, mostKeys) }]
    })
  }
  if (phase === "job") {
    const keys = shardPlan.jobKernels.filter((key) => !isThrough(taskId({ stage: phase, key })))
    return keys.length === 0 ? [] : [{ phase, shard: 0, count: keys.length, keys }]
  }
  const open: Missing["shards"][number][] = []
  for (const [shard, planned] of shardPlan.shards.entries()) {
    if (only?.has(shard) === false) continue
    const keys: string[] = []
    let count = 0
    for (const { key, neighbour } of await readShardTiles(out, planned)) {
      // Neighbours have no second stage.
      if ((phase === "model" && neighbour) || isThrough(taskId({ stage: phase, key }))) continue
      count++
      if (keys.length < mostKeys) keys.push(key)
    }
    if (count > 0) open.push({ phase, shard, count, keys })
  }
  return open
}
