/** Resolves paths that lead into an archive or to a part of a file, and reads their bytes. */
import { createReadStream, type ReadStream } from "node:fs"
import { readFile, stat } from "node:fs/promises"
import { readFully, withFile } from "../../core/files/with-file.js"
import { EngineError } from "../../errors.js"

/** Where the bytes of a path are: in a file of its own, or as a part of another. */
export interface StoredFile {
  readonly file: string
  readonly begin: number
  /** Absent: to the end of the file. */
  readonly sizeBytes?: number
}

/** Suffix of an archive that is being written. */
export const partEnding = ".part"

/** The path of a part of a file, for callers who know offset and size: `packs/run.3tz#1234+567`. */
export const partOfFile = (file: string, at: number, sizeBytes: number): string => `${file}#${at}+${sizeBytes}`

/** Splits a path below a folder that leads into an archive; undefined for any other. */
export const pathInArchive = (path: string): { readonly archive: string; readonly path: string } | undefined => {
  const [, archive, inner] = /^(.+?\.(?:3tz|zip))[\\/](.+)$/.exec(path) ?? []
  return archive === undefined || inner === undefined ? undefined : { archive, path: inner.replaceAll("\\", "/") }
}

/**
 * Finds the bytes of a path.
 * - A plain path: the file itself.
 * - `folder/a.3tz/inner/path` (also `.zip`): the stored file in the archive.
 * - A path of {@link partOfFile}: that part.
 *
 * Throws an Error with the code ENOENT where an archive has no such file; EngineError of
 * {@link openArchive}.
 */
export const locateStored = async (path: string): Promise<StoredFile> => {
  const part = /^(.+\.(?:3tz|zip|pack))#(\d+)\+(\d+)$/.exec(path)
  if (part) {
    const [, file = "", at, sizeBytes] = part
    const isThere = (await isFile(file)) || !(await isFile(file + partEnding))
    return { file: isThere ? file : file + partEnding, begin: Number(at), sizeBytes: Number(sizeBytes) }
  }
  for (const { index } of path.matchAll(/\.(?:3tz|zip)[\\/]/g)) {
    const archive = path.slice(0, index + 4)
    // A folder may have such a name.
    if (await isFile(archive)) return findStored(archive, path.slice(index + 5).replaceAll("\\", "/"))
  }
  return { file: path, begin: 0 }
}

const findStored = async (archive: string, path: string): Promise<StoredFile> => {
  const { openArchive } = await import("./open-archive.js")
  const entry = await (await openArchive(archive)).find(path)
  if (entry !== undefined) return { file: archive, begin: entry.at, sizeBytes: entry.sizeBytes }
  const error: NodeJS.ErrnoException = new Error(`${archive}: no file ${path} in this archive`)
  error.code = "ENOENT"
  throw error
}

const isFile = async (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  )

/** All bytes of a path, as {@link locateStored} finds them. Throws as `readFile`. */
export const readStored = async (path: string): Promise<Uint8Array> => {
  const { file, begin, sizeBytes } = await locateStored(path)
  if (sizeBytes === undefined) return readFile(file)
  return withFile(file, "r", async (handle) => {
    // Checks first, so that no memory is allocated for missing bytes.
    if (begin + sizeBytes > (await handle.stat()).size) throw cutShort(file, begin + sizeBytes)
    const bytes = new Uint8Array(sizeBytes)
    if ((await readFully(handle, bytes, begin)) < sizeBytes) throw cutShort(file, begin + sizeBytes)
    return bytes
  })
}

const cutShort = (file: string, end: number): EngineError =>
  new EngineError("E_FORMAT", `${file}: damaged archive: it ends before byte ${end}. Run the job again.`, { file })

/**
 * A stream of the bytes of a path. Throws as {@link locateStored}, and E_FORMAT for an empty part
 * of an archive, since maille writes none.
 */
export const streamStored = async (path: string): Promise<ReadStream> => {
  const { file, begin, sizeBytes } = await locateStored(path)
  if (sizeBytes === 0)
    throw new EngineError("E_FORMAT", `${path}: damaged: empty in its archive. Run the job again.`, { file })
  return createReadStream(file, sizeBytes === undefined ? {} : { start: begin, end: begin + sizeBytes - 1 })
}
