/** Closes packs with their index and directory, and removes those that are empty. */
import { readdir, rename, stat } from "node:fs/promises"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { atomicWrite, isThere, moveIntoPlace } from "../core/files/atomic-write.js"
import { findInside, joinInside, removeInside } from "../core/files/join-inside.js"
import { readFully, withFile, writeFully } from "../core/files/with-file.js"
import { assertHeld } from "../core/files/write-guard.js"
import { openArchive } from "../io/archive/open-archive.js"
import { partEnding } from "../io/archive/stored-file.js"
import { encodeTilesIndex, tilesIndexName } from "../io/archive/tiles-index.js"
import { type ArchiveEntry, encodeDirectory, encodeLocalHeader, localHeaderBytes } from "../io/archive/zip-format.js"
import { layout } from "../job/layout.js"
import type { EndRecord } from "../journal/journal-record.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { packName } from "../journal/packed-file.js"
import { listJournals } from "../journal/shard-journals.js"

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
 * was made again elsewhere, or fell behind a kill, stays as bytes that no reader finds. A pack that has all this already, byte for byte, is left as it is.
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
  notes?: NotedFiles,
): Promise<void> => {
  const sealed = await findInside(out, file)
  const part = await findInside(out, file + partEnding)
  const encoded = encodeTexts(texts)
  const indexed = file.endsWith(".3tz")
  if (await isThere(sealed)) {
    const { size } = await stat(sealed)
    // Its length may depend on where it begins: beyond 4 GB entries are longer.
    const guess = size - endOfArchive(entries, encoded, size, indexed).length
    const from = size - endOfArchive(entries, encoded, Math.max(0, guess), indexed).length
    const bytes = endOfArchive(entries, encoded, Math.max(0, from), indexed)
    if (await endsWith(sealed, bytes, from)) {
      notes?.noteEnd(file, bytes, from)
      return
    }
    const end = await endOfFiles(sealed, entries)
    assertHeld(sealed)
    await rename(sealed, part)
    await withFile(part, "r+", (handle) => handle.truncate(end ?? size))
  }
  await withFile(part, "r+", async (handle) => {
    const { size } = await handle.stat()
    const bytes = endOfArchive(entries, encoded, size, indexed)
    notes?.noteEnd(file, bytes, size)
    assertHeld(part)
    await writeFully(handle, bytes, size)
    await handle.sync()
  })
  await moveIntoPlace(part, sealed)
}

/** Writes an archive of texts alone, whole. */
export const writeTextPack = async (
  out: string,
  file: string,
  texts: ReadonlyMap<string, string>,
  notes?: NotedFiles,
): Promise<void> => {
  const bytes = endOfArchive([], encodeTexts(texts), 0, true)
  const path = await findInside(out, file)
  notes?.note(file, bytes)
  if (!((await isThere(path)) && (await endsWith(path, bytes, 0))))
    await atomicWrite(path, bytes, join(out, layout.temporary))
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

/** Where the first text of a sealed pack begins: texts give way to others. Undefined where it has none, or a directory that is damaged: what follows its files stays, as bytes that no reader finds. */
const endOfFiles = async (path: string, entries: readonly ArchiveEntry[]): Promise<number | undefined> => {
  const listed = await openArchive(path)
    .then((archive) => archive.entries())
    .catch(() => [])
  const begins = listed.filter((entry) => isText(entry.path)).map((entry) => entry.at - localHeaderBytes(entry.path))
  const least = begins.reduce((begin, at) => Math.min(begin, at), Number.POSITIVE_INFINITY)
  const isSane = entries.every(({ at, sizeBytes }) => at + sizeBytes <= least)
  return isSane && least < (await stat(path)).size ? least : undefined
}

/** True where a file ends with these bytes, which begin at a place. */
const endsWith = (path: string, bytes: Uint8Array, at: number): Promise<boolean> =>
  withFile(path, "r", async (handle) => {
    if (at < 0 || (await handle.stat()).size !== at + bytes.length) return false
    const found = new Uint8Array(bytes.length)
    return (await readFully(handle, found, at)) === found.length && Buffer.compare(found, bytes) === 0
  })

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
