/** Checks that every block of a raster can be decompressed. */
import { blockDecoder, blockParameters } from "./blocks.js"
import { asRasterError, rasterPlace } from "./read-raster.js"
import { imageOf, openTiff } from "./source.js"

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
      const image = await imageOf(tiff, 0)
      rasterPlace(image, path)
      // No predictor: the bytes are not used.
      const decoder = await blockDecoder(image, { ...(await blockParameters(image.getFileDirectory())), predictor: 1 })
      const [columns, rows] = [
        Math.ceil(image.getWidth() / image.getTileWidth()),
        Math.ceil(image.getHeight() / image.getTileHeight()),
      ]
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const { data } = await image.getTileOrStrip(x, y, 0, decoder)
          const expected = image.getBlockHeight(y) * image.getTileWidth() * image.getBytesPerPixel()
          if (data.byteLength < expected && image.planarConfiguration !== 2)
            throw new Error(`block ${x}, ${y} has ${data.byteLength} of ${expected} bytes`)
        }
      }
    } finally {
      await bytes.close()
    }
  } catch (error) {
    throw asRasterError(error, path)
  }
}
