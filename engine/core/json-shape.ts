import { EngineError } from "../errors.js"
import { parseJson } from "./parse-json.js"

/** A JSON object that is no array. */
export type JsonObject = Readonly<Record<string, unknown>>

/** True for a JSON object that is no array. */
export const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value)

/** True for a count, an index or an offset: a whole number that is not negative. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** True for a list of `length` finite numbers. */
export const areNumbers = (value: unknown, length: number): value is readonly number[] =>
  Array.isArray(value) && value.length === length && value.every((one) => Number.isFinite(one))

/**
 * The value of a JSON text, as {@link parseJson} gives it; the words of what is no JSON are not told: they may be bytes of anything.
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
