import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { layout } from "./layout.js"

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
export const readShardIndex = async (out: string, port: string): Promise<ShardIndex> =>
  JSON.parse(await readFile(join(out, layout.shardIndex(port)), "utf8")) as ShardIndex
