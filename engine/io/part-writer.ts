/** Writes a file from start to end in few large parts, with little memory. */
import { type FileHandle, open } from "node:fs/promises"

/** Bytes gathered ahead of each write. */
const PART_BYTES = 4 << 20

export interface PartWriter {
  /** Bytes so far. */
  readonly size: number
  /** Takes the bytes; they must not change afterwards. */
  write(bytes: Uint8Array): Promise<void>
  /** Writes the rest, makes it durable and closes the file. Do not call it after a failed write. */
  finish(): Promise<void>
  /** Closes the file as it is. */
  abandon(): Promise<void>
}

/** Opens a new file for {@link PartWriter}. Memory: 4 MB and the largest piece. */
export const openPartWriter = async (path: string): Promise<PartWriter> => {
  const handle: FileHandle = await open(path, "w")
  let parts: Uint8Array[] = []
  let buffered = 0
  let size = 0
  const flush = async (): Promise<void> => {
    if (parts.length === 0) return
    await handle.appendFile(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts))
    parts = []
    buffered = 0
  }
  return {
    get size() {
      return size
    },
    write: async (bytes) => {
      parts.push(bytes)
      buffered += bytes.length
      size += bytes.length
      if (buffered >= PART_BYTES) await flush()
    },
    finish: async () => {
      await flush()
      await handle.sync()
      await handle.close()
    },
    abandon: () => handle.close(),
  }
}

/**
 * Returns the result of `write` once all its bytes are durable in a new file. The file is closed in
 * any case.
 */
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
