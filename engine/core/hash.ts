/** Hashes of files and tasks, stable ids of objects, and canonical JSON. */
import { hash } from "node:crypto"

/** SHA-256 of bytes or text, as 64 hexadecimal digits. */
export const sha256 = (data: Uint8Array | string): string => hash("sha256", data, "hex")

/**
 * Stable id of an object, 16 hexadecimal digits: hash of its layer and its representative point,
 * rounded to 1 cm in the job's CRS. It contains no tile key and so survives another tiling.
 */
export const objectId = (layer: string, x: number, y: number): string =>
  sha256(`${layer}|${Math.round(x * 100)}|${Math.round(y * 100)}`).slice(0, 16)

/** JSON with sorted keys: equal values give equal texts, whatever their order of keys. */
export const canonicalJson = (value: unknown): string => encodeText(value) ?? "null"

/**
 * Returns undefined for values that JSON leaves out. Written by hand, because `JSON.stringify` with
 * a sorting replacer takes five times as long, and every task of a country is hashed.
 */
const encodeText = (value: unknown): string | undefined => {
  if (typeof value === "string") return JSON.stringify(value)
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if ("toJSON" in value && typeof value.toJSON === "function") return encodeText(value.toJSON(""))
  let text = ""
  if (Array.isArray(value)) {
    for (const one of value as readonly unknown[]) text += `${text === "" ? "" : ","}${encodeText(one) ?? "null"}`
    return `[${text}]`
  }
  for (const name of Object.keys(value).sort(byName)) {
    const own = encodeText((value as Readonly<Record<string, unknown>>)[name])
    if (own !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${own}`
  }
  return `{${text}}`
}

/** Array-index keys first, in the order that JavaScript objects iterate them. */
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
