/** Lists the files that one path stands for: a file, a folder or a glob. */
import { stat } from "node:fs/promises"
import { resolve } from "node:path"
import { glob, isDynamicPattern } from "tinyglobby"

/**
 * The files that one path stands for: the file itself; the matches of a glob; or the files in a
 * folder, at any depth, whose path `wanted` accepts. A folder's hidden files are left out, symbolic
 * links followed. An existing file counts as a file even where its name looks like a glob.
 *
 * @returns absolute paths in no order; undefined where the path stands for nothing
 */
export const listFiles = async (path: string, wanted: RegExp): Promise<readonly string[] | undefined> => {
  const full = resolve(path)
  const facts = await stat(full).catch(() => undefined)
  if (facts?.isDirectory()) {
    const files = await glob("**/*", { cwd: full, absolute: true })
    return files.filter((file) => wanted.test(file))
  }
  if (facts) return [full]
  if (!isDynamicPattern(path)) return undefined
  const files = await glob(path, { absolute: true })
  return files.length > 0 ? files : undefined
}
