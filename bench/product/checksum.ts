/**
 * Digests results, to prove that a benchmark did its work and made the same output as another run.
 */
import { createHash, type Hash } from "node:crypto"

/**
 * Digest of any value, 16 hexadecimal digits: typed arrays by their bytes, objects by sorted keys,
 * other values by their text.
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
