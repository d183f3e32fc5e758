/** Finds the file that the path of a request names, inside a folder. */
import { realpath } from "node:fs/promises"
import { join, sep } from "node:path"
import { locateStored, pathInArchive, type StoredFile } from "../../engine/io/archive/stored-file.js"

/** Longer addresses are refused; those of products are far shorter. */
const MAX_LENGTH = 2048

/** A file, or a file that is stored in an archive. */
export interface Resolved extends StoredFile {
  /** Name that determines the content type. */
  readonly name: string
}

/**
 * The file that a request path names, by its real path; undefined where there is none in `root`.
 *
 * The path is decoded once, as UTF-8, and split at its slashes. On every file system it refuses
 * parts that are empty or start with a dot (`..`, `.work`). It also refuses backslashes, colons
 * (drives and streams of Windows) and control characters such as NUL.
 *
 * Links are followed only if they remain inside `root`. An archive (`.3tz`, `.zip`) acts as a
 * folder.
 * @param root real path of a folder
 * @param path as in the request line, without the query, encoded, with a leading slash
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
