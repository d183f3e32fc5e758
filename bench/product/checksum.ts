/** Digests results, as proof that a benchmark did its work and made the same as before. */
import { createHash, type Hash } from "node:crypto"

/**
 * Digest of any result: typed arrays by their bytes, objects by their sorted keys, the rest by its
 * text. 16 hexadecimal digits.
 */
export const checksumOf = (value: unknown): string => {
  const hash = createHash("sha256")
  add(hash, value)
  return hash.digest("hex").slice(0, 16)
}

const add = (hash: Hash, value: unknown): void => {
  if (ArrayBuffer.isView(value)) hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  else if (Array.isArray(value)) for (const item of value) add(hash, item)
  else if (value !== null && typeof value === "object") {
    for (const [key, item] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
      hash.update(`${key}:`)
      add(hash, item)
    }
  } else hash.update(`${String(value)};`)
}
