/** Keeps TIFF files open from tile to tile, and feeds geotiff.js their bytes, local or remote. */

import { GeoTIFF, type GeoTIFFImage } from "geotiff"
import { MAX_BLOCK_BYTES, MAX_DIRECTORIES } from "../../../core/bounds.js"
import { type ByteSource, isUrl } from "../../../io/byte-source.js"
import { changed, openBytes } from "../../../io/bytes.js"
import { bytesIdentity } from "../image/image-file.js"
import "./blocks.js"

/** A TIFF open for reading by geotiff.js, with the source of its bytes. */
export interface OpenTiff {
  readonly tiff: GeoTIFF
  readonly bytes: ByteSource
}

/** Most open files: enough for the images that meet a tile, few against a process's limit. */
const MAX_OPEN = 16

const opened = new Map<string, { pending: Promise<OpenTiff>; users: number }>()

/**
 * Calls `use` with the TIFF at a path or `http(s)` address. The 16 most recently used files stay
 * open, so the directories of an image are read once for many tiles. The caller does not close the
 * TIFF. `identity` detects a file that was replaced.
 *
 * @throws EngineError `E_INPUT` if it cannot be read; any Error of geotiff.js if it is no TIFF
 */
export const withTiff = async <T>(path: string, identity: string, use: (open: OpenTiff) => Promise<T>): Promise<T> => {
  const key = `${identity} ${path}`
  const entry = opened.get(key) ?? { pending: openSame(path, identity), users: 0 }
  opened.delete(key)
  opened.set(key, entry) // a Map keeps insertion order: the last is the most recent
  entry.users++
  try {
    return await use(await entry.pending)
  } catch (error) {
    // After a failure the next call opens the file again.
    if (opened.get(key) === entry) opened.delete(key)
    throw error
  } finally {
    entry.users--
    if (opened.get(key) !== entry && entry.users === 0) await closeTiff(entry.pending)
    await evict()
  }
}

/** Closes every TIFF that {@link withTiff} keeps open and that is not in use. */
export const closeTiffs = async (): Promise<void> => evict(0)

const evict = async (keep: number = MAX_OPEN): Promise<void> => {
  for (const [key, entry] of opened) {
    if (opened.size <= keep) return
    if (entry.users > 0) continue
    opened.delete(key)
    await closeTiff(entry.pending)
  }
}

const closeTiff = async (pending: Promise<OpenTiff>): Promise<void> => {
  const open = await pending.catch(() => undefined)
  await open?.bytes.close()
}

/** Refuses a remote file that changed since the job was planned. */
const openSame = async (path: string, identity: string): Promise<OpenTiff> => {
  const open = await openTiff(path)
  if (!isUrl(path) || (await bytesIdentity(open.bytes)) === identity) return open
  await open.bytes.close()
  throw changed(path)
}

/** Opens a TIFF; the caller closes it with `bytes.close()`. */
export const openTiff = async (path: string): Promise<OpenTiff> => {
  const bytes = await openBytes(path)
  try {
    const source = isUrl(path) ? new BlockSource(bytes) : new SliceSource(bytes)
    return { tiff: await GeoTIFF.fromSource(source), bytes }
  } catch (error) {
    await bytes.close()
    throw error
  }
}

/**
 * Returns an image of a TIFF by its directory's index.
 *
 * @throws Error if the directory is broken, or its block sides are not positive integers, with
 *   which reading would not end
 */
export const readImage = async (tiff: GeoTIFF, index: number): Promise<GeoTIFFImage> => {
  const image = await tiff.getImage(index)
  const block = [image.getTileWidth(), image.getTileHeight()]
  if (block.every((side) => Number.isInteger(side) && side > 0)) return image
  throw new Error(`blocks of ${block.join(" × ")} pixels`)
}

/**
 * Returns the images of a TIFF in the order of its directories.
 *
 * @throws Error if a directory is broken or repeated, or there are more than the bound
 */
