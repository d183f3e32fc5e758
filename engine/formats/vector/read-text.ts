/** Reads a text file of features, and distinguishes it from FlatGeobuf by its first bytes. */
import { open } from "node:fs/promises"
import { readWhole } from "../../core/files/read-whole.js"
import { EngineError, unreadable } from "../../errors.js"

/**
 * Reads a text file of features whole. Returns undefined for FlatGeobuf, which has its own readers.
 *
 * @throws EngineError E_INPUT if it cannot be read, E_FORMAT if it is too large
 */
export const readTextOfFeatures = async (path: string): Promise<Uint8Array | undefined> => {
  try {
    return (await readStart(path)) === "fgb" ? undefined : await readWhole(path)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw unreadable(path, cause)
  }
}

/** The first three characters of a file. A pipe is not read, since that would consume them. */
const readStart = async (path: string): Promise<string> => {
  const handle = await open(path)
  try {
    if (!(await handle.stat()).isFile()) return ""
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(3), 0, 3, 0)
    return buffer.toString("latin1", 0, bytesRead)
  } finally {
    await handle.close()
  }
}
