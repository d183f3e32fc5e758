/** Checks arguments of the library: a wrong value is E_USAGE, never a fault of the engine. */
import type { Box2 } from "./geometry/box.js"
import { optionError } from "./parse-values.js"

/** A value in messages, short. */
export const showValue = (value: unknown): string => {
  if (value === null || typeof value !== "object")
    return typeof value === "string" ? `"${value.slice(0, 60)}"` : `${String(value)}`
  return Array.isArray(value) ? `[${value.slice(0, 6).map(showValue).join(", ")}]` : "an object"
}

/** @throws EngineError E_USAGE for a value that is no box, or has a max below its min */
export const boxArgument = (box: unknown, name = "box"): Box2 | undefined => {
  if (box === undefined) return undefined
  const sides = isNumbers(box) ? Array.from(box) : []
  const [minX = 0, minY = 0, maxX = -1, maxY = -1] = sides
  if (sides.length !== 4 || !sides.every(Number.isFinite) || maxX < minX || maxY < minY)
    throw optionError(name, `${showValue(box)} is no box. Give [minX, minY, maxX, maxY] in metres of the CRS.`)
  return [minX, minY, maxX, maxY]
}

/** An object; `{}` where it is left out. @throws EngineError E_USAGE for another value */
export const objectArgument = <T extends object>(value: T | undefined, name: string): T => {
  if (value === undefined) return {} as T
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) return value
  throw optionError(name, `${showValue(value)} is no object of ${name}. Give { … }, or leave it out.`)
}

/** @throws EngineError E_USAGE for a value that is no path or address */
export const pathArgument = (path: unknown, name = "path"): string => {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return path
  throw optionError(name, `${showValue(path)} is no path. Give the path or address of a file as a text.`)
}

/** A list; undefined where it is left out. @throws EngineError E_USAGE for another value */
export const listArgument = <T extends "string" | "number">(
  list: unknown,
  name: string,
  type: T,
): readonly (T extends "string" ? string : number)[] | undefined => {
  if (list === undefined) return undefined
  if (Array.isArray(list) && list.every((one) => typeof one === type)) return list
  throw optionError(name, `${showValue(list)} is no array of ${type}s. Give [ … ].`)
}

/** True for an array of numbers, plain or typed. */
export const isNumbers = (value: unknown): value is ArrayLike<number> =>
  (ArrayBuffer.isView(value) && !(value instanceof DataView)) ||
  (Array.isArray(value) && value.every((one) => typeof one === "number"))

/** @throws EngineError E_USAGE for a value that is neither true nor false nor left out */
export const flagArgument = (value: unknown, name: string): void => {
  if (value !== undefined && typeof value !== "boolean")
    throw optionError(name, `${showValue(value)} is not true or false.`)
}

/** @throws EngineError E_USAGE for a value that is not one of the names, nor left out */
export const choiceArgument = (value: unknown, name: string, choices: readonly string[]): void => {
  if (value !== undefined && !choices.includes(value as string))
    throw optionError(name, `${showValue(value)} is not valid. Give one of ${choices.join(", ")}.`)
}

/** @throws EngineError E_USAGE for a value that is no whole number from `least` up, nor left out */
export const wholeArgument = (value: unknown, name: string, least = 0): void => {
  if (value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= least))
    throw optionError(name, `${showValue(value)} is not valid. Give a whole number of at least ${least}.`)
}

/** @throws EngineError E_USAGE for a value that is no object of texts, nor left out */
export const checkTexts = (value: object | undefined, name: string): void => {
  for (const [key, text] of Object.entries(objectArgument(value, name)))
    if (typeof text !== "string") throw optionError(`${name}.${key}`, `${showValue(text)} is no text. Give a string.`)
}

const requireType = (value: unknown, name: string, is: boolean, expected: string): void => {
  if (!is) throw optionError(name, `${showValue(value)} is not valid. Give ${expected}.`)
}

/** Checks of fields by kind. */
const kinds = {
  path: (value: unknown, name: string) => void pathArgument(value, name),
  paths: (value: unknown, name: string) => {
    requireType(value, name, Array.isArray(value), "an array of paths")
    for (const one of value as unknown[]) pathArgument(one, name)
  },
  text: (value: unknown, name: string) => requireType(value, name, typeof value === "string", "a text"),
  texts: (value: unknown, name: string) => void listArgument(value, name, "string"),
  flag: flagArgument,
  number: (value: unknown, name: string) => requireType(value, name, Number.isFinite(value), "a number"),
  numbers: (value: unknown, name: string) => requireType(value, name, isNumbers(value), "an array of numbers"),
  whole: (value: unknown, name: string) => wholeArgument(value, name),
  box: (value: unknown, name: string) => void boxArgument(value, name),
  object: (value: unknown, name: string) => void objectArgument(value as object, name),
  list: (value: unknown, name: string) => requireType(value, name, Array.isArray(value), "an array"),
  function: (value: unknown, name: string) => requireType(value, name, typeof value === "function", "a function"),
  signal: (value: unknown, name: string) =>
    requireType(value, name, value instanceof AbortSignal, "the signal of an AbortController"),
}

/** Kinds of the fields of an argument; with `?`, a field may be left out. */
export type FieldKinds = Readonly<Record<string, keyof typeof kinds | `${keyof typeof kinds}?`>>

/** @throws EngineError E_USAGE for a value that is no object with fields of these kinds */
export const checkFields = (value: unknown, name: string, fields: FieldKinds): void => {
  requireType(value, name, typeof value === "object" && value !== null && !Array.isArray(value), "an object")
  for (const [field, kind] of Object.entries(fields)) {
    const found = (value as Readonly<Record<string, unknown>>)[field]
    if (found === undefined && kind.endsWith("?")) continue
    if (found === undefined) throw optionError(`${name}.${field}`, "it is missing. Give it a value.")
    kinds[kind.replace("?", "") as keyof typeof kinds](found, `${name}.${field}`)
  }
}
