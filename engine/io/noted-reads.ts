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
 * @param onProgress receives the bytes done
 * @throws EngineError `E_INPUT` if it cannot be read
 */
export const hasNoted = async (
  path: string,
  reads: readonly NotedRead[],
  onProgress: (done: number) => void = () => undefined,
): Promise<boolean> => {
  const source = await openBytes(path)
  try {
    let before = 0
    for (const [begin, end, hash] of distinctReads(reads)) {
      const start = before
      const found = end > source.size ? "" : await hashRange(source, begin, end, (at) => onProgress(start + at - begin))
      if (!found.startsWith(hash)) return false
      before += end - begin
    }
    return true
  } catch (error) {
    if (error instanceof EngineError && error.code === "E_FORMAT") return false
    throw error
  } finally {
    await source.close()
  }
}

/** Reads in the order of the file, each once. */
export const distinctReads = (reads: readonly NotedRead[]): NotedRead[] => {
  const byName = new Map(reads.map((read) => [read.join(" "), read]))
  return [...byName.values()].sort((a, b) => a[0] - b[0])
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

const hashRange = async (
  source: ByteSource,
  begin: number,
  end: number,
  onBlock: (at: number) => void = () => undefined,
): Promise<string> => {
  const room = new Uint8Array(Math.min(BLOCK, end - begin))
  const hash = createHash("sha256")
  for (let at = begin; at < end; at += BLOCK) {
    const next = Math.min(end, at + BLOCK)
    hash.update(await source.read(at, next, room.subarray(0, end - at)))
    onBlock(next)
  }
  return hash.digest("hex")
}
