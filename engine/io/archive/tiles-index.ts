/** Encodes and searches the index of a 3D Tiles archive. */
import { createHash } from "node:crypto"
import { type ArchiveEntry, localHeaderBytes } from "./zip-format.js"

/** Name of the index in a 3D Tiles archive: its last file. */
export const tilesIndexName = "@3dtilesIndex1@"

/** MD5 of a path, and the offset of its local header. */
const RECORD = 24

/**
 * The index of a 3D Tiles archive (3D Tiles Archive Format 1.3): 24 bytes per file, without header,
 * ascending by hash as two little-endian numbers of 64 bits.
 *
 * | offset | bytes | |
 * |---|---|---|
 * | 0 | 16 | MD5 of the path |
 * | 16 | 8 | offset of the local header, little-endian |
 */
export const encodeTilesIndex = (entries: readonly ArchiveEntry[]): Uint8Array => {
  const records = entries
    .map(({ path, at }) => ({ ...hashOf(path), header: at - localHeaderBytes(path) }))
    .sort((a, b) => compare(a, b) || a.header - b.header)
  const bytes = new Uint8Array(RECORD * records.length)
  const view = new DataView(bytes.buffer)
  records.forEach(({ high, low, header }, i) => {
    view.setBigUint64(RECORD * i, high, true)
    view.setBigUint64(RECORD * i + 8, low, true)
    view.setBigUint64(RECORD * i + 16, BigInt(header), true)
  })
  return bytes
}

/**
 * Offsets of the local headers under the path's hash, which may be those of the path. Logarithmic.
 */
export const searchTilesIndex = (index: Uint8Array, path: string): number[] => {
  const wanted = hashOf(path)
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength)
  const recordAt = (i: number): Hash => ({
    high: view.getBigUint64(RECORD * i, true),
    low: view.getBigUint64(RECORD * i + 8, true),
  })
  const count = Math.floor(index.length / RECORD)
  let [first, last] = [0, count]
  while (first < last) {
    const middle = (first + last) >> 1
    if (compare(recordAt(middle), wanted) < 0) first = middle + 1
    else last = middle
  }
  const found: number[] = []
  for (let i = first; i < count && compare(recordAt(i), wanted) === 0; i++)
    found.push(Number(view.getBigUint64(RECORD * i + 16, true)))
  return found
}

interface Hash {
  readonly high: bigint
  readonly low: bigint
}

const hashOf = (path: string): Hash => {
  const md5 = createHash("md5").update(path).digest()
  return { high: md5.readBigUInt64LE(0), low: md5.readBigUInt64LE(8) }
}

const compare = (a: Hash, b: Hash): number =>
  a.high < b.high ? -1 : a.high > b.high ? 1 : a.low < b.low ? -1 : a.low > b.low ? 1 : 0
