/** Writes a file from start to end in few large parts, with little memory. */
import { type FileHandle, open } from "node:fs/promises"

/** Bytes gathered before they go to the file. */
const PART_BYTES = 4 << 20

/** A file that is written from its start to its end in large parts. */
export interface PartWriter {
  /** Bytes so far. */
  readonly size: number
  /** Takes the bytes; they may not be changed afterwards. */
  write(bytes: Uint8Array): Promise<void>
  /** Writes what is left, makes it durable and closes the file; not called when writing failed. */
  finish(): Promise<void>
  /** Closes the file as it is. */
  abandon(): Promise<void>
}

/** Opens a new file for {@link PartWriter}. Memory: 4 MB and the largest piece. */
export const openPartWriter = async (path: string): Promise<PartWriter> => {
  const handle: FileHandle = await open(path, "w")
  let parts: Uint8Array[] = []
  let held = 0
  let size = 0
  const flush = async (): Promise<void> => {
    if (parts.length === 0) return
    await handle.appendFile(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts))
    parts = []
    held = 0
  }
  return {
    get size() {
      return size
    },
    write: async (bytes) => {
      parts.push(bytes)
      held += bytes.length
      size += bytes.length
      if (held >= PART_BYTES) await flush()
    },
    finish: async () => {
      await flush()
      await handle.sync()
      await handle.close()
    },
    abandon: () => handle.close(),
  }
}

/** What `write` gives once all that it writes into a new file is durable; the file is closed in any case. */
export const writeInParts = async <T>(path: string, write: (out: PartWriter) => Promise<T>): Promise<T> => {
  const out = await openPartWriter(path)
  try {
    const result = await write(out)
    await out.finish()
    return result
  } catch (error) {
    await out.abandon()
    throw error
  }
}
