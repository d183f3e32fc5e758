/** Encodes the records of a ZIP archive of stored files, with ZIP64 (APPNOTE 6.3.9). */

/** A file of an archive, stored without compression. */
export interface ArchiveEntry {
  /** Forward slashes, no leading one. */
  readonly path: string
  /** Offset of its bytes in the archive, right after its local header. */
  readonly at: number
  readonly sizeBytes: number
  readonly crc32: number
}

/** Largest value of a 32-bit field; it refers to the true value in the ZIP64 field. */
const FULL_32 = 0xffffffff
const FULL_16 = 0xffff
/** 1 January 1980, the earliest date of ZIP; fixed, so that equal files give equal bytes. */
const FIRST_DAY = 0x0021
/** Bit 11: names are UTF-8. */
const UTF8_NAMES = 0x0800
const VERSION = 20
/** Version of readers that know ZIP64. */
const VERSION_64 = 45

const encoder = new TextEncoder()

/** Bytes of the local header of a path: 30 and its name. */
export const localHeaderBytes = (path: string): number => 30 + encoder.encode(path).length

/**
 * The local header of a stored file (APPNOTE 6.3.9, section 4.3.7). It contains sizes and checksum,
 * as 3D Tiles archives require, which limits a file to less than 4 GB.
 *
 * | offset | bytes | |
 * |---|---|---|
 * | 0 | 4 | `PK\x03\x04` |
 * | 4 | 2, 2, 2 | version 20, flags (names in UTF-8), method 0 |
 * | 10 | 4 | time and date: fixed |
 * | 14 | 4, 4, 4 | CRC-32, size, size again |
 * | 26 | 2, 2 | bytes of the name, of extra fields: none |
 * | 30 | | name |
 *
 * @throws RangeError for a file of 4 GB or more
 */
export const encodeLocalHeader = ({ path, sizeBytes, crc32 }: Omit<ArchiveEntry, "at">): Uint8Array => {
  if (sizeBytes >= FULL_32) throw new RangeError(`${path}: ${sizeBytes} bytes; a file in an archive must be below 4 GB`)
  const name = encoder.encode(path)
  const bytes = new Uint8Array(30 + name.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x04034b50, true)
  view.setUint16(4, VERSION, true)
  view.setUint16(6, UTF8_NAMES, true)
  view.setUint16(12, FIRST_DAY, true)
  view.setUint32(14, crc32, true)
  view.setUint32(18, sizeBytes, true)
  view.setUint32(22, sizeBytes, true)
  view.setUint16(26, name.length, true)
  bytes.set(name, 30)
  return bytes
}

/**
 * The end of an archive: a central header per file (section 4.3.12), then the end of the directory
 * (4.3.16). Numbers too large for it are in the ZIP64 end and its locator (4.3.14, 4.3.15), which
 * precede it.
 *
 * @param entries in the order of the directory; bytes between them are ignored by readers
 * @param at offset of the directory
 */
export const encodeDirectory = (entries: readonly ArchiveEntry[], at: number): Uint8Array => {
  const headers = entries.map(centralHeader)
  const size = headers.reduce((sum, { length }) => sum + length, 0)
  const is64 = entries.length >= FULL_16 || at >= FULL_32 || size >= FULL_32
  const bytes = new Uint8Array(size + (is64 ? 76 : 0) + 22)
  let offset = 0
  for (const header of headers) {
    bytes.set(header, offset)
    offset += header.length
  }
  const view = new DataView(bytes.buffer)
  if (is64) {
    writeEnd64(view, offset, { entries: entries.length, size, at })
    offset += 76
  }
  view.setUint32(offset, 0x06054b50, true)
  view.setUint16(offset + 8, Math.min(entries.length, FULL_16), true)
  view.setUint16(offset + 10, Math.min(entries.length, FULL_16), true)
  view.setUint32(offset + 12, Math.min(size, FULL_32), true)
  view.setUint32(offset + 16, Math.min(at, FULL_32), true)
  return bytes
}

const writeEnd64 = (view: DataView, offset: number, end: { entries: number; size: number; at: number }): void => {
  view.setUint32(offset, 0x06064b50, true)
  view.setBigUint64(offset + 4, 44n, true)
  view.setUint16(offset + 12, VERSION_64, true)
  view.setUint16(offset + 14, VERSION_64, true)
  view.setBigUint64(offset + 24, BigInt(end.entries), true)
  view.setBigUint64(offset + 32, BigInt(end.entries), true)
  view.setBigUint64(offset + 40, BigInt(end.size), true)
  view.setBigUint64(offset + 48, BigInt(end.at), true)
  // Locator: offset of the ZIP64 end, on the only disk.
  view.setUint32(offset + 56, 0x07064b50, true)
  view.setBigUint64(offset + 64, BigInt(end.at + end.size), true)
  view.setUint32(offset + 72, 1, true)
}

const centralHeader = ({ path, at, sizeBytes, crc32 }: ArchiveEntry): Uint8Array => {
  const name = encoder.encode(path)
  const header = at - 30 - name.length
  const far = header >= FULL_32
  const bytes = new Uint8Array(46 + name.length + (far ? 12 : 0))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x02014b50, true)
  view.setUint16(4, far ? VERSION_64 : VERSION, true)
  view.setUint16(6, far ? VERSION_64 : VERSION, true)
  view.setUint16(8, UTF8_NAMES, true)
  view.setUint16(14, FIRST_DAY, true)
  view.setUint32(16, crc32, true)
  view.setUint32(20, sizeBytes, true)
  view.setUint32(24, sizeBytes, true)
  view.setUint16(28, name.length, true)
  view.setUint16(30, far ? 12 : 0, true)
  view.setUint32(42, far ? FULL_32 : header, true)
  bytes.set(name, 46)
  if (far) {
    view.setUint16(46 + name.length, 1, true)
    view.setUint16(48 + name.length, 8, true)
    view.setBigUint64(50 + name.length, BigInt(header), true)
  }
  return bytes
}
