import { inflateSync } from "node:zlib"
import { BaseDecoder, type GeoTIFFImage, getDecoder } from "geotiff"
import { asRasterError, rasterPlace } from "./read-raster.js"
import { openTiff } from "./tiff-source.js"

/** Codes of compression by zlib. */
const DEFLATE = new Set([8, 32946])

/**
 * Decompresses every block of a raster's finest cells, and no more: what `readRaster` of the whole file would stumble over, without its pixels.
 *
 * @throws EngineError as `readRaster`
 */
export const verifyRaster = async (path: string): Promise<void> => {
  try {
    const { tiff, bytes } = await openTiff(path)
    try {
      const image = await tiff.getImage(0)
      rasterPlace(image, path)
      const decoder = await decoderOf(image)
      const [columns, rows] = [
        Math.ceil(image.getWidth() / image.getTileWidth()),
        Math.ceil(image.getHeight() / image.getTileHeight()),
      ]
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const { data } = await image.getTileOrStrip(x, y, 0, decoder)
          const expected = image.getBlockHeight(y) * image.getTileWidth() * image.getBytesPerPixel()
          if (data.byteLength < expected && image.planarConfiguration !== 2)
            throw new Error(`block ${x}, ${y} holds ${data.byteLength} bytes of ${expected}`)
        }
      }
    } finally {
      await bytes.close()
    }
  } catch (error) {
    throw asRasterError(error, path)
  }
}

const decoderOf = async (image: GeoTIFFImage): Promise<BaseDecoder> => {
  const directory = image.getFileDirectory()
  const parameters = {
    tileWidth: image.getTileWidth(),
    tileHeight: image.getTileHeight(),
    planarConfiguration: image.planarConfiguration ?? 1,
    bitsPerSample: image.getBitsPerSample(),
    predictor: 1,
    JPEGTables: await directory.loadValue("JPEGTables"),
  }
  const compression = directory.getValue("Compression") ?? 1
  if (DEFLATE.has(Number(compression))) return new Inflater(parameters)
  return getDecoder(compression, parameters as Parameters<typeof getDecoder>[1])
}

/** Deflate by zlib, which takes a third of the time of geotiff.js's own. Both compare the checksum. */
class Inflater extends BaseDecoder {
  override decodeBlock(buffer: ArrayBufferLike): ArrayBufferLike {
    const { buffer: bytes, byteOffset, byteLength } = inflateSync(new Uint8Array(buffer))
    return bytes.slice(byteOffset, byteOffset + byteLength)
  }
}
