/** Locates the file of a task: by itself or inside a pack. */
import { open } from "node:fs/promises"
import { findInside, joinInside } from "../core/files/join-inside.js"
import { locateStored, partOfFile } from "../io/archive/stored-file.js"
import { encodeLocalHeader } from "../io/archive/zip-format.js"
import { journalName, layout } from "../job/layout.js"
import type { WrittenFile } from "./journal-record.js"

/** Where a written file is, relative to the output folder: its own path, or its part of a pack. */
export const placeOf = ({ path, packed, sizeBytes }: WrittenFile): string =>
  packed === undefined ? path : partOfFile(packed.pack, packed.at, sizeBytes)

/** Name of the packs that belong to a journal: each pack has one writer. */
export const packName = (journal = journalName): string =>
  journal === journalName ? "run" : journal.slice(journal.lastIndexOf("/") + 1).replace(/\.jsonl$/, "")

/**
 * The pack for a file: 3D Tiles archives for contents, plain archives for other products, a pack
 * below `.work` for the rest.
 */
export const packFor = (name: string, path: string): string => {
  if (path.startsWith(`${layout.work}/`)) return `${layout.workPacks}/${name}.pack`
  return `${layout.packs}/${name}.${path.startsWith("tiles/") ? "3tz" : "zip"}`
}

/** Packs known to be no link and no device: a country's few packs contain millions of files. */
const looked = new Set<string>()

/**
 * True where a packed file is in its pack: its header precedes it, and the pack reaches to its end.
 */
export const isPacked = async (out: string, { path, sizeBytes, packed }: WrittenFile): Promise<boolean> => {
  if (packed === undefined) return false
  const { pack, at, crc32 } = packed
  const wanted = encodeLocalHeader({ path, sizeBytes, crc32 })
  if (!looked.has(joinInside(out, pack))) looked.add(await findInside(out, pack))
  const stored = await locateStored(joinInside(out, partOfFile(pack, at, sizeBytes)))
  const handle = await open(stored.file, "r").catch(() => undefined)
  if (handle === undefined) return false
  try {
    const header = new Uint8Array(wanted.length)
    const { bytesRead } = await handle.read(header, 0, header.length, at - header.length)
    return (
      bytesRead === header.length &&
      Buffer.compare(header, wanted) === 0 &&
      (await handle.stat()).size >= at + sizeBytes
    )
  } finally {
    await handle.close()
  }
}