export const readImages = async (tiff: GeoTIFF): Promise<GeoTIFFImage[]> => {
  const images: GeoTIFFImage[] = []
  const seen = new Set([tiff.firstIFDOffset])
  for (let next = tiff.firstIFDOffset; next !== 0; ) {
    if (images.length === MAX_DIRECTORIES) throw new Error(`more than ${MAX_DIRECTORIES} directories`)
    const image = await readImage(tiff, images.length)
    images.push(image)
    next = Number(image.getFileDirectory().nextIFDByteOffset)
    if (seen.has(next)) throw new Error(`directory ${images.length} refers back to byte ${next}`)
    seen.add(next)
  }
  return images
}

interface Slice {
  readonly offset: number
  readonly length: number
}

/** Longer slices must be within the file: an announced length is never allocated on trust. */
const TRUSTED_BYTES = 65536

/**
 * Bytes of a file as geotiff.js's type `BaseSource`. A slice that reaches past the end is filled
 * with zeros.
 */
class SliceSource {
  readonly bytes: ByteSource

  constructor(bytes: ByteSource) {
    this.bytes = bytes
  }

  get fileSize(): number {
    return this.bytes.size
  }

  async fetch(slices: Slice[]): Promise<ArrayBuffer[]> {
    return Promise.all(slices.map(async (slice) => (await this.fetchSlice(slice)).data))
  }

  async fetchSlice({ offset, length }: Slice): Promise<Slice & { data: ArrayBuffer }> {
    const end = offset + length
    if (!(offset >= 0 && offset <= this.bytes.size) || (length > TRUSTED_BYTES && end > this.bytes.size)) {
      throw new Error(`it announces bytes ${offset} to ${end} and has ${this.bytes.size}`)
    }
    if (length > MAX_BLOCK_BYTES)
      throw new Error(`${length} bytes in one block; at most ${MAX_BLOCK_BYTES} are supported`)
    const found = await this.read(offset, Math.min(end, this.bytes.size))
    if (found.length === length && found.buffer.byteLength === length)
      return { offset, length, data: found.buffer as ArrayBuffer }
    const data = new Uint8Array(length)
    data.set(found)
    return { offset, length, data: data.buffer }
  }

  read(begin: number, end: number): Promise<Uint8Array> {
    return this.bytes.read(begin, end)
  }

  close(): Promise<void> {
    return this.bytes.close()
  }
}

const BLOCK = 65536
const MAX_BLOCKS = 128

/**
 * Reads a remote file by blocks of 64 KiB and caches the last 8 MiB. Adjacent small reads share a
 * request.
 */
class BlockSource extends SliceSource {
  readonly blocks = new Map<number, Promise<Uint8Array>>()

  override async read(begin: number, end: number): Promise<Uint8Array> {
    const first = Math.floor(begin / BLOCK)
    const last = Math.floor(Math.max(begin, end - 1) / BLOCK)
    for (let block = first; block <= last; block++) {
      if (this.blocks.has(block)) continue
      let stop = block + 1
      while (stop <= last && !this.blocks.has(stop)) stop++
      this.request(block, stop)
    }
    // Each was requested above, or before.
    const wanted = Array.from({ length: last - first + 1 }, (_, i) => this.blocks.get(first + i) as Promise<Uint8Array>)
    const out = new Uint8Array(end - begin)
    for (const [i, bytes] of (await Promise.all(wanted)).entries()) {
      const at = (first + i) * BLOCK
      const part = bytes.subarray(Math.max(0, begin - at), Math.max(0, end - at))
      out.set(part, Math.max(0, at - begin))
    }
    for (const block of this.blocks.keys()) {
      if (this.blocks.size <= MAX_BLOCKS) break
      this.blocks.delete(block)
    }
    return out
  }

  /**
   * Requests the blocks `[first, stop)` at once. A failed block leaves the cache, so a later read
   * retries.
   */
  request(first: number, stop: number): void {
    const run = this.bytes.read(first * BLOCK, Math.min(stop * BLOCK, this.bytes.size))
    for (let block = first; block < stop; block++) {
      const part = run.then((bytes) => bytes.subarray((block - first) * BLOCK, (block - first + 1) * BLOCK))
      part.catch(() => this.blocks.delete(block))
      this.blocks.set(block, part)
    }
  }
}
