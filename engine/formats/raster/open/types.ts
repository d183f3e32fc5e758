/** Types of open rasters, and of rasters in arrays. */
import type { Box2 } from "../../../core/geometry/box.js"

/**
 * A raster as a plain array, row 0 northernmost. It begins at multiples of `cellSize` (metres). No
 * data is NaN in floats and 0 in bytes. Several bands follow each other in `data`.
 */
export interface RasterArray {
  readonly data: ArrayLike<number>
  readonly width: number
  readonly height: number
  readonly minX: number
  readonly maxY: number
  readonly cellSize: number
  /** A value that means no data too, as in rasters of integers. */
  readonly noData?: number
}

/** A box `[minX, minY, maxX, maxY]`: four numbers, each max above its min. */
export type BoxNumbers = readonly number[]

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
  readonly box?: BoxNumbers
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

/** CRS, bands and description of a file of `writeCog`. */
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
