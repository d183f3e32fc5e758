/** Compares point files with those that an earlier run has read. */
import { sha256 } from "../core/hash.js"
import type { PointFileInfo } from "../formats/points/point-file.js"
import { hashBytes, hasNoted, type NotedRead } from "../io/noted-reads.js"

/** What a run noted of a source; see `PointFileInfo`. */
export type KnownSource = Pick<PointFileInfo, "identity" | "structure" | "stamp">

/** The sources of the last run of an output folder. */
export interface KnownSources {
  /** By path. */
  readonly sources: ReadonlyMap<string, KnownSource>
  /** What tasks have read of each source, by identity. Called only for a file that was touched. */
  reads(): Promise<ReadonlyMap<string, readonly NotedRead[]>>
}

/**
 * Gives a file the identity that it had in the last run, if it is the same. A file with the same
 * size and modification time is; of a touched one, the bytes that tasks have used are compared. If
 * they differ, all its bytes are hashed. So a touched file costs reading it once, and a changed one
 * never passes for the former.
 */
export const settleIdentity = async (info: PointFileInfo, known: KnownSources | undefined): Promise<PointFileInfo> => {
  const former = known?.sources.get(info.path)
  if (known === undefined || former === undefined || info.stamp === undefined) return info
  const structure = info.identity
  const isAlike = (former.structure ?? former.identity) === structure
  const identity = isAlike ? former.identity : structure
  const as = (found: string): PointFileInfo => (found === structure ? info : { ...info, identity: found, structure })
  if (isAlike && former.stamp === info.stamp) return as(identity)
  const reads = (await known.reads()).get(identity)
  if (reads === undefined || (await hasNoted(info.path, reads))) return as(identity)
  return { ...info, ...(await ownIdentity(info)) }
}

/** The identity of a file whose structure is that of another one. */
export const ownIdentity = async ({
  path,
  identity,
  structure = identity,
}: PointFileInfo): Promise<Pick<PointFileInfo, "identity" | "structure">> => ({
  identity: sha256(`${structure} ${await hashBytes(path)}`),
  structure,
})
