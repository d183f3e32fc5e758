/** Joins a folder and an untrusted path, and refuses paths that lead out of the folder. */
import { realpath, stat } from "node:fs/promises"
import { dirname, join, posix, sep } from "node:path"
import { EngineError } from "../../errors.js"
import { removeFile } from "./atomic-write.js"

/**
 * True for a relative path that stays below any folder, and is not the folder itself. A backslash
 * is refused on every system: maille writes none, and Windows reads it as a separator. A NUL is
 * refused too, and on Windows a colon (drives and streams).
 */
export const staysInside = (path: string): boolean => {
  if (path === "" || /[\\\0]/.test(path) || (sep === "\\" && path.includes(":"))) return false
  const plain = posix.normalize(path)
  return !plain.startsWith("/") && !/^\.\.?(?:\/|$)/.test(plain)
}

/**
 * Joins a folder and a path read from a journal, plan, archive, tileset or list of published files.
 * This checks the text only. Use {@link findInside} or {@link removeInside} where the folder may
 * contain foreign links.
 *
 * @param from file that contains the path, for the message; default the folder
 * @throws EngineError E_FORMAT where {@link staysInside} is false
 */
export const joinInside = (folder: string, path: string, from = folder): string => {
  if (typeof path === "string" && staysInside(path)) return join(folder, path)
  throw refused(folder, path, from, "leads out of")
}

/**
 * Joins a path to be read, and also checks the file on disk.
 *
 * The target must be inside the folder, and a regular file or folder. The folder itself and its
 * parents may be links. A missing path passes. For a path into an archive (`packs/run.zip/a`,
 * `packs/run.zip#1+2`) the archive is checked.
 *
 * @throws EngineError E_FORMAT as {@link joinInside}, for a link that leads out, and for a device,
 * pipe or socket
 */
export const findInside = async (folder: string, path: string, from = folder): Promise<string> => {
  const joined = joinInside(folder, path, from)
  const found = await nearest(folder, path.replace(/#\d+\+\d+$/, ""))
  if (found === undefined) return joined
  if (!found.isInside) throw refused(folder, path, from, "is a link out of")
  const facts = await stat(found.real)
  if (!facts.isFile() && !facts.isDirectory()) throw refused(folder, path, from, "is not a regular file of")
  return joined
}

/**
 * Removes a file by an untrusted path; a missing file is fine. Removes a link, not its target, and
 * nothing through a link to another folder.
 *
 * @throws EngineError E_FORMAT as {@link findInside}
 */
export const removeInside = async (folder: string, path: string, from = folder): Promise<void> => {
  const joined = joinInside(folder, path, from)
  const found = await nearest(folder, posix.dirname(posix.normalize(path)))
  if (found?.isInside === false) throw refused(folder, path, from, "leads through a link out of")
  await removeFile(joined)
}

/** Resolves a path below a folder, or its deepest part that exists. */
const nearest = async (folder: string, path: string): Promise<{ real: string; isInside: boolean } | undefined> => {
  const root = await realpath(folder).catch(absent)
  if (root === undefined) return undefined
  for (let at = join(folder, path); ; at = dirname(at)) {
    const real = await realpath(at).catch(absent)
    if (real === undefined) continue
    return { real, isInside: real === root || real.startsWith(root.endsWith(sep) ? root : root + sep) }
  }
}

/**
 * Returns undefined for a missing path. A loop of links counts as missing; reading it fails anyway.
 */
const absent = (error: NodeJS.ErrnoException): undefined => {
  if (!["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"].includes(error.code ?? "")) throw error
  return undefined
}

const refused = (folder: string, path: unknown, from: string, what: string): EngineError => {
  const name = (JSON.stringify(path) ?? String(path)).slice(0, 300)
  const text = `${from}: the path ${name} ${what} ${folder}. maille writes no such path; the file was edited or damaged.`
  return new EngineError("E_FORMAT", text, { file: from })
}
