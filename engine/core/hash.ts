import { createHash } from "node:crypto"

/** SHA-256 of bytes or text, as 64 hexadecimal digits. */
export const sha256 = (data: Uint8Array | string): string => createHash("sha256").update(data).digest("hex")

/**
 * Stable id of an object: hash of its layer and its representative point rounded to 1 cm in the job's CRS.
 * Never of a tile key, so that it survives another tiling. 16 hexadecimal digits.
 */
export const objectId = (layer: string, x: number, y: number): string =>
  sha256(`${layer}|${Math.round(x * 100)}|${Math.round(y * 100)}`).slice(0, 16)

/** JSON with sorted keys: the same text for the same value, whatever the order in which it was built. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  )
