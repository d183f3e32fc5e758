/**
 * Writes a PMTiles archive of version 3, the container of a tile set: header, directories, tiles.
 */

import { createReadStream } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { elementAt } from "../../core/lists.js"
import { hilbertIndex } from "../../grid/hilbert.js"
import { openPartWriter, writeInParts } from "../../io/part-writer.js"

/**
 * The number of a tile. Tiles of all coarser levels precede it; those of one level follow a Hilbert
 * curve.
 */
export const tileId = (zoom: number, column: number, row: number): number =>
  firstTile(zoom) + (zoom === 0 ? 0 : hilbertIndex(zoom, column, row))

/** Number of tiles of all coarser levels. */
const firstTile = (zoom: number): number => (4 ** zoom - 1) / 3

/** The level of a tile's number. */
export const zoomOfTile = (id: number): number => {
  let zoom = 0
  while (firstTile(zoom + 1) <= id) zoom++
  return zoom
}

/** The properties of a tile set that its archive states. */
export interface ArchiveFacts {
  readonly zooms: readonly [first: number, last: number]
  /** Degrees: west, south, east, north. */
  readonly bounds: readonly [number, number, number, number]
  readonly metadata: object
}

/** A PMTiles archive that is being written. */
export interface Archive {
  /** Adds the compressed bytes of a tile, which must not change afterwards. Ids must increase. */
  add(id: number, compressed: Uint8Array): Promise<void>
  /** Writes the archive under its name. */
  finish(facts: ArchiveFacts): Promise<void>
  abandon(): Promise<void>
}

interface Entry {
  readonly id: number
  readonly offset: number
  readonly length: number
  run: number
}

const HEADER_BYTES = 127
/** Header and root fit into a client's first request. */
const ROOT_END = 16384

/**
 * Writes a PMTiles archive, version 3 (github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md):
 * clustered, with gzipped directories and tiles.
 *
 * | part | |
 * |---|---|
 * | header | 127 bytes, see {@link encodeHeader} |
 * | root directory | up to byte 16384 |
 * | metadata | JSON |
 * | leaf directories | if the root has no room for all tiles |
 * | tiles | in the order of their ids; consecutive equal ones once |
 *
 * Memory: 100 bytes a tile. Disk: twice the tiles while finishing. `temporaryFolder` must exist.
 */
export const openArchive = async (path: string, temporaryFolder: string): Promise<Archive> => {
  const data = join(temporaryFolder, "tiles")
  const tiles = await openPartWriter(data)
  const entries: Entry[] = []
  let former: Uint8Array | undefined
  let addressed = 0
  return {
    add: async (id, compressed) => {
      addressed++
      const last = entries.at(-1)
      const same = former !== undefined && Buffer.compare(former, compressed) === 0
      if (last !== undefined && same && last.id + last.run === id) {
        last.run++
        return
      }
      // Bytes equal to the last tile's are stored once, even if the ids are not adjacent.
      const offset = last !== undefined && same ? last.offset : tiles.size
      entries.push({ id, offset, length: compressed.length, run: 1 })
      if (same) return
      former = compressed
      await tiles.write(compressed)
    },
    finish: async (facts) => {
      await tiles.finish()
      const { root, leaves } = directories(entries)
      const metadata = gzipSync(JSON.stringify(facts.metadata))
      const contents = new Set(entries.map(({ offset }) => offset)).size
      const leafBytes = leaves.reduce((sum, leaf) => sum + leaf.length, 0)
      const lengths = [root.length, metadata.length, leafBytes, tiles.size]
      const header = encodeHeader(facts, lengths, [addressed, entries.length, contents])
      await writeInParts(path, async (out) => {
        for (const part of [header, root, metadata, ...leaves]) await out.write(part)
        for await (const chunk of createReadStream(data, { highWaterMark: 1 << 20 }))
          await out.write(chunk as Uint8Array)
      })
      await rm(data)
    },
    abandon: () => tiles.abandon(),
  }
}

/**
 * Root and leaves, compressed. Leaves are as small as lets the root end within the first request.
 */
const directories = (entries: readonly Entry[]): { root: Uint8Array; leaves: Uint8Array[] } => {
  const whole = directory(entries)
  if (HEADER_BYTES + whole.length <= ROOT_END) return { root: whole, leaves: [] }
  for (let side = 4096; ; side *= 2) {
    const leaves: Uint8Array[] = []
    const links: Entry[] = []
    let offset = 0
    for (let start = 0; start < entries.length; start += side) {
      const leaf = directory(entries.slice(start, start + side))
      links.push({ id: elementAt(entries, start).id, offset, length: leaf.length, run: 0 })
      leaves.push(leaf)
      offset += leaf.length
    }
    const root = directory(links)
    if (HEADER_BYTES + root.length <= ROOT_END) return { root, leaves }
  }
}

/**
 * Encodes a directory column by column as varints. First the number of entries, then differences of
 * ids, runs (0: a leaf), lengths, and offsets + 1 (0: directly after the previous entry).
 */
const directory = (entries: readonly Entry[]): Uint8Array => {
  const bytes: number[] = []
  const varint = (value: number): void => {
    let rest = value
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) + 0x80)
      rest = Math.floor(rest / 0x80)
    }
    bytes.push(rest)
  }
  varint(entries.length)
  let before = 0
  for (const { id } of entries) {
    varint(id - before)
    before = id
  }
  for (const { run } of entries) varint(run)
  for (const { length } of entries) varint(length)
  for (const [i, { offset }] of entries.entries()) {
    const previous = entries[i - 1]
    varint(previous !== undefined && offset === previous.offset + previous.length ? 0 : offset + 1)
  }
  return gzipSync(Uint8Array.from(bytes))
}

/**
 * Encodes the header.
 *
 * | offset | bytes | |
 * |---|---|---|
 * | 0 | 8 | "PMTiles", 3 |
 * | 8 | 8 × 8 | offset and length of root, metadata, leaves, tiles (u64) |
 * | 72 | 3 × 8 | tiles addressed, entries, contents (u64) |
 * | 96 | 1 | clustered |
 * | 97, 98 | 1, 1 | compression of directories and tiles: 2 gzip |
 * | 99 | 1 | kind of tiles: 1 vector |
 * | 100, 101 | 1, 1 | first and last zoom |
 * | 102 | 4 × 4 | bounds, degrees · 10⁷ (i32) |
 * | 118 | 1, 2 × 4 | zoom and place of the middle |
 *
 * @param lengths bytes of root, metadata, leaves and tiles
 * @param counts tiles addressed, entries, contents
 */
const encodeHeader = (
  { zooms, bounds }: ArchiveFacts,
  lengths: readonly number[],
  counts: readonly number[],
): Uint8Array => {
  const bytes = new Uint8Array(HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode("PMTiles"))
  bytes[7] = 3
  let offset = HEADER_BYTES
  for (const [i, length] of lengths.entries()) {
    view.setBigUint64(8 + 16 * i, BigInt(offset), true)
    view.setBigUint64(16 + 16 * i, BigInt(length), true)
    offset += length
  }
  for (const [i, count] of counts.entries()) view.setBigUint64(72 + 8 * i, BigInt(count), true)
  bytes.set([1, 2, 2, 1, ...zooms], 96)
  const [west, south, east, north] = bounds
  for (const [i, degrees] of bounds.entries()) view.setInt32(102 + 4 * i, Math.round(degrees * 1e7), true)
  bytes[118] = zooms[1]
  view.setInt32(119, Math.round(((west + east) / 2) * 1e7), true)
  view.setInt32(123, Math.round(((south + north) / 2) * 1e7), true)
  return bytes
}
