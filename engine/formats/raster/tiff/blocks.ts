/**
 * Decodes the strips and tiles of a TIFF, stopping at the size that the header's geometry gives.
 * These decoders replace those of geotiff.js, which inflate without a bound: 3 MB of deflate become
 * 3 GB. Importing this file registers them for the whole process.
 */
import { inflateSync } from "node:zlib"
import { addDecoder, BaseDecoder, type GeoTIFFImage, getDecoder } from "geotiff"
import { ZSTDDecoder } from "zstddec/stream"
import { MAX_BLOCK_BYTES } from "../../../core/bounds.js"
import { plainSize } from "../image/image-file.js"

type Directory = ReturnType<GeoTIFFImage["getFileDirectory"]>

/** Properties of an image that its decoder needs. */
export interface BlockParameters {
  readonly tileWidth: number
  readonly tileHeight: number
  readonly planarConfiguration: number
  readonly bitsPerSample: readonly number[]
  readonly predictor: number
  readonly JPEGTables: ArrayLike<number> | undefined
  /** Bytes of a whole decoded block. */
  readonly blockBytes: number
}

/**
 * Least pixels of a tile: TIFF 6.0 requires sides that are multiples of 16. A window of one-pixel
 * tiles would need millions of reads.
 */
const LEAST_TILE = 256

/**
 * Reads the parameters of an image's decoder from its header.
 *
 * @throws Error if blocks exceed the bound, or tiles are smaller than the format allows
 */
export const blockParameters = async (directory: Directory): Promise<BlockParameters> => {
  const isTiled = !directory.hasTag("StripOffsets")
  const [width = 0, height = 0] = [directory.getValue("ImageWidth"), directory.getValue("ImageLength")]
  const rows = Number(directory.getValue(isTiled ? "TileLength" : "RowsPerStrip") ?? height)
  const tileWidth = Number(isTiled ? (directory.getValue("TileWidth") ?? 0) : width)
  const tileHeight = isTiled ? rows : Math.min(rows || height, height)
  if (isTiled && !(tileWidth * tileHeight >= LEAST_TILE))
    throw new Error(`tiles of ${tileWidth} × ${tileHeight} pixels; expected multiples of 16`)
  const planarConfiguration = Number(directory.getValue("PlanarConfiguration") ?? 1)
  const samples = Number(directory.getValue("SamplesPerPixel") ?? 1)
  const bitsPerSample = Array.from((await directory.loadValue("BitsPerSample")) ?? [8], Number)
  const bits = bitsOfPixel(bitsPerSample, planarConfiguration === 2 ? 1 : samples)
  const blockBytes = tileHeight * Math.ceil((tileWidth * bits) / 8)
  // Samples of less than a byte are unpacked to one byte each.
  const unpacked = tileHeight * tileWidth * (planarConfiguration === 2 ? 1 : samples)
  const most = Math.max(blockBytes, unpacked)
  if (!(most <= MAX_BLOCK_BYTES)) {
    const found = `blocks of ${tileWidth} × ${tileHeight} pixels have ${most} bytes`
    throw new Error(`${found}; at most ${MAX_BLOCK_BYTES} are supported: write it with gdal_translate -co TILED=YES`)
  }
  const predictor = Number((await directory.loadValue("Predictor")) ?? 1)
  const JPEGTables = await directory.loadValue("JPEGTables")
  return { tileWidth, tileHeight, planarConfiguration, bitsPerSample, predictor, JPEGTables, blockBytes }
}

/** Bits of `samples` samples together. Some writers give one value for all samples. */
const bitsOfPixel = (bitsPerSample: readonly number[], samples: number): number => {
  const most = samples * bitsPerSample.reduce((a, b) => Math.max(a, b), 0)
  return bitsPerSample.length === samples ? bitsPerSample.reduce((sum, one) => sum + one, 0) : most
}

/**
 * Returns the bounded decoder of an image.
 *
 * @throws Error as {@link blockParameters}, and for an unsupported compression
 */
export const blockDecoder = async (image: GeoTIFFImage, parameters?: BlockParameters): Promise<BaseDecoder> => {
  const directory = image.getFileDirectory()
  const facts = parameters ?? (await blockParameters(directory))
  return getDecoder(directory.getValue("Compression") ?? 1, asTheirs(facts))
}

const asTheirs = (facts: BlockParameters): Parameters<typeof getDecoder>[1] =>
  ({ ...facts, bitsPerSample: [...facts.bitsPerSample] }) as Parameters<typeof getDecoder>[1]

const parametersOf = async (directory: Directory): Promise<Parameters<typeof getDecoder>[1]> =>
  asTheirs(await blockParameters(directory))

const excess = (bytes: number): Error => new Error(`a block has more than the ${bytes} bytes that the header announces`)

/** A decoder with a bound on its output bytes. */
abstract class BoundedDecoder extends BaseDecoder {
  abstract expand(bytes: Uint8Array, most: number): Uint8Array

  override decodeBlock(buffer: ArrayBufferLike): ArrayBufferLike {
    const most = (this.parameters as unknown as BlockParameters).blockBytes
    const { buffer: bytes, byteOffset, byteLength } = this.expand(new Uint8Array(buffer), most)
    const isWhole = byteOffset === 0 && byteLength === bytes.byteLength
    return isWhole ? bytes : bytes.slice(byteOffset, byteOffset + byteLength)
  }
}

/** Uncompressed. The slice's length is already checked against the bound when it is read. */
class Plain extends BaseDecoder {
  override decodeBlock(buffer: ArrayBufferLike): ArrayBufferLike {
    return buffer
  }
}

