/** Reads what the header of a GeoTIFF says of its bands, without a cell. */
import type { GeoTIFFImage } from "geotiff"
import { asRasterError, type RasterPlace, rasterPlace } from "./read-raster.js"
import { openTiff, readImage } from "./source.js"

/** The header of a raster. */
export interface RasterFileFacts extends RasterPlace {
  readonly width: number
  readonly height: number
  /** EPSG codes of the projected and vertical CRS that the file states. */
  readonly epsg?: number
  readonly verticalEpsg?: number
  /** As GDAL writes it; NaN is a value too. */
  readonly noData?: number
  readonly bands: readonly BandFacts[]
}

/** A band, from the metadata of GDAL. */
export interface BandFacts {
  readonly name?: string
  /** Such as `float32` or `uint8`. */
  readonly type: string
  readonly unit?: string
  /** MINIMUM, MAXIMUM, MEAN, STDDEV, VALID_PERCENT, as in GDAL; none without a value. */
  readonly statistics: Readonly<Record<string, number>>
}

/**
 * The facts of a GeoTIFF with square cells; O(bands).
 *
 * @throws EngineError as `readRaster`
 */
export const readRasterFacts = async (path: string): Promise<RasterFileFacts> => {
  try {
    const { tiff, bytes } = await openTiff(path)
    try {
      const image = await readImage(tiff, 0)
      const keys = image.getGeoKeys()
      const noData = image.getGDALNoData()
      const bands: BandFacts[] = []
      for (let band = 0; band < image.getSamplesPerPixel(); band++) bands.push(await readBandFacts(image, band))
      return {
        ...rasterPlace(image, path),
        ...{ width: image.getWidth(), height: image.getHeight(), bands },
        ...(keys?.ProjectedCSTypeGeoKey === undefined ? {} : { epsg: keys.ProjectedCSTypeGeoKey }),
        ...(keys?.VerticalCSTypeGeoKey === undefined ? {} : { verticalEpsg: keys.VerticalCSTypeGeoKey }),
        ...(noData === null ? {} : { noData }),
      }
    } finally {
      await bytes.close()
    }
  } catch (error) {
    throw asRasterError(error, path)
  }
}

/** Kinds of numbers by the code of TIFF's field SampleFormat. */
const KINDS: Readonly<Record<number, string>> = { 1: "uint", 2: "int", 3: "float" }

const readBandFacts = async (image: GeoTIFFImage, band: number): Promise<BandFacts> => {
  const entries = (await image.getGDALMetadata(band)) ?? {}
  const text = (name: string): string | undefined => (entries[name] === undefined ? undefined : String(entries[name]))
  const statistics: Record<string, number> = {}
  for (const [name, value] of Object.entries(entries))
    if (name.startsWith("STATISTICS_")) statistics[name.slice("STATISTICS_".length)] = Number(value)
  const [name, unit] = [text("DESCRIPTION"), text("UNITTYPE")]
  return {
    ...(name === undefined ? {} : { name }),
    type: `${KINDS[image.getSampleFormat(band)] ?? "uint"}${image.getBitsPerSample(band)}`,
    ...(unit === undefined ? {} : { unit }),
    statistics,
  }
}
