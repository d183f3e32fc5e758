/** Reads values that users write: sizes, boxes, codes. */

import { EngineError } from "../errors.js"
import { Box2 } from "./geometry/box.js"

/** The error for a refused value of an option; `found` is the value, with its quotes. */
export const usageError = (option: string, found: string, expected: string, remedy: string): EngineError =>
  optionError(option, `${found} is not valid; expected ${expected}. ${remedy}`)

/** The error for an option that a command needs and the user left out. */
export const missingOption = (option: string, remedy: string): EngineError =>
  new EngineError("E_USAGE", `${option} is missing. ${remedy}`, { option })

/** The error for an option refused for another reason than its value; `text`: whole sentences. */
export const optionError = (option: string, text: string): EngineError =>
  new EngineError("E_USAGE", `${option}: ${text}`, { option })

const units: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 }

/** Parses bytes such as `2G`, `1.5GiB`, `800M` or `2000000000` (powers of 1024). Throws E_USAGE. */
export const parseBytes = (value: string | number, option: string): number => {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*$/i.exec(String(value))
  const bytes = match ? Math.floor(Number(match[1]) * (units[(match[2] ?? "").toUpperCase()] ?? 1)) : Number.NaN
  if (bytes >= leastMemory && Number.isSafeInteger(bytes)) return bytes
  const expected = "a size of at least 256M, such as 2G or 800M"
  throw usageError(option, `"${value}"`, expected, "Give the memory of all workers together.")
}

/**
 * Least memory of a job, bytes: with less, not even one worker and its WebAssembly memories can
 * start.
 */
export const leastMemory = 256 * 1024 ** 2

/** Parses a box `minX,minY,maxX,maxY` in CRS metres. Throws E_USAGE. */
export const parseBox = (value: string | readonly number[], option: string): Box2 => {
  const parts = typeof value === "string" ? value.split(/[,\s]+/).filter((part) => part !== "") : value
  const [minX = Number.NaN, minY = Number.NaN, maxX = Number.NaN, maxY = Number.NaN] = parts.map(Number)
  const sound = parts.length === 4 && [minX, minY, maxX, maxY].every(Number.isFinite) && maxX > minX && maxY > minY
  if (sound) return [minX, minY, maxX, maxY]
  const expected = "four numbers minX,minY,maxX,maxY in metres of the job's CRS, each max above its min"
  throw usageError(option, `"${value}"`, expected, "Example: 770500,6277500,770600,6277600.")
}

/**
 * A hint for a box that misses `extent`: it looks like degrees, or its axes are swapped; else "".
 */
export const missHint = (box: Box2 | undefined, extent: Box2, epsg: number): string => {
  if (box === undefined) return ""
  const isDegrees = box.every((value, i) => Math.abs(value) <= (i % 2 === 0 ? 180 : 90))
  if (isDegrees) return ` These look like degrees; give metres of EPSG:${epsg}.`
  const swapped: Box2 = [box[1], box[0], box[3], box[2]]
  return Box2.overlaps(swapped, extent) ? ` x and y are swapped: give --bbox ${swapped.join(",")}.` : ""
}

/** Parses `EPSG:2154` or `2154` to its code. Throws E_USAGE. */
export const parseEpsg = (value: string | number, option: string): number => {
  const match = /^\s*(?:EPSG:)?(\d{4,6})\s*$/i.exec(String(value))
  if (match) return Number(match[1])
  const remedy = "Give the code of the points' horizontal CRS."
  throw usageError(option, `"${value}"`, "an EPSG code, such as EPSG:2154", remedy)
}

/** Checks a whole number against a range. Throws E_USAGE. */
export const parseWhole = (value: number, option: string, least: number, most: number): number => {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  const expected = `a whole number from ${least} to ${most}`
  throw usageError(option, `"${value}"`, expected, "Leave the option out for its default.")
}

/** INSEE codes of départements: 01 to 95 without 20, 2A, 2B, 971 to 978, 984 to 989. */
export const codeForm = /^(?:0[1-9]|1\d|2[1-9AB]|[3-8]\d|9[0-5]|97[1-8]|98[4-9])$/

/**
 * Parses codes of départements: trims, upper-cases, pads "1" to "01", sorts and removes duplicates.
 *
 * @throws EngineError E_USAGE for an empty list or an invalid code
 */
export const parseCodes = (texts: readonly string[], option: string): readonly string[] => {
  const codes = texts.map(normalCode)
  for (const [i, code] of codes.entries()) {
    if (codeForm.test(code)) continue
    const remedy = code === "20" ? "Corsica is 2A and 2B." : "Example: 34,67,2A,974."
    throw usageError(option, `"${texts[i]}"`, "the code of a département", remedy)
  }
  if (codes.length === 0) throw missingOption(option, "Give codes of départements, such as 34,67.")
  return [...new Set(codes)].sort()
}

/** A code in its normal form: trimmed, upper case, padded to two characters. */
export const normalCode = (value: string | number): string => String(value).trim().toUpperCase().padStart(2, "0")
