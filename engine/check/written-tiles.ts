/**
 * Lists the tiles of a written tileset with their contents and the places that the transforms give
 * them.
 */

import { realpath } from "node:fs/promises"
import { dirname, join, posix, relative } from "node:path"
import { findInside } from "../core/files/join-inside.js"
import { EngineError } from "../errors.js"
import { type DecodedGlb, decodeGlb } from "../formats/tiles3d/decode-glb.js"
import { type ReadTile, readTileset } from "../formats/tiles3d/read-tileset.js"
import { TileKey } from "../grid/tile-key.js"
import { pathInArchive, readStored } from "../io/archive/stored-file.js"

/** A content that a written tileset refers to. */
export interface WrittenContent {
  /** Path of the glTF file. */
  readonly path: string
  /** Geocentric metres: where the tileset's transforms put the content's origin. */
  readonly centre: readonly [X: number, Y: number, Z: number]
}

/** A tile of a written tileset with its contents: one, or those of its parts, ordered by part. */
export interface WrittenTile {
  readonly key: TileKey
  readonly contents: readonly WrittenContent[]
  /** As written, metres. */
  readonly geometricError: number
}

/**
 * Lists the tiles of `tileset.json` and its nested tilesets, ordered by key; none without a
 * tileset.
 *
 * @throws EngineError E_FORMAT where a tileset is not JSON, refers to a missing tileset, or has a
 * content other than `tiles/L/X/Y.glb` or `tiles/L/X/Y-PART.glb`
 */
export const writtenTiles = async (folder: string): Promise<WrittenTile[]> => {
  const found: FoundContent[] = []
  await collect(join(folder, "tileset.json"), [0, 0, 0], { folder, found, read: new Set() })
  const tiles = new Map<string, WrittenTile & { contents: WrittenContent[] }>()
  for (const { key, geometricError, ...content } of found.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const tile = tiles.get(TileKey.format(key))
    if (tile === undefined) tiles.set(TileKey.format(key), { key, geometricError, contents: [content] })
    else tile.contents.push(content)
  }
  return [...tiles.values()].sort((a, b) => TileKey.compare(a.key, b.key))
}

interface FoundContent extends WrittenContent {
  readonly key: TileKey
  readonly geometricError: number
}

/** Contents gathered from a folder's tilesets, and the tilesets already read. */
interface Gathered {
  readonly folder: string
  readonly found: FoundContent[]
  readonly read: Set<string>
}

const collect = async (path: string, at: readonly [number, number, number], gathered: Gathered): Promise<void> => {
  const { folder, found, read } = gathered
  // Links can give a tileset any number of paths.
  const real = await realpath(path).catch(() => path)
  if (read.has(real)) {
    const text = `${path}: damaged: more than one tileset refers to it, or it refers to itself. Run the job again.`
    throw new EngineError("E_FORMAT", text, { file: path })
  }
  const root = await readRoot(path, read.size === 0)
  read.add(real)
  if (root === undefined) return
  const open: { tile: ReadTile; within: readonly [number, number, number] }[] = [{ tile: root, within: at }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { tile, within } = next
    const move = tile.transform ?? []
    const centre = [within[0] + (move[12] ?? 0), within[1] + (move[13] ?? 0), within[2] + (move[14] ?? 0)] as const
    for (const child of tile.children ?? []) open.push({ tile: child, within: centre })
    const uri = tile.content?.uri
    if (uri === undefined) continue
    const file = await findInside(folder, posix.join(below(folder, path), uri), path)
    if (uri.endsWith(".json")) await collect(file, centre, gathered)
    else
      found.push({
        key: parseContentPath(unpacked(folder, file), path),
        path: file,
        centre,
        geometricError: tile.geometricError,
      })
  }
}

/** Path of a tileset's folder below the output folder. */
const below = (folder: string, path: string): string => relative(folder, dirname(path)).replaceAll("\\", "/")

/** Path of a content below its output folder or its archive. */
const unpacked = (folder: string, file: string): string =>
  pathInArchive(relative(folder, file))?.path ?? relative(folder, file)

const readRoot = async (path: string, optional: boolean): Promise<ReadTile | undefined> => {
  const bytes = await readStored(path).catch((cause: NodeJS.ErrnoException) => {
    if (optional && cause.code === "ENOENT") return undefined
    throw new EngineError("E_FORMAT", `${path}: the tileset cannot be read (${cause.message}). Run the job again.`, {
      file: path,
    })
  })
  return bytes === undefined ? undefined : readTileset(bytes, path).root
}

const parseContentPath = (path: string, tileset: string): TileKey => {
  const match = /^tiles[/\\](\d+)[/\\](\d+)[/\\](\d+)(?:-[0-3]+)?\.glb$/.exec(path)
  if (match === null) {
    const text = `${tileset}: damaged: its content "${path}" is not tiles/L/X/Y.glb or tiles/L/X/Y-PART.glb. Run the job again.`
    throw new EngineError("E_FORMAT", text, { file: tileset })
  }
  return { level: Number(match[1]), x: Number(match[2]), y: Number(match[3]) }
}

/**
 * Decodes the contents of a tile, in order.
 *
 * @throws EngineError of the readers
 */
export const readContents = ({ contents }: WrittenTile): Promise<DecodedGlb[]> =>
  Promise.all(contents.map(async ({ path }) => decodeGlb(await readStored(path), path)))
