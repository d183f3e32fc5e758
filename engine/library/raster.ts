/**
 * `maille/raster`: reads windows and overviews of GeoTIFF files; measures them by zone; writes
 * Cloud Optimized GeoTIFF.
 *
 * @packageDocumentation
 */
import type { CogFacts, RasterArray, RasterFile, ZonalRequest, ZonalResult } from "./types.js"

export { Box2 } from "../core/geometry/box.js"
export { EngineError, type ErrorCode } from "../errors.js"
export type { Features } from "../kernel.js"
export type {
  BoxNumbers,
  CogFacts,
  RasterArray,
  RasterFile,
  RasterQuery,
  RasterValues,
  RasterWindow,
  ZonalRequest,
  ZonalResult,
} from "./types.js"

/**
 * Opens a GeoTIFF by path or `http(s)` address; its pixels must be square and north up. A `.vrt` of
 * maille, or the folder of its rasters, opens as one raster; cells without a file have no data.
 *
 * @throws EngineError `E_INPUT` if it cannot be read or has no georeference; `E_FORMAT` if it is no
 * TIFF
 *
 * @example
 * const dtm = await openRaster("dtm.tif")
 * const { data, width } = await dtm.read({ box: [842000, 6520000, 842010, 6520010] })
 * const [height] = await dtm.valuesAt([842005.5], [6520002])
 * await dtm.close()
 */
export const openRaster = async (path: string): Promise<RasterFile> => {
  const { openAny } = await import("../formats/raster/open/raster-mosaic.js")
  return openAny(path)
}

/**
 * Writes a raster as Cloud Optimized GeoTIFF with overviews. Bytes are written as bytes with 0 for
 * no data, all other numbers as 32-bit floats with −9999 for NaN and the raster's own `noData`. The
 * same raster gives the same bytes. Memory: about three times the raster's.
 *
 * @throws EngineError `E_USAGE` if values and size disagree; `E_OUTPUT` if the file cannot be
 * written
 *
 * @example
 * const place = { width: 2, height: 1, minX: 842000, maxY: 6520001, cellSize: 1 }
 * await writeCog("slope.tif", { data: [12.5, Number.NaN], ...place }, { epsg: 2154 })
 */
export const writeCog = async (path: string, raster: RasterArray, facts: CogFacts): Promise<void> => {
  const { writeRasterFile } = await import("../formats/raster/open/raster-file.js")
  await writeRasterFile(path, raster, facts)
}

/**
 * Measures rasters in polygons. A cell counts by its exact area in the zone; cells without data do
 * not count. Zones in another CRS are projected, vertex by vertex. Each polygon of a collection is
 * a zone. A zone without cells gets NaN, and 0 as area.
 *
 * Statistics: mean, min, max, std, median, p0 to p100 (the least value with so much of the area at
 * or below it), sum (value × area), area (m² with data), and area with a comparison.
 *
 * @throws EngineError `E_USAGE` for a raster, layer or statistic that there is not; `E_INPUT` where
 * zones or rasters cannot be read, or a raster states no CRS
 *
 * @example
 * const [input, zones] = ["dtm.tif", "out/vector/roof.fgb"]
 * const { features } = await measureZones({ input, zones, statistics: ["max", "area:>20"] })
 * console.log(features.ids[0], features.columns["dtm_max"]?.values[0])
 */
export const measureZones = async (request: ZonalRequest): Promise<ZonalResult> => {
  const zonal = await import("../compare/zonal.js")
  return zonal.measureZones(request)
}
