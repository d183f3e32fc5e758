import { type FileHandle, open, readdir, rename, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { crc32 } from "node:zlib"
import { atomicWrite, syncFolder } from "../core/atomic-write.js"
import { findInside, joinInside, removeInside } from "../core/join-inside.js"
import { openArchive } from "../formats/archive/open-archive.js"
import { partEnding } from "../formats/archive/stored-file.js"
import { encodeTilesIndex, tilesIndexName } from "../formats/archive/tiles-index.js"
import {
  type ArchiveEntry,
  encodeDirectory,
  encodeLocalHeader,
  localHeaderBytes,
} from "../formats/archive/zip-format.js"
import type { EndRecord } from "./journal-record.js"
import { layout } from "./layout.js"
import { packName } from "./packed-file.js"
import { listJournals } from "./shard-journals.js"

/** The files of a job that are packed, by pack. */
export type PackedFiles = ReadonlyMap<string, readonly ArchiveEntry[]>

/** Files that the ends tell of and that lie in packs, ordered as they lie. */
export const packedFiles = (ends: Iterable<EndRecord>): PackedFiles => {
  const packs = new Map<string, ArchiveEntry[]>()
  for (const { files } of ends) {
    for (const { path, sizeBytes, packed } of files) {
      if (packed === undefined) continue
      const { pack, at, crc32: sum } = packed
      const known = packs.get(pack) ?? []
      packs.set(pack, known)
      known.push({ path, at, sizeBytes, crc32: sum })
    }
  }
  for (const entries of packs.values()) entries.sort((a, b) => a.at - b.at)
  return packs
}

/**
 * Gives a pack its end: the texts that lead to its files, for a 3D Tiles archive its index, the directory; then its final name. The directory lists what the job's ends tell of and nothing else: what
 * was made again elsewhere, or fell behind a kill, stays as bytes that no reader finds. A pack that has all this already is left as it is.
 *
 * Killed meanwhile, it has its temporary name and is sealed again.
 *
 * @param file of the pack, relative to the output folder
 * @param texts by path
 */
export const sealPack = async (
  out: string,
  file: string,
  entries: readonly ArchiveEntry[],
  texts: ReadonlyMap<string, string>,
): Promise<void> => {
  const sealed = await findInside(out, file)
  const part = await findInside(out, file + partEnding)
  const encoded = encodeTexts(texts)
  if (await isThere(sealed)) {
    const listed = await (await openArchive(sealed)).entries()
    if (isListed(listed, entries, encoded, file)) return
    // Behind its files, the texts of before give way.
    const end = listed.filter(({ path }) => isText(path)).map(({ path, at }) => at - localHeaderBytes(path))
    await rename(sealed, part)
    if (end.length > 0)
      await withFile(part, "r+", (handle) => handle.truncate(end.reduce((least, at) => Math.min(least, at))))
  }
  await withFile(part, "r+", async (handle) => {
    const { size } = await handle.stat()
    const bytes = endOfArchive(entries, encoded, size, file.endsWith(".3tz"))
    await writeAll(handle, bytes, size)
    await handle.sync()
  })
  await rename(part, sealed)
  await syncFolder(dirname(sealed))
}

/** Writes an archive of texts alone, whole. */
export const writeTextPack = async (out: string, file: string, texts: ReadonlyMap<string, string>): Promise<void> => {
  const encoded = encodeTexts(texts)
  const path = await findInside(out, file)
  if ((await isThere(path)) && isListed(await (await openArchive(path)).entries(), [], encoded, file)) return
  await atomicWrite(path, endOfArchive([], encoded, 0, true), join(out, layout.temporary))
}

/** Removes packs of which nothing is told any more: those of attempts that ended no task, and what was all made again. Others than those of the folder's journals are not maille's. */
export const dropEmptyPacks = async (out: string, packs: PackedFiles, kept: readonly string[]): Promise<void> => {
  const names = ["tilesets", packName(), ...(await listJournals(out)).map(({ path }) => packName(path))]
  const own = new Set(names.flatMap((name) => [".3tz", ".zip", ".pack"].map((ending) => name + ending)))
  for (const folder of [layout.packs, layout.workPacks]) {
    for (const name of await readdir(joinInside(out, folder)).catch(() => [])) {
      const file = `${folder}/${name.endsWith(partEnding) ? name.slice(0, -partEnding.length) : name}`
      const isOwn = own.has(file.slice(folder.length + 1))
      if (isOwn && !packs.has(file) && !kept.includes(file)) await removeInside(out, `${folder}/${name}`)
    }
  }
}

const isThere = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** What is written when a pack is sealed. */
const isText = (path: string): boolean => path.endsWith(".json") || path === tilesIndexName

interface Text {
  readonly path: string
  readonly data: Uint8Array
  readonly crc32: number
}

const encodeTexts = (texts: ReadonlyMap<string, string>): Text[] =>
  [...texts].map(([path, text]) => {
    const data = new TextEncoder().encode(text)
    return { path, data, crc32: crc32(data) }
  })

const isListed = (
  listed: readonly ArchiveEntry[],
  entries: readonly ArchiveEntry[],
  texts: readonly Text[],
  file: string,
): boolean => {
  const nameOf = ({ path, at, sizeBytes, crc32: sum }: ArchiveEntry): string => `${path} ${at} ${sizeBytes} ${sum}`
  const wanted = [
    ...entries.map(nameOf),
    ...texts.map(({ path, data, crc32: sum }) => `${path} ${data.length} ${sum}`),
    ...(file.endsWith(".3tz") ? [tilesIndexName] : []),
  ]
  const found = listed.map((entry) => {
    if (entry.path === tilesIndexName) return entry.path
    return isText(entry.path) ? `${entry.path} ${entry.sizeBytes} ${entry.crc32}` : nameOf(entry)
  })
  return found.length === wanted.length && found.every((line, i) => line === wanted[i])
}

/** The texts with their headers, the index, the directory; as they follow what the archive holds. */
const endOfArchive = (
  entries: readonly ArchiveEntry[],
  texts: readonly Text[],
  from: number,
  indexed: boolean,
): Uint8Array => {
  const parts: Uint8Array[] = []
  const all = [...entries]
  let at = from
  const add = ({ path, data, crc32: sum }: Text): void => {
    const header = encodeLocalHeader({ path, sizeBytes: data.length, crc32: sum })
    all.push({ path, at: at + header.length, sizeBytes: data.length, crc32: sum })
    parts.push(header, data)
    at += header.length + data.length
  }
  for (const text of texts) add(text)
  if (indexed) {
    const data = encodeTilesIndex(all)
    add({ path: tilesIndexName, data, crc32: crc32(data) })
  }
  parts.push(encodeDirectory(all, at))
  return Buffer.concat(parts)
}

const withFile = async <T>(path: string, flags: string, use: (handle: FileHandle) => Promise<T>): Promise<T> => {
  const handle = await open(path, flags)
  try {
    return await use(handle)
  } finally {
    await handle.close()
  }
}

const writeAll = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; )
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten
}
