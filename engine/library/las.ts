/**
 * `maille/las`: reads the points of LAS, LAZ and COPC files, batch by batch.
 *
 * @packageDocumentation
 */
import type { Box2 } from "../core/geometry/box.js"
import type { FurtherAttributes } from "../formats/las/columns.js"
import type { PointAttributes } from "../kernel.js"

export { Box2 } from "../core/geometry/box.js"
export { EngineError, type ErrorCode } from "../errors.js"
export { readPoints } from "../formats/points/read-points.js"

/** The columns besides x, y, z. Formats without GPS time give NaN or 0. */
export type PointFields = PointAttributes & Omit<FurtherAttributes, "returns">
/** Name of a column. */
export type PointField = keyof PointFields

/** Which points {@link PointCloud.batches} reads, and which columns. */
export interface PointsQuery<Field extends PointField = "classification"> {
  /** `[minX, minY, maxX, maxY]`, CRS metres, half-open. Default: everything. */
  readonly box?: Box2
  /**
   * Deepest level of a COPC that is read, 0 for the root. Each level halves the spacing of the
   * points. Default: all of them.
   */
  readonly level?: number
  /** Classes to read. Default: all. */
  readonly classes?: readonly number[]
  /** Columns to decode. Default: classification. Intensity and GPS time cost the most. */
  readonly attributes?: readonly Field[]
  /** True: also red, green, blue and, where the format has it, nir. */
  readonly colours?: boolean
  /** Extra dimensions (extra bytes) by name. */
  readonly extra?: readonly string[]
  /** False: without the noise classes 7 and 18. Default: true. */
  readonly noise?: boolean
  /**
   * False: of points that are equal in place, class and returns, one remains, with the least value
   * of each column. Points are then in canonical order, and in memory: those of 2 million points'
   * squares of a COPC, all of the query's in other formats. Default: true.
   */
  readonly duplicates?: boolean
}

/** Points as columns, one element a point; every array is the caller's. */
export type PointBatch<Field extends PointField = "classification"> = {
  readonly count: number
  /** Metres of the CRS, rounded to whole millimetres. */
  readonly x: Float64Array
  readonly y: Float64Array
  readonly z: Float64Array
  /** Values of the extra dimensions by name, with scale and offset applied. */
  readonly extra: Readonly<Record<string, Float64Array>>
} & { readonly [Name in Field]: PointFields[Name] } & {
  /** 16 bits each, as stored; present with `colours`. */
  readonly [Name in "red" | "green" | "blue" | "nir"]?: Uint16Array
}

/** A file of a {@link PointCloud}, as its header describes it. */
export interface PointCloudFile {
  /** Path or address as given. */
  readonly path: string
  readonly format: "las" | "laz" | "copc"
  readonly count: number
  readonly box: Box2
  readonly pointFormat: number
  /** Spacing of the points of a COPC's root, metres. */
  readonly spacing?: number
  /** Extra dimensions and their types, such as `float64`. */
  readonly extraBytes: readonly { readonly name: string; readonly type: string }[]
  /** Tolerated faults of the writer. */
  readonly faults: readonly string[]
}

/** Open point files. */
export interface PointCloud {
  /** Number of points of all files, noise and duplicates included. */
  readonly count: number
  /** Box around all files, CRS metres, closed. */
  readonly box: Box2
  readonly zRange: readonly [min: number, max: number]
  /** EPSG code of the CRS; undefined if the files state none, or several. */
  readonly epsg: number | undefined
  readonly files: readonly PointCloudFile[]
  /**
   * Streams points in batches of at most 65,536, file by file. Memory does not grow with the files.
   * Heights beyond 12 km are left out.
   *
   * @throws EngineError `E_INPUT` for an extra dimension or colour that a file lacks; `E_FORMAT`
   * for a damaged file; `E_USAGE` for a level of a file that is no COPC
   *
   * @example
   * for await (const { count, z } of cloud.batches({ box, classes: [6] })) console.log(count, z[0])
   */
  batches<const Field extends PointField = "classification">(
    query?: PointsQuery<Field>,
  ): AsyncGenerator<PointBatch<Field>, void>
  /**
   * Reads all points of a query at once, as `runKernel` takes them.
   *
   * @example
   * const ground = await cloud.read({ box: [842000, 6520000, 842050, 6520050], classes: [2] })
   */
  read<const Field extends PointField = "classification">(query?: PointsQuery<Field>): Promise<PointBatch<Field>>
  close(): Promise<void>
}

/**
 * Opens LAS, LAZ or COPC files by path or `http(s)` address. Reads their headers and indexes only.
 *
 * @param paths one file, or several in one CRS
 * @throws EngineError `E_INPUT` if a file cannot be read, `E_FORMAT` if it is broken
 *
 * @example
 * const cloud = await openPoints("tile.copc.laz")
 * const [box, counts] = [[842000, 6520000, 842050, 6520050], new Uint32Array(256)]
 * for await (const { classification } of cloud.batches({ box }))
 *   for (const code of classification) counts[code]++
 * await cloud.close()
 */
export const openPoints = async (paths: string | readonly string[]): Promise<PointCloud> => {
  const { openCloud } = await import("./point-cloud.js")
  return openCloud(typeof paths === "string" ? [paths] : paths)
}
