/** Writes all of some bytes at a place of an open file. */
import type { FileHandle } from "node:fs/promises"

/** Writes bytes from a position on; the system may take them in several pieces. */
export const writeAt = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}
