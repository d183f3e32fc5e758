/**
 * `maille/raster`: reads windows and overviews of GeoTIFF files; writes Cloud Optimized GeoTIFF.
 *
 * @packageDocumentation
 */
import type { Box2 } from "../core/geometry/box.js"
import type { RasterArray } from "./kernels.js"

export { Box2 } from "../core/geometry/box.js"
export { EngineError, type ErrorCode } from "../errors.js"
export type { RasterArray } from "./kernels.js"

/** Array of a raster's cells. */
export type RasterValues =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array

/** Cells of a raster and their place. Row 0 is northernmost. */
export interface RasterWindow extends RasterArray {
  /** Floats have NaN for no data; integers are as stored. */
  readonly data: RasterValues
  /** The integer that means no data; absent in floats, and where the file states none. */
  readonly noData?: number
}

/** The part of a raster to read. */
export interface RasterQuery {
  /** Reads the cells that meet this box, CRS metres. Default: all. */
  readonly box?: Box2
  /** Reads these cells of the level instead: first column and row, columns, rows. */
  readonly window?: readonly [column: number, row: number, columns: number, rows: number]
  /** 0 for the finest cells; each overview halves the numbers of columns and rows. Default: 0. */
  readonly level?: number
  /** Default: 0, the first. */
  readonly band?: number
}

/** An open GeoTIFF. */
export interface RasterFile {
  readonly width: number
  readonly height: number
  /** Upper left corner, and side of the square cells, units of the CRS. */
  readonly minX: number
  readonly maxY: number
  readonly cellSize: number
  readonly box: Box2
  readonly bands: number
  /** Number of levels: the finest and its overviews. */
  readonly levels: number
  /** EPSG code of the CRS; undefined if the file states none. */
  readonly epsg: number | undefined
  /**
   * Reads cells by ranged reads. The last column and row of an overview may exceed the raster by
   * less than a cell.
   *
   * @throws EngineError `E_INPUT` if no cell is inside; `E_USAGE` for a level or band that it lacks
   */
  read(query?: RasterQuery): Promise<RasterWindow>
  /**
   * Interpolates values at places, bilinearly between the centres of cells. NaN outside the
   * raster, and beside a cell without data. Reads the blocks of 256 × 256 cells around the places.
   *
   * @param x coordinates of the places, CRS
   * @param y as many
   */
  valuesAt(
    x: ArrayLike<number>,
    y: ArrayLike<number>,
    query?: Pick<RasterQuery, "level" | "band">,
  ): Promise<Float64Array>
  close(): Promise<void>
}

/**
 * Opens a GeoTIFF by path or `http(s)` address; its pixels must be square and north up.
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
  const { openRasterFile } = await import("./raster-file.js")
  return openRasterFile(path)
}

/** CRS, bands and description of a file of {@link writeCog}. */
export interface CogFacts {
  /** EPSG code of the projected CRS. */
  readonly epsg: number
  /** EPSG code of the heights, such as 5720 for NGF-IGN69. */
  readonly verticalEpsg?: number
  /** Names of the bands, one after another in the data. Default: one band without a name. */
  readonly bands?: readonly string[]
  /** Text by name, for the metadata of GDAL; `title`, `software` and `source` also fill tags. */
  readonly metadata?: Readonly<Record<string, string>>
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
  const { writeRasterFile } = await import("./raster-file.js")
  await writeRasterFile(path, raster, facts)
}
