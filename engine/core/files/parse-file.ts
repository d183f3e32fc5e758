/** Parses JSON from files: what users give, with a message and a remedy; what maille wrote, if it is whole. */
import { readFile } from "node:fs/promises"
import { EngineError } from "../../errors.js"
import { parseJson } from "../json/parse-json.js"

/**
 * The value of a JSON text, as {@link parseJson} gives it; the words of what is no JSON are not
 * told: they may be bytes of anything.
 *
 * @param what the start of the message: the file, and its line where it has several
 * @throws EngineError E_FORMAT
 */
export const parseFile = (text: string, what: string, remedy: string, file: string): unknown => {
  try {
    return parseJson(text)
  } catch (cause) {
    const why = (cause as Error).message.replace(/[,:]? ?"[\s\S]*$/, "").replaceAll(/[^\x20-\x7e]+/g, "?")
    throw new EngineError("E_FORMAT", `${what}: not JSON (${why}); ${remedy}`, { file })
  }
}

/** The value of a JSON file that maille wrote, which can do without it; undefined where it is not there or damaged. */
export const readJsonIfAny = async <T>(path: string): Promise<T | undefined> => {
  try {
    return (JSON.parse(await readFile(path, "utf8")) as T | null) ?? undefined
  } catch {
    return undefined
  }
}
