/** Checks the shape of parsed JSON: objects, counts, lists of numbers, schemas. */

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

/** How a value passes a keyword of JSON schema (draft-07), by its rule and the whole schema. */
const keywords: Readonly<Record<string, (value: unknown, rule: never, schema: JsonObject) => boolean>> = {
  type: (value, rule: string | readonly string[]) => [rule].flat().some((type) => types[type]?.(value) ?? false),
  enum: (value, rule: readonly unknown[]) => rule.includes(value),
  minimum: (value, rule: number) => typeof value !== "number" || value >= rule,
  maximum: (value, rule: number) => typeof value !== "number" || value <= rule,
  minLength: (value, rule: number) => typeof value !== "string" || [...value].length >= rule,
  minItems: (value, rule: number) => !Array.isArray(value) || value.length >= rule,
  maxItems: (value, rule: number) => !Array.isArray(value) || value.length <= rule,
  uniqueItems: (value) => !Array.isArray(value) || (areTexts(value) && new Set(value).size === value.length),
  items: (value, rule: JsonObject) => !Array.isArray(value) || value.every((one) => conforms(one, rule)),
  required: (value, rule: readonly string[]) => !isObject(value) || rule.every((name) => Object.hasOwn(value, name)),
  properties: (value, rule: Readonly<Record<string, JsonObject>>) =>
    !isObject(value) || Object.entries(rule).every(([n, own]) => !Object.hasOwn(value, n) || conforms(value[n], own)),
  additionalProperties: (value, rule: boolean, { properties = {} }) =>
    !rule && (!isObject(value) || Object.keys(value).every((name) => Object.hasOwn(properties as JsonObject, name))),
  ...Object.fromEntries(["$schema", "title", "description", "default"].map((note) => [note, () => true])),
}
const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: Number.isFinite,
  integer: Number.isInteger,
}

/** True if a value conforms to a JSON schema; false too if the schema has another keyword. */
export const conforms = (value: unknown, schema: JsonObject): boolean =>
  Object.entries(schema).every(([keyword, rule]) => keywords[keyword]?.(value, rule as never, schema) ?? false)
