import { findInside } from "../core/join-inside.js"
import { readStored } from "../formats/archive/stored-file.js"
import type { WrittenFile } from "./journal-record.js"
import { placeOf } from "./packed-file.js"

/** Where a tile's shard lies in the file of its port, and what must be read with it. */
export interface ShardEntry {
  readonly offset: number
  readonly size: number
  readonly sha256: string
  /** Keys of other tiles whose blobs belong to the bytes; ordered. */
  readonly reads: readonly string[]
}

/** The shards of a port by tile key. */
export type ShardIndex = Readonly<Record<string, ShardEntry>>

/** The list that a join wrote beside the shards of a port. */
export const readShardIndex = async (out: string, file: WrittenFile): Promise<ShardIndex> =>
  JSON.parse(new TextDecoder().decode(await readStored(await findInside(out, placeOf(file))))) as ShardIndex
