/** Notes which bytes of a file were read, for a later run to compare. */
import { createHash } from "node:crypto"
import { sha256 } from "../core/hash.js"
import { EngineError } from "../errors.js"
import type { ByteSource } from "./byte-source.js"
import { openBytes } from "./bytes.js"

/** Bytes `[begin, end)` of a file, and the first 16 digits of their SHA-256. */
export type NotedRead = readonly [begin: number, end: number, sha256: string]

const DIGITS = 16
/** Bytes hashed at once. */
const BLOCK = 2 ** 21

/** The same source; each read is noted in `reads`. */
export const noteReads = (source: ByteSource, reads: NotedRead[]): ByteSource => ({
  ...source,
  read: async (begin, end, into) => {
    const bytes = await source.read(begin, end, into)
    reads.push([begin, end, sha256(bytes).slice(0, DIGITS)])
    return bytes
  },
})

/**
 * True if a file still has the bytes that were noted. Reads only these, in the order of the file,
 * each once.
 *
 * @throws EngineError `E_INPUT` if it cannot be read
 */
export const hasNoted = async (path: string, reads: readonly NotedRead[]): Promise<boolean> => {
  const source = await openBytes(path)
  try {
    const known = new Set<string>()
    for (const [begin, end, hash] of [...reads].sort((a, b) => a[0] - b[0])) {
      const name = `${begin} ${end} ${hash}`
      if (known.has(name)) continue
      known.add(name)
      if (end > source.size || sha256(await source.read(begin, end)).slice(0, DIGITS) !== hash) return false
    }
    return true
  } catch (error) {
    if (error instanceof EngineError && error.code === "E_FORMAT") return false
    throw error
  } finally {
    await source.close()
  }
}

/**
 * SHA-256 of a whole file.
 *
 * @throws EngineError `E_INPUT` if it cannot be read
 */
export const hashBytes = async (path: string): Promise<string> => {
  const source = await openBytes(path)
  const room = new Uint8Array(Math.min(BLOCK, source.size))
  const hash = createHash("sha256")
  try {
    for (let at = 0; at < source.size; at += BLOCK)
      hash.update(await source.read(at, Math.min(source.size, at + BLOCK), room.subarray(0, source.size - at)))
    return hash.digest("hex")
  } finally {
    await source.close()
  }
}
