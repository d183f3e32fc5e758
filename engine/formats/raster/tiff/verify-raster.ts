/** Checks that every block of a raster can be decompressed. */
import { blockDecoder, blockParameters } from "./blocks.js"
import { asRasterError, rasterPlace } from "./read-raster.js"
import { openTiff, readImage } from "./source.js"

/**
 * Decompresses every block of a raster's finest level, to find what would make `readRaster` fail,
 * but makes no pixels.
 *
 * @throws EngineError as `readRaster`
 */
export const verifyRaster = async (path: string): Promise<void> => {
  try {
    const { tiff, bytes } = await openTiff(path)
    try {
      const image = await readImage(tiff, 0)
      rasterPlace(image, path)
      // No predictor: the bytes are not used.
      const decoder = await blockDecoder(image, { ...(await blockParameters(image.getFileDirectory())), predictor: 1 })
      const [columns, rows] = [
        Math.ceil(image.getWidth() / image.getTileWidth()),
        Math.ceil(image.getHeight() / image.getTileHeight()),
      ]
      // Bands with tiles of their own.
      const isSeparate = image.planarConfiguration === 2
      const bands = isSeparate ? image.getSamplesPerPixel() : 1
      for (let block = 0; block < columns * rows * bands; block++) {
        const [x, y] = [block % columns, Math.floor(block / columns) % rows]
        const band = Math.floor(block / (columns * rows))
        const { data } = await image.getTileOrStrip(x, y, band, decoder)
        const cellBytes = isSeparate ? image.getSampleByteSize(band) : image.getBytesPerPixel()
        const expected = image.getBlockHeight(y) * image.getTileWidth() * cellBytes
        if (data.byteLength < expected) throw new Error(`block ${x}, ${y} has ${data.byteLength} of ${expected} bytes`)
      }
    } finally {
      await bytes.close()
    }
  } catch (error) {
    throw asRasterError(error, path)
  }
}
