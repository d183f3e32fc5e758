/** Hashes of files and tasks, stable ids of objects, and canonical JSON. */
import { hash } from "node:crypto"

/** SHA-256 of bytes or text, as 64 hexadecimal digits. */
export const sha256 = (data: Uint8Array | string): string => hash("sha256", data, "hex")

/**
 * Stable id of an object: hash of its layer and its representative point rounded to 1 cm in the job's CRS.
 * Never of a tile key, so that it survives another tiling. 16 hexadecimal digits.
 */
export const objectId = (layer: string, x: number, y: number): string =>
  sha256(`${layer}|${Math.round(x * 100)}|${Math.round(y * 100)}`).slice(0, 16)

/** JSON with sorted keys: the same text for the same value, whatever the order in which it was built. */
export const canonicalJson = (value: unknown): string => textOf(value) ?? "null"

/** Undefined for what JSON has no text of. Written out, since `JSON.stringify` with a function that sorts takes five times as long, and each task of a country is hashed. */
const textOf = (value: unknown): string | undefined => {
  if (typeof value === "string") return JSON.stringify(value)
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if ("toJSON" in value && typeof value.toJSON === "function") return textOf(value.toJSON(""))
  let text = ""
  if (Array.isArray(value)) {
    for (const one of value as readonly unknown[]) text += `${text === "" ? "" : ","}${textOf(one) ?? "null"}`
    return `[${text}]`
  }
  for (const name of Object.keys(value).sort(byName)) {
    const own = textOf((value as Readonly<Record<string, unknown>>)[name])
    if (own !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${own}`
  }
  return `{${text}}`
}

/** Whole numbers first, as objects have them. */
const byName = (a: string, b: string): number => {
  const [isA, isB] = [isIndex(a), isIndex(b)]
  if (isA && isB) return Number(a) - Number(b)
  if (isA !== isB) return isA ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

const isIndex = (name: string): boolean => {
  const first = name.charCodeAt(0)
  return first >= 48 && first <= 57 && /^(0|[1-9]\d{0,9})$/.test(name) && Number(name) < 2 ** 32 - 1
}
