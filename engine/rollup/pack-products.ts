/** Seals the packs of a job and writes the tilesets that refer to them. */
import { taskId } from "../core/stages.js"
import { layout } from "../job/layout.js"
import type { EndRecord } from "../journal/journal-record.js"
import type { NotedFiles } from "../journal/noted-files.js"
import type { Plan } from "../plan/plan.js"
import { dropEmptyPacks, type PackedFiles, packedFiles, sealPack, writeTextPack } from "./seal-packs.js"
import { encodeTilesets, writeTilesets } from "./write-tilesets.js"

export interface PackedProducts {
  /** Last ends of all tasks whose files exist, by task. */
  readonly ends: ReadonlyMap<string, EndRecord>
  readonly packs: PackedFiles
  /** The archive of a packed product, by its path. */
  readonly archives: ReadonlyMap<string, string>
}

/** The contents of packs, from this run and former ones, except those of `gone`. */
export const packedProducts = (
  former: ReadonlyMap<string, EndRecord>,
  ended: readonly EndRecord[],
  gone: readonly EndRecord[],
): PackedProducts => {
  const ends = new Map(former)
  for (const end of gone) ends.delete(taskId(end))
  for (const end of ended) ends.set(taskId(end), end)
  const packs = packedFiles(ends.values())
  const archives = new Map<string, string>()
  for (const [pack, files] of packs)
    if (pack.startsWith(`${layout.packs}/`)) for (const { path } of files) archives.set(path, pack)
  return { ends, packs, archives }
}

/** Lets addresses lead through archives as through folders (3D Tiles extension, Maxar 2021). */
const throughArchives = ["MAXAR_content_3tz"]

/**
 * Seals the packs and writes the tilesets that refer to their contents; returns the paths of the
 * tilesets.
 *
 * Each 3D Tiles archive has tilesets of its own contents and works by itself. The output folder's
 * `tileset.json` refers to the contents of all archives, by addresses such as
 * `packs/run.3tz/tiles/9/1/2.glb`. The tilesets nested in it are in the archive where there is only
 * one, else in `packs/tilesets.3tz`.
 */
export const packProducts = async (
  plan: Plan,
  ends: readonly EndRecord[],
  { ends: all, packs, archives }: PackedProducts,
  notes?: NotedFiles,
): Promise<string[]> => {
  const { out } = plan.job
  const contents = ends.flatMap(({ content }) => (content ?? []).map(({ uri }) => uri))
  const sole = soleArchive(contents, packs, archives)
  for (const archive of new Set(archives.values())) {
    const packed = archive === sole ? ends : [...all.values()]
    const wanted = (uri: string): boolean => archives.get(uri) === archive
    const texts = archive.endsWith(".3tz") ? encodeTilesets(plan, packed, { wanted }) : []
    await sealPack(out, archive, packs.get(archive) ?? [], new Map(texts), notes)
  }
  if (!contents.some((uri) => archives.has(uri))) {
    const written = await writeTilesets(out, encodeTilesets(plan, ends), notes)
    await dropEmptyPacks(out, packs, [])
    return written
  }
  const home = sole ?? layout.tilesetPack
  const addressIn =
    (root: string) =>
    (path: string): string => {
      if (path === layout.tileset) return root
      const archive = path.endsWith(".json") ? home : archives.get(path)
      return archive === undefined ? path : `${archive}/${path}`
    }
  const encodedWith = (root: string): Map<string, string> =>
    new Map(encodeTilesets(plan, ends, { placeOf: addressIn(root), required: throughArchives }))
  if (sole === undefined) await writeTextPack(out, home, encodedWith(`${home}/${layout.tileset}`), notes)
  const root = encodedWith(layout.tileset).get(layout.tileset) ?? ""
  const written = await writeTilesets(out, [[layout.tileset, root]], notes)
  await dropEmptyPacks(out, packs, [home])
  return sole === undefined ? [...written, home] : written
}

/** The archive that contains exactly these contents; undefined if there is none. */
const soleArchive = (
  contents: readonly string[],
  packs: PackedFiles,
  archives: ReadonlyMap<string, string>,
): string | undefined => {
  const [archive] = contents.map((uri) => archives.get(uri))
  if (archive === undefined) return undefined
  const isAll = contents.every((uri) => archives.get(uri) === archive)
  return isAll && packs.get(archive)?.length === contents.length ? archive : undefined
}