/** Deflate by zlib, in a third of the time of geotiff.js's own decoder. */
class Inflater extends BoundedDecoder {
  override expand(bytes: Uint8Array, most: number): Uint8Array {
    try {
      return inflateSync(bytes, {
        maxOutputLength: Math.max(1, most),
        chunkSize: Math.min(Math.max(64, most), 1 << 18),
      })
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? excess(most) : error
    }
  }
}

/** PackBits (TIFF 6.0, section 9). */
class Unpacker extends BoundedDecoder {
  override expand(bytes: Uint8Array, most: number): Uint8Array {
    const out = new Uint8Array(most)
    let [at, to] = [0, 0]
    while (at < bytes.length) {
      const head = bytes[at++]!
      if (head === 128) continue
      const count = head < 128 ? head + 1 : 257 - head
      if (to + count > most) throw excess(most)
      if (head < 128) out.set(bytes.subarray(at, at + count), to)
      else out.fill(bytes[at] ?? 0, to, to + count)
      at += head < 128 ? count : 1
      to += count
    }
    return out.subarray(0, to)
  }
}

const [CLEAR, END, MOST_BITS] = [256, 257, 12]

/**
 * LZW (TIFF 6.0, section 13): codes of 9 to 12 bits, highest bit first. The end code may be
 * missing.
 */
class LzwDecoder extends BoundedDecoder {
  override expand(bytes: Uint8Array, most: number): Uint8Array {
    const out = new Uint8Array(most)
    // Each entry is a run of the output: its start and its length.
    const [begins, lengths] = [new Uint32Array(1 << MOST_BITS), new Uint32Array(1 << MOST_BITS)]
    let [pending, bits, width, entries, to] = [0, 0, 9, 258, 0]
    let former = -1
    let [formerAt, formerLength] = [0, 0]
    for (let at = 0; ; ) {
      while (bits < width && at < bytes.length) {
        pending = ((pending << 8) | bytes[at++]!) & 0xffffff
        bits += 8
      }
      if (bits < width) break
      const code = (pending >>> (bits - width)) & ((1 << width) - 1)
      bits -= width
      if (code === END) break
      if (code === CLEAR) {
        ;[width, entries, former] = [9, 258, -1]
        continue
      }
      if (code > entries || (former < 0 && code > 255) || (code === entries && former < 0))
        throw new Error(`LZW code ${code} is not defined yet`)
      const length = code < 256 ? 1 : code < entries ? lengths[code]! : formerLength + 1
      if (to + length > most) throw excess(most)
      if (code < 256) out[to] = code
      else copyRun(out, code < entries ? begins[code]! : formerAt, to, length)
      if (former >= 0 && entries < 1 << MOST_BITS) {
        begins[entries] = formerAt
        lengths[entries++] = formerLength + 1
      }
      ;[former, formerAt, formerLength] = [code, to, length]
      to += length
      // Unlike GIF, TIFF widens its codes one entry early.
      if (entries + 1 >= 1 << width && width < MOST_BITS) width++
    }
    return out.subarray(0, to)
  }
}

/** Byte by byte, since a run may overlap its own output. */
const copyRun = (out: Uint8Array, from: number, to: number, length: number): void => {
  for (let i = 0; i < length; i++) out[to + i] = out[from + i]!
}

const zstd = new ZSTDDecoder()

class ZstdDecoder extends BoundedDecoder {
  override expand(bytes: Uint8Array, most: number): Uint8Array {
    const out = new Uint8Array(most)
    let to = 0
    for (const part of zstd.decodeStreaming([bytes])) {
      if (to + part.length > most) throw excess(most)
      out.set(part, to)
      to += part.length
    }
    return out.subarray(0, to)
  }
}

/**
 * Checks that the JPEG stream of a block fits the block, rounded up to 16 × 16 squares.
 *
 * @throws Error if it is larger or states no size
 */
export const checkJpegBlock = (
  stream: Uint8Array,
  block: { readonly width: number; readonly height: number },
): void => {
  const size = plainSize(stream)
  const [across, down] = [16 * Math.ceil(block.width / 16), 16 * Math.ceil(block.height / 16)]
  if (size === undefined) throw new Error("a JPEG block has no image")
  if (!(size.width <= across && size.height <= down))
    throw new Error(`a JPEG block has ${size.width} × ${size.height} pixels; expected ${block.width} × ${block.height}`)
}

// Loaded before `addDecoder` replaces it.
const theirJpeg = getDecoder(7, {} as Parameters<typeof getDecoder>[1])

const boundedJpeg = async (): Promise<typeof BaseDecoder> => {
  const Theirs = (await theirJpeg).constructor as typeof BaseDecoder
  return class extends Theirs {
    override decodeBlock(buffer: ArrayBufferLike): ArrayBufferLike | Promise<ArrayBufferLike> {
      checkJpegBlock(new Uint8Array(buffer), { width: this.parameters.tileWidth, height: this.parameters.tileHeight })
      return super.decodeBlock(buffer)
    }
  }
}

const unread = (): never => {
  throw new Error("its compression is not supported; convert it with gdal_translate -co COMPRESS=DEFLATE")
}

addDecoder([undefined, 1], async () => Plain, parametersOf, false)
addDecoder(5, async () => LzwDecoder, parametersOf)
addDecoder(7, boundedJpeg, parametersOf)
addDecoder([8, 32946], async () => Inflater, parametersOf)
addDecoder(32773, async () => Unpacker, parametersOf)
addDecoder([6, 34887, 50001], unread, parametersOf)
addDecoder(
  50000,
  async () => {
    await zstd.init()
    return ZstdDecoder
  },
  parametersOf,
)
