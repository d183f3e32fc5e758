import { posix, resolve, sep } from "node:path"
import { EngineError } from "../errors.js"

/**
 * Joins a folder and a path that was read from a file or an answer (a journal, plan, archive, tileset, list of published
 * files). Returns the joined path. Throws E_FORMAT when the path is absolute, empty, or leaves the folder.
 */
export const joinInside = (folder: string, path: string): string => {
  const plain = posix.normalize(path.replaceAll("\\", "/"))
  const leaves = plain === "." || plain === ".." || plain.startsWith("../") || plain.startsWith("/")
  const joined = resolve(folder, plain)
  if (leaves || path.includes("\0") || !joined.startsWith(resolve(folder) + sep))
    throw new EngineError("E_FORMAT", `the path ${JSON.stringify(path)} leaves the folder ${folder}`, { file: folder })
  return joined
}
