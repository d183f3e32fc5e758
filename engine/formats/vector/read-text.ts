/** Reads a text file of features, and distinguishes it from FlatGeobuf by its first bytes. */
import { open } from "node:fs/promises"
import { readWhole } from "../../core/files/read-whole.js"
import { EngineError } from "../../errors.js"

/**
 * The bytes of a file of features that is a text; undefined for a FlatGeobuf, which is read by
 * parts.
 *
 * @throws EngineError E_INPUT where it cannot be read, E_FORMAT where it is too large
 */
export const readTextOfFeatures = async (path: string): Promise<Uint8Array | undefined> => {
  try {
    return (await startOf(path)) === "fgb" ? undefined : await readWhole(path)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw new EngineError("E_INPUT", `${path}: cannot be read (${(cause as Error).message})`, { file: path }, cause)
  }
}

/** The first three letters of a file; none of a pipe, from which they would be gone. */
const startOf = async (path: string): Promise<string> => {
  const handle = await open(path)
  try {
    if (!(await handle.stat()).isFile()) return ""
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(3), 0, 3, 0)
    return buffer.toString("latin1", 0, bytesRead)
  } finally {
    await handle.close()
  }
}
