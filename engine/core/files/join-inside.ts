/**
 * Joins a folder and a path that comes from data, and refuses a path that leads out of the folder.
 */
import { realpath, stat } from "node:fs/promises"
import { dirname, join, posix, sep } from "node:path"
import { EngineError } from "../../errors.js"
import { removeFile } from "./atomic-write.js"

/**
 * True for a path that stays below whatever folder it is joined to: relative, not empty, and not
 * the folder itself.
 *
 * A backslash is refused on every system. maille writes none, on Windows it separates folders, and
 * a folder must read
 * the same everywhere. So is a NUL and, on Windows, a colon (drives and streams).
 */
export const staysInside = (path: string): boolean => {
  if (path === "" || /[\\\0]/.test(path) || (sep === "\\" && path.includes(":"))) return false
  const plain = posix.normalize(path)
  return !plain.startsWith("/") && !/^\.\.?(?:\/|$)/.test(plain)
}

/**
 * Joins a folder and a path that was read from a file or an answer (a journal, plan, archive,
 * tileset, list of published
 * files). Looks at the text only: use {@link findInside} or {@link removeInside} where the folder
 * may hold foreign links.
 *
 * @param from the file that the path was read from, for the message; default the folder
 * @throws EngineError E_FORMAT where {@link staysInside} is false
 */
export const joinInside = (folder: string, path: string, from = folder): string => {
  if (typeof path === "string" && staysInside(path)) return join(folder, path)
  throw refused(folder, path, from, "leads out of")
}

/**
 * The same for a file that is to be read: what is on disk there must also be within the folder and
 * a regular file or
 * folder. The folder itself, and folders above it, may be links. A path that does not exist is
 * joined only, as is one
 * into an archive: of `packs/run.zip/a` or `packs/run.zip#1+2` the archive is looked at.
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
  if (!facts.isFile() && !facts.isDirectory()) throw refused(folder, path, from, "is no regular file of")
  return joined
}

/**
 * Removes a file by a path that was read from data; one that is not there is removed already. A
 * link goes, its target
 * stays. Nothing is removed through a link to another folder.
 *
 * @throws EngineError E_FORMAT as {@link findInside}
 */
export const removeInside = async (folder: string, path: string, from = folder): Promise<void> => {
  const joined = joinInside(folder, path, from)
  const found = await nearest(folder, posix.dirname(posix.normalize(path)))
  if (found?.isInside === false) throw refused(folder, path, from, "leads through a link out of")
  await removeFile(joined)
}

/** What is on disk of a path below a folder: itself, or the last part of it that exists. */
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
 * Undefined for what is not there. A loop of links leads nowhere, so that reading it fails by
 * itself.
 */
const absent = (error: NodeJS.ErrnoException): undefined => {
  if (!["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"].includes(error.code ?? "")) throw error
  return undefined
}

const refused = (folder: string, path: unknown, from: string, what: string): EngineError => {
  const name = (JSON.stringify(path) ?? String(path)).slice(0, 300)
  const text = `${from}: the path ${name} ${what} ${folder}. maille writes no such path; remove what names it.`
  return new EngineError("E_FORMAT", text, { file: from })
}
