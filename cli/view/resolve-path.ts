/** Finds the file that the path of a request names, inside of a folder. */
import { realpath } from "node:fs/promises"
import { join, sep } from "node:path"
import { locateStored, pathInArchive, type StoredFile } from "../../engine/io/archive/stored-file.js"

/** Longer addresses are refused: no product's is near. */
const MAX_LENGTH = 2048

/** What a request means: a file, or a file that is stored in an archive. */
export interface Resolved extends StoredFile {
  /** By which its type is told. */
  readonly name: string
}

/**
 * The file that the path of a request means, by its real path; undefined where it means none in `root`.
 *
 * The path is decoded once, as UTF-8, and taken apart at its slashes. A part that is empty, starts with a dot (`..`, and what is no product:
 * `.work`), or holds a backslash, a colon (drives and streams of Windows), a NUL or another control character is refused, whatever file system lies below. What remains
 * goes through the file system's own links, and must still be within `root` then: a link that stays inside is followed, one that leaves is not.
 * An archive (`.3tz`, `.zip`) is gone through as a folder: a name that it does not hold is none.
 *
 * @param root real path of a folder
 * @param path as in the request's line, without the query, encoded, starting with a slash
 */
export const resolvePath = async (root: string, path: string): Promise<Resolved | undefined> => {
  if (path.length > MAX_LENGTH || !path.startsWith("/")) return undefined
  const decoded = decode(path)
  if (decoded === undefined) return undefined
  const parts = decoded.slice(1).split("/")
  if (!parts.every(isPlain)) return undefined
  const name = parts.at(-1) ?? ""
  const file = await within(root, parts.join("/"))
  if (file !== undefined) return { file, begin: 0, name }
  const inner = pathInArchive(parts.join("/"))
  const archive = inner && (await within(root, inner.archive))
  if (inner === undefined || archive === undefined) return undefined
  const stored = await locateStored(`${archive}/${inner.path}`).catch(() => undefined)
  return stored?.file === archive ? { ...stored, name } : undefined
}

const within = async (root: string, path: string): Promise<string | undefined> => {
  try {
    const found = await realpath(join(root, path))
    return found.startsWith(root.endsWith(sep) ? root : root + sep) ? found : undefined
  } catch {
    return undefined
  }
}

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const isPlain = (part: string): boolean => part !== "" && !part.startsWith(".") && !/[\\:\p{Cc}]/u.test(part)
