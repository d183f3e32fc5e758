/** Reads what a tile's kernels are given beside points and images: blobs of other tasks, and features of the user. */
import { join } from "node:path"
import type { Box2 } from "../core/geometry/box.js"
import { TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import { readVerified, readVerifiedPart } from "../journal/read-verified.js"
import type { BlobPort, Features } from "../kernel.js"
import type { ShardPlace, TaskMessage } from "../plan/context.js"
import type { WorkerState } from "./worker-state.js"

/**
 * The bytes of a blob port of the second tile stage: the tile's shard of that name (empty where it has none), else what the tile itself made in the
 * first stage, or, with `listed`, what the other tiles that the shards list made (one array a tile, empty for one that was skipped); undefined for an
 * optional port that no kernel makes.
 */
export const readBlobs = async (
  state: WorkerState,
  message: TaskMessage,
  name: string,
  port: BlobPort,
): Promise<Uint8Array | readonly Uint8Array[] | undefined> => {
  const { out, chains } = state.context
  if (chains.shards.includes(name)) return readShards(out, message.shards?.[name] ?? [])
  if (!chains.blobs.includes(name)) return undefined
  const blobOf = async (key: string): Promise<Uint8Array> => {
    const path = layout.blob(name, TileKey.parse(key))
    const file = message.files?.find((one) => one.path === path)
    // A tile that was skipped made none: no bytes. They are the kernel's own.
    return file === undefined ? new Uint8Array(0) : new Uint8Array(await readVerified(out, file))
  }
  if (port.listed !== true) return blobOf(message.key)
  const blobs: Uint8Array[] = []
  for (const key of message.reads ?? []) blobs.push(await blobOf(key))
  return blobs
}

const readShards = async (out: string, places: readonly ShardPlace[]): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  for (const place of places) parts.push(await readVerifiedPart(out, place))
  const [only] = parts
  return parts.length === 1 && only ? only : Uint8Array.from(Buffer.concat(parts))
}

/** The user's features of a name whose boxes meet the extent, ordered by id; undefined where the job gives none of that name. */
export const readExternal = async (state: WorkerState, name: string, extent: Box2): Promise<Features | undefined> => {
  const { context } = state
  if (context.external?.[name] === undefined) return undefined
  const { readFeaturesInBox } = await import("../formats/vector/flatgeobuf/features-in-box.js")
  return readFeaturesInBox(join(context.out, layout.external(name)), extent)
}
