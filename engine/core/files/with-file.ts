/** Opens a file for one piece of work; reads and writes an exact number of bytes. */
import { type FileHandle, open } from "node:fs/promises"

/** Opens a file, passes it to `use`, and always closes it. Throws errors of `open` and `use`. */
export const withFile = async <T>(path: string, flags: string, use: (handle: FileHandle) => Promise<T>): Promise<T> => {
  const handle = await open(path, flags)
  try {
    return await use(handle)
  } finally {
    await handle.close()
  }
}

/**
 * Reads from a position until `bytes` is full or the file ends. Returns the number of bytes read.
 */
export const readFully = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<number> => {
  let done = 0
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return done
}

/** Writes all bytes from a position; the system may take them in several pieces. */
export const writeFully = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; )
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten
}
