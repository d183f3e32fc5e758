import { open } from "node:fs/promises"
import { findInside } from "../core/join-inside.js"
import { EngineError } from "../errors.js"
import { locateStored, readStored } from "../formats/archive/stored-file.js"
import { TileKey } from "../grid/tile-key.js"
import type { ShardPlace, TaskMessage } from "../job/context.js"
import { layout } from "../job/layout.js"
import type { BlobPort } from "../kernel.js"
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
    return readIfThere(await findInside(out, message.places?.[path] ?? path))
  }
  if (port.listed !== true) return blobOf(message.key)
  const blobs: Uint8Array[] = []
  for (const key of message.reads ?? []) blobs.push(await blobOf(key))
  return blobs
}

const readShards = async (out: string, places: readonly ShardPlace[]): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  for (const place of places) parts.push(await readShard(out, place))
  const [only] = parts
  return parts.length === 1 && only ? only : Uint8Array.from(Buffer.concat(parts))
}

const readShard = async (out: string, [place, within, size]: ShardPlace): Promise<Uint8Array> => {
  const { file: path, begin } = await locateStored(await findInside(out, place))
  const offset = begin + within
  const bytes = new Uint8Array(size)
  const handle = await open(path, "r")
  try {
    for (let done = 0; done < size; ) {
      const { bytesRead } = await handle.read(bytes, done, size - done, offset + done)
      if (bytesRead === 0) {
        const text = `${path}: ends before byte ${offset + size} that its list tells of; run again with --force`
        throw new EngineError("E_INTERNAL", text, { file: path })
      }
      done += bytesRead
    }
  } finally {
    await handle.close()
  }
  return bytes
}

/** A tile that was skipped made none: no bytes. */
const readIfThere = async (path: string): Promise<Uint8Array> => {
  try {
    return new Uint8Array(await readStored(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Uint8Array(0)
    throw error
  }
}
