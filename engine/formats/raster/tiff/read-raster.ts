/**
 * Reads the first band of a GeoTIFF, such as a height model: all cells, or those that meet a box.
 */
import type { GeoTIFF, GeoTIFFImage } from "geotiff"
import { MAX_CELLS } from "../../../core/bounds.js"
import type { Box2 } from "../../../core/geometry/box.js"
import { EngineError } from "../../../errors.js"
import type { Raster } from "../../../kernel.js"
import { openTiff, readImage, readImages } from "./source.js"

/** The part of a raster to read, and its resolution. */
export interface RasterRequest {
  /** Reads the cells that meet this box, CRS metres. Default: all. */
  readonly window?: Box2
  /**
   * Largest acceptable side of a cell, metres: selects the coarsest overview with cells up to it.
   * Default: the finest cells.
   */
  readonly cellSize?: number
}

/**
 * Reads the first band of a GeoTIFF with square pixels, whole or the cells that meet `window`, by
 * ranged reads. Unsigned bytes stay bytes, nodata included. Any other type becomes Float32, with
 * NaN for nodata. The last column and row of an overview may exceed the raster's extent by less
 * than a cell.
 *
 * @param path a file or an `http(s)` address
 * @throws EngineError `E_INPUT` if the file cannot be read, has no georeference, rotated or oblong
 *   pixels, or no cell in `window`
 * @throws EngineError `E_FORMAT` if it is no TIFF that can be decoded
 */
export const readRaster = async (path: string, request: RasterRequest = {}): Promise<Raster> => {
  try {
    const { tiff, bytes } = await openTiff(path)
    try {
      const finest = await readImage(tiff, 0)
      const place = rasterPlace(finest, path)
      const level = await levelFor(tiff, finest, place.cellSize, request.cellSize)
      return await readWindow(level.image, { ...place, cellSize: place.cellSize * level.ratio }, path, request.window)
    } finally {
      await bytes.close()
    }
  } catch (error) {
    throw asRasterError(error, path)
  }
}

/**
 * Wraps an error as an E_FORMAT about a raster that cannot be decoded; an EngineError is unchanged.
 */
export const asRasterError = (error: unknown, path: string): EngineError => {
  if (error instanceof EngineError) return error
  const found = error instanceof Error ? error.message : String(error)
  return new EngineError(
    "E_FORMAT",
    `${path}: cannot be read as a TIFF raster (${found}). Fetch it again, or rewrite it with gdal_translate.`,
    { file: path },
    error,
  )
}

/** The coarsest level, halved from the finest, whose cells are no larger than `wanted`. */
const levelFor = async (
  tiff: GeoTIFF,
  finest: GeoTIFFImage,
  cellSize: number,
  wanted: number | undefined,
): Promise<RasterLevel> => {
  let best: RasterLevel = { image: finest, ratio: 1 }
  if (wanted === undefined || wanted < 2 * cellSize) return best
  for (const level of await rasterLevels(tiff, finest))
    if (level.ratio > best.ratio && level.ratio * cellSize <= wanted * (1 + 1e-9)) best = level
  return best
}

/** A level of a raster: the finest or an overview. */
export interface RasterLevel {
  readonly image: GeoTIFFImage
  /** Side of its cells divided by that of the finest. */
  readonly ratio: number
}

/** The finest level, then the overviews that halve it, in the order of the file. */
export const rasterLevels = async (tiff: GeoTIFF, finest: GeoTIFFImage): Promise<RasterLevel[]> => {
  const levels: RasterLevel[] = [{ image: finest, ratio: 1 }]
  for (const image of (await readImages(tiff)).slice(1)) {
    const ratio = 2 ** Math.round(Math.log2(finest.getWidth() / image.getWidth()))
    const isHalf = [
      [finest.getWidth(), image.getWidth()],
      [finest.getHeight(), image.getHeight()],
    ].every(([whole = 0, part = 0]) => Math.abs(part - whole / ratio) < 1)
    if (isHalf && ratio > 1) levels.push({ image, ratio })
  }
  return levels
}

