/** Reads the list of what a kernel hands to single tiles. */
import type { WrittenFile } from "./journal-record.js"
import { fileRead, readVerified } from "./read-verified.js"

/** Where a tile's shard is in the file of its port, and which blobs must be read with it. */
export interface ShardEntry {
  readonly offset: number
  readonly size: number
  readonly sha256: string
  /** Keys of the other tiles whose blobs belong to the bytes; ordered. */
  readonly reads: readonly string[]
}

/** The shards of a port by tile key. */
export type ShardIndex = Readonly<Record<string, ShardEntry>>

/**
 * The list that a join wrote beside the shards of a port. Throws E_RESOURCE where it is damaged.
 */
export const readShardIndex = async (out: string, file: WrittenFile): Promise<ShardIndex> =>
  JSON.parse(new TextDecoder().decode(await readVerified(out, fileRead(file)))) as ShardIndex
