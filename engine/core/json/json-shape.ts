/** Checks the shape of parsed JSON: objects, counts and lists of numbers. */

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

/** True for a list of texts. */
export const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string")

/** True for a list of sound objects. */
export const areObjects = (value: unknown, isSound: (one: JsonObject) => boolean): boolean =>
  Array.isArray(value) && value.every((one) => isObject(one) && isSound(one))
