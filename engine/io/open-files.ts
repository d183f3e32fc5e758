/** Reads parts of many files with few of them open, while files are merged. */
import { type FileHandle, open } from "node:fs/promises"
import { readFully } from "../core/files/with-file.js"
import { EngineError } from "../errors.js"

/** Files open at once; a merge mostly continues in one of the last few. */
const mostOpen = 64

/** Reads parts of files and keeps the most recently used ones open. */
export class OpenFiles {
  readonly #handles = new Map<string, Promise<FileHandle>>()

  /** Bytes of a file from an offset. Throws E_INTERNAL where the file ends earlier. */
  async read(file: string, position: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    const handle = await this.#open(file)
    if ((await readFully(handle, bytes, position)) === length) return bytes
    throw new EngineError("E_INTERNAL", `${file}: changed during the run. Run again when no program writes it.`, {
      file,
    })
  }

  async close(): Promise<void> {
    for (const handle of this.#handles.values()) await (await handle).close()
    this.#handles.clear()
  }

  async #open(file: string): Promise<FileHandle> {
    const found = this.#handles.get(file)
    this.#handles.delete(file)
    // Stored before it is open: two reads of one file at a time share it.
    const handle = found ?? open(file, "r")
    this.#handles.set(file, handle)
    const [oldest] = this.#handles
    if (this.#handles.size > mostOpen && oldest) {
      this.#handles.delete(oldest[0])
      await (await oldest[1]).close()
    }
    return handle
  }
}
