import type { GeoTIFFImage } from "geotiff"
import type { Box2 } from "../../core/box.js"
import { EngineError } from "../../errors.js"
import type { Raster } from "../../kernel.js"
import { openTiff } from "./tiff-source.js"

/**
 * The first band of a GeoTIFF with square pixels, whole or the cells that meet `window` (CRS metres), by ranged reads.
 * Unsigned bytes stay bytes; any other type becomes Float32 with NaN where the file holds its nodata value. Bytes are
 * given as they are.
 *
 * @param path a file or an `http(s)` address
 * @throws EngineError `E_INPUT` when the file cannot be read, has no place, turned or oblong pixels, or does not meet `window`;
 * `E_FORMAT` when it is no TIFF that can be decoded
 */
export const readRaster = async (path: string, window?: Box2): Promise<Raster> => {
  try {
    const { tiff, bytes } = await openTiff(path)
    try {
      return await readWindow(await tiff.getImage(0), path, window)
    } finally {
      await bytes.close()
    }
  } catch (error) {
    if (error instanceof EngineError) throw error
    const found = error instanceof Error ? error.message : String(error)
    throw new EngineError(
      "E_FORMAT",
      `${path}: cannot be read as a TIFF raster (${found}). Check that it is whole; gdal_translate writes a plain copy.`,
      { file: path },
      error,
    )
  }
}

const readWindow = async (image: GeoTIFFImage, path: string, window: Box2 | undefined): Promise<Raster> => {
  const place = rasterPlace(image, path)
  const { cellSize } = place
  const width = image.getWidth()
  const height = image.getHeight()
  const left = window ? Math.max(0, Math.floor((window[0] - place.minX) / cellSize + 1e-6)) : 0
  const top = window ? Math.max(0, Math.floor((place.maxY - window[3]) / cellSize + 1e-6)) : 0
  const right = window ? Math.min(width, Math.ceil((window[2] - place.minX) / cellSize - 1e-6)) : width
  const bottom = window ? Math.min(height, Math.ceil((place.maxY - window[1]) / cellSize - 1e-6)) : height
  if (right <= left || bottom <= top) {
    throw new EngineError("E_INPUT", `${path}: holds no cell of the box ${window?.join(", ")}. Name another raster.`, {
      file: path,
    })
  }
  const bands = await image.readRasters({ window: [left, top, right, bottom], samples: [0] })
  const band = (bands as unknown as ArrayLike<number>[])[0]!
  return {
    width: right - left,
    height: bottom - top,
    minX: place.minX + left * cellSize,
    maxY: place.maxY - top * cellSize,
    cellSize,
    data: band instanceof Uint8Array ? band : withVoids(band, image.getGDALNoData()),
  }
}

const withVoids = (values: ArrayLike<number>, noData: number | null): Float32Array => {
  const data = Float32Array.from(values)
  if (noData === null || Number.isNaN(noData)) return data
  const void32 = Math.fround(noData)
  for (let i = 0; i < data.length; i++) if (data[i] === void32) data[i] = Number.NaN
  return data
}

const rasterPlace = (image: GeoTIFFImage, path: string): { minX: number; maxY: number; cellSize: number } => {
  let problem = "has no place in a CRS"
  try {
    const [x, y] = image.getOrigin()
    const [dx, dy] = image.getResolution()
    if (x !== undefined && y !== undefined && dx !== undefined && dy !== undefined) {
      // PixelIsPoint: the tie point is the centre of the pixel, half a pixel inside the corner.
      const shift = image.getGeoKeys()?.GTRasterTypeGeoKey === 2 ? 0.5 : 0
      if (dx > 0 && Math.abs(dx + dy) < 1e-6 * dx) {
        return { minX: x - shift * dx, maxY: y + shift * dx, cellSize: dx }
      }
      problem = `has pixels of ${dx} by ${dy}`
    }
  } catch {
    // geotiff.js throws where the tags are absent.
  }
  throw new EngineError(
    "E_INPUT",
    `${path}: ${problem}; square pixels, north up, are expected. Warp it with gdalwarp.`,
    {
      file: path,
    },
  )
}
