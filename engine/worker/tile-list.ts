/** Reads the list of files that a task over many tiles works on. */
import { readFile } from "node:fs/promises"
import { sha256 } from "../core/hash.js"
import { EngineError } from "../errors.js"
import type { TaskMessage, TileList } from "../plan/context.js"

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
