/** Checks the shape of parsed JSON: objects, counts and lists of numbers. */

/** A JSON object, not an array. */
export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value)

/** True for a count, index or offset: a safe integer that is not negative. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** True for a list of `length` finite numbers. */
export const areNumbers = (value: unknown, length: number): value is readonly number[] =>
  Array.isArray(value) && value.length === length && value.every((one) => Number.isFinite(one))

export const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string")

/** True for a list of objects that all pass `isSound`. */
export const areObjects = (value: unknown, isSound: (one: JsonObject) => boolean): boolean =>
  Array.isArray(value) && value.every((one) => isObject(one) && isSound(one))
