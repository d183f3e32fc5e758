/** Writes what a join hands to single tiles, as one file with a list. */
import { canonicalJson, sha256 } from "../../core/hash.js"
import { EngineError } from "../../errors.js"
import { TileKey } from "../../grid/tile-key.js"
import { layout } from "../../job/layout.js"
import type { ShardEntry } from "../../journal/read-verified.js"
import type { Shard } from "../../kernel.js"
import type { Output } from "./output.js"

/**
 * Writes the shards of a port, of the whole job or of a region: their bytes in tile order, and a
 * list of them. One file, since a country has hundreds of thousands of tiles and each file would
 * cost an fsync. Leaves out `neighbours`, which have no second stage.
 *
 * Throws E_KERNEL for an invalid or repeated key.
 */
export const writeShards = async (
  output: Output,
  port: string,
  shards: readonly Shard[],
  neighbours: ReadonlySet<string>,
  region?: string,
): Promise<void> => {
  const ordered = shards
    .filter(({ key }) => !neighbours.has(key))
    .map((shard) => ({ shard, key: TileKey.parse(shard.key) }))
    .sort((a, b) => TileKey.compare(a.key, b.key))
  const index: Record<string, ShardEntry> = {}
  let offset = 0
  for (const { shard } of ordered) {
    const { key, bytes, reads } = shard
    if (index[key] !== undefined)
      throw new EngineError("E_KERNEL", `two kernels returned a shard "${port}" for the tile ${key}; expected one`)
    const size = bytes.byteLength
    index[key] = { offset, size, sha256: sha256(bytes), reads: reads.filter((other) => other !== key) }
    offset += size
  }
  const list = new TextEncoder().encode(canonicalJson(index))
  if (region === undefined) {
    await output.writeParts(
      layout.shards(port),
      ordered.map(({ shard }) => shard.bytes),
    )
    await output.write(layout.shardIndex(port), list)
  } else if (ordered.length > 0) {
    await output.write(layout.regionShards(port, region), Buffer.concat(ordered.map(({ shard }) => shard.bytes)))
    await output.write(layout.regionShardIndex(port, region), list)
  }
}
