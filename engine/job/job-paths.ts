import { stat } from "node:fs/promises"
import { resolve } from "node:path"
import { usageError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import { isUrl } from "../io/http.js"
import { shownAddress } from "../io/secrets.js"

/** The absolute path of an input, addresses as they are, without their secrets. Throws E_INPUT where nothing is there. */
export const existingPath = async (folder: string, path: string, option: string): Promise<string> => {
  if (isUrl(path)) return shownAddress(path)
  const full = resolve(folder, path)
  const found = await stat(full).catch(() => undefined)
  if (found) return full
  throw new EngineError("E_INPUT", `${option}: there is no file or folder ${full}. Check the path.`, {
    file: full,
    option,
  })
}

/** The path of the output folder, which need not exist. Throws E_USAGE for a file. */
export const outputFolder = async (path: string): Promise<string> => {
  const found = await stat(path).catch(() => undefined)
  if (found && !found.isDirectory()) throw usageError("--out", `the file ${path}`, "a folder", "Choose another name.")
  return path
}
