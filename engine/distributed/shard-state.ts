/**
 * Collects the earlier outcomes that an attempt at a shard starts from: its own, and those of tasks
 * that it reads.
 */
import { join } from "node:path"
import { joinInside } from "../core/files/join-inside.js"
import { isJoin, type Phase, stageOfId, stages, taskId } from "../core/stages.js"
import { TileKey } from "../grid/tile-key.js"
import { journalName, layout } from "../job/layout.js"
import { Attempts, attemptId } from "../journal/attempts.js"
import type { JournalState } from "../journal/journal.js"
import type { EndRecord } from "../journal/journal-record.js"
import { readShardIndex } from "../journal/read-verified.js"
import { addEnds, Ends, journalFolder, listJournals } from "../journal/shard-journals.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import { shardsAround } from "../plan/shards/read-shard-plan.js"
import type { ShardPlan } from "../plan/shards/shard-plan.js"

/** A shard in one of its phases. */
export interface ShardPhase {
  readonly phase: Phase
  /** Number of the shard; 0 in phases of one task. */
  readonly shard: number
}

/** Initial state of a shard. */
export interface ShardState extends JournalState {
  /** Ends in journals of this shard, by `stage key hash`. */
  readonly written: ReadonlySet<string>
}

/**
 * Reads the ends of earlier attempts at a shard from every journal that may have them. Also reads
 * starts without an end: another live copy may be working on them, the node may have been lost, or
 * the task may have crashed its process. A `retry` of the folder forgives these.
 */
export const readShardState = async (
  out: string,
  shardPlan: ShardPlan,
  { phase, shard }: ShardPhase,
): Promise<ShardState> => {
  const ends = new Ends()
  const written = new Set<string>()
  const attempts = new Attempts()
  await addEnds(ends, join(out, journalName), { attempts })
  const own = journalFolder(shardPlan.hash)
  const noteWritten = (end: EndRecord): boolean => {
    written.add(attemptId(end))
    return true
  }
  for (const journal of await listJournals(out)) {
    const path = joinInside(out, journal.path)
    // Former plans cut their shards differently.
    if (!journal.path.startsWith(own)) await addEnds(ends, path)
    else if (journal.phase === phase && journal.shard === shard)
      await addEnds(ends, path, { wanted: noteWritten, attempts })
  }
  const known = { overall: [], noted: new Map(), damaged: [], replacing: shardPlan.change === "replace" }
  return { ends: ends.all, attempts, endedInRun: new Set(), written, ...known }
}

/** Ends of the tile and region tasks that region or job kernels read. */
export const readJoinInputs = async (
  out: string,
  shardPlan: ShardPlan,
  joins: readonly PlannedTask[],
): Promise<Map<string, EndRecord>> => {
  const wanted = new Set(joins.flatMap(({ dependsOn }) => dependsOn))
  const phases = new Set([...wanted].map((id) => stages[stageOfId(id)].phase))
  const isWanted = (end: EndRecord): boolean => wanted.has(taskId(end))
  const ends = new Ends()
  await addEnds(ends, join(out, journalName), { wanted: isWanted })
  const tiles = [...wanted].flatMap((id) => (id.startsWith("tile ") ? [TileKey.parse(id.slice(5))] : []))
  const near = new Set(shardsAround(shardPlan, tiles, 0))
  for (const { path, phase, shard } of await listJournals(out)) {
    const own = path.startsWith(journalFolder(shardPlan.hash))
    if (!own || (phases.has(phase) && (phase !== "tile" || near.has(shard))))
      await addEnds(ends, joinInside(out, path), { wanted: isWanted })
  }
  return ends.all
}

/**
 * Ends of tasks of other shards that a shard's second stage reads. They are the kernels over all
 * tiles and the first stages of three groups of tiles: its own, those around them, and those that
 * joined objects list.
 */
export const readModelInputs = async (
  out: string,
  shardPlan: ShardPlan,
  plan: Plan,
): Promise<Map<string, EndRecord>> => {
  const journals = await listJournals(out)
  const ends = new Ends()
  await addEnds(ends, join(out, journalName), { wanted: ({ stage }) => isJoin(stage) || stage === "tile" })
  const joins = new Set(plan.tasks.flatMap(({ dependsOn }) => dependsOn.filter((id) => isJoin(stageOfId(id)))))
  for (const { path, phase } of journals)
    if (phase === "job" || phase === "region")
      await addEnds(ends, joinInside(out, path), { wanted: (end) => joins.has(taskId(end)) })
  const wanted = new Set<string>()
  for (const { stage, key } of plan.tasks) if (stage === "model") wanted.add(key)
  const keys = [...wanted].map(TileKey.parse)
  for (const key of [...wanted].flatMap((one) => TileKey.around(TileKey.parse(one)).map(TileKey.format)))
    wanted.add(key)
  for (const key of await listedTiles(out, ends, keys.map(TileKey.format))) wanted.add(key)
  const shards = new Set(shardsAround(shardPlan, [...wanted].map(TileKey.parse), 0))
  const own = journalFolder(shardPlan.hash)
  for (const { path, phase, shard } of journals) {
    if (path.startsWith(own) && (phase !== "tile" || !shards.has(shard))) continue
    await addEnds(ends, joinInside(out, path), { wanted: ({ stage, key }) => stage === "tile" && wanted.has(key) })
  }
  return ends.all
}

/** Tiles whose blobs belong to the shards of the given tiles. */
const listedTiles = async (out: string, ends: Ends, keys: readonly string[]): Promise<string[]> => {
  const listed: string[] = []
  const written = [...ends.all.values()].flatMap(({ stage, files }) => (isJoin(stage) ? files : []))
  for (const file of written) {
    if (!layout.isShardIndex(file.path)) continue
    const index = await readShardIndex(out, file)
    for (const key of keys) listed.push(...(index[key]?.reads ?? []))
  }
  return listed
}
