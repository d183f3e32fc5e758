/** Opens the output folders that results may be taken from. */
import { resolve } from "node:path"
import { addToList } from "../../core/lists.js"
import { packageVersion } from "../../core/package-files.js"
import { optionError } from "../../core/parse-values.js"
import { taskId } from "../../core/stages.js"
import type { NotedRead } from "../../io/noted-reads.js"
import { requireStoredJob, type StoredJob } from "../../job/output-folder.js"
import { type JournalState, readJournal } from "../../journal/journal.js"
import { type EndRecord, isGood } from "../../journal/journal-record.js"
import { requireFree } from "../../journal/lock.js"
import { withShardEnds } from "../../journal/shard-journals.js"
import { readsOfSources } from "../../journal/source-reads.js"
import type { Plan } from "../../plan/plan.js"
import type { PlannedTask } from "../../plan/planned-task.js"
import { readContext } from "../../plan/read-context.js"
import { type CopyWays, copyWays } from "./copy-verified.js"

/** The flag that names the folders. */
export const FLAG = "--reuse"

/** An output folder that results are taken from. */
export interface Donor {
  readonly folder: string
  readonly job: StoredJob
  /** Good ends by task hash and id. */
  readonly ends: ReadonlyMap<string, EndRecord>
  /** Ends of the parts of a source, by its identity. */
  readonly parts: ReadonlyMap<string, readonly EndRecord[]>
  /** What its tasks read of each source, by identity. */
  readonly reads: ReadonlyMap<string, readonly NotedRead[]>
  /** Size and time of its sources, by path and identity. */
  readonly stamps: ReadonlyMap<string, string | undefined>
  /** Whether a source still has the bytes that its tasks read, by identity. */
  readonly same: Map<string, Promise<boolean>>
  readonly copying: CopyWays
  taken: number
}

/** Name of a value that belongs to a hash or identity. */
export const nameOf = (id: string, hash: string): string => `${hash} ${id}`

/**
 * Opens folders that results may be taken from; writes nothing in them.
 *
 * @throws EngineError E_INPUT for a folder without a job; E_USAGE for one that is being written,
 * packed, of another version of maille, or the output folder itself
 */
export const openDonors = async (plan: Plan, folders: readonly string[]): Promise<Donor[]> => {
  if (folders.length > 0 && plan.job.pack) throw optionError(FLAG, "given with --pack. Leave one of the two out.")
  const donors: Donor[] = []
  for (const folder of folders) {
    if (resolve(folder) === resolve(plan.job.out))
      throw optionError(FLAG, `${folder} is the output folder itself, whose results are kept. Leave it out.`)
    const job = await requireStoredJob(folder)
    if (job.version !== packageVersion) {
      const text = `${folder} was written by maille ${job.version}; this is ${packageVersion}, whose results may differ.`
      throw optionError(FLAG, `${text} Run that job again with this version, or leave ${FLAG} out.`)
    }
    const state = await withShardEnds(folder, await readJournal(folder), true)
    const isPacked = [...state.ends.values()].some(({ files }) => files.some(({ packed }) => packed !== undefined))
    if (job.pack || isPacked)
      throw optionError(FLAG, `${folder} is packed. Give a folder that was written without --pack.`)
    await requireFree(folder)
    donors.push(await toDonor(folder, job, state))
  }
  return donors
}

const toDonor = async (folder: string, job: StoredJob, state: JournalState): Promise<Donor> => {
  const ends = new Map<string, EndRecord>()
  const parts = new Map<string, EndRecord[]>()
  for (const end of state.ends.values()) {
    if (!isGood(end)) continue
    if (end.stage === "source") addToList(parts, end.key.split("#")[0] ?? "", end)
    else ends.set(nameOf(taskId(end), end.hash), end)
  }
  const sources = (await readContext(folder))?.sources ?? []
  return {
    ...{ folder, job, ends, parts },
    reads: readsOfSources(state.ends.values()),
    stamps: new Map(sources.map(({ path, identity, stamp }) => [nameOf(path, identity), stamp])),
    same: new Map(),
    copying: copyWays(),
    taken: 0,
  }
}

/** Counts the tiles of a plan whose results stand in other folders; verifies no file. */
export const countReusable = async (plan: Plan, folders: readonly string[]): Promise<number> => {
  const donors = await openDonors(plan, folders)
  const isKnown = ({ id, hash, wholeHash = hash }: PlannedTask): boolean =>
    donors.some(({ ends }) => [hash, wholeHash].some((one) => ends.has(nameOf(id, one))))
  return plan.tasks.filter((task) => task.stage === "tile" && !task.neighbour && isKnown(task)).length
}

/** Facts of two jobs for which no task can be the same. */
export const differences = ({ job, context }: Plan, { job: other }: Donor): string[] =>
  (
    [
      ["CRS", other.epsg, context.epsg],
      ["--tile-size", other.tileSize, job.tileSize],
      ["--density", other.density, job.density],
      ["--source", other.source, context.source],
      ["--heights", other.heights, job.heights],
    ] as const
  ).flatMap(([name, there, here]) => (there === here ? [] : [`${name} is ${there} there, ${here} here`]))
