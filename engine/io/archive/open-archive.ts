/**
 * Finds the files of a ZIP or 3D Tiles archive without unpacking it; their entries must be stored,
 * not compressed.
 */
import { type FileHandle, stat } from "node:fs/promises"
import { MAX_ARCHIVE_ENTRIES } from "../../core/bounds.js"
import { readFully, withFile } from "../../core/files/with-file.js"
import { EngineError, unreadable } from "../../errors.js"
import { searchTilesIndex, tilesIndexName } from "./tiles-index.js"
import { type ArchiveEntry, localHeaderBytes } from "./zip-format.js"

/** A ZIP of stored files, read by ranges. Keeps no file open. */
export interface Archive {
  /**
   * Entry of a path; undefined where there is none. Uses the index of a 3D Tiles archive, if any.
   */
  find(path: string): Promise<ArchiveEntry | undefined>
  /** All files, in the order of the directory. */
  entries(): Promise<readonly ArchiveEntry[]>
}

/** Archives whose index or directory stays in memory: those that a viewer or a check reads. */
const MOST_ARCHIVES = 64
const archives = new Map<string, { readonly identity: string; readonly archive: Promise<Archive> }>()

/**
 * Opens a ZIP archive of stored files; caches its index or directory while the file is unchanged.
 *
 * @throws EngineError E_INPUT where it cannot be read; E_FORMAT where it has no directory, or
 * compressed files
 */
export const openArchive = async (file: string): Promise<Archive> => {
  const facts = await stat(file, { bigint: true }).catch((cause: unknown) => {
    throw unreadable(file, cause)
  })
  const identity = `${facts.ino} ${facts.size} ${facts.mtimeNs}`
  const known = archives.get(file)
  archives.delete(file)
  const entry = known?.identity === identity ? known : { identity, archive: read(file, Number(facts.size)) }
  archives.set(file, entry)
  const [oldest] = archives.keys()
  if (archives.size > MOST_ARCHIVES && oldest !== undefined) archives.delete(oldest)
  return entry.archive.catch((error: unknown) => {
    archives.delete(file)
    throw error
  })
}

const read = async (file: string, size: number): Promise<Archive> =>
  withFile(file, "r", async (handle) => {
    const end = await readEnd(handle, file, size)
    if (end.count > MAX_ARCHIVE_ENTRIES || end.count * CENTRAL_HEADER > end.size || end.at + end.size > size)
      throw damaged(file, `it announces ${end.count} files in ${end.size} bytes at byte ${end.at} of ${size}`)
    let listed: Promise<readonly ArchiveEntry[]> | undefined
    const entries = (): Promise<readonly ArchiveEntry[]> => {
      listed ??= withFile(file, "r", (again) => readDirectory(again, file, end))
      return listed
    }
    const index = await readIndex(handle, file, end)
    if (index === undefined) {
      let table: Map<string, ArchiveEntry> | undefined
      const find = async (path: string) => {
        table ??= new Map((await entries()).map((entry) => [entry.path, entry]))
        return table.get(path)
      }
      return { entries, find }
    }
    const find = (path: string) =>
      withFile(file, "r", async (again) => {
        for (const header of searchTilesIndex(index, path)) {
          const entry = await readLocal(again, file, header)
          checkPlace(file, entry, end)
          if (entry.path === path) return entry
        }
        return undefined
      })
    return { entries, find }
  })

const damaged = (file: string, found: string): EngineError =>
  new EngineError("E_FORMAT", `${file}: damaged archive: ${found}. Run the job again.`, { file })

/** Largest directory or index, bytes. */
const MOST_READ = 2 ** 31 - 1

const bytesAt = async (handle: FileHandle, file: string, at: number, size: number): Promise<Buffer> => {
  const { size: whole } = await handle.stat()
  // Node.js ends the process when asked for more than 2 GB at once.
  if (!(at >= 0 && at + size <= whole) || size > MOST_READ) throw damaged(file, `it ends before byte ${at + size}`)
  const bytes = Buffer.alloc(size)
  if ((await readFully(handle, bytes, at)) < size) throw damaged(file, `it ends before byte ${at + size}`)
  return bytes
}

interface Directory {
  readonly at: number
  readonly size: number
  readonly count: number
}

/** Size of a directory entry without its name. */
const CENTRAL_HEADER = 46

const checkPlace = (file: string, { path, at, sizeBytes }: ArchiveEntry, end: Directory): void => {
  if (at + sizeBytes > end.at) throw damaged(file, `${path} extends past byte ${end.at}, the end of the files`)
}

/** Files precede the directory and do not overlap: together they are no longer than the archive. */
const checkPlaces = (file: string, entries: readonly ArchiveEntry[], end: Directory): void => {
  let [last, path] = [0, ""]
  for (const entry of [...entries].sort((a, b) => a.at - b.at)) {
    checkPlace(file, entry, end)
    if (entry.at - localHeaderBytes(entry.path) < last) throw damaged(file, `${entry.path} overlaps ${path}`)
    ;[last, path] = [entry.at + entry.sizeBytes, entry.path]
  }
}

