/**
 * Parses JSON files: those of users with a message and a remedy, those of maille if they are whole.
 */
import { readFile } from "node:fs/promises"
import { EngineError } from "../../errors.js"
import { parseJson } from "../json/parse-json.js"

/**
 * Parses JSON as {@link parseJson}. The message does not quote the text, which may be binary.
 *
 * @param what start of the message: the file, and its line where it has several
 * @throws EngineError E_FORMAT
 */
export const parseFile = (text: string, what: string, remedy: string, file: string): unknown => {
  try {
    return parseJson(text)
  } catch (cause) {
    const why = (cause as Error).message.replace(/[,:]? ?"[\s\S]*$/, "").replaceAll(/[^\x20-\x7e]+/g, "?")
    throw new EngineError("E_FORMAT", `${what}: not JSON (${why}). ${remedy}`, { file })
  }
}

/** Parses an optional JSON file that maille wrote; undefined where it is missing or damaged. */
export const readJsonIfAny = async <T>(path: string): Promise<T | undefined> => {
  try {
    return (JSON.parse(await readFile(path, "utf8")) as T | null) ?? undefined
  } catch {
    return undefined
  }
}
