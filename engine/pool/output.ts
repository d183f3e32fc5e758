import { join } from "node:path"
import { atomicWrite } from "../core/atomic-write.js"
import { sha256 } from "../core/hash.js"
import { EngineError } from "../errors.js"
import type { WrittenFile } from "../job/journal-record.js"
import { layout } from "../job/layout.js"

/** Writes files of one task under the output folder and remembers what was written. */
export class Output {
  readonly #out: string
  readonly #files: WrittenFile[] = []

  constructor(out: string) {
    this.#out = out
  }

  /** Writes `data` at the relative path: temporary name → fsync → rename. Throws E_OUTPUT. */
  async write(path: string, data: Uint8Array): Promise<void> {
    try {
      await atomicWrite(join(this.#out, path), data, join(this.#out, layout.temporary))
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new EngineError(
        "E_OUTPUT",
        `${path} could not be written: ${why}; is the disk full or read-only?`,
        { file: path },
        cause,
      )
    }
    this.#files.push({ path, sha256: sha256(data), sizeBytes: data.byteLength })
  }

  /** What was written, by path. */
  get files(): readonly WrittenFile[] {
    return [...this.#files].sort((a, b) => (a.path < b.path ? -1 : 1))
  }
}
