/** Closes packs with their index and directory, and removes empty ones. */
import { readdir, rename, stat } from "node:fs/promises"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { assertLocked, atomicWrite, isThere, moveIntoPlace } from "../core/files/atomic-write.js"
import { findInside, joinInside, removeInside } from "../core/files/join-inside.js"
import { readFully, withFile, writeFully } from "../core/files/with-file.js"
import { openArchive } from "../io/archive/open-archive.js"
import { partEnding } from "../io/archive/stored-file.js"
import { encodeTilesIndex, tilesIndexName } from "../io/archive/tiles-index.js"
import { type ArchiveEntry, encodeDirectory, encodeLocalHeader, localHeaderBytes } from "../io/archive/zip-format.js"
import { layout } from "../job/layout.js"
import type { EndRecord } from "../journal/journal-record.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { packName } from "../journal/packed-file.js"
import { listJournals } from "../journal/shard-journals.js"

/** The packed files of a job, by pack. */
export type PackedFiles = ReadonlyMap<string, readonly ArchiveEntry[]>

/** Files of the ends that are in packs, ordered by offset. */
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
 * Completes a pack: appends the texts (tilesets), for a 3D Tiles archive its index, and the
 * directory; then renames it. The directory lists only files of the job's ends. Bytes of tasks that
 * were made again elsewhere, or that a kill left behind, stay but no reader finds them. A pack that
 * already ends with these bytes is left unchanged.
 *
 * When killed during this, the pack has its temporary name and is sealed again.
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
    // Its length may depend on its offset: entries beyond 4 GB are longer.
    const guess = size - endOfArchive(entries, encoded, size, indexed).length
    const from = size - endOfArchive(entries, encoded, Math.max(0, guess), indexed).length
    const bytes = endOfArchive(entries, encoded, Math.max(0, from), indexed)
    if (await endsWith(sealed, bytes, from)) {
      notes?.noteEnd(file, bytes, from)
      return
    }
    const end = await endOfFiles(sealed, entries)
    assertLocked(sealed)
    await rename(sealed, part)
    await withFile(part, "r+", (handle) => handle.truncate(end ?? size))
  }
  await withFile(part, "r+", async (handle) => {
    const { size } = await handle.stat()
    const bytes = endOfArchive(entries, encoded, size, indexed)
    notes?.noteEnd(file, bytes, size)
    assertLocked(part)
    await writeFully(handle, bytes, size)
    await handle.sync()
  })
  await moveIntoPlace(part, sealed)
}

/** Writes a complete archive that contains only texts. */
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

/**
 * Removes the packs that no end refers to: those of attempts that ended no task, and those whose
 * files were all made again. Packs that belong to no journal of the folder are the user's and stay.
 */
export const dropEmptyPacks = async (out: string, packs: PackedFiles, needed: readonly string[]): Promise<void> => {
  const names = ["tilesets", packName(), ...(await listJournals(out)).map(({ path }) => packName(path))]
  const own = new Set(names.flatMap((name) => [".3tz", ".zip", ".pack"].map((ending) => name + ending)))
  for (const folder of [layout.packs, layout.workPacks]) {
    for (const name of await readdir(joinInside(out, folder)).catch(() => [])) {
      const file = `${folder}/${name.endsWith(partEnding) ? name.slice(0, -partEnding.length) : name}`
      const isOwn = own.has(file.slice(folder.length + 1))
      if (isOwn && !packs.has(file) && !needed.includes(file)) await removeInside(out, `${folder}/${name}`)
    }
  }
}

/** True for files that are written when a pack is sealed. */
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

/**
 * Offset of the first text of a sealed pack, where new texts replace the old ones. Undefined where
 * it has none, or its directory is damaged: the old end then stays, as bytes that no reader finds.
 */
const endOfFiles = async (path: string, entries: readonly ArchiveEntry[]): Promise<number | undefined> => {
  const listed = await openArchive(path)
    .then((archive) => archive.entries())
    .catch(() => [])
  const begins = listed.filter((entry) => isText(entry.path)).map((entry) => entry.at - localHeaderBytes(entry.path))
  const least = begins.reduce((begin, at) => Math.min(begin, at), Number.POSITIVE_INFINITY)
  const isSane = entries.every(({ at, sizeBytes }) => at + sizeBytes <= least)
  return isSane && least < (await stat(path)).size ? least : undefined
}

/** True where a file ends with these bytes, starting at offset `at`. */
const endsWith = (path: string, bytes: Uint8Array, at: number): Promise<boolean> =>
  withFile(path, "r", async (handle) => {
    if (at < 0 || (await handle.stat()).size !== at + bytes.length) return false
    const found = new Uint8Array(bytes.length)
    return (await readFully(handle, found, at)) === found.length && Buffer.compare(found, bytes) === 0
  })

/** The end of an archive: texts with their headers, the index, the directory. */
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
