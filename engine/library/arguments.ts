/** Checks arguments of the library: a wrong value is E_USAGE, never a fault of the engine. */
import type { Box2 } from "../core/geometry/box.js"
import { optionError } from "../core/parse-values.js"

/** A value in messages, short. */
const show = (value: unknown): string => {
  if (value === null || typeof value !== "object")
    return typeof value === "string" ? `"${value.slice(0, 60)}"` : `${String(value)}`
  return Array.isArray(value) ? `[${value.slice(0, 6).map(String).join(", ")}]` : "an object"
}

/** @throws EngineError E_USAGE for a value that is no box, or has a max below its min */
export const boxArgument = (box: unknown, name = "box"): Box2 | undefined => {
  if (box === undefined) return undefined
  const sides = isNumbers(box) ? Array.from(box) : []
  const [minX = 0, minY = 0, maxX = -1, maxY = -1] = sides
  if (sides.length !== 4 || !sides.every(Number.isFinite) || maxX < minX || maxY < minY)
    throw optionError(name, `${show(box)} is no box. Give [minX, minY, maxX, maxY] in metres of the CRS.`)
  return [minX, minY, maxX, maxY]
}

/** An object; `{}` where it is left out. @throws EngineError E_USAGE for another value */
export const objectArgument = <T extends object>(value: T | undefined, name: string): T => {
  if (value === undefined) return {} as T
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) return value
  throw optionError(name, `${show(value)} is no object of ${name}. Give { … }, or leave it out.`)
}

/** @throws EngineError E_USAGE for a value that is no path or address */
export const pathArgument = (path: unknown, name = "path"): string => {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return path
  throw optionError(name, `${show(path)} is no path. Give the path or address of a file as a text.`)
}

/** A list; undefined where it is left out. @throws EngineError E_USAGE for another value */
export const listArgument = <T extends "string" | "number">(
  list: unknown,
  name: string,
  type: T,
): readonly (T extends "string" ? string : number)[] | undefined => {
  if (list === undefined) return undefined
  if (Array.isArray(list) && list.every((one) => typeof one === type)) return list
  throw optionError(name, `${show(list)} is no array of ${type}s. Give [ … ].`)
}

/** True for an array of numbers, plain or typed. */
export const isNumbers = (value: unknown): value is ArrayLike<number> =>
  (ArrayBuffer.isView(value) && !(value instanceof DataView)) ||
  (Array.isArray(value) && value.every((one) => typeof one === "number"))

/** @throws EngineError E_USAGE for a value that is neither true nor false nor left out */
export const flagArgument = (value: unknown, name: string): void => {
  if (value !== undefined && typeof value !== "boolean") throw optionError(name, `${show(value)} is not true or false.`)
}

/** @throws EngineError E_USAGE for a value that is not one of the names, nor left out */
export const choiceArgument = (value: unknown, name: string, choices: readonly string[]): void => {
  if (value !== undefined && !choices.includes(value as string))
    throw optionError(name, `${show(value)} is not valid. Give one of ${choices.join(", ")}.`)
}

/** @throws EngineError E_USAGE for a value that is no whole number from `least` up, nor left out */
export const wholeArgument = (value: unknown, name: string, least = 0): void => {
  if (value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= least))
    throw optionError(name, `${show(value)} is not valid. Give a whole number of at least ${least}.`)
}
