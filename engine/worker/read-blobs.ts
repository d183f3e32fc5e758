/**
 * Reads the inputs of kernels besides points and images: results of other tasks, the list of them,
 * and the user's features and rasters.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Box2 } from "../core/geometry/box.js"
import { sha256 } from "../core/hash.js"
import { EngineError } from "../errors.js"
import { TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import { readVerified, readVerifiedPart } from "../journal/read-verified.js"
import type { BlobPort, Features, Raster } from "../kernel.js"
import type { ShardPlace, TaskMessage, TileList } from "../plan/context.js"
import type { WorkerState } from "./worker-state.js"

/**
 * The bytes of a blob port in the second tile stage; undefined for an optional port that no kernel
 * makes.
 * - The tile's shard of that name where kernels make shards of it; empty where the tile has none.
 * - Else the tile's own blob of the first stage.
 * - With `listed`: the blobs of the other tiles that the shards list, one array per tile, empty for
 *   a skipped one.
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
  const readBlob = async (key: string): Promise<Uint8Array> => {
    const path = layout.blob(name, TileKey.parse(key))
    const file = message.files?.find((one) => one.path === path)
    // A skipped tile has no blob. The copy belongs to the kernel.
    return file === undefined ? new Uint8Array(0) : new Uint8Array(await readVerified(out, file))
  }
  if (port.listed !== true) return readBlob(message.key)
  const blobs: Uint8Array[] = []
  for (const key of message.reads ?? []) blobs.push(await readBlob(key))
  return blobs
}

const readShards = async (out: string, places: readonly ShardPlace[]): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  for (const place of places) parts.push(await readVerifiedPart(out, place))
  const [only] = parts
  return parts.length === 1 && only ? only : Uint8Array.from(Buffer.concat(parts))
}

/**
 * The user's features of a name whose boxes meet the extent, ordered by id; undefined where the job
 * has none of that name.
 */
export const readExternal = async (state: WorkerState, name: string, extent: Box2): Promise<Features | undefined> => {
  const { context } = state
  if (context.external?.[name] === undefined) return undefined
  const { readFeaturesInBox } = await import("../formats/vector/flatgeobuf/features-in-box.js")
  return readFeaturesInBox(join(context.out, layout.external(name)), extent)
}

/** The user's raster of a name in a box; undefined where the job has none of that name. */
export const readExternalRaster = async (
  state: WorkerState,
  name: string,
  window: Box2,
): Promise<Raster | undefined> => {
  const { context } = state
  if (context.external?.[name] === undefined) return undefined
  const own = context.rasters?.[name]
  if (own !== undefined) return (await import("../spatial/own-raster.js")).readOwnRaster(own, window)
  const { readRaster } = await import("../formats/raster/tiff/read-raster.js")
  return readRaster(join(context.out, layout.externalRaster(name)), { window })
}

/** Why a tile of a job of rasters is skipped: none has a value in it; undefined if one has. */
export const lackingHeights = async ({ context }: WorkerState, key: TileKey): Promise<string | undefined> => {
  const { readOwnRaster } = await import("../spatial/own-raster.js")
  for (const own of Object.values(context.rasters ?? {})) {
    const { data } = await readOwnRaster(own, TileKey.box(context.grid, key))
    if (data.some((value) => !Number.isNaN(value))) return undefined
  }
  return "no heights in the tile"
}

/**
 * The files of tiles that a task over the whole job reads. Throws E_INTERNAL where the message
 * names no list, E_RESOURCE where the list has changed.
 */
export const readTileList = async ({ stage, key, tilesFile }: TaskMessage): Promise<TileList> => {
  if (tilesFile === undefined) throw new EngineError("E_INTERNAL", `${stage} ${key}: no list of tiles`)
  const text = await readFile(tilesFile.path, "utf8")
  if (sha256(text) === tilesFile.sha256) return JSON.parse(text) as TileList
  const file = tilesFile.path
  throw new EngineError("E_RESOURCE", `${file}: changed during the run. Run again, and check the disk.`, {
    file,
  })
}