/** A comment of up to 64 kB may follow the end. */
const MOST_TAIL = 22 + 0xffff

const readEnd = async (handle: FileHandle, file: string, size: number): Promise<Directory> => {
  const tail = Math.min(size, MOST_TAIL)
  const bytes = await bytesAt(handle, file, size - tail, tail)
  let at = tail - 22
  while (at >= 0 && (bytes.readUInt32LE(at) !== 0x06054b50 || bytes.readUInt16LE(at + 20) !== tail - at - 22)) at--
  if (at < 0) throw damaged(file, "it has no directory at its end")
  const known = {
    count: bytes.readUInt16LE(at + 10),
    size: bytes.readUInt32LE(at + 12),
    at: bytes.readUInt32LE(at + 16),
  }
  if (at < 20 || bytes.readUInt32LE(at - 20) !== 0x07064b50) return known
  const end64 = await bytesAt(handle, file, Number(bytes.readBigUInt64LE(at - 12)), 56)
  if (end64.readUInt32LE(0) !== 0x06064b50) throw damaged(file, "its ZIP64 locator points nowhere")
  const field = (at: number): number => Number(end64.readBigUInt64LE(at))
  return { count: field(32), size: field(40), at: field(48) }
}

const readDirectory = async (handle: FileHandle, file: string, end: Directory): Promise<ArchiveEntry[]> => {
  const bytes = await bytesAt(handle, file, end.at, end.size)
  const entries: ArchiveEntry[] = []
  for (let at = 0; entries.length < end.count; ) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) throw damaged(file, "its directory is broken")
    const nameBytes = bytes.readUInt16LE(at + 28)
    const extraBytes = bytes.readUInt16LE(at + 30)
    const path = bytes.toString("utf8", at + 46, at + 46 + nameBytes)
    const extra = bytes.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes)
    if (bytes.readUInt16LE(at + 10) !== 0) throw damaged(file, `${path} is compressed; expected stored files`)
    const header = bytes.readUInt32LE(at + 42)
    const from = header === 0xffffffff ? farOffset(extra) : header
    if (from === undefined) throw damaged(file, `${path} has no ZIP64 field`)
    entries.push({
      path,
      // maille's local headers have no extra fields; `find` locates files with others.
      at: from + 30 + nameBytes,
      sizeBytes: bytes.readUInt32LE(at + 24),
      crc32: bytes.readUInt32LE(at + 16),
    })
    at += 46 + nameBytes + extraBytes + bytes.readUInt16LE(at + 32)
  }
  checkPlaces(file, entries, end)
  return entries
}

/** The offset in a ZIP64 field of a central header whose sizes are below 4 GB. */
const farOffset = (extra: Buffer): number | undefined => {
  for (let at = 0; at + 12 <= extra.length; at += 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === 1) return Number(extra.readBigUInt64LE(at + 4))
  return undefined
}

const readLocal = async (handle: FileHandle, file: string, header: number): Promise<ArchiveEntry> => {
  const head = await bytesAt(handle, file, header, 30)
  if (head.readUInt32LE(0) !== 0x04034b50) throw damaged(file, `no file begins at byte ${header}`)
  if (head.readUInt16LE(8) !== 0) throw damaged(file, `the file at byte ${header} is compressed; expected stored files`)
  const nameBytes = head.readUInt16LE(26)
  const path = (await bytesAt(handle, file, header + 30, nameBytes)).toString("utf8")
  const at = header + 30 + nameBytes + head.readUInt16LE(28)
  return { path, at, sizeBytes: head.readUInt32LE(18), crc32: head.readUInt32LE(14) }
}

/** The last file of the directory, where it is the index of a 3D Tiles archive. */
const readIndex = async (handle: FileHandle, file: string, end: Directory): Promise<Uint8Array | undefined> => {
  const tail = Math.min(end.size, 46 + tilesIndexName.length + 12)
  const bytes = await bytesAt(handle, file, end.at + end.size - tail, tail)
  for (const extra of [0, 12]) {
    const at = tail - 46 - tilesIndexName.length - extra
    if (at < 0 || bytes.readUInt32LE(at) !== 0x02014b50) continue
    if (bytes.toString("utf8", at + 46, at + 46 + tilesIndexName.length) !== tilesIndexName) continue
    const header = bytes.readUInt32LE(at + 42)
    const from = header === 0xffffffff ? farOffset(bytes.subarray(tail - extra)) : header
    if (from === undefined) throw damaged(file, `${tilesIndexName} has no ZIP64 field`)
    const [begin, sizeBytes] = [from + localHeaderBytes(tilesIndexName), bytes.readUInt32LE(at + 24)]
    checkPlace(file, { path: tilesIndexName, at: begin, sizeBytes, crc32: 0 }, end)
    return bytesAt(handle, file, begin, sizeBytes)
  }
  return undefined
}
