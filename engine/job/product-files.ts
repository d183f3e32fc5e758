/** Lists and reads the product files of an output folder, packed or not. */
import { readdir } from "node:fs/promises"
import { dirname, join, posix } from "node:path"
import { joinInside } from "../core/files/join-inside.js"
import { EngineError } from "../errors.js"
import { type ReadTile, readTileset } from "../formats/tiles3d/read-tileset.js"
import { openArchive } from "../io/archive/open-archive.js"
import { readStored } from "../io/archive/stored-file.js"
import { tilesIndexName } from "../io/archive/tiles-index.js"
import { layout } from "./layout.js"

export interface ProductFile {
  /** Path if nothing were packed, with forward slashes. */
  readonly path: string
  /**
   * Path for `readStored` and `openBytes`: the file's own, or one through an archive, below the
   * given folder.
   */
  readonly place: string
  /** The file on disk: the archive, or the file itself. */
  readonly file: string
}

/**
 * Names of the rasters (`raster/NAME.vrt`) and vector layers (`vector/NAME.fgb`) of an output
 * folder, packed or not, sorted.
 */
export const listProductNames = async (folder: string): Promise<{ rasters: string[]; layers: string[] }> => {
  const named = async (place: "raster" | "vector", ending: string): Promise<string[]> =>
    (await readdir(joinInside(folder, place)).catch(() => []))
      .filter((name) => name.endsWith(ending) && !name.startsWith("."))
      .map((name) => name.slice(0, -ending.length))
      .sort()
  return { rasters: await named("raster", ".vrt"), layers: await named("vector", ".fgb") }
}

/**
 * Lists the files below a folder, sorted, with those in its archives (`packs/*.3tz`, `packs/*.zip`)
 * at their unpacked paths. Every archive has tilesets of its own; only those that the output
 * folder's tileset refers to are listed.
 *
 * @param under path prefix, with a trailing slash
 * @param isKnown selects files of the folder, archives as a whole; default: all
 * @throws Error of the system if the folder cannot be read; EngineError of {@link openArchive}
 */
export const listProductFiles = async (
  folder: string,
  under = "",
  isKnown: (path: string) => boolean = () => true,
): Promise<ProductFile[]> => {
  const found: ProductFile[] = []
  const archives: string[] = []
  for (const path of await filesBelow(folder, under)) {
    if (!isKnown(path)) continue
    if (!path.startsWith(`${layout.packs}/`)) found.push({ path, place: join(folder, path), file: join(folder, path) })
    else if (isArchive(path)) archives.push(path)
  }
  if (under !== "")
    for (const path of await filesBelow(folder, `${layout.packs}/`)) if (isArchive(path)) archives.push(path)
  const contents = archives.filter((path) => path.endsWith(".3tz"))
  const home = contents.includes(layout.tilesetPack) ? layout.tilesetPack : contents[0]
  for (const archive of archives) {
    const file = join(folder, archive)
    for (const { path } of await (await openArchive(file)).entries()) {
      if (path === tilesIndexName || path === "tileset.json" || !path.startsWith(under)) continue
      if (path.endsWith(".json") && archive !== home) continue
      found.push({ path, place: joinInside(file, path), file })
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

const isArchive = (path: string): boolean => /\.(3tz|zip)$/.test(path)

const filesBelow = async (folder: string, under: string): Promise<string[]> => {
  const start = join(folder, under)
  const entries = await readdir(start, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (under === "") throw error
    return []
  })
  const below = (parent: string): string => parent.slice(start.length).replaceAll("\\", "/").replace(/^\/+/, "")
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => under + [below(entry.parentPath), entry.name].filter((part) => part !== "").join("/"))
}

/**
 * Reads a file; in a tileset or a mosaic, addresses through archives become unpacked ones. Other
 * files as {@link readStored}.
 */
export const readUnpacked = async (folder: string, { path, place }: ProductFile): Promise<Uint8Array> => {
  const bytes = await readStored(place).catch((error: unknown) => {
    throw notThere(error, place)
  })
  const isTileset = /^(tileset\.json|tiles\/.*\.json)$/.test(path)
  if (!isTileset && !path.endsWith(".vrt")) return bytes
  const text = new TextDecoder().decode(bytes)
  if (!isTileset) return new TextEncoder().encode(unpackMosaic(text, path))
  if (!text.includes("extensionsRequired")) return bytes
  const relative = place.slice(join(folder, "/").length).replaceAll("\\", "/")
  return new TextEncoder().encode(unpackTileset(bytes, relative, path))
}

/**
 * Turns "not found" for a listed file into E_FORMAT: its archive's index is damaged, or it was
 * removed. Passes other errors through.
 */
export const notThere = (error: unknown, place: string): unknown => {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) return error
  const text = `${place}: listed but missing: it was removed, or its archive is damaged. Run the job again.`
  return new EngineError("E_FORMAT", text, { file: place }, error)
}

const unpackMosaic = (text: string, path: string): string =>
  text.replaceAll(
    /<SourceFilename relativeToVRT="0">\/vsizip\/packs\/[^/]+\/([^<]*)</g,
    (_, inner: string) => `<SourceFilename relativeToVRT="1">${posix.relative(dirname(path), inner)}<`,
  )

const unpackTileset = (bytes: Uint8Array, place: string, path: string): string => {
  const document = readTileset(bytes, place)
  const open: ReadTile[] = [document.root]
  for (let tile = open.pop(); tile !== undefined; tile = open.pop()) {
    for (const child of tile.children ?? []) open.push(child)
    if (tile.content === undefined) continue
    const target = posix.join(dirname(place), tile.content.uri).replace(/^packs\/[^/]+\.3tz\//, "")
    tile.content.uri = posix.relative(dirname(path), target)
  }
  const { extensionsUsed: _, extensionsRequired: _required, ...plain } = document
  return `${JSON.stringify(plain)}\n`
}
