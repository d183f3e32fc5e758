import { readFile } from "node:fs/promises"
import { EngineError } from "../errors.js"
import type { TaskMessage, TileList } from "../job/context.js"

/** The files of tiles that a task over the whole job reads. Throws E_INTERNAL where the message names none. */
export const readTileList = async ({ scope, key, tilesFile }: TaskMessage): Promise<TileList> => {
  if (tilesFile === undefined) throw new EngineError("E_INTERNAL", `${scope} ${key}: no list of tiles`)
  return JSON.parse(await readFile(tilesFile, "utf8")) as TileList
}
