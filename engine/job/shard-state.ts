import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { TileKey } from "../grid/tile-key.js"
import { type JournalState, journalName, taskId } from "./journal.js"
import type { EndRecord } from "./journal-record.js"
import { layout } from "./layout.js"
import type { Plan } from "./plan.js"
import { shardsAround } from "./read-shard-plan.js"
import type { ShardIndex } from "./shard-index.js"
import { addEnds, Ends, journalFolder, listJournals, readRecords } from "./shard-journals.js"
import type { Phase, ShardPlan } from "./shard-plan.js"

/** A shard in one of its phases. */
export interface ShardPhase {
  readonly phase: Phase
  /** Number of the shard; 0 in the phases that are one task. */
  readonly shard: number
}

/**
 * What earlier attempts at a shard ended, in any journal that may hold it, and what they began and did not end: that once may be another live copy's, a power cut's or its own doing. It is
 * run alone then, and given up at the third time, as in any run.
 */
export const readShardState = async (
  out: string,
  shardPlan: ShardPlan,
  { phase, shard }: ShardPhase,
): Promise<JournalState & { readonly suspects: ReadonlySet<string> }> => {
  const ends = new Ends()
  const orphans = new Map<string, number>()
  await addEnds(ends, join(out, journalName))
  const own = journalFolder(shardPlan.hash)
  for (const journal of await listJournals(out)) {
    const path = join(out, journal.path)
    // Shards of former plans were cut elsewhere.
    if (!journal.path.startsWith(own)) await addEnds(ends, path)
    else if (journal.phase === phase && journal.shard === shard) {
      await addEnds(ends, path)
      await countOrphans(orphans, path)
    }
  }
  const suspects = new Set([...orphans.keys()].map((id) => id.split(" ").slice(0, 2).join(" ")))
  return { ends: ends.all, running: [], crashes: orphans, endedInRun: new Set(), suspects }
}

/** Counts what the processes of a journal began and did not end, by `scope key hash`; a process ends where the next one begins, or with the file. */
const countOrphans = async (orphans: Map<string, number>, path: string): Promise<void> => {
  const begun = new Map<string, string>()
  const count = (id: string, hash: string): void => {
    orphans.set(`${id} ${hash}`, (orphans.get(`${id} ${hash}`) ?? 0) + 1)
  }
  const blame = (): void => {
    for (const [id, hash] of begun) count(id, hash)
    begun.clear()
  }
  for await (const record of readRecords(path)) {
    if (record.type === "run") blame()
    // What a run that was stopped gave up is nobody's fault.
    else if (record.type === "stop") begun.clear()
    else if (record.type === "start") {
      // Begun again by one process: the one that it had of its own ended under it.
      const before = begun.get(taskId(record))
      if (before !== undefined) count(taskId(record), before)
      begun.set(taskId(record), record.hash)
    } else if (record.type === "end") begun.delete(taskId(record))
  }
  blame()
}

/** Ends of the first stage of all tiles, as kernels over all tiles read them. */
export const readTileEnds = async (out: string, shardPlan: ShardPlan): Promise<Map<string, EndRecord>> => {
  const ends = new Ends()
  await addEnds(ends, join(out, journalName), isOf("tile"))
  for (const journal of await listJournals(out))
    if (journal.phase === "tile" || !journal.path.startsWith(journalFolder(shardPlan.hash)))
      await addEnds(ends, join(out, journal.path), isOf("tile"))
  return ends.all
}

/**
 * Ends of the tasks that the second stage of a shard reads and other shards ran: the kernels over all tiles, the first stages of its tiles, of those around them and of those that the
 * joined objects list.
 */
export const readModelInputs = async (
  out: string,
  shardPlan: ShardPlan,
  plan: Plan,
): Promise<Map<string, EndRecord>> => {
  const journals = await listJournals(out)
  const ends = new Ends()
  await addEnds(ends, join(out, journalName), ({ scope }) => scope === "join" || scope === "tile")
  for (const { path, phase } of journals) if (phase === "join") await addEnds(ends, join(out, path), isOf("join"))
  const wanted = new Set<string>()
  for (const { scope, key } of plan.tasks) if (scope === "model") wanted.add(key)
  const keys = [...wanted].map(TileKey.parse)
  for (const key of [...wanted].flatMap((one) => TileKey.around(TileKey.parse(one)).map(TileKey.format)))
    wanted.add(key)
  for (const key of await listedTiles(out, plan, keys.map(TileKey.format))) wanted.add(key)
  const shards = new Set(shardsAround(shardPlan, [...wanted].map(TileKey.parse), 0))
  const own = journalFolder(shardPlan.hash)
  for (const { path, phase, shard } of journals) {
    if (path.startsWith(own) && (phase !== "tile" || !shards.has(shard))) continue
    await addEnds(ends, join(out, path), ({ scope, key }) => scope === "tile" && wanted.has(key))
  }
  return ends.all
}

const isOf =
  (scope: EndRecord["scope"]) =>
  (end: EndRecord): boolean =>
    end.scope === scope

/** Tiles whose blobs belong to the shards of these tiles' objects. */
const listedTiles = async (out: string, { context }: Plan, keys: readonly string[]): Promise<string[]> => {
  const listed: string[] = []
  for (const port of context.chains.shards) {
    const text = await readFile(join(out, layout.shardIndex(port)), "utf8").catch(() => "{}")
    const index = JSON.parse(text) as ShardIndex
    for (const key of keys) listed.push(...(index[key]?.reads ?? []))
  }
  return listed
}
