/** Notes which bytes of a file were read, for a later run to compare. */
import { createHash, type Hash } from "node:crypto"
import { EngineError } from "../errors.js"
import type { ByteSource } from "./byte-source.js"
import { openBytes } from "./bytes.js"

/** Bytes `[begin, end)` of a file, and the first 16 digits of their SHA-256. */
export type NotedRead = readonly [begin: number, end: number, sha256: string]

const DIGITS = 16
/** Bytes hashed at once. */
const BLOCK = 2 ** 21

/** Notes reads of a file; those that follow each other become one. */
export class ReadNotes {
  readonly #reads: NotedRead[] = []
  #last: { readonly begin: number; end: number; readonly hash: Hash } | undefined

  /** The same source; each read is noted. */
  watch(source: ByteSource): ByteSource {
    return {
      ...source,
      read: async (begin, end, into) => {
        const bytes = await source.read(begin, end, into)
        if (this.#last?.end !== begin) {
          this.#close()
          this.#last = { begin, end, hash: createHash("sha256") }
        }
        this.#last.end = end
        this.#last.hash.update(bytes)
        return bytes
      },
    }
  }

  /** All reads so far. */
  get reads(): readonly NotedRead[] {
    this.#close()
    return this.#reads
  }

  #close(): void {
    if (this.#last === undefined) return
    const { begin, end, hash } = this.#last
    this.#reads.push([begin, end, hash.digest("hex").slice(0, DIGITS)])
    this.#last = undefined
  }
}

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
      if (end > source.size || !(await hashRange(source, begin, end)).startsWith(hash)) return false
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
  try {
    return await hashRange(source, 0, source.size)
  } finally {
    await source.close()
  }
}

const hashRange = async (source: ByteSource, begin: number, end: number): Promise<string> => {
  const room = new Uint8Array(Math.min(BLOCK, end - begin))
  const hash = createHash("sha256")
  for (let at = begin; at < end; at += BLOCK)
    hash.update(await source.read(at, Math.min(end, at + BLOCK), room.subarray(0, end - at)))
  return hash.digest("hex")
}
