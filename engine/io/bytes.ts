/** Opens bytes for reading at random: of a local file, a file in an archive, or an address. */
import type { Stats } from "node:fs"
import { type FileHandle, open, stat } from "node:fs/promises"
import { basename } from "node:path"
import { readFully } from "../core/files/with-file.js"
import { EngineError, unreadable } from "../errors.js"
import { locateStored, type StoredFile } from "./archive/stored-file.js"
import { type ByteSource, checkRange, isUrl, type OpenBytesOptions } from "./byte-source.js"

/**
 * Opens a file for positioned reads, or an address for range requests (`openUrl`). A path may lead
 * into an archive, `a.3tz/inner/path`.
 *
 * @throws EngineError `E_INPUT`: absent, unreadable, a folder, or changed meanwhile; for addresses
 * as `openUrl`
 */
export const openBytes = async (path: string, options: OpenBytesOptions = {}): Promise<ByteSource> => {
  if (!isUrl(path)) return openFile(path)
  const { openUrl } = await import("./url-bytes.js")
  return openUrl(path, options)
}

const openFile = async (path: string): Promise<ByteSource> => {
  let handle: FileHandle | undefined
  try {
    const stored = await locateStored(path)
    handle = await open(stored.file, "r")
    const facts = await handle.stat()
    if (facts.isDirectory()) {
      throw new EngineError("E_INPUT", `${path}: a folder, not a file. Name the files in it.`, { file: path })
    }
    return fileSource(path, handle, facts, stored)
  } catch (error) {
    await handle?.close()
    throw error instanceof EngineError ? error : unreadable(path, error)
  }
}

const fileSource = (
  path: string,
  handle: FileHandle,
  facts: Stats,
  { file, begin: start, sizeBytes: size = facts.size }: StoredFile,
): ByteSource => ({
  path,
  name: basename(path),
  size,
  identity: `${size}-${facts.mtimeMs}`,
  read: async (begin, end, bytes = new Uint8Array(end - begin)) => {
    checkRange(path, size, begin, end)
    const count = await readFully(handle, bytes, start + begin).catch((error: unknown) => {
      throw unreadable(path, error)
    })
    if (count === bytes.length) return bytes
    throw changed(path)
  },
  verify: async () => {
    const now = await stat(file).catch((error: unknown) => {
      throw unreadable(path, error)
    })
    const same = now.size === facts.size && now.mtimeMs === facts.mtimeMs && now.ino === facts.ino
    if (!same) throw changed(path)
  },
  close: () => handle.close(),
})

/** The error for an input that is no longer the planned one. */
export const changed = (path: string): EngineError =>
  new EngineError("E_INPUT", `${path}: changed during the run. Run again when no program writes it.`, { file: path })