/** Upper left corner and cell side of a raster, CRS metres. */
export interface RasterPlace {
  readonly minX: number
  readonly maxY: number
  readonly cellSize: number
}

const readWindow = async (
  image: GeoTIFFImage,
  place: RasterPlace,
  path: string,
  window: Box2 | undefined,
): Promise<Raster> => {
  const { band, ...read } = await readBand(image, place, path, { box: window })
  return { ...read, data: band instanceof Uint8Array ? band : withVoids(band, image.getGDALNoData()) }
}

/**
 * The cells of one band of a level that meet a box, as stored.
 *
 * @throws EngineError as readRaster does
 */
export const readBand = async (
  image: GeoTIFFImage,
  place: RasterPlace,
  path: string,
  { box: window, band: sample = 0 }: { readonly box?: Box2 | undefined; readonly band?: number },
): Promise<Omit<Raster, "data"> & { readonly band: ArrayLike<number> }> => {
  const { cellSize } = place
  const width = image.getWidth()
  const height = image.getHeight()
  const left = window ? Math.max(0, Math.floor((window[0] - place.minX) / cellSize + 1e-6)) : 0
  const top = window ? Math.max(0, Math.floor((place.maxY - window[3]) / cellSize + 1e-6)) : 0
  const right = window ? Math.min(width, Math.ceil((window[2] - place.minX) / cellSize - 1e-6)) : width
  const bottom = window ? Math.min(height, Math.ceil((place.maxY - window[1]) / cellSize - 1e-6)) : height
  if (right <= left || bottom <= top) {
    throw new EngineError("E_INPUT", `${path}: no cell inside the box ${window?.join(", ")}. Give another raster.`, {
      file: path,
    })
  }
  const cells = (right - left) * (bottom - top)
  if (!(cells <= MAX_CELLS)) {
    const found = `${path}: too large (${right - left} × ${bottom - top} cells; at most ${MAX_CELLS} are read at once)`
    throw new EngineError("E_FORMAT", `${found}. Split it into smaller rasters.`, { file: path })
  }
  const bands = await image.readRasters({ window: [left, top, right, bottom], samples: [sample] })
  return {
    width: right - left,
    height: bottom - top,
    minX: place.minX + left * cellSize,
    maxY: place.maxY - top * cellSize,
    cellSize,
    band: (bands as unknown as ArrayLike<number>[])[0]!,
  }
}

const withVoids = (values: ArrayLike<number>, noData: number | null): Float32Array => {
  const data = Float32Array.from(values)
  if (noData === null || Number.isNaN(noData)) return data
  const void32 = Math.fround(noData)
  for (let i = 0; i < data.length; i++) if (data[i] === void32) data[i] = Number.NaN
  return data
}

/**
 * Reads corner and side of the cells.
 *
 * @throws EngineError `E_INPUT` without georeference, or for rotated or oblong cells
 */
export const rasterPlace = (image: GeoTIFFImage, path: string): RasterPlace => {
  let problem = "no georeference"
  try {
    const [x, y] = image.getOrigin()
    const [dx, dy] = image.getResolution()
    if (x !== undefined && y !== undefined && dx !== undefined && dy !== undefined) {
      // PixelIsPoint: the tie point is the centre of the pixel, half a pixel inside the corner.
      const shift = image.getGeoKeys()?.GTRasterTypeGeoKey === 2 ? 0.5 : 0
      const turned = image.fileDirectory.getValue("ModelTransformation") as ArrayLike<number> | undefined
      if (turned !== undefined && (turned[1] !== 0 || turned[4] !== 0)) problem = "rotated pixels"
      else if (dx > 0 && Math.abs(dx + dy) < 1e-6 * dx) {
        return { minX: x - shift * dx, maxY: y + shift * dx, cellSize: dx }
      } else problem = `pixels of ${dx} by ${dy}`
    }
  } catch {
    // geotiff.js throws if the tags are absent.
  }
  throw new EngineError("E_INPUT", `${path}: ${problem}; expected square pixels, north up. Convert it with gdalwarp.`, {
    file: path,
  })
}
